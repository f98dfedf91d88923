//! The way out: where the application may go, and with which token.

use super::Resolver;
use super::route::nobody;
use crate::document::At;
use crate::gateway::raw;
use stead_gateway::config::{
    EgressTarget, Exchange, HandlesConfig, Loopback, Matching, OnChallenge, PathPattern, Route,
};

/// The most handles that can be asked for.
const MOST: std::ops::RangeInclusive<u32> = 1..=10_000_000;

impl Resolver<'_> {
    /// Where it listens.
    pub(super) fn egress_listen(&mut self, said: &raw::Egress) -> Option<Loopback> {
        Loopback::new(self.loopback(&said.listen)?)
    }

    /// Where it leads.
    pub(super) fn egress(&mut self, said: &raw::Egress) -> Option<Vec<EgressTarget>> {
        if said.target.is_empty() {
            let help = "add [[egress.target]] with `host` and `exchange`";
            self.note(&said.listen, "it leads nowhere".to_owned(), help);
        }
        let targets: Vec<_> = said.target.iter().map(|target| self.way_out(target)).collect();
        targets.into_iter().collect()
    }

    /// What handles are like.
    pub(super) fn handles(&mut self, said: &raw::Handles) -> Option<HandlesConfig> {
        if !MOST.contains(&said.most) {
            self.note(&said.most, "so many cannot be kept".to_owned(), "1 to 10000000");
            return None;
        }
        Some(HandlesConfig { most: usize::try_from(*said.most).ok()? })
    }

    fn way_out(&mut self, said: &At<raw::EgressTarget>) -> Option<EgressTarget> {
        let url = reqwest::Url::parse(&format!("http://{}/", *said.host)).ok();
        let named = url.filter(|url| url.path() == "/" && nobody(url));
        let Some((host, port)) =
            named.and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)))
        else {
            self.bad_url(
                &said.host,
                "is no host",
                "write it as data.internal or data.internal:8080",
            );
            return None;
        };
        let upstream = match &said.upstream {
            Some(upstream) => self.upstream(upstream),
            None => self.upstream_of(&said.host, &format!("http://{host}:{port}")),
        };
        let (provider, target) = self.pointed(&said.exchange, &said.exchange)?;
        let path = PathPattern::Under("/".to_owned());
        let route = Route {
            name: format!("out {}", *said.host),
            matching: Matching { host: Some(host), path, methods: Vec::new() },
            upstream: Some(upstream?),
            require: None,
            exchange: Exchange::For { provider, target },
            on_challenge: OnChallenge::Pass,
        };
        Some(EgressTarget { port, route })
    }
}
