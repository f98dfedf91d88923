//! The one thread that writes. Whatever waits when it comes round shares one transaction, one fsync.
//!
//! Inside the transaction each commit has a savepoint: what conflicts is taken back alone. Nobody hears of
//! success, and no fact is known, before the transaction is durable.

use super::apply::apply;
use super::checkpointer::Bell;
use super::fault::{Fault, Halt};
use super::known::{Known, Revoked};
use super::queue::{Answer, Job, Queue};
use super::records::{self, Head};
use super::scoped::Scoped;
use super::sweep::Sweep;
use crate::keeping::SWEPT_AT_ONCE;
use crate::stats::Counters;
use rusqlite::Connection;
use std::collections::HashMap;
use std::sync::Arc;
use stead_core::commit::{Change, CommitError};
use stead_core::model::revocation::Revocation;

/// The only write connection, and the ends of all chains.
#[derive(Debug)]
pub(super) struct Writer {
    db: Connection,
    heads: HashMap<i64, Head>,
    sweep: Sweep,
    counters: Arc<Counters>,
    bell: Arc<Bell>,
}

/// What becomes true once the transaction is durable.
#[derive(Debug, Default)]
struct Pending {
    heads: HashMap<i64, Head>,
    /// What the commits so far revoke, by tenant.
    said: HashMap<i64, Vec<Revocation>>,
    /// Of each commit its tenant's number and its answer.
    answers: Vec<(i64, Answer)>,
}

impl Writer {
    pub(super) fn new(db: Connection, counters: Arc<Counters>, bell: Arc<Bell>) -> Self {
        Self { db, heads: HashMap::new(), sweep: Sweep::default(), counters, bell }
    }

    /// Serves the queue until it is closed and empty.
    pub(super) fn run(mut self, queue: &Queue) {
        while let Some(jobs) = queue.take() {
            self.serve(jobs);
            if let Err(fault) = self.bell.start_over(&self.db) {
                tracing::warn!(%fault, "the log could not start over; it grows");
            }
        }
    }

    fn serve(&mut self, jobs: Vec<Job>) {
        match self.transaction(&jobs) {
            Ok(pending) => self.publish(jobs, pending),
            Err(fault) => self.give_up(jobs, &fault),
        }
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
        for (tenant, head) in &pending.heads {
            records::put_head(Scoped::new(&self.db, *tenant), head)?;
        }
        self.sweep_for(jobs)?;
        execute(&self.db, "COMMIT")?;
        Ok(pending)
    }

    /// One commit inside the transaction. An error means that the whole transaction is lost.
    fn one(&self, tenant: i64, job: &Job, pending: &mut Pending) -> Result<Answer, Fault> {
        let before = match pending.heads.get(&tenant).or_else(|| self.heads.get(&tenant)) {
            Some(head) => *head,
            None => records::head(Scoped::new(&self.db, tenant))?.unwrap_or_else(Head::genesis),
        };
        let head = before.after(&job.json, job.commit.record.at);
        execute(&self.db, "SAVEPOINT one")?;
        let said = pending.said.entry(tenant).or_default();
        let revoked = Revoked { known: &job.tenant, said };
        match write(Scoped::new(&self.db, tenant), revoked, job, &head) {
            Ok(()) => {
                execute(&self.db, "RELEASE one")?;
                pending.heads.insert(tenant, head);
                said.extend(facts_of(job).cloned());
                Ok(Ok(head.receipt()))
            }
            // After some errors (a full disk, a failed read) SQLite has already rolled everything back.
            Err(Halt::Fault(fault)) if self.db.is_autocommit() => Err(fault),
            Err(halt) => {
                execute(&self.db, "ROLLBACK TO one")?;
                execute(&self.db, "RELEASE one")?;
                Ok(Err(halt.told()))
            }
        }
    }

    /// As much leaves as may have come.
    fn sweep_for(&mut self, jobs: &[Job]) -> Result<(), Fault> {
        let Some(job) = jobs.first() else { return Ok(()) };
        let tenant = number_of(&self.db, &job.tenant)?;
        let limit = SWEPT_AT_ONCE.saturating_mul(jobs.len());
        self.sweep.some(Scoped::new(&self.db, tenant), job.commit.record.at, limit)
    }

    /// Facts first: whoever is answered finds them known.
    fn publish(&mut self, jobs: Vec<Job>, pending: Pending) {
        self.heads.extend(pending.heads);
        self.counters.wrote(pending.answers.iter().filter(|(_, answer)| answer.is_ok()).count());
        for (job, (tenant, answer)) in jobs.iter().zip(&pending.answers) {
            job.tenant.number.get_or_init(|| *tenant);
            if answer.is_ok() {
                facts_of(job).for_each(|fact| job.tenant.learn(fact.clone()));
            }
        }
        for (job, (_, answer)) in jobs.into_iter().zip(pending.answers) {
            // Whoever no longer listens has gone; what they wanted is on file all the same.
            _ = job.answer.send(answer);
        }
    }

    fn give_up(&self, jobs: Vec<Job>, fault: &Fault) {
        tracing::error!(%fault, commits = jobs.len(), "a transaction was not written");
        if !self.db.is_autocommit()
            && let Err(fault) = execute(&self.db, "ROLLBACK")
        {
            tracing::error!(%fault, "a transaction was not rolled back");
        }
        for job in jobs {
            _ = job.answer.send(Err(CommitError::Failed(fault.told())));
        }
    }
}

fn write(db: Scoped<'_>, revoked: Revoked<'_>, job: &Job, head: &Head) -> Result<(), Halt> {
    for change in &job.commit.changes {
        apply(db, revoked, change, job.commit.record.at)?;
    }
    Ok(records::append(db, head, &job.facets, &job.json)?)
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
