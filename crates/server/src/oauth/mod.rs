//! The endpoints of clients: read, ask, write.

pub(crate) mod admin_consent;
pub(crate) mod authorize;
pub(crate) mod device;
pub(crate) mod instance;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod revocations;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod token_span;
pub(crate) mod userinfo;
