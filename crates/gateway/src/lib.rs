//! On behalf of, for services in any language: verifies who calls, exchanges the token for one that lets the service
//! act for them at the next, passes the request on.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | what a gateway is told |
//! | [`serve`] | start, reload, stop |
//! | `listen`, `socket`, `certificate` | listeners: TCP, a Unix socket, TLS |
//! | `screen` | lets HTTP/1 through that can be read in one way only |
//! | [`hygiene`] | what a request may not bring along: paths, headers |
//! | `plane` | what one configuration makes: providers, verifiers, routes, upstreams |
//! | `admit` | request → route → caller → token, the same in every mode |
//! | `forward` | mode: the reverse proxy |
//! | [`authz`] | mode: for proxies that ask before they forward (nginx, Traefik, Envoy) |
//! | `api` | mode: the local token API, for the application itself |
//! | `handles`, `egress` | mode: the application gets handles in place of tokens, and a way out that redeems them |
//! | `upstreams` | connections to upstreams |
//! | `resource_metadata` | what the gateway says of the resource behind it (RFC 9728) |
//! | [`errors`] | why a request goes no further |
//! | `health`, [`metrics`], `spans` | liveness and readiness, what is counted, what a collector is told |
//! | [`examine`] | whether a configuration would work, for the doctor |
//!
//! It verifies and exchanges by the SDK alone. A request that may not go on with its caller's rights does not go on with
//! the gateway's own: those are only for an application that asks for them by name, and only if the configuration allows
//! it. `gateway.toml` is read by `stead-cli`.

mod admit;
mod api;
pub mod authz;
mod certificate;
pub mod config;
mod egress;
pub mod errors;
pub mod examine;
mod forward;
mod handles;
mod health;
pub mod hygiene;
mod listen;
pub mod metrics;
mod plane;
mod resource_metadata;
mod screen;
pub mod serve;
mod socket;
mod spans;
mod start_error;
mod upstreams;

pub use config::GatewayConfig;
pub use serve::{Running, start};
pub use start_error::StartError;
