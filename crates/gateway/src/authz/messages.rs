//! What Envoy asks and is told: as much of `envoy.service.auth.v3` as is looked at, by the field numbers of its files
//! `external_auth.proto` and `attribute_context.proto`. What is not here is skipped when it is read (decision 31).
//!
//! What headers say never prints: they hold tokens.

use prost::Message;
use std::collections::BTreeMap;
use std::fmt;

/// `envoy.service.auth.v3.CheckRequest`: may this go on?
#[derive(Clone, PartialEq, Message)]
pub struct CheckRequest {
    /// What is asked about.
    #[prost(message, optional, tag = "1")]
    pub attributes: Option<Attributes>,
}

/// `AttributeContext`.
#[derive(Clone, PartialEq, Message)]
pub struct Attributes {
    /// The request; a connection as such has none.
    #[prost(message, optional, tag = "4")]
    pub request: Option<Asked>,
}

/// `AttributeContext.Request`.
#[derive(Clone, PartialEq, Message)]
pub struct Asked {
    /// It, if it is one of HTTP.
    #[prost(message, optional, tag = "2")]
    pub http: Option<HttpRequest>,
}

/// `AttributeContext.HttpRequest`.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct HttpRequest {
    /// Its method.
    #[prost(string, tag = "2")]
    pub method: String,
    /// Its headers, those of one name joined by commas. Empty with `encode_raw_headers`.
    #[prost(btree_map = "string, string", tag = "3")]
    pub headers: BTreeMap<String, String>,
    /// Its path and query, as they go on.
    #[prost(string, tag = "4")]
    pub path: String,
    /// Its `Host` or `:authority`.
    #[prost(string, tag = "5")]
    pub host: String,
    /// Its headers one by one, with `encode_raw_headers`.
    #[prost(message, optional, tag = "13")]
    pub header_map: Option<Headers>,
}

/// `envoy.config.core.v3.HeaderMap`.
#[derive(Clone, PartialEq, Message)]
pub struct Headers {
    /// One by one.
    #[prost(message, repeated, tag = "1")]
    pub headers: Vec<Header>,
}

/// `envoy.config.core.v3.HeaderValue`.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct Header {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value, as text.
    #[prost(string, tag = "2")]
    pub value: String,
    /// Its value in the place of the text.
    #[prost(bytes = "bytes", tag = "3")]
    pub raw_value: bytes::Bytes,
}

/// `envoy.service.auth.v3.CheckResponse`.
#[derive(Clone, PartialEq, Message)]
pub struct CheckResponse {
    /// Zero is yes.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// What becomes of the request.
    #[prost(oneof = "Verdict", tags = "2, 3")]
    pub verdict: Option<Verdict>,
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    /// A code of gRPC.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// Why, for a log.
    #[prost(string, tag = "2")]
    pub message: String,
}

/// `CheckResponse.http_response`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Verdict {
    /// No.
    #[prost(message, tag = "2")]
    Denied(Denied),
    /// Yes.
    #[prost(message, tag = "3")]
    Allowed(Allowed),
}

/// `DeniedHttpResponse`: what the caller hears.
#[derive(Clone, PartialEq, Message)]
pub struct Denied {
    /// The status.
    #[prost(message, optional, tag = "1")]
    pub status: Option<HttpStatus>,
    /// The headers.
    #[prost(message, repeated, tag = "2")]
    pub headers: Vec<SetHeader>,
    /// The body.
    #[prost(string, tag = "3")]
    pub body: String,
}

/// `envoy.type.v3.HttpStatus`.
#[derive(Clone, PartialEq, Message)]
pub struct HttpStatus {
    /// As HTTP has it.
    #[prost(int32, tag = "1")]
    pub code: i32,
}

/// `OkHttpResponse`: how the request goes on.
#[derive(Clone, PartialEq, Message)]
pub struct Allowed {
    /// With these headers.
    #[prost(message, repeated, tag = "2")]
    pub headers: Vec<SetHeader>,
    /// Without these.
    #[prost(string, repeated, tag = "5")]
    pub headers_to_remove: Vec<String>,
}

/// `envoy.config.core.v3.HeaderValueOption`.
#[derive(Clone, PartialEq, Message)]
pub struct SetHeader {
    /// Which.
    #[prost(message, optional, tag = "1")]
    pub header: Option<Header>,
    /// What becomes of others of its name.
    #[prost(message, optional, tag = "2")]
    pub append: Option<Append>,
}

/// `google.protobuf.BoolValue`, as `HeaderValueOption.append` has it.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Append {
    /// Whether others stay. Otherwise this one takes their place.
    #[prost(bool, tag = "1")]
    pub value: bool,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").field("key", &self.key).finish_non_exhaustive()
    }
}
