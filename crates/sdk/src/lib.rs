//! On behalf of (OBO), for Rust services: verify the token you were sent, and acquire one for your user at the next
//! service. For Stead, Entra ID, Okta, Auth0, Keycloak, and any server of RFC 8693.
//!
//! # In a minute
//!
//! A **middle tier** verifies the token it was sent, and trades it for one addressed to the next service:
//!
//! ```no_run
//! # async fn f(headers: http::HeaderMap, secret: String) -> Result<(), Box<dyn std::error::Error>> {
//! use stead::{Credential, Obo, Verifier};
//!
//! // Once.
//! let issuer = "https://id.example/acme/v2.0";
//! let verifier = Verifier::new(issuer, "api://reports-api")?;
//! let obo = Obo::discover(issuer, "reports-api", Credential::secret(secret)).await?;
//!
//! // For each request.
//! let caller = verifier.verify_headers(&headers).await?;
//! let token = obo.token(&caller, "api://company-data/Rows.Read").await?;
//! let rows = reqwest::Client::new()
//!     .get("https://data.example/rows")
//!     .bearer_auth(token.expose())
//!     .send().await?;
//! # Ok(()) }
//! ```
//!
//! A **resource** decides who may come in, by scope and by who acts for the user:
//!
//! ```
//! use axum::{Router, routing::get};
//! use stead::{Allow, RequireToken, Verifier, rule};
//!
//! rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"], max_depth = 3);
//!
//! async fn rows(caller: Allow<ReadRows>) -> String {
//!     format!("rows for {}", caller.subject())
//! }
//!
//! let verifier = Verifier::new("https://id.example/acme/v2.0", "api://company-data")?;
//! let app: Router = Router::new().route("/rows", get(rows)).layer(RequireToken::new(verifier));
//! # Ok::<(), stead::SetupError>(())
//! ```
//!
//! # Where to find what
//!
//! | to | use |
//! |---|---|
//! | verify a token, and see who calls | [`Verifier`], which makes a [`Caller`] |
//! | say who may come in | [`rule!`], [`verify::Rule`] |
//! | take tokens of several issuers, or of providers that do not follow RFC 9068 | [`verify::Trust`], [`verify::Profile`] |
//! | refuse what was revoked; take tokens bound to a key (DPoP) | [`verify::Feed`], [`verify::Dpop`] |
//! | say where the resource describes itself (RFC 9728) | [`verify::ProtectedResource`] |
//! | acquire a token on behalf of a caller | [`Obo`], for a [`Target`], proving itself by a [`Credential`] |
//! | go on when the user has left | [`LongRunning`] |
//! | share acquired tokens between processes | [`client::SharedCache`], [`SealingKey`] |
//! | pass on "sign in again, like so" | [`Challenge`] |
//! | trust other certificates, wait longer, go by another clock | [`Transport`], [`Provider`], [`Clock`] |
#![cfg_attr(
    any(feature = "reqwest-middleware", feature = "tonic"),
    doc = "| send requests on behalf of a caller | [`outgoing`] |"
)]
#![cfg_attr(feature = "axum", doc = "| guard routes of axum | [`RequireToken`], [`Allow`] |")]
#![cfg_attr(feature = "tonic", doc = "| guard services of tonic, and call others | [`grpc`] |")]
//!
//! # Errors
//!
//! | error | when | what to do with it |
//! |---|---|---|
//! | [`SetupError`] | something is set up wrongly | end the program |
//! | [`VerifyError`] | a request is not let in | answer with its [status](VerifyError::status) and [headers](Verifier::refusal) |
//! | [`AcquireError`] | there is no token | answer with it: challenges travel on to the front end |
//! | [`ProviderError`] | a provider's documents cannot be had | part of the above; by itself only from [`Provider`] |
//!
//! With the features `axum` and `tonic`, the second and the third are responses: `?` in a handler is enough.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `axum` (default) | `RequireToken`, `Allow<Rule>`, errors that are responses |
//! | `tonic` | the module `grpc`: the same for gRPC, and calls that go out on behalf of a caller |
//! | `reqwest-middleware` | `.on_behalf_of(&caller, target)` on a request, in the module `outgoing` |
//! | `redis` | `client::RedisCache`: acquired tokens shared between processes, sealed |
//!
//! # What to rely on
//!
//! - Both dialects of the exchange are spoken, RFC 8693 and Entra's; the provider's discovery document says which.
//! - Acquired tokens are kept while they are good. What they are kept under holds everything that could change the
//!   answer, the whole subject token first of all, so that one user never gets another's token.
//! - No token is printed, no redirect is followed, and no decision is made by any actor but the outermost.

mod at_hand;
pub mod challenge;
pub mod client;
mod clock;
mod error;
#[cfg(feature = "tonic")]
pub mod grpc;
pub mod issuer;
#[cfg(any(feature = "axum", feature = "tonic"))]
mod layers;
#[cfg(any(feature = "reqwest-middleware", feature = "tonic"))]
pub mod outgoing;
mod rest;
pub mod transport;
pub mod verify;
#[cfg(feature = "axum")]
pub mod web;
mod whole;

pub use challenge::Challenge;
pub use client::{
    AccessToken, AcquireError, AcquireOptions, BadTarget, Credential, LongRunning, Obo, SealingKey,
    Target,
};
pub use clock::Clock;
pub use error::{ProviderError, SetupError};
pub use issuer::Provider;
pub use transport::Transport;
pub use verify::{Caller, Verifier, VerifyError};
#[cfg(feature = "axum")]
pub use web::{Allow, RequireToken};

pub use stead_proto::acr::{self, StepUp};
pub use stead_proto::error::Dialect;
pub use stead_proto::jwt::{Algorithm, SigningKey};
pub use stead_proto::secret::Jwt;
pub use stead_proto::time::{Seconds, Timestamp};
pub use stead_proto::trace::TraceParent;

/// What the package says of itself compiles.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The guide's programs compile.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../../../docs/guides/sdk.md")]
pub struct Guide;
