//! What a request asks for, in canonical form; what may not be asked.

use crate::admit::Asked;
use crate::errors::{Code, Fault};
use crate::hygiene::headers::connection_is_plain;
use crate::hygiene::path::canonical;
use crate::hygiene::query::holds_token;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Method, Request, Uri, header};
use hyper::body::Incoming;
use std::borrow::Cow;

/// A request's host, path and query.
#[derive(Debug)]
pub(super) struct Asks {
    /// Host and port, as sent.
    pub(super) authority: Authority,
    /// The path in canonical form, for the rule and the upstream alike; the query as sent.
    pub(super) target: PathAndQuery,
}

impl Asks {
    /// Reads it, or refuses what can be read in two ways.
    pub(super) fn read(request: &Request<Incoming>) -> Result<Self, Fault> {
        if [Method::CONNECT, Method::TRACE].contains(request.method()) {
            return Err(Code::Method.into());
        }
        if !connection_is_plain(request.headers()) {
            return Err(ambiguous("a Connection header that names others"));
        }
        // HTTP/2 can frame a body that says twice how long it is; whoever gets it by HTTP/1 may not.
        if request.headers().get_all(header::CONTENT_LENGTH).iter().nth(1).is_some() {
            return Err(ambiguous("more than one length"));
        }
        let uri = request.uri();
        let authority = authority(uri.authority(), request.headers())
            .ok_or_else(|| ambiguous("not exactly one host"))?;
        let target = target(uri)?;
        if target.query().is_some_and(holds_token) {
            // RFC 6750 §2.3: it would reach the upstream, and every log on the way.
            return Err(Code::MalformedToken.into());
        }
        Ok(Self { authority, target })
    }

    /// The question to the routes.
    pub(super) fn asked<'r>(&'r self, method: &'r Method) -> Asked<'r> {
        Asked { authority: &self.authority, path: self.target.path(), method }
    }
}

/// Path and query, as the upstream is asked. Most paths are sent in canonical form.
fn target(uri: &Uri) -> Result<PathAndQuery, Fault> {
    let path = canonical(uri.path()).map_err(|error| ambiguous(&error.to_string()))?;
    let written = match (path, uri.query()) {
        (Cow::Borrowed(_), _) => return uri.path_and_query().cloned().ok_or_else(no_target),
        (Cow::Owned(path), None) => path,
        (Cow::Owned(path), Some(query)) => format!("{path}?{query}"),
    };
    PathAndQuery::try_from(written).map_err(|_| no_target())
}

/// The one host: of the request's target (HTTP/2), of its `Host`, or of both where they agree.
fn authority(target: Option<&Authority>, headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    let host = match host {
        Some(host) => Some(Authority::try_from(host.as_bytes()).ok()?),
        None => None,
    };
    let one = match (target, host) {
        (Some(target), Some(host)) => (*target == host).then_some(host),
        (target, host) => host.or(target.cloned()),
    };
    let is_plain = |one: &str| !one.contains('@') && !one.starts_with(':');
    one.filter(|one| second.is_none() && is_plain(one.as_str()))
}

fn no_target() -> Fault {
    ambiguous("no path")
}

fn ambiguous(why: &str) -> Fault {
    tracing::debug!(why, "a request that can be read in more than one way");
    Code::Ambiguous.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn one(target: Option<&'static str>, hosts: &[&'static str]) -> Option<String> {
        let target = target.map(Authority::from_static);
        let line = |host: &&'static str| (header::HOST, HeaderValue::from_static(host));
        let headers = hosts.iter().map(line).collect();
        authority(target.as_ref(), &headers).map(|authority| authority.to_string())
    }

    #[test]
    fn there_is_exactly_one_host() {
        assert_eq!(one(None, &["a.example:80"]).as_deref(), Some("a.example:80"));
        assert_eq!(one(Some("a.example"), &[]).as_deref(), Some("a.example"));
        assert_eq!(one(Some("a.example"), &["A.example"]).as_deref(), Some("A.example"));
        for (target, hosts) in [
            (None, &[][..]),
            (None, &[""]),
            (None, &[":80"]),
            (None, &["a", "a"]),
            (None, &["u@a"]),
            (None, &["a/b"]),
            (Some("a"), &["b"]),
        ] {
            assert_eq!(one(target, hosts), None, "{target:?} {hosts:?}");
        }
    }
}
