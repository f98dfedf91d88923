//! How a caller is told no: by HTTP's status, or in the way of gRPC, whose clients look at no other.

use super::hang_up;
use crate::errors::{Code, Fault};
use crate::upstreams::Body;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header,
};
use http_body_util::{Either, Full};
use stead_telemetry::TraceId;
use tonic::metadata::MetadataMap;
use tonic::{Code as Grpc, Status};

/// What a message of gRPC is called; what it is written in may follow. What follows `application/grpc-web` is for
/// browsers, which see HTTP's status.
const GRPC: &str = "application/grpc";

/// In which language whoever asks is told no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// By a status, and JSON.
    Http(Version),
    /// By a status of gRPC.
    Grpc,
}

impl Told {
    /// The language of whoever sent this request. A gRPC call is a `POST` over HTTP/2. Anything else with gRPC's content type
    /// is answered by HTTP's status, since a cache could take gRPC's 200 for the page itself.
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let can_be = request.method() == Method::POST && request.version() == Version::HTTP_2;
        if can_be && is_grpc(request.headers()) {
            return Self::Grpc;
        }
        Self::Http(request.version())
    }

    /// No, and why.
    pub(super) fn no(self, fault: &Fault, trace: TraceId) -> Response<Body> {
        match self {
            Self::Http(version) => by_http(fault, trace, version),
            Self::Grpc => by_grpc(fault, trace),
        }
    }
}

/// Whether this is the head of a gRPC call.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let more = kind.and_then(|kind| kind.strip_prefix(GRPC));
    more.is_some_and(|more| more.is_empty() || more.starts_with(['+', ';']))
}

fn by_http(fault: &Fault, trace: TraceId, version: Version) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::from(fault.body(trace))));
    *response.status_mut() = fault.code.status();
    *response.headers_mut() = fault.all_headers();
    // What follows on a connection like this is anybody's guess.
    let suspicious = matches!(
        fault.code,
        Code::Ambiguous | Code::Method | Code::MalformedToken | Code::CallerSlow
    );
    if suspicious && version < Version::HTTP_2 {
        hang_up(response.headers_mut());
    }
    response
}

/// 200, and nothing but a head (`Trailers-Only`): the status, the sentence with its code, and as metadata the headers that
/// HTTP would have and what its body would say.
fn by_grpc(fault: &Fault, trace: TraceId) -> Response<Body> {
    let said = fault.members(trace).into_iter().filter_map(|(name, value)| {
        let name = HeaderName::try_from(format!("stead-{}", name.replace('_', "-"))).ok()?;
        Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
    });
    let mut headers = fault.headers.clone();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(said);
    let metadata = MetadataMap::from_headers(headers);
    let message = format!("{} ({})", fault.sentence(), fault.code);
    let status = Status::with_metadata(grpc_code(fault.code), message, metadata);
    status.into_http::<()>().map(|()| Either::Left(Full::default()))
}

/// What gRPC's clients make of an answer with our status that is none of gRPC (`http-grpc-status-mapping.md`), with two
/// exceptions: a token that cannot be read is one that does not hold, as in the SDK, and trouble of ours is no mystery.
fn grpc_code(code: Code) -> Grpc {
    match (code, code.status()) {
        (Code::MalformedToken, _) | (_, StatusCode::UNAUTHORIZED) => Grpc::Unauthenticated,
        (_, StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR) => Grpc::Internal,
        (_, StatusCode::FORBIDDEN) => Grpc::PermissionDenied,
        (_, StatusCode::NOT_FOUND) => Grpc::Unimplemented,
        (
            _,
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT,
        ) => Grpc::Unavailable,
        _ => Grpc::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_post_over_http_2_known_by_its_content_type() {
        let told = |version, kind: &'static str| {
            let request = Request::post("/").version(version).header(header::CONTENT_TYPE, kind);
            Told::of(&request.body(()).unwrap())
        };
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc;x=y"] {
            assert_eq!(told(Version::HTTP_2, kind), Told::Grpc, "{kind}");
            assert_eq!(told(Version::HTTP_11, kind), Told::Http(Version::HTTP_11), "{kind}");
        }
        for kind in ["application/grpc-web", "application/grpc-web+proto", "application/json", ""] {
            assert_eq!(told(Version::HTTP_2, kind), Told::Http(Version::HTTP_2), "{kind}");
        }
        let page = Request::get("/").version(Version::HTTP_2).header(header::CONTENT_TYPE, GRPC);
        assert_eq!(Told::of(&page.body(()).unwrap()), Told::Http(Version::HTTP_2));
    }
}
