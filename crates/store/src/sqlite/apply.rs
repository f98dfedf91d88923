//! What each change does to the file, and what stands against it.

use super::fault::Halt;
use super::known::Revoked;
use super::scoped::Scoped;
use super::{
    applications, codes, consents, devices, factors, keys, records, revocations, sessions, users,
};
use stead_core::commit::{Change, Conflict, Expected};
use stead_proto::time::Timestamp;

/// Applies one change at an instant, knowing what was revoked before.
pub(super) fn apply(
    db: Scoped<'_>,
    revoked: Revoked<'_>,
    change: &Change,
    now: Timestamp,
) -> Result<(), Halt> {
    match change {
        Change::Expect(expected) => expect(db, revoked, expected),
        Change::PutApplication(application) => applications::put(db, application),
        Change::DeleteApplication(id) => applications::delete(db, id),
        Change::PutUser(user) => users::put(db, user),
        Change::DeleteUser(id) => users::delete(db, id),
        Change::PutFactors(id, factors) => factors::put(db, id, factors),
        Change::PutGroup(group) => users::put_group(db, group),
        Change::DeleteGroup(id) => users::delete_group(db, id),
        Change::PutConsent(consent) => consents::put(db, consent),
        Change::DeleteConsent(id) => consents::delete(db, id),
        Change::PutSession(session) => sessions::put(db, session),
        Change::PutCode(code, grant) => codes::put_code(db, code, grant),
        Change::SpendCode(code, at) => codes::spend_code(db, code, *at),
        Change::PutDevice(code, grant) => devices::put(db, code, grant, now),
        Change::Device(code, change) => devices::change(db, code, change),
        Change::PutRefresh(token, grant) => codes::put_refresh(db, token, grant),
        Change::SpendRefresh { token, at, grace } => codes::spend_refresh(db, token, (*at, *grace)),
        Change::SpendOnce(once) => codes::spend_once(db, once, now),
        Change::CutRecords { chain, through } => records::cut(db, *chain, *through),
        Change::Revoke(fact) => revocations::put(db, fact),
        Change::PutKey(key) => keys::put(db, key),
        Change::PutTrustedIssuer(issuer) => keys::trust(db, issuer),
        Change::DeleteTrustedIssuer(issuer) => keys::distrust(db, issuer),
    }
}

fn expect(db: Scoped<'_>, revoked: Revoked<'_>, expected: &Expected) -> Result<(), Halt> {
    let so = match expected {
        Expected::Application(id, entry) => applications::get(db, id)? == *entry,
        Expected::User(id, entry) => users::get(db, id)? == *entry,
        Expected::Factors(id, expected) => factors::get(db, id)? == *expected,
        Expected::Group(id, entry) => users::group(db, id)? == *entry,
        Expected::Alive(descent) => return Ok(revoked.alive(descent).map_err(Conflict::Ended)?),
        Expected::Keys(expected) => keys::all(db)? == *expected,
    };
    if so { Ok(()) } else { Err(Conflict::Changed.into()) }
}
