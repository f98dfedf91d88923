//! The one thread that writes. Whatever waits when it comes round shares one transaction, one fsync.
//!
//! Inside the transaction each commit that changes something has a savepoint: what conflicts is taken back
//! alone. The records of all of them are written together in the end. Nobody hears of success, and no fact
//! is known, before the transaction is durable.

use super::answers::{Answer, Answers};
use super::apply::apply;
use super::checkpointer::Bell;
use super::fault::{Fault, Halt};
use super::known::{Known, Revoked};
use super::merge::Merging;
use super::queue::{Batch, Job, Queue};
use super::records::{self, Head, Tail};
use super::scoped::Scoped;
use super::sweep::Sweep;
use crate::keeping::SWEPT_AT_ONCE;
use crate::remembered::Changed;
use crate::stats::Counters;
use rusqlite::Connection;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;
use stead_core::commit::{Change, Commit, CommitError};
use stead_core::model::revocation::Revocation;

/// The only write connection, and the ends of all chains.
#[derive(Debug)]
pub(super) struct Writer {
    db: Connection,
    heads: HashMap<i64, Head>,
    sweep: Sweep,
    merging: Merging,
    counters: Arc<Counters>,
    bell: Arc<Bell>,
}

/// What becomes true once the transaction is durable.
#[derive(Debug, Default)]
struct Pending {
    tails: HashMap<i64, Tail>,
    /// What the commits so far revoke, by tenant.
    said: HashMap<i64, Vec<Revocation>>,
    /// Of each commit its tenant's number and its answer.
    answers: Vec<(i64, Answer)>,
}

impl Writer {
    pub(super) fn new(db: Connection, counters: Arc<Counters>, bell: Arc<Bell>) -> Self {
        Self {
            db,
            heads: HashMap::new(),
            sweep: Sweep::default(),
            merging: Merging::default(),
            counters,
            bell,
        }
    }

    /// Serves the queue until it is closed and empty.
    pub(super) fn run(mut self, queue: &Queue) {
        let mut patience = None;
        while let Some(batch) = queue.take(patience) {
            patience = if batch.jobs.is_empty() {
                self.merge()
            } else {
                self.serve(batch);
                self.merging.note();
                self.merging.patience()
            };
            if let Err(fault) = self.bell.start_over(&self.db) {
                tracing::warn!(%fault, "the log could not start over; it grows");
            }
        }
    }

    /// Nothing else is to be done: puts small segments together, one step at a time. Says how long to wait
    /// for something else before the next.
    fn merge(&mut self) -> Option<Duration> {
        match self.merge_a_step() {
            Ok(true) => return Some(Duration::ZERO),
            Ok(false) => {}
            Err(fault) => {
                tracing::warn!(%fault, "small segments were not put together");
                self.roll_back();
            }
        }
        self.merging.rest();
        None
    }

    fn merge_a_step(&mut self) -> Result<bool, Fault> {
        execute(&self.db, "BEGIN IMMEDIATE")?;
        let mut went = false;
        for tenant in self.heads.keys() {
            went |= self.merging.step(Scoped::new(&self.db, *tenant))?;
        }
        execute(&self.db, "COMMIT")?;
        Ok(went)
    }

    fn serve(&mut self, Batch { jobs, runtime }: Batch) {
        let answers = match self.transaction(&jobs) {
            Ok(pending) => self.publish(jobs, pending),
            Err(fault) => self.give_up(jobs, &fault),
        };
        answers.give_out(runtime.as_ref());
    }

    /// Writes everything that does not conflict, durably.
    fn transaction(&mut self, jobs: &[Job]) -> Result<Pending, Fault> {
        let mut pending = Pending::default();
        execute(&self.db, "BEGIN IMMEDIATE")?;
        for job in jobs {
            let tenant = number_of(&self.db, &job.tenant)?;
            let answer = self.one(tenant, job, &mut pending)?;
            pending.answers.push((tenant, answer));
        }
        for (tenant, tail) in &pending.tails {
            tail.write(Scoped::new(&self.db, *tenant))?;
        }
        self.sweep_for(jobs)?;
        execute(&self.db, "COMMIT")?;
        Ok(pending)
    }

    /// One commit inside the transaction. An error means that the whole transaction is lost.
    fn one(&self, tenant: i64, job: &Job, pending: &mut Pending) -> Result<Answer, Fault> {
        let db = Scoped::new(&self.db, tenant);
        let said = pending.said.entry(tenant).or_default();
        if let Err(halt) = self.apply_all(db, Revoked { known: &job.tenant, said }, &job.commit)? {
            return Ok(Err(halt.told()));
        }
        said.extend(facts_of(job).cloned());
        let tail = match pending.tails.entry(tenant) {
            Entry::Occupied(tail) => tail.into_mut(),
            Entry::Vacant(place) => place.insert(Tail::new(self.head_of(tenant)?)),
        };
        Ok(Ok(tail.append(db, (&job.json, job.mark), job.commit.record.at)?))
    }

    /// All changes, or none of them. An error outside means that the whole transaction is lost.
    fn apply_all(
        &self,
        db: Scoped<'_>,
        revoked: Revoked<'_>,
        commit: &Commit,
    ) -> Result<Result<(), Halt>, Fault> {
        let something_to_undo = changes_something(commit);
        if something_to_undo {
            execute(&self.db, "SAVEPOINT one")?;
        }
        let mut changes = commit.changes.iter();
        let applied = changes.try_for_each(|change| apply(db, revoked, change, commit.record.at));
        match applied {
            // After some errors (a full disk, a failed read) SQLite has already rolled everything back.
            Err(Halt::Fault(fault)) if self.db.is_autocommit() => return Err(fault),
            Err(_) if something_to_undo => execute(&self.db, "ROLLBACK TO one")?,
            _ => {}
        }
        if something_to_undo {
            execute(&self.db, "RELEASE one")?;
        }
        Ok(applied)
    }

    fn head_of(&self, tenant: i64) -> Result<Head, Fault> {
        match self.heads.get(&tenant) {
            Some(head) => Ok(*head),
            None => Ok(records::head(Scoped::new(&self.db, tenant))?.unwrap_or_else(Head::genesis)),
        }
    }

    /// As much leaves as may have come. What only puts something on record brings nothing that expires.
    fn sweep_for(&mut self, jobs: &[Job]) -> Result<(), Fault> {
        let mut changing = jobs.iter().filter(|job| changes_something(&job.commit));
        let Some(job) = changing.next() else { return Ok(()) };
        let tenant = number_of(&self.db, &job.tenant)?;
        let limit = SWEPT_AT_ONCE.saturating_mul(changing.count() + 1);
        self.sweep.some(Scoped::new(&self.db, tenant), job.commit.record.at, limit)
    }

    /// Whoever is answered finds the facts known, and what is not so any more forgotten.
    fn publish(&mut self, jobs: Vec<Job>, pending: Pending) -> Answers {
        self.heads.extend(pending.tails.iter().map(|(tenant, tail)| (*tenant, tail.head)));
        self.counters.wrote(pending.answers.iter().filter(|(_, answer)| answer.is_ok()).count());
        for (job, (tenant, answer)) in jobs.iter().zip(&pending.answers) {
            job.tenant.number.get_or_init(|| *tenant);
            if answer.is_ok() {
                facts_of(job).for_each(|fact| job.tenant.learn(fact.clone()));
                let changed = job.commit.changes.iter().flat_map(Changed::by);
                changed.for_each(|changed| job.tenant.remembered.forget(&changed));
            }
        }
        let answers = pending.answers.into_iter().map(|(_, answer)| answer);
        jobs.into_iter().map(|job| job.answer).zip(answers).collect()
    }

    fn give_up(&self, jobs: Vec<Job>, fault: &Fault) -> Answers {
        self.counters.failed();
        tracing::error!(%fault, commits = jobs.len(), "a transaction was not written");
        self.roll_back();
        let told = || Err(CommitError::Failed(fault.told()));
        jobs.into_iter().map(|job| (job.answer, told())).collect()
    }

    fn roll_back(&self) {
        if !self.db.is_autocommit()
            && let Err(fault) = execute(&self.db, "ROLLBACK")
        {
            tracing::error!(%fault, "a transaction was not rolled back");
        }
    }
}

/// Whether it does more than to look and to put something on record.
fn changes_something(commit: &Commit) -> bool {
    commit.changes.iter().any(|change| !matches!(change, Change::Expect(_)))
}

fn facts_of(job: &Job) -> impl Iterator<Item = &Revocation> {
    job.commit.changes.iter().filter_map(|change| match change {
        Change::Revoke(fact) => Some(fact),
        _ => None,
    })
}

/// A tenant's number; its first commit gives it one.
fn number_of(db: &Connection, tenant: &Known) -> Result<i64, Fault> {
    if let Some(number) = tenant.number.get() {
        return Ok(*number);
    }
    let id = tenant.id.as_str();
    db.prepare_cached("INSERT OR IGNORE INTO tenants (id) VALUES (?1)")?.execute([id])?;
    let mut statement = db.prepare_cached("SELECT number FROM tenants WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0))?)
}

fn execute(db: &Connection, sql: &str) -> Result<(), Fault> {
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}
