//! On behalf of, for services in any language: verifies who calls, exchanges the token for one that lets the service
//! act for them at the next, passes the request on.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | what a gateway is told |
//! | [`serve`] | start, reload, stop |
//! | `listen`, `socket`, `screen` | sockets; HTTP/1 that can be read in one way only |
//! | [`hygiene`] | what a request may not bring along: paths, headers |
//! | `plane` | what one configuration makes: providers, verifiers, routes, clients |
//! | `admit` | request → route → caller → token, the same in every mode |
//! | `certificate` | what the reverse proxy shows of itself in TLS |
//! | `clients` | connections to upstreams |
//! | `forward` | the reverse proxy |
//! | `described` | what it says of whatever it stands before |
//! | [`authz`] | for proxies that ask before they forward: nginx, Traefik, Envoy |
//! | `api` | for the application itself: tokens over a local socket |
//! | [`examine`] | what it would stand on, for the doctor |
//! | `handles`, `egress` | for applications that are to hold no token: what they get instead, and the way out for it |
//! | [`errors`] | why a request goes no further |
//! | `shown`, [`metrics`], `told` | health, what is counted, what a collector hears |
//!
//! It verifies and exchanges by the SDK alone. Where the caller's token does not do, nothing goes on in its place: rights
//! of the gateway's own are for those who ask for them by name, if the configuration lets them at all. `gateway.toml` is
//! read by `stead-cli`.

mod admit;
mod api;
pub mod authz;
mod certificate;
mod clients;
pub mod config;
mod described;
mod egress;
pub mod errors;
pub mod examine;
mod forward;
mod handles;
pub mod hygiene;
mod listen;
pub mod metrics;
mod plane;
mod screen;
pub mod serve;
mod shown;
mod socket;
mod start_error;
mod told;

pub use config::GatewayConfig;
pub use serve::{Running, start};
pub use start_error::StartError;
