//! What each change does to the database, and what stands against it.

use super::fault::Halt;
use super::known::Revoked;
use super::scoped::Scoped;
use super::{
    applications, codes, consents, devices, factors, keys, records, revocations, sessions, users,
};
use stead_core::commit::{Change, Conflict, Expected};
use stead_proto::id::Subject;
use stead_proto::time::Timestamp;

/// When a change is applied: the instant of its commit, the version of the tenant it makes, and what was
/// revoked before.
#[derive(Debug, Clone, Copy)]
pub(super) struct As<'a> {
    pub(super) now: Timestamp,
    pub(super) version: i64,
    pub(super) revoked: Revoked<'a>,
}

/// Applies one change. Gives the users it changed in passing.
pub(super) async fn apply(
    db: Scoped<'_>,
    change: &Change,
    at: As<'_>,
) -> Result<Vec<Subject>, Halt> {
    let As { now, version, revoked } = at;
    match change {
        Change::Expect(expected) => expect(db, revoked, expected).await?,
        Change::PutApplication(application) => applications::put(db, application).await?,
        Change::DeleteApplication(id) => applications::delete(db, id).await?,
        Change::PutUser(user) => users::put(db, user).await?,
        Change::DeleteUser(id) => users::delete(db, id).await?,
        Change::PutFactors(id, factors) => factors::put(db, id, factors).await?,
        Change::PutGroup(group) => users::put_group(db, group).await?,
        Change::DeleteGroup(id) => return users::delete_group(db, id).await,
        Change::PutConsent(consent) => consents::put(db, consent).await?,
        Change::DeleteConsent(id) => consents::delete(db, id).await?,
        Change::PutSession(session) => sessions::put(db, session).await?,
        Change::PutCode(code, grant) => codes::put_code(db, code, grant).await?,
        Change::SpendCode(code, at) => codes::spend_code(db, code, *at).await?,
        Change::PutDevice(code, grant) => devices::put(db, code, grant, now).await?,
        Change::Device(code, change) => devices::change(db, code, change).await?,
        Change::PutRefresh(token, grant) => codes::put_refresh(db, token, grant).await?,
        Change::SpendRefresh { token, at, grace } => {
            codes::spend_refresh(db, token, (*at, *grace)).await?;
        }
        Change::SpendOnce(once) => codes::spend_once(db, once, now).await?,
        Change::CutRecords { chain, through } => records::cut(db, *chain, *through).await?,
        Change::Revoke(fact) => revocations::put(db, fact, version).await?,
        Change::PutKey(key) => keys::put(db, key).await?,
        Change::PutTrustedIssuer(issuer) => keys::trust(db, issuer).await?,
        Change::DeleteTrustedIssuer(issuer) => keys::distrust(db, issuer).await?,
    }
    Ok(Vec::new())
}

/// What is expected of factors is held until the transaction ends; for everything else the tenant's row is.
async fn expect(db: Scoped<'_>, revoked: Revoked<'_>, expected: &Expected) -> Result<(), Halt> {
    let so = match expected {
        Expected::Application(id, entry) => applications::get(db, id).await? == *entry,
        Expected::User(id, entry) => users::get(db, id).await? == *entry,
        Expected::Factors(id, expected) => {
            factors::hold(db, id).await?;
            factors::get(db, id).await? == *expected
        }
        Expected::Group(id, entry) => users::group(db, id).await? == *entry,
        Expected::Keys(expected) => keys::all(db).await? == *expected,
        Expected::Alive(descent) => return Ok(revoked.alive(descent).map_err(Conflict::Ended)?),
    };
    if so { Ok(()) } else { Err(Conflict::Changed.into()) }
}
