//! Sessions.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, json};
use crate::keeping;
use stead_core::model::session::Session;
use stead_proto::id::{SessionId, Subject};
use stead_proto::secret::SecretHash;

pub(super) fn by_secret(db: Scoped<'_>, secret: &SecretHash) -> Result<Option<Session>, Fault> {
    let secret = secret.0.as_bytes();
    db.one("SELECT json FROM sessions WHERE tenant = ?1 AND secret = ?2", &[secret])
}

pub(super) fn get(db: Scoped<'_>, id: &SessionId) -> Result<Option<Session>, Fault> {
    db.one("SELECT json FROM sessions WHERE tenant = ?1 AND id = ?2", &[&id.as_str()])
}

const CURRENT: &str = "
    SELECT json FROM sessions
    WHERE tenant = ?1 AND expires > (SELECT at FROM chain_heads WHERE tenant = ?1)
    ORDER BY started DESC, id LIMIT ?2";

/// Apart, so that the others are not looked at.
const CURRENT_OF_USER: &str = "
    SELECT json FROM sessions
    WHERE tenant = ?1 AND user = ?2 AND expires > (SELECT at FROM chain_heads WHERE tenant = ?1)
    ORDER BY started DESC, id LIMIT ?3";

/// Those that had not expired at the latest instant on record: the store has no other clock.
pub(super) fn current(
    db: Scoped<'_>,
    user: Option<&Subject>,
    limit: usize,
) -> Result<Vec<Session>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match user {
        Some(user) => db.all(CURRENT_OF_USER, &[&user.as_str(), &limit]),
        None => db.all(CURRENT, &[&limit]),
    }
}

pub(super) fn put(db: Scoped<'_>, session: &Session) -> Result<(), Halt> {
    db.run(
        "INSERT OR REPLACE INTO sessions (tenant, id, user, secret, started, expires, until, json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            &session.id.as_str(),
            &session.user.as_str(),
            session.secret.0.as_bytes(),
            &session.started.millis(),
            &session.expires.millis(),
            &keeping::session(session).millis(),
            &json(session)?,
        ],
    )?;
    Ok(())
}
