//! What is said of the database, whichever it is.

use super::elsewhere::Elsewhere;
use super::finding::{Area, Finding};
use std::collections::BTreeSet;
use std::path::Path;
use stead_core::chain::{Break, Chain};
use stead_proto::id::Issuer;
use stead_proto::time::Timestamp;
use stead_store::{ChainEnd, MasterKeyError};

/// How many records of each chain are walked from the end.
pub(super) const WALKED: u64 = 10_000;

/// What others need to know of the store.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    /// The latest instant on record.
    pub(super) latest: Option<Timestamp>,
    /// Everybody else whose keys are asked for.
    pub(super) issuers: BTreeSet<Issuer>,
    /// Whether a server has it open.
    pub(super) in_use: bool,
    /// What its clock says, if it has one of its own.
    pub(super) clocks: Vec<Elsewhere>,
}

/// The key cannot be read.
pub(super) fn no_key(error: &MasterKeyError) -> Finding {
    Area::Store.fail(error.to_string(), "put back the key that the database was made with")
}

/// Whether the key is the one that the database was made with.
pub(super) fn key_fits(file: &Path, fits: bool) -> Finding {
    let shown = file.display();
    if fits {
        return Area::Store.ok(format!("the master key {shown} fits the database"));
    }
    let what = format!("the master key {shown} does not fit the database");
    Area::Store.fail(what, "put back the key that the database was made with")
}

/// Whether the end of a chain is as it was written.
pub(super) fn chain(end: &ChainEnd) -> Finding {
    let ChainEnd { tenant, chain, records, walked, broken } = end;
    // A store of one server has no other chain.
    let of = match chain {
        &Chain::FIRST => " of".to_owned(),
        chain => format!(" of chain {chain} of"),
    };
    let (place, how) = match broken {
        None if walked == records => {
            let what =
                format!("all {records} records{of} tenant {tenant} are as they were written");
            return Area::Store.ok(what);
        }
        None => {
            let what = format!(
                "the last {walked} of {records} records{of} tenant {tenant} are as they were written"
            );
            return Area::Store.ok(what);
        }
        Some(Break::Missing(place)) => (place, "missing"),
        Some(Break::Edited(place)) => (place, "edited"),
    };
    let what = format!("record {}{of} tenant {tenant} is {how}", place.seq);
    let todo = "somebody wrote to the database behind the server's back: find out who, and compare with a backup";
    Area::Store.fail(what, todo)
}
