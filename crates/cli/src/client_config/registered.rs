//! The application that is asked for: in the resource files, else on file at the running server.

use crate::admin_client::AdminClient;
use crate::args::Everywhere;
use crate::config::{Process, TenantFiles};
use crate::mistake::Mistakes;
use crate::resources::{self, Input, KeptAt};
use anyhow::{Context, anyhow, bail};
use serde::Deserialize;
use serde_json::Value;
use stead_core::model::application::{Application, Credential, Kind};

/// An application, as far as its client is concerned.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) redirect_uris: Vec<String>,
    /// Whether it exchanges the tokens of users.
    pub(super) acts_for_users: bool,
    pub(super) has_secret: bool,
    /// Whether it trusts the tokens of another issuer.
    pub(super) federated: bool,
    /// Where its credentials are, as far as a resource file says so.
    pub(super) kept: Vec<KeptAt>,
}

/// An application as the admin API shows it.
#[derive(Debug, Deserialize)]
struct Shown {
    id: String,
    name: String,
    kind: Kind,
    redirect_uris: Vec<String>,
    may_act: Vec<Value>,
    credentials: Vec<ShownCredential>,
}

#[derive(Debug, Deserialize)]
struct ShownCredential {
    kind: String,
}

impl Registered {
    /// The application that is called so, by its id or by its name.
    pub(super) async fn find(
        everywhere: &Everywhere,
        process: &Process,
        said: &str,
    ) -> anyhow::Result<Self> {
        let tenant = process.tenant(everywhere.tenant.as_deref())?;
        let of_files = of_files(tenant)?;
        if let Some(found) = only(of_files, said)? {
            return Ok(found);
        }
        let unknown = || format!("no resource file has an application `{said}`");
        let client = AdminClient::connect(everywhere).with_context(unknown)?;
        let shown = client.all(&["applications"], &[]).await.with_context(unknown)?;
        let shown: Vec<Shown> = shown
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>()
            .context("the server's applications cannot be read")?;
        let names: Vec<String> = shown.iter().map(|it| it.name.clone()).collect();
        only(shown.into_iter().map(Self::from).collect(), said)?
            .ok_or_else(|| anyhow!("there is no application `{said}`, but {}", names.join(", ")))
    }

    /// Whether it can keep a secret.
    pub(super) fn is_confidential(&self) -> bool {
        self.kind.is_confidential()
    }
}

fn of_files(tenant: &TenantFiles) -> anyhow::Result<Vec<Registered>> {
    let mut mistakes = Mistakes::default();
    let mut inputs = Vec::new();
    for file in &tenant.files {
        match Input::open(file) {
            Ok(input) => inputs.push(input),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let desired = resources::load(&tenant.tenant, &inputs, &mut mistakes);
    if mistakes.any_error() {
        return Err(mistakes.into());
    }
    let registered = |it: &Application| Registered {
        id: it.id.to_string(),
        name: it.name.clone(),
        kind: it.kind,
        redirect_uris: it.redirect_uris.clone(),
        acts_for_users: !it.may_act.is_empty(),
        has_secret: it.credentials.iter().any(Credential::is_secret),
        federated: it.federated().next().is_some(),
        kept: resources::kept_at(&inputs, &it.id),
    };
    Ok(desired.applications.iter().map(registered).collect())
}

fn only(all: Vec<Registered>, said: &str) -> anyhow::Result<Option<Registered>> {
    let mut called = all.into_iter().filter(|it| it.id == said || it.name == said);
    match (called.next(), called.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => bail!("several applications are called `{said}`: say its id"),
    }
}

impl From<Shown> for Registered {
    fn from(shown: Shown) -> Self {
        let proves_by = |kind| shown.credentials.iter().any(|credential| credential.kind == kind);
        Self {
            has_secret: proves_by("secret"),
            federated: proves_by("federated"),
            id: shown.id,
            name: shown.name,
            kind: shown.kind,
            redirect_uris: shown.redirect_uris,
            acts_for_users: !shown.may_act.is_empty(),
            kept: Vec::new(),
        }
    }
}
