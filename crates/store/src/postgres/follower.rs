//! Other nodes' changes, followed: by notification, and by asking often, since a notification may be missed
//! and some relatives of PostgreSQL send none. Decisions do not depend on it: they look for themselves
//! ([`super::batch`]), and questions do once nothing was heard for a while ([`Known::is_fresh`]).

use super::connection::{Connection, QUICK};
use super::fault::Fault;
use super::known::Known;
use super::link::{Connector, Link};
use super::scoped::Scoped;
use super::tenants::Tenants;
use super::versions;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How often it asks without having heard anything.
const EVERY: Duration = Duration::from_millis(500);

/// How long it rests between, however much it hears.
const REST: Duration = Duration::from_millis(20);

/// Follows other nodes' changes.
#[derive(Debug)]
pub(super) struct Follower {
    connector: Arc<Connector>,
    tenants: Arc<Tenants>,
    link: Link,
    /// Whether notifications are to be had.
    notifies: bool,
}

impl Follower {
    pub(super) fn new(connector: &Arc<Connector>, tenants: &Arc<Tenants>, notifies: bool) -> Self {
        Self {
            connector: Arc::clone(connector),
            tenants: Arc::clone(tenants),
            link: Link::new(connector, QUICK),
            notifies,
        }
    }

    /// Follows until it is dropped.
    pub(super) async fn run(self) {
        let mut listening = None;
        loop {
            if let Err(fault) = self.once(&mut listening).await {
                tracing::warn!(%fault, "other nodes' changes were not read");
            }
            sleep(REST).await;
            _ = timeout(EVERY, self.connector.heard.notified()).await;
        }
    }

    /// Looks once, over a connection that listens.
    async fn once(&self, listening: &mut Option<Arc<Connection>>) -> Result<(), Fault> {
        let db = self.link.get().await?;
        let is_new = listening.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &db));
        let looked = db.in_time(async {
            if is_new && self.notifies {
                db.batch("LISTEN stead").await?;
            }
            self.look(&db).await
        });
        let looked = looked.await;
        if looked.is_err() {
            self.link.give_up(&db).await;
        }
        *listening = Some(db);
        looked
    }

    /// Learns what is new of every tenant.
    async fn look(&self, db: &Connection) -> Result<(), Fault> {
        let asked = Instant::now();
        let mut on_file = Vec::new();
        for row in db.rows("SELECT number, id, version FROM tenants", &[]).await? {
            let (number, version): (i64, i64) = (row.try_get(0)?, row.try_get(2)?);
            let Some(known) = self.tenants.called(row.try_get(1)?) else { continue };
            known.number.get_or_init(|| number);
            on_file.push((number, version, known));
        }
        for (number, version, known) in on_file {
            versions::learn(Scoped::new(db, number), &known, version, asked).await?;
        }
        Ok(())
    }
}

/// Makes sure that what is known of a tenant is all there is, asking the database if that was not found out
/// just now.
pub(super) async fn refresh(db: Scoped<'_>, known: &Known) -> Result<(), Fault> {
    let asked = Instant::now();
    let version = versions::current(db).await?;
    versions::learn(db, known, version, asked).await
}
