//! Tokens that are bound to a key: where their proofs are for.

use super::Resolver;
use crate::gateway::raw;
use stead_gateway::config::{Others, Proofs};

impl Resolver<'_> {
    pub(super) fn dpop(&mut self, said: &raw::Dpop) -> Option<Proofs> {
        let nonces = said.nonce_key_file.as_ref().map(|file| self.drawn(file));
        let proofs = Proofs {
            origin: said.origin.to_string(),
            others: match said.mode {
                raw::DpopMode::Accept => Others::Taken,
                raw::DpopMode::Require => Others::Refused,
            },
            nonces: nonces.map_or(Some(None), |it| it.map(Some))?,
        };
        if proofs.dpop().is_err() {
            let is = "is no place where callers could reach it";
            self.bad_url(&said.origin, is, "like https://api.example.com");
            return None;
        }
        Some(proofs)
    }
}
