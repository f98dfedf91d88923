//! Stead's decisions: who may act for whom, and what is on record about it.
//!
//! The road of a token request, in the order of the protocol:
//!
//! 1. parse the form (`stead_proto::grants`)
//! 2. authenticate the client ([`client_auth`]), which alone makes an `AuthenticatedClient`
//! 3. validate the subject token ([`subject`])
//! 4. gather the facts and decide ([`policy`]), which alone makes a `Permit`
//! 5. mint claims from the permit ([`mint`])
//! 6. record, durably ([`record`], [`chain`], [`ports::Store::commit`])
//! 7. respond
//!
//! Nothing here does IO but through [`ports`], reads a clock or throws dice: both come in as a
//! [`moment::Moment`].

pub mod admin;
pub mod anchor;
pub mod chain;
pub mod client_auth;
pub mod commit;
pub mod denied;
pub mod error;
pub mod explain;
pub mod failure;
pub mod faults;
pub mod feed;
pub mod grants;
pub mod introspect;
pub mod keys;
pub mod liveness;
pub mod login;
pub mod mint;
pub mod model;
pub mod moment;
mod origin;
pub mod policy;
pub mod ports;
pub mod proved;
pub mod record;
pub mod retention;
pub mod revoke;
pub mod settings;
pub mod sts;
pub mod subject;
pub mod token;
mod token_use;
pub mod userinfo;
