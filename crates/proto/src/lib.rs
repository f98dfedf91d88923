//! The words of on-behalf-of: names and wire forms, as values.
//!
//! | module | what it names |
//! |---|---|
//! | [`id`] | who and what: [`id::ClientId`], [`id::Subject`], [`id::Issuer`], [`id::Audience`], … |
//! | [`secret`] | what must never be printed: tokens, codes, client secrets |
//! | [`scope`] | scopes, `.default`, the resource written in front of a scope |
//! | [`time`] | instants and lifetimes |
//! | [`acr`] | how strongly a user signed in, and how to ask for more |
//! | [`delegation`] | the actor chain (`act`) and `may_act` |
//! | [`claims`] | what access tokens and ID tokens say |
//! | [`liveness`] | what a token descends from, and what ends it |
//! | [`jwt`] | the strict JOSE profile: sign, verify, key sets |
//! | [`json`] | JSON that repeats no member |
//! | [`form`] | `application/x-www-form-urlencoded`, with limits, that repeats no parameter |
//! | [`client_auth`] | how a client proves who it is |
//! | [`grants`] | token requests, one type a grant; both on-behalf-of dialects |
//! | [`authorize`] | authorization requests and responses, PKCE |
//! | [`device`] | the codes of a device whose user signs in elsewhere |
//! | [`token_response`] | what the token endpoint answers |
//! | [`error`] | what it answers when it refuses, in either dialect |
//! | [`trace`] | whose request this is a part of (`traceparent`) |
//! | [`metadata`], [`introspection`] | discovery document, introspection response |
//!
//! This crate opens no socket, reads no clock and throws no dice (new keys and the nonces of signatures
//! are the crypto library's own).

pub mod acr;
pub mod authorize;
pub mod capability;
pub mod claims;
pub mod client_auth;
pub mod delegation;
pub mod device;
pub mod digest;
pub mod error;
pub mod form;
pub mod grants;
pub mod id;
pub mod introspection;
pub mod json;
pub mod jwt;
pub mod liveness;
pub mod metadata;
pub mod scope;
pub mod secret;
pub mod time;
pub mod token_response;
pub mod token_type;
pub mod trace;
