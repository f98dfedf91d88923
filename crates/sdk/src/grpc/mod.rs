//! For tonic: a layer that verifies, rules in a handler, errors that are statuses, and calls that go out on
//! behalf of a caller.
//!
//! ```
//! use stead::grpc::{ActForCallers, Allowed as _, RequireToken};
//! use stead::outgoing::OnBehalfOf as _;
//! use stead::{Obo, Verifier, rule};
//! use tonic::{Request, Response, Status};
//!
//! rule!(ReadReports: scope = "Reports.Read", actors = ["dashboard"]);
//!
//! // Who calls, in a service behind `Server::builder().layer(RequireToken::new(verifier))`.
//! async fn report(request: Request<String>) -> Result<Response<String>, Status> {
//!     let caller = request.allowed::<ReadReports>()?;
//!     // With a client over `ActForCallers::new(obo).layer(channel)`.
//!     let rows = Request::new("rows".to_owned()).on_behalf_of(&caller, "api://company-data/Rows.Read");
//!     Ok(Response::new(format!("{} rows for {}", rows.get_ref(), caller.subject())))
//! }
//! ```
//!
//! A refusal is `UNAUTHENTICATED`, `PERMISSION_DENIED` or `UNAVAILABLE`, with the challenges of HTTP as `www-authenticate` in
//! its metadata. A handler that returns the status it got from the next service passes that service's demand to sign in
//! again on with it.

mod acting;
mod require;
mod status;

pub use acting::{ActForCallers, Acting};
pub use require::{Allowed, RequireToken, RequireTokenService};
pub use status::challenge_of;
