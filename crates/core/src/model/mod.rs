//! What is on file.

pub mod application;
pub mod code;
pub mod consent;
pub mod device;
pub mod factors;
pub mod federated;
pub mod key;
pub mod managed;
pub mod permission;
pub mod refresh;
pub mod revocation;
pub mod session;
pub mod subject;
pub mod tenant;
pub mod user;
