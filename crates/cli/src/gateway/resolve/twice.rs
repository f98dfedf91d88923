//! What is said twice: one address for two listeners, and a route for requests that an earlier one takes.

use super::Resolver;
use crate::document::At;
use crate::gateway::raw;
use crate::mistake::Mistake;
use std::net::SocketAddr;
use stead_gateway::config::{Matching, PathPattern, Route};

impl Resolver<'_> {
    /// Two listeners cannot have one address, unless the system chooses their ports.
    pub(super) fn addresses(&mut self, file: &raw::File) {
        let (asked, api) = (file.ext_authz.as_ref(), file.api.as_ref());
        let doors = [
            ("listen", file.listen.as_ref()),
            ("[ext_authz]", asked.map(|it| &it.listen)),
            ("[api]", api.map(|it| &it.listen)),
            ("[egress]", file.egress.as_ref().map(|it| &it.listen)),
            ("metrics", file.metrics.as_ref()),
        ];
        let mut taken: Vec<(SocketAddr, &str)> = Vec::new();
        for (key, said) in doors {
            let Some((said, address)) = said.and_then(|it| Some((it, it.parse().ok()?))) else {
                continue;
            };
            if let Some((_, earlier)) = taken.iter().find(|(one, _)| *one == address) {
                let what = format!("`{}` is where `{earlier}` has it listen already", **said);
                self.note(said, what, "choose another port");
            }
            if address.port() != 0 {
                taken.push((address, key));
            }
        }
    }

    /// Warns of routes that no request comes to: the first that is for one decides.
    pub(super) fn never_reached(&mut self, said: &[At<raw::Route>], routes: &[Option<Route>]) {
        for (number, route) in routes.iter().enumerate() {
            let before = routes.iter().take(number).flatten();
            let covered = |later: &Route| {
                let mut before = before.clone();
                before.any(|earlier| takes_all_of(&earlier.matching, &later.matching))
            };
            if let (true, Some(said)) = (route.as_ref().is_some_and(covered), said.get(number)) {
                let what = "no request comes to this route: an earlier one takes them all";
                let mistake = Mistake::at(self.document.place(said), what);
                self.mistakes.push(mistake.help("put it before that one, or delete it").warning());
            }
        }
    }
}

/// Whether one is for every request that the other is for.
fn takes_all_of(one: &Matching, other: &Matching) -> bool {
    let host = one.host.is_none() || one.host == other.host;
    let each = || other.methods.iter().all(|method| one.methods.contains(method));
    let methods = one.methods.is_empty() || (!other.methods.is_empty() && each());
    let path = match (&one.path, &other.path) {
        (PathPattern::Exactly(only), PathPattern::Exactly(path)) => only == path,
        (PathPattern::Exactly(_), PathPattern::Under(_)) => false,
        (PathPattern::Under(start), PathPattern::Exactly(path) | PathPattern::Under(path)) => {
            path.starts_with(start.as_str())
        }
    };
    host && methods && path
}
