//! What applications prove themselves with, out of files: secrets, keys, other issuers' tokens.

use super::raw;
use super::read::Reader;
use crate::document::At;
use stead_core::model::application::Credential;
use stead_core::model::federated::{EXCHANGE_AUDIENCE, Federated, KeysFrom};
use stead_proto::id::Audience;
use stead_proto::jwt::{JwkSet, RsaDefault};
use stead_proto::secret::ClientSecret;

impl Reader<'_> {
    pub(super) fn credential(&mut self, raw: &raw::Credential) -> Option<Credential> {
        match raw {
            raw::Credential::SecretFile(file) => {
                let secret = ClientSecret::new(self.page.input.secret(file, self.mistakes)?);
                Some(Credential::Secret { hash: secret.hash(), expires: None })
            }
            raw::Credential::JwksFile(file) => {
                self.key_set(file, RsaDefault::Ps256).map(Credential::Keys)
            }
            raw::Credential::Jwks(text) => {
                self.key_set_in(text, RsaDefault::Ps256).map(Credential::Keys)
            }
            raw::Credential::Federated(raw) => self.federated(raw).map(Credential::Federated),
        }
    }

    fn federated(&mut self, raw: &raw::Federated) -> Option<Federated> {
        let (issuer, subject) = (self.parsed(&raw.issuer), self.parsed(&raw.subject));
        let audience = match &raw.audience {
            Some(said) => self.parsed(said),
            None => Audience::parse(EXCHANGE_AUDIENCE).ok(),
        };
        let keys = self.issuers_keys(raw);
        Some(Federated { issuer: issuer?, subject: subject?, audience: audience?, keys: keys? })
    }

    /// Where nothing else is said of RSA keys, others sign with RS256.
    fn issuers_keys(&mut self, raw: &raw::Federated) -> Option<KeysFrom> {
        match (&raw.jwks_file, &raw.jwks) {
            (None, None) => Some(KeysFrom::Discovery),
            (Some(file), None) => self.key_set(file, RsaDefault::Rs256).map(KeysFrom::Given),
            (None, Some(text)) => self.key_set_in(text, RsaDefault::Rs256).map(KeysFrom::Given),
            (Some(file), Some(_)) => {
                self.note(file, "jwks_file and jwks are both given".to_owned());
                None
            }
        }
    }

    fn key_set(&mut self, file: &At<String>, rsa: RsaDefault) -> Option<JwkSet> {
        let bytes = self.page.input.bytes(file, self.mistakes)?;
        let set = JwkSet::parse_strict(&bytes, rsa);
        set.map_err(|problem| self.note(file, format!("{}: {problem}", **file))).ok()
    }

    fn key_set_in(&mut self, text: &At<String>, rsa: RsaDefault) -> Option<JwkSet> {
        let set = JwkSet::parse_strict(text.as_bytes(), rsa);
        set.map_err(|problem| self.note(text, problem.to_string())).ok()
    }
}
