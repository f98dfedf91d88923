//! On behalf of, for applications: acquire a token for your user at the next service, verify the one you
//! were sent.
//!
//! A **middle tier** trades the token it was sent for one addressed to the next service:
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
//! | module | what it is about |
//! |---|---|
//! | [`client`] | acquire: [`Obo`] |
//! | [`verify`] | verify: [`Verifier`], [`Caller`], [`rule!`] |
//! | [`challenge`] | "sign in again, like so", in both languages: [`Challenge`] |
//! | [`issuer`] | whom tokens are asked of, and its keys: [`Provider`] |
//! | [`transport`] | how others are asked: [`Transport`] |
#![cfg_attr(
    any(feature = "reqwest-middleware", feature = "tonic"),
    doc = "| [`outgoing`] | requests that go out on behalf of a caller |"
)]
#![cfg_attr(feature = "tonic", doc = "| [`grpc`] | for tonic: both sides |")]
#![cfg_attr(feature = "axum", doc = "| [`web`] | for axum: [`RequireToken`], [`Allow`] |")]
//!
//! Both dialects of the exchange are spoken, RFC 8693 and Entra's; which one, the provider's discovery
//! document says. Tokens are kept while they are good, by the whole question they answer, so that one
//! user never gets another's. Nothing here follows a redirect, prints a token, or decides by an actor other
//! than the outermost.

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
