//! What a module has to say, each value as a literal that all the languages read alike.

use super::literal::Literal;
use super::proof::Proof;
use super::registered::Registered;
use crate::config::TenantFiles;
use anyhow::bail;
use stead_core::model::application::Kind;
use stead_proto::metadata::Endpoints;
use stead_server::config::{ServerConfig, Tls};

/// The URL that Entra's clients know by heart.
const ENTRA: &str = "https://login.microsoftonline.com";

/// What a module has to say.
#[derive(Debug)]
pub(super) struct Facts {
    /// The application's name, for people.
    pub(super) name: String,
    pub(super) client_id: Literal,
    pub(super) proof: Proof,
    /// Whether it exchanges the tokens of users.
    pub(super) acts_for_users: bool,
    pub(super) redirect: Redirect,
    /// `https://host:port`
    pub(super) base: Literal,
    /// `host:port`
    pub(super) host: Literal,
    /// `https://host:port/tenant`
    pub(super) authority: Literal,
    /// The same with a final `/`.
    pub(super) authority_slash: Literal,
    pub(super) tenant: Literal,
    pub(super) issuer: Literal,
    /// The development CA's certificate.
    pub(super) ca: Option<Literal>,
    /// Whether the host is called as Entra's.
    pub(super) alias: bool,
}

/// Where users come back to.
#[derive(Debug)]
pub(super) enum Redirect {
    /// Nobody signs in with it.
    Nowhere,
    /// To the page they came from, at any port of this machine.
    AnyPort,
    /// There.
    At(Literal),
}

impl Facts {
    /// What there is to say of an application of this tenant.
    pub(super) fn gather(
        server: &ServerConfig,
        tenant: &TenantFiles,
        (application, proof): (Registered, Proof),
        alias: bool,
    ) -> anyhow::Result<Self> {
        let base = if alias { ENTRA } else { server.public_url.as_str() };
        let Some(host) = base.strip_prefix("https://").filter(|host| !host.ends_with(":0")) else {
            bail!("{base} leaves the port open: write the port that the server listens at");
        };
        let segment = tenant.in_urls.segment(&tenant.tenant);
        let authority = format!("{base}/{segment}");
        Ok(Self {
            client_id: Literal::new(&application.id),
            proof,
            acts_for_users: application.acts_for_users,
            redirect: Redirect::of(&application),
            name: application.name,
            base: Literal::new(base),
            host: Literal::new(host),
            authority_slash: Literal::new(format!("{authority}/")),
            authority: Literal::new(authority),
            tenant: Literal::new(segment),
            issuer: Literal::new(Endpoints::new(base, segment).issuer()),
            ca: match &server.tls {
                Tls::Development { dir, .. } => Some(Literal::path(dir.join("ca.pem"))),
                Tls::Files { .. } | Tls::BehindProxy { .. } => None,
            },
            alias: base == ENTRA,
        })
    }

    /// Whether the application keeps no secret.
    pub(super) fn is_public(&self) -> bool {
        matches!(self.proof, Proof::Nothing)
    }
}

impl Redirect {
    fn of(application: &Registered) -> Self {
        let uris = &application.redirect_uris;
        let any_port =
            application.kind == Kind::Spa && uris.iter().any(|uri| uri == "http://localhost");
        match uris.first() {
            _ if any_port => Self::AnyPort,
            Some(uri) => Self::At(Literal::new(uri)),
            None => Self::Nowhere,
        }
    }
}
