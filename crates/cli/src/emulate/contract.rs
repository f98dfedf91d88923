//! `emulator.json`: what programs need to know of a running emulator. Secrets are in it: it is its owner's
//! alone to read.

use super::folder::Folder;
use super::keys::FOREIGN_ISSUER;
use crate::private;
use anyhow::Context;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use stead_core::model::application::{Application, Kind};
use stead_core::model::user::User;
use stead_proto::scope::ScopeSet;
use stead_server::config::TenantConfig;
use stead_server::{AdminAddress, Running};

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Contract {
    pub(super) public_url: String,
    /// What MSAL takes for the tenant.
    pub(super) authority: String,
    pub(super) issuer: String,
    pub(super) tenant_id: String,
    pub(super) tenant_name: String,
    /// The development CA's certificate, PEM.
    pub(super) ca: PathBuf,
    /// The process file.
    pub(super) config: PathBuf,
    pub(super) admin: Door,
    pub(super) users: Vec<Person>,
    pub(super) applications: BTreeMap<String, Registered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_issuer: Option<ForeignIssuer>,
}

/// The admin API.
#[derive(Debug, Serialize)]
pub(super) struct Door {
    pub(super) url: String,
    token_file: PathBuf,
}

/// Somebody who may sign in, or may not.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    name: String,
    pub(super) username: String,
    pub(super) enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
}

/// An application, and what it proves itself with.
#[derive(Debug, Serialize)]
pub(super) struct Registered {
    pub(super) client_id: String,
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audience: Option<String>,
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    scopes: ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redirect_uris: Vec<String>,
}

/// A certificate with its key, PEM files both.
#[derive(Debug, Serialize)]
struct Certificate {
    key: PathBuf,
    cert: PathBuf,
}

/// Whose tokens a federated credential accepts, and the key to make them with.
#[derive(Debug, Serialize)]
struct ForeignIssuer {
    /// Whose credential it is.
    application: String,
    issuer: String,
    subject: String,
    audience: String,
    key: PathBuf,
}

impl Contract {
    /// What there is to say of this folder, served.
    pub(super) fn read(
        folder: &Folder,
        served: &TenantConfig,
        running: &Running,
    ) -> anyhow::Result<Self> {
        let tenant = &served.tenant;
        let sts = running.sts(&tenant.name).context("the tenant is not served")?;
        let ca = running.ca_certificate().context("there is no development CA")?;
        let AdminAddress::Tcp(admin) = running.admin() else {
            anyhow::bail!("the admin API is not at a port of this machine");
        };
        let users = served.desired.users.iter().map(|desired| Person::of(&desired.user, folder));
        let applications = served.desired.applications.iter();
        Ok(Self {
            public_url: running.public_url().to_owned(),
            authority: format!("{}/{}", running.public_url(), tenant.id),
            issuer: sts.issuer.to_string(),
            tenant_id: tenant.id.to_string(),
            tenant_name: tenant.name.to_string(),
            ca,
            config: folder.process_file(),
            admin: Door {
                url: format!("http://{admin}"),
                token_file: running.admin_token_file().to_owned(),
            },
            users: users.collect(),
            foreign_issuer: applications.clone().find_map(|it| ForeignIssuer::of(it, folder)),
            applications: applications
                .map(|application| (application.name.clone(), Registered::of(application, folder)))
                .collect(),
        })
    }

    /// Writes it where programs look for it.
    pub(super) fn write(&self, folder: &Folder) -> anyhow::Result<()> {
        private::replace(&folder.contract(), &serde_json::to_string_pretty(self)?)
    }
}

impl Person {
    fn of(user: &User, folder: &Folder) -> Self {
        let username = user.username.to_string();
        Self {
            name: user.name.clone(),
            password: folder.secret(&username),
            username,
            enabled: user.enabled,
        }
    }
}

impl Registered {
    fn of(application: &Application, folder: &Folder) -> Self {
        let name = &application.name;
        let certificate = |part: &str| folder.certificate(&format!("{name}.{part}.pem"));
        Self {
            client_id: application.id.to_string(),
            kind: application.kind,
            audience: application.audience.as_ref().map(ToString::to_string),
            scopes: application.offered(),
            secret: folder.secret(name),
            certificate: certificate("key")
                .zip(certificate("cert"))
                .map(|(key, cert)| Certificate { key, cert }),
            redirect_uris: application.redirect_uris.clone(),
        }
    }
}

impl ForeignIssuer {
    /// What an application agreed about it, and the key, if the files still say so.
    fn of(application: &Application, folder: &Folder) -> Option<Self> {
        let agreed = application.federated().next()?;
        Some(Self {
            application: application.name.clone(),
            issuer: agreed.issuer.to_string(),
            subject: agreed.subject.to_string(),
            audience: agreed.audience.to_string(),
            key: folder.certificate(&format!("{FOREIGN_ISSUER}.key.pem"))?,
        })
    }
}
