//! `stead keys`: what signs, what will, what did.

use super::listing;
use crate::admin_client::AdminClient;
use crate::args::Keys;
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Keys) -> anyhow::Result<ExitCode> {
    match what {
        Keys::List => {
            let columns = [
                ("kid", "kid"),
                ("algorithm", "algorithm"),
                ("stage", "stage"),
                ("published", "published"),
                ("signs from", "signs_from"),
                ("retired", "retired"),
            ];
            listing::show(client, &client.all(&["keys"], &[]).await?, &columns)
        }
    }
}
