//! What Stead remembers: a trait, three times.
//!
//! The port is [`stead_core::ports::Store`], a list of questions; [`Memory`], [`Sqlite`] and
//! [`Postgres`] answer them. All hold many tenants and hand out handles that see one. All pass the suite in
//! `tests/it/conformance`, which says what a store has to do; a new backend adds one line there.
//!
//! What they share, so that they cannot differ in it:
//!
//! - `names`: which names are too alike to be two
//! - `facts`: which revocation of the same thing counts
//! - `facets`: what a record is about
//! - `archive`: what a backup looks like, and what of it goes on
//! - `rotation`: what another master key changes
//! - `keeping`: how long used and expired things stay on file
//!
//! [`MasterKey`] seals what must not lie readable in the file: signing keys and the secrets of one-time codes.
//!
//! Nothing here decides who may do what, reads a clock or throws dice.

mod archive;
mod chain_end;
mod facets;
mod facts;
mod keeping;
mod master_key;
mod memory;
mod names;
mod postgres;
mod private_file;
mod remembered;
mod rotation;
mod sqlite;
mod stats;

pub use archive::restore::{Restore, Since};
pub use archive::{ArchiveError, ChainSpan, Header, Manifest, TenantChains};
pub use chain_end::ChainEnd;
pub use master_key::{MasterKey, MasterKeyError};
pub use memory::Memory;
pub use postgres::{
    Commits, Condition, Destination, Follow, Migration, Occupied, Plan, Postgres, PostgresConfig,
    PostgresError, PostgresInspection, Restored, ServerUrl, UrlError,
};
pub use rotation::{Chance, Resealed, Rotation};
pub use sqlite::{Depth, Inspection, OpenError, RestoreError, Sqlite, move_aside};
pub use stats::Stats;
