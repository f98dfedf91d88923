//! Sessions.

use super::fault::{Fault, Halt};
use super::scoped::{Scoped, count, json};
use crate::keeping;
use stead_core::model::session::Session;
use stead_proto::id::{SessionId, Subject};
use stead_proto::secret::SecretHash;

/// What is sent for a session without waiting for the change before it.
pub(super) const PUT: &str = "
    INSERT INTO sessions (tenant, id, subject, secret, started, expires, until, json)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (tenant, id) DO UPDATE
    SET subject = excluded.subject, secret = excluded.secret, started = excluded.started,
    expires = excluded.expires, until = excluded.until, json = excluded.json";

pub(super) async fn by_secret(
    db: Scoped<'_>,
    secret: &SecretHash,
) -> Result<Option<Session>, Fault> {
    let secret = secret.0.as_bytes().as_slice();
    db.one("SELECT json FROM sessions WHERE tenant = $1 AND secret = $2", &[&secret]).await
}

pub(super) async fn get(db: Scoped<'_>, id: &SessionId) -> Result<Option<Session>, Fault> {
    db.one("SELECT json FROM sessions WHERE tenant = $1 AND id = $2", &[&id.as_str()]).await
}

const CURRENT: &str = "
    SELECT json FROM sessions
    WHERE tenant = $1 AND expires > (SELECT max(at) FROM chain_heads WHERE tenant = $1)
    ORDER BY started DESC, id LIMIT $2";

/// Apart, so that the others are not looked at.
const CURRENT_OF_USER: &str = "
    SELECT json FROM sessions
    WHERE tenant = $1 AND subject = $2
      AND expires > (SELECT max(at) FROM chain_heads WHERE tenant = $1)
    ORDER BY started DESC, id LIMIT $3";

/// Those that had not expired at the latest instant on record: the store has no other clock.
pub(super) async fn current(
    db: Scoped<'_>,
    user: Option<&Subject>,
    limit: usize,
) -> Result<Vec<Session>, Fault> {
    match user {
        Some(user) => db.all(CURRENT_OF_USER, &[&user.as_str(), &count(limit)]).await,
        None => db.all(CURRENT, &[&count(limit)]).await,
    }
}

pub(super) async fn put(db: Scoped<'_>, session: &Session) -> Result<(), Halt> {
    db.run(
        PUT,
        &[
            &session.id.as_str(),
            &session.user.as_str(),
            &session.secret.0.as_bytes().as_slice(),
            &session.started.millis(),
            &session.expires.millis(),
            &keeping::session(session).millis(),
            &json(session)?,
        ],
    )
    .await?;
    Ok(())
}
