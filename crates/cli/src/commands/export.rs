//! `stead export`: what a tenant has, as a resource file that loads to the same. Secrets have no way out.

use crate::admin_client::AdminClient;
use crate::canonical::{self, Tenancy};
use crate::out;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient) -> anyhow::Result<ExitCode> {
    let tenancy = Tenancy {
        groups: client.all(&["groups"], &[]).await?,
        users: client.all(&["users"], &[]).await?,
        applications: client.all(&["applications"], &[]).await?,
        consents: client.all(&["consents"], &[]).await?,
    };
    if client.json {
        out::json(&tenancy)?;
    } else {
        out::line(canonical::toml(&tenancy).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
