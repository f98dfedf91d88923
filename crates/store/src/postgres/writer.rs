//! The one task that writes. Whatever waits when it comes round shares one transaction.
//!
//! Nobody hears of success, and no fact is known, before the transaction is durable. Whether it is, is not
//! known when the connection ends in the middle of `COMMIT`: then everybody hears "unavailable", nothing is
//! written a second time, and what the chain has come to is read anew.

use super::batch::{Batch, Pending, Setback};
use super::connection::{Connection, QUICK};
use super::fault::Fault;
use super::known::Known;
use super::lease::{Lease, RENEWED};
use super::link::{Connector, Link};
use super::presence::Origin;
use super::queue::{Job, Queue};
use super::records::{self, Head, ONE_A_PLACE};
use super::scoped::Scoped;
use super::sweep::Sweep;
use crate::stats::Counters;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};
use stead_core::commit::CommitError;
use tokio::time::timeout;

/// How often a batch is begun anew because of what others do at the same time.
const TRIES: usize = 8;

/// The only connection that writes, and the ends of this node's chains.
#[derive(Debug)]
pub(super) struct Writer {
    link: Link,
    lease: Lease,
    heads: HashMap<i64, Head>,
    sweep: Sweep,
    notifies: bool,
    /// What the database was when it was opened.
    origin: Origin,
    /// The connection that is known to be at work on that.
    at_work: Weak<Connection>,
    counters: Arc<Counters>,
}

impl Writer {
    pub(super) fn new(
        connector: &Arc<Connector>,
        (notifies, origin): (bool, Origin),
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            link: Link::new(connector, QUICK),
            lease: Lease::new(),
            heads: HashMap::new(),
            sweep: Sweep::default(),
            notifies,
            origin,
            at_work: Weak::new(),
            counters,
        }
    }

    /// Serves the queue until it is closed and empty. The lease is renewed while nothing happens, too.
    pub(super) async fn run(mut self, queue: Arc<Queue>) {
        let queue = Until(queue);
        // From now on it is seen that a server is at work. If it cannot be, whoever writes first is told.
        _ = self.connected().await;
        loop {
            match timeout(RENEWED, queue.0.take()).await {
                Ok(Some(jobs)) => self.serve(jobs).await,
                Ok(None) => break,
                Err(_) => self.stay().await,
            }
        }
        if let Ok(db) = self.link.get().await
            && let Err(fault) = db.in_time(self.lease.let_go(&db)).await
        {
            tracing::debug!(%fault, "the lease on a chain runs out by itself");
        }
    }

    /// Renews the lease of a node that has one.
    async fn stay(&mut self) {
        if !self.lease.is_held() {
            return;
        }
        let Ok(db) = self.connected().await else { return };
        match db.in_time(self.lease.chain(&db)).await {
            Ok((_, false)) => {}
            Ok((_, true)) => self.heads.clear(),
            Err(fault) => {
                tracing::warn!(%fault, "the lease on a chain was not renewed");
                self.forget(&db).await;
            }
        }
    }

    async fn serve(&mut self, jobs: Vec<Job>) {
        let mut tries = 0..TRIES;
        let failed = loop {
            let db = match self.connected().await {
                Ok(db) => db,
                Err(fault) => break fault,
            };
            let attempt = Box::pin(self.attempt(&db, &jobs));
            let written = db.in_time(async { Ok(attempt.await) }).await;
            let setback = match written.unwrap_or_else(|late| Err(Setback::Fault(late))) {
                Ok(pending) => return self.publish(jobs, pending),
                Err(setback) => setback,
            };
            self.take_back(&db, &setback).await;
            if tries.next().is_none() || !setback.may_pass_at_once() {
                break setback.into_fault();
            }
        };
        self.counters.failed();
        tracing::error!(fault = %failed, commits = jobs.len(), "a transaction was not written");
        for job in jobs {
            _ = job.answer.send(Err(CommitError::Failed(failed.told())));
        }
    }

    /// The connection, at work on the database that was opened.
    async fn connected(&mut self) -> Result<Arc<Connection>, Fault> {
        let db = self.link.get().await?;
        if Weak::ptr_eq(&self.at_work, &Arc::downgrade(&db)) {
            return Ok(db);
        }
        if let Err(fault) = db.in_time(self.origin.share(&db)).await {
            self.forget(&db).await;
            return Err(fault);
        }
        self.at_work = Arc::downgrade(&db);
        Ok(db)
    }

    async fn attempt(&mut self, db: &Connection, jobs: &[Job]) -> Result<Pending, Setback> {
        let (chain, is_another) = self.lease.chain(db).await?;
        if is_another {
            self.heads.clear();
        }
        let mut numbers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let number = number_of(db, &job.tenant).await?;
            if let Entry::Vacant(unknown) = self.heads.entry(number) {
                let head = records::head(Scoped::new(db, number), chain).await?;
                unknown.insert(head.unwrap_or_else(|| Head::start(chain)));
            }
            numbers.push(number);
        }
        let batch = Batch { db, chain, jobs, numbers: &numbers, notifies: self.notifies };
        batch.write(&self.heads, &mut self.sweep).await
    }

    /// After a setback nothing is taken for known: neither the ends of the chains nor the connection.
    async fn take_back(&mut self, db: &Arc<Connection>, setback: &Setback) {
        self.heads.clear();
        if let Setback::Fault(fault) = setback {
            if fault.constraint() == Some(ONE_A_PLACE) {
                tracing::warn!("another node writes this chain of records: another one is taken");
                self.lease.lose();
            }
            if fault.ends_the_connection() {
                return self.forget(db).await;
            }
        }
        if db.in_time(db.batch("ROLLBACK")).await.is_err() {
            self.forget(db).await;
        }
    }

    async fn forget(&mut self, db: &Arc<Connection>) {
        self.heads.clear();
        self.link.give_up(db).await;
    }

    /// Facts first: whoever is answered finds them known.
    fn publish(&mut self, jobs: Vec<Job>, pending: Pending) {
        self.heads.extend(pending.heads);
        self.counters.wrote(pending.answers.iter().filter(|answer| answer.is_ok()).count());
        let known: BTreeMap<i64, &Arc<Known>> =
            jobs.iter().filter_map(|job| Some((*job.tenant.number.get()?, &job.tenant))).collect();
        for (tenant, before, made) in pending.versions.made() {
            if let Some(known) = known.get(&tenant) {
                known.made(before, made);
            }
        }
        for (job, answer) in jobs.into_iter().zip(pending.answers) {
            // Whoever no longer listens has gone; what they wanted is on file all the same.
            _ = job.answer.send(answer.map(|head| head.receipt()));
        }
    }
}

/// A tenant's number; its first commit, on whichever node, gives it one.
async fn number_of(db: &Connection, tenant: &Known) -> Result<i64, Fault> {
    if let Some(number) = tenant.number.get() {
        return Ok(*number);
    }
    let id = tenant.id.as_str();
    for _ in 0..TRIES {
        let rows = db.rows("SELECT number FROM tenants WHERE id = $1", &[&id]).await?;
        if let Some(row) = rows.first() {
            let number = row.try_get(0)?;
            return Ok(*tenant.number.get_or_init(|| number));
        }
        db.run(
            "INSERT INTO tenants (number, id) SELECT coalesce(max(number), 0) + 1, $1 FROM tenants
             ON CONFLICT DO NOTHING",
            &[&id],
        )
        .await?;
    }
    Err(Fault::Late)
}

/// Closes the queue when the writer ends, however it ends: nobody waits for one that is gone.
struct Until(Arc<Queue>);

impl Drop for Until {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
