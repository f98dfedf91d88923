//! What those are called that take part.

/// What the server is called in its URLs.
pub(crate) const HOST: &str = "bench.stead.test";
/// The one tenant.
pub(crate) const TENANT: &str = "bench";
/// The front end that signs users in.
pub(crate) const DASHBOARD: &str = "dashboard";
/// The middle tier that exchanges their tokens.
pub(crate) const CLIENT: &str = "reports-api";
/// The same, as a resource.
pub(crate) const API: &str = "api://reports-api";
/// What it asks for.
pub(crate) const RESOURCE: &str = "api://company-data";
/// To do what.
pub(crate) const SCOPE: &str = "Rows.Read";
