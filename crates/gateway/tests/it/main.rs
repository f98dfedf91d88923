//! The gateway between a caller and a service, with a whole identity provider beside it, over real HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop"
)]

mod api;
mod authz;
mod bad_days;
mod crossing;
mod described;
mod dpop;
mod dpop_asked;
mod envoy;
mod forward;
mod grpc;
mod grpc_refused;
mod handle_revoked;
mod headers;
mod holder;
mod kept;
mod logged;
mod mutual;
mod nginx;
mod observed;
mod once_more;
mod over_grpc;
mod peer;
mod peer_alone;
mod provider_down;
mod refused;
mod reload;
mod revoked;
mod shared;
mod slow_caller;
mod smuggling;
mod stub;
mod support;
mod tiers;
mod tls;
mod told;
mod treatment;
mod upstream;
mod way_out;
mod websocket;
