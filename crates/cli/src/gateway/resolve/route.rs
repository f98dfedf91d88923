//! One route: which requests, where to, who may, with which token.

use super::{Known, Resolver, optional};
use crate::document::At;
use crate::gateway::raw;
use reqwest::Method;
use stead::Target;
use stead_gateway::config::{
    Exchange, Matching, OnChallenge, PathPattern, Require, Route, Speaks, Upstream,
};
use stead_gateway::hygiene::path::canonical;
use stead_proto::scope::Scope;

impl Resolver<'_> {
    pub(super) fn route(&mut self, said: &At<raw::Route>) -> Option<Route> {
        let matching = self.matching(&said.matching);
        let upstream = optional(said.upstream.as_ref(), |upstream| self.upstream(upstream));
        if said.upstream.is_none() && self.forwards {
            let what = "nothing says where its requests go".to_owned();
            self.note(said, what, "add `upstream = \"http://127.0.0.1:9000\"`");
        }
        let require = optional(said.require.as_ref(), |require| self.require(require));
        let exchange = self.exchange(&said.exchange);
        let host = said.matching.host.as_ref().map_or("", |host| host.as_str());
        let named = || format!("{host}{}", *said.matching.path);
        Some(Route {
            name: said.name.as_ref().map_or_else(named, |name| name.to_string()),
            matching: matching?,
            upstream: upstream?,
            require: require?,
            exchange: exchange?,
            on_challenge: match said.on_challenge {
                raw::OnChallenge::Pass => OnChallenge::Pass,
                raw::OnChallenge::Hide => OnChallenge::Hide,
            },
        })
    }

    fn matching(&mut self, said: &raw::Match) -> Option<Matching> {
        let host = match &said.host {
            Some(host) if !is_host(host) => {
                let what = format!("`{}` is no host", **host);
                self.note(host, what, "write it as api.example.com, without a port");
                None
            }
            host => Some(host.as_ref().map(|host| host.to_lowercase())),
        };
        let path = self.path(&said.path);
        let methods: Vec<_> = said.methods.iter().map(|method| self.method(method)).collect();
        let methods = methods.into_iter().collect::<Option<_>>();
        Some(Matching { host: host?, path: path?, methods: methods? })
    }

    fn path(&mut self, said: &At<String>) -> Option<PathPattern> {
        let (path, pattern): (&str, fn(String) -> PathPattern) = match said.strip_suffix('*') {
            Some(start) => (start, PathPattern::Under),
            None => (said, PathPattern::Exactly),
        };
        let whole = path.ends_with('/') || !said.ends_with('*');
        let canonical = canonical(path).ok().filter(|canonical| *canonical == path && whole);
        if canonical.is_none() {
            let what = format!("`{}` is no path that a request could have", **said);
            self.note(said, what, "write it as /reports or /reports/*, in canonical form");
        }
        canonical.map(|path| pattern(path.into_owned()))
    }

    pub(super) fn method(&mut self, said: &At<String>) -> Option<Method> {
        let refused = [Method::CONNECT, Method::TRACE];
        let method = Method::from_bytes(said.as_bytes()).ok();
        let method = method
            .filter(|method| !refused.contains(method) && method.as_str() == said.to_uppercase());
        if method.is_none() {
            let what = format!("`{}` is no method that passes here", **said);
            self.note(said, what, "in capitals, like GET");
        }
        method
    }

    pub(super) fn upstream(&mut self, said: &At<String>) -> Option<Upstream> {
        self.upstream_of(said, said)
    }

    /// The upstream of this URL, which comes from what was said.
    pub(super) fn upstream_of(&mut self, said: &At<String>, url: &str) -> Option<Upstream> {
        let (speaks, url) = match url.strip_prefix("h2c://") {
            Some(rest) => (Speaks::Http2, format!("http://{rest}")),
            None => (Speaks::Usual, url.to_owned()),
        };
        let plain = reqwest::Url::parse(&url).ok().filter(|url| {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            bare && nobody(url) && ["http", "https"].contains(&url.scheme())
        });
        let origin = plain.and_then(|url| url.as_str().parse().ok());
        if origin.is_none() {
            let help = "http://, https:// or h2c://, a host and a port, and no path";
            self.bad_url(said, "is no upstream", help);
        }
        Some(Upstream { origin: origin?, speaks })
    }

    fn require(&mut self, said: &At<raw::Require>) -> Option<Require> {
        let words = said.scope.as_ref().map_or("", |scope| scope.as_str());
        let wrong = words.split_whitespace().find(|word| Scope::parse(*word).is_err());
        if let (Some(word), Some(scope)) = (wrong, &said.scope) {
            self.note(scope, format!("`{word}` is no scope"), "like Reports.Read");
        }
        let max_age = optional(said.max_age.as_ref(), |age| self.duration(age))?;
        let actors = said.actors.as_ref();
        if actors.is_some_and(Vec::is_empty) {
            let what = "`actors` names nobody, so that nobody may".to_owned();
            self.note(
                said,
                what,
                "name who may, or leave it out: then whoever brings a good token",
            );
        }
        Some(Require {
            scopes: words.split_whitespace().map(str::to_owned).collect(),
            actors: actors.map(|actors| actors.iter().map(|actor| actor.to_string()).collect()),
            max_chain: said.max_chain.as_ref().and_then(|most| usize::try_from(**most).ok()),
            acr: said.acr.as_ref().map(|acr| acr.to_string()),
            max_age: max_age.and_then(|age| u32::try_from(age.as_secs()).ok()),
        })
    }

    fn exchange(&mut self, said: &At<raw::Exchange>) -> Option<Exchange> {
        let wanted = match &**said {
            raw::Exchange::Without(raw::Without::None) => return Some(Exchange::None),
            raw::Exchange::Without(raw::Without::Forward) => return Some(Exchange::Forward),
            raw::Exchange::Without(raw::Without::Handle) => return Some(Exchange::Handle),
            raw::Exchange::For(wanted) => wanted,
        };
        let (provider, target) = self.pointed(said, wanted)?;
        Some(Exchange::For { provider, target })
    }

    /// By whom a token is given, and at what it points.
    pub(super) fn pointed<T>(
        &mut self,
        said: &At<T>,
        wanted: &raw::For,
    ) -> Option<(String, Target)> {
        let provider = match &wanted.provider {
            Some(name) => self.asked(name),
            None => self.only_one(said),
        };
        let target = target(wanted);
        if target.is_none() {
            let what = "this points at no resource".to_owned();
            let help =
                "`audience = \"api://data\"` with `scope = \"Rows.Read\"`, or the scope in full";
            self.note(said, what, help);
        }
        Some((provider?, target?))
    }

    fn asked(&mut self, name: &At<String>) -> Option<String> {
        if self.known(name)? == Known::AsClient {
            return Some(name.to_string());
        }
        let what = format!("`{}` knows this service by no name", **name);
        self.note(name, what, "give the provider `client_id` and `auth`");
        None
    }

    /// The provider that can only be meant.
    fn only_one<T>(&mut self, said: &At<T>) -> Option<String> {
        let mut asked = self.providers.iter().filter(|(_, known)| **known == Known::AsClient);
        let (first, second) = (asked.next(), asked.next());
        if let (Some((name, _)), None) = (first, second) {
            return Some(name.clone());
        }
        let what = "which provider is to give the token?".to_owned();
        self.note(said, what, "name one that has a `client_id`: `provider = \"…\"`");
        None
    }
}

/// A resource and scopes there; the resource may stand in front of each scope.
fn target(wanted: &raw::For) -> Option<Target> {
    let scopes = wanted.scope.as_ref().map_or("", |scope| scope.as_str());
    match &wanted.audience {
        None => Target::parse(scopes).ok(),
        Some(audience) => {
            let words = scopes.split_whitespace();
            words.fold(Target::new(audience).ok(), |target, scope| target?.scope(scope).ok())
        }
    }
}

/// Whether a URL says of nobody who they are.
pub(super) fn nobody(url: &reqwest::Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

fn is_host(text: &str) -> bool {
    let url = reqwest::Url::parse(&format!("http://{text}/")).ok();
    url.is_some_and(|url| url.host_str() == Some(&*text.to_lowercase()))
}
