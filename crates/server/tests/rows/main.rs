//! The rows of the specification, black box, over HTTPS: one test a row, named after it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up should stop, and JSON is looked into by name"
)]

mod access_token;
mod admin_consent;
mod bearer;
mod browser_attacks;
mod browser_rules;
mod client_assertion;
mod client_secrets;
mod consent;
mod cors;
mod device;
mod device_page;
mod entra;
mod error_table;
mod federated;
mod forgery_headers;
mod forgery_tokens;
mod going_on;
mod introspection;
mod jwt_bearer;
mod keys;
mod liveness;
mod logout;
mod metadata;
mod native;
mod oauth_authorize;
mod oauth_token;
mod obo;
mod openid;
mod pkce;
mod places;
mod resource_indicators;
mod revocation;
mod second_factor;
mod semantics;
mod semantics_scope;
mod spa;
mod steps;
mod surface;
mod token_exchange;
mod token_exchange_chain;
mod token_exchange_request;
mod token_exchange_result;
