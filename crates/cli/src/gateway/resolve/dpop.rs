//! Tokens that are bound to a key: where their proofs are for.

use super::{Resolver, optional};
use crate::document::At;
use crate::gateway::raw;
use crate::mistake::Mistake;
use reqwest::Url;
use stead_gateway::config::{Others, Proofs};

impl Resolver<'_> {
    pub(super) fn dpop(&mut self, said: &At<raw::Dpop>) -> Option<Proofs> {
        let nonces = optional(said.nonce_key_file.as_ref(), |file| self.drawn(file));
        Some(Proofs {
            origins: self.origins(said)?,
            others: match said.mode {
                raw::DpopMode::Accept => Others::Taken,
                raw::DpopMode::Require => Others::Refused,
            },
            nonces: nonces?,
        })
    }

    fn origins(&mut self, said: &At<raw::Dpop>) -> Option<Vec<String>> {
        let like = "like https://api.example.com";
        if said.origin.is_empty() {
            self.note(said, "proofs would be for no place at all".to_owned(), like);
            return None;
        }
        let mut origins = Vec::new();
        for origin in &said.origin {
            let proofs =
                Proofs { origins: vec![origin.to_string()], others: Others::Taken, nonces: None };
            if proofs.dpop().is_err() {
                self.bad_url(origin, "is no place where callers could reach it", like);
            } else if origins.contains(&**origin) {
                self.note(origin, format!("`{}` is there twice", **origin), "once is enough");
            } else {
                origins.push(origin.to_string());
            }
        }
        (origins.len() == said.origin.len()).then_some(origins)
    }

    /// Warns of routes for hosts at which no proof is good.
    pub(super) fn hosts_without_proofs(&mut self, file: &raw::File) {
        let origins = file.inbound.dpop.as_ref().map(|dpop| &dpop.origin);
        let Some(origins) = origins.filter(|origins| origins.len() > 1) else { return };
        let parsed: Vec<Url> =
            origins.iter().filter_map(|origin| Url::parse(origin).ok()).collect();
        let free = |route: &raw::Route| {
            let none = matches!(*route.exchange, raw::Exchange::Without(raw::Without::None));
            none && route.require.is_none()
        };
        for route in file.route.iter().filter(|route| !free(route)) {
            let Some(host) = &route.matching.host else { continue };
            let named = |url: &Url| url.host_str().is_some_and(|it| it.eq_ignore_ascii_case(host));
            if !parsed.iter().any(named) {
                let what =
                    "no origin has this host: tokens that are bound to a key are refused here";
                let mistake = Mistake::at(self.document.place(host), what);
                let help = "add it to `origin` of [inbound.dpop]";
                self.mistakes.push(mistake.help(help).warning());
            }
        }
    }
}
