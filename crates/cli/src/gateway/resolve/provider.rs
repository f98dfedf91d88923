//! One provider: who it is, what this service is there, how it is believed.

use super::route::nobody;
use super::{Known, Resolver};
use crate::document::At;
use crate::gateway::raw;
use std::fmt::Display;
use stead::verify::Profile;
use stead_gateway::config::{
    Addressed, ClientConfig, CredentialConfig, ProviderConfig, Revocations, Secret, Subjects,
};
use stead_proto::error::Dialect;
use stead_proto::id::{ClientId, Issuer};
use stead_proto::jwt::Algorithm;
use stead_proto::secret::ClientSecret;

impl Known {
    pub(super) fn of(said: &raw::Provider) -> Self {
        if said.client_id.is_some() { Self::AsClient } else { Self::Not }
    }
}

impl Resolver<'_> {
    pub(super) fn provider(
        &mut self,
        name: &str,
        said: &At<raw::Provider>,
    ) -> Option<ProviderConfig> {
        let issuer = self.issuer(&said.issuer);
        let client = if let (Some(id), Some(auth)) = (&said.client_id, &said.auth) {
            self.client(said, id, auth).map(Some)
        } else {
            self.nobody(said);
            Some(None)
        };
        let dialect = said.dialect.as_ref().map(|dialect| match **dialect {
            raw::Dialect::Rfc8693 => Dialect::Rfc8693,
            raw::Dialect::Entra => Dialect::Entra,
        });
        Some(ProviderConfig {
            client: client?,
            dialect,
            profile: said.profile.into(),
            beside: said.beside.iter().map(|audience| audience.to_string()).collect(),
            trust_hosts: said.trust_hosts.iter().map(|host| host.to_string()).collect(),
            ..ProviderConfig::new(name, issuer?)
        })
    }

    /// Whoever can put in a word here can sign as anybody: HTTPS, or this machine.
    fn issuer(&mut self, said: &At<String>) -> Option<String> {
        let url = reqwest::Url::parse(said).ok();
        let loopback = |url: &reqwest::Url| {
            matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
        };
        let fitting = url.is_some_and(|url| {
            let bare = url.query().is_none() && nobody(&url);
            bare && (url.scheme() == "https" || loopback(&url))
        });
        if !fitting || Issuer::parse(said.as_str()).is_err() {
            let help = "a URL that begins with https://, as `iss` says it";
            self.bad_url(said, "is no issuer", help);
            return None;
        }
        Some(said.to_string())
    }

    /// What this service is there.
    fn client(
        &mut self,
        said: &raw::Provider,
        id: &At<String>,
        auth: &At<raw::Auth>,
    ) -> Option<ClientConfig> {
        let id: Option<ClientId> = self.parsed(id, "the name of an application there");
        let credential = self.credential(auth);
        let subjects = match said.subjects {
            raw::Subjects::Public => Subjects::Public,
            raw::Subjects::Pairwise => Subjects::Pairwise,
        };
        let revocations = said.revocations.as_ref().map(|said| match **said {
            raw::Revocations::Follow => Revocations::Followed,
            raw::Revocations::Require => Revocations::Required,
        });
        let revocations = revocations.unwrap_or_default();
        let client = ClientConfig::new(id?.to_string(), credential?);
        Some(ClientConfig { subjects, revocations, ..client })
    }

    /// A provider that knows this service by no name is told nothing of it, and tells it nothing.
    fn nobody(&mut self, said: &raw::Provider) {
        if let Some(id) = &said.client_id {
            let what = "nothing says how this service proves that it is the one".to_owned();
            self.note(id, what, "add `auth = { secret_file = \"…\" }`");
        }
        if let Some(auth) = &said.auth {
            let what = "nothing says what this service is called there".to_owned();
            self.note(auth, what, "add `client_id`");
        }
        if let Some(revocations) = &said.revocations {
            let what = "only an application of the provider hears what it revokes".to_owned();
            self.note(revocations, what, "add `client_id` and `auth`");
        }
    }

    fn credential(&mut self, said: &At<raw::Auth>) -> Option<CredentialConfig> {
        match &**said {
            raw::Auth::SecretFile(file) => self.secret(file).map(CredentialConfig::Secret),
            raw::Auth::SecretInBodyFile(file) => {
                self.secret(file).map(CredentialConfig::SecretInBody)
            }
            raw::Auth::SecretEnv(name) => self.in_environment(name).map(CredentialConfig::Secret),
            raw::Auth::TokenFile(file) => self.existing(file).map(CredentialConfig::TokenFile),
            raw::Auth::SpiffeFile(file) => self.existing(file).map(CredentialConfig::SpiffeFile),
            raw::Auth::PrivateKeyJwt(by) => self.signed(by),
            raw::Auth::Certificate(pair) => self.certificate(pair),
            raw::Auth::Mtls(pair) => self.mtls(pair),
        }
    }

    fn in_environment(&mut self, name: &At<String>) -> Option<Secret> {
        let held = environment(name).filter(|held| !held.is_empty());
        if held.is_none() {
            let what = format!("there is no environment variable {}", **name);
            self.note(name, what, "set it where the gateway is started");
        }
        held.map(|held| Secret(ClientSecret::new(held)))
    }

    fn signed(&mut self, by: &At<raw::SignsBy>) -> Option<CredentialConfig> {
        let (file, kid, addressed) = match &**by {
            raw::SignsBy::File(file) => (&by.holding(file.clone()), None, Addressed::ToTheIssuer),
            raw::SignsBy::Key(said) => {
                let addressed = match said.audience {
                    raw::AddressedTo::Issuer => Addressed::ToTheIssuer,
                    raw::AddressedTo::Legacy => Addressed::ToTheTokenEndpoint,
                };
                (&said.key_file, said.kid.as_ref(), addressed)
            }
        };
        let pem = self.secret(file)?;
        let problem = |algorithm| {
            let key = pem.0.expose();
            let kid = kid.map_or("kid", |kid| kid.as_str());
            stead::Credential::private_key_pem_named(kid, algorithm, key).err()
        };
        let algorithm = self.fitting(file, problem)?;
        let kid = kid.map(|kid| kid.to_string());
        Some(CredentialConfig::PrivateKey { pem, algorithm, kid, addressed })
    }

    fn certificate(&mut self, pair: &raw::KeyPair) -> Option<CredentialConfig> {
        let (chain, pem) = (self.bytes(&pair.cert_file), self.secret(&pair.key_file));
        let (chain, pem) = (String::from_utf8_lossy(&chain?).into_owned(), pem?);
        let problem =
            |algorithm| stead::Credential::certificate_pem(algorithm, &chain, pem.0.expose()).err();
        let algorithm = self.fitting(&pair.key_file, problem)?;
        Some(CredentialConfig::Certificate { chain, pem, algorithm })
    }

    fn mtls(&mut self, pair: &raw::KeyPair) -> Option<CredentialConfig> {
        let (chain, key) = (self.bytes(&pair.cert_file), self.secret(&pair.key_file));
        let both = format!("{}\n{}\n", String::from_utf8_lossy(&chain?), key?.0.expose());
        if stead::Transport::builder().client_certificate_pem(both.as_bytes()).is_err() {
            let what = "this is no certificate with its private key".to_owned();
            self.note(&pair.cert_file, what, "both in PEM, as `cert_file` and `key_file`");
            return None;
        }
        Some(CredentialConfig::Tls(Secret(ClientSecret::new(both))))
    }

    /// The algorithm with which a credential can be made of a key.
    fn fitting<E: Display>(
        &mut self,
        file: &At<String>,
        problem: impl Fn(Algorithm) -> Option<E>,
    ) -> Option<Algorithm> {
        let algorithm = Algorithm::ALL.into_iter().find(|it| problem(*it).is_none());
        if algorithm.is_none() {
            let why = problem(Algorithm::Es256).map(|why| why.to_string()).unwrap_or_default();
            let what = format!("it holds no private key that can sign: {why}");
            self.note(file, what, "PKCS #8 in PEM: `-----BEGIN PRIVATE KEY-----`");
        }
        algorithm
    }
}

impl From<raw::Profile> for Profile {
    fn from(said: raw::Profile) -> Self {
        match said {
            raw::Profile::Rfc9068 => Self::Rfc9068,
            raw::Profile::EntraV1 => Self::EntraV1,
            raw::Profile::EntraV2 => Self::EntraV2,
            raw::Profile::Okta => Self::Okta,
            raw::Profile::Auth0 => Self::Auth0,
            raw::Profile::Keycloak => Self::Keycloak,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a secret of the gateway may stand there")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
