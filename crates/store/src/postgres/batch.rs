//! One transaction: everything that waited, written together.
//!
//! Commits that only go on record cost one row of one statement. Those that change something are applied one
//! after another, each in a savepoint: what conflicts is taken back alone.

use super::apply::{As, apply};
use super::connection::Connection;
use super::fault::{Fault, Halt};
use super::known::Revoked;
use super::queue::Job;
use super::records::{self, Head, Rows};
use super::scoped::{Scoped, Value};
use super::sweep::Sweep;
use super::versions::{self, Versions, needs_the_row};
use super::{codes, sessions};
use crate::keeping::SWEPT_AT_ONCE;
use futures_util::future::{join, join_all, try_join};
use std::collections::HashMap;
use stead_core::chain::Chain;
use stead_core::commit::{Change, CommitError, Conflict, Expected};
use stead_core::liveness::Descent;
use stead_core::model::revocation::Revocation;
use stead_proto::id::Subject;
use tokio::time::Instant;

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Each commit replaces the savepoint before it by its own.
const BEGIN_ONE_BY_ONE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SAVEPOINT one";

/// A batch, and where it is written.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) db: &'a Connection,
    pub(super) chain: Chain,
    pub(super) jobs: &'a [Job],
    /// Of each job its tenant's number.
    pub(super) numbers: &'a [i64],
    pub(super) notifies: bool,
}

/// What becomes true once the transaction is durable.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) heads: HashMap<i64, Head>,
    /// Of each job whether it is written, and where.
    pub(super) answers: Vec<Result<Head, CommitError>>,
    pub(super) versions: Versions,
}

/// Why a transaction was not written.
#[derive(Debug)]
pub(super) enum Setback {
    /// Other nodes stated facts that were not known here. They are now: it is to be decided anew.
    Behind,
    /// The database failed us.
    Fault(Fault),
}

impl Setback {
    /// Whether the same batch may be written now.
    pub(super) fn may_pass_at_once(&self) -> bool {
        match self {
            Self::Behind => true,
            Self::Fault(fault) => fault.is_a_race(),
        }
    }

    /// What it is called when it goes on too long.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::Behind => Fault::Late,
            Self::Fault(fault) => fault,
        }
    }
}

impl<E: Into<Fault>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl Batch<'_> {
    /// Writes everything that does not conflict; durable once this returns.
    pub(super) async fn write(
        &self,
        heads: &HashMap<i64, Head>,
        sweep: &mut Sweep,
    ) -> Result<Pending, Setback> {
        let mut pending = Pending::default();
        if self.jobs.iter().all(only_looks_at_facts) {
            // Taken before the verdicts: what is learned in between was not looked at by them.
            let known = self.known();
            let verdicts = self.jobs.iter().map(|job| alive(job, &[])).collect();
            let rows = self.place(verdicts, heads, &mut pending);
            let written = self.put_on_record(&rows, &pending, sweep);
            try_join(self.begin(BEGIN, &known), async { Ok(written.await?) }).await?;
        } else {
            self.db.prepare(codes::WRITES.into_iter().chain([sessions::PUT])).await?;
            self.begin(BEGIN_ONE_BY_ONE, &self.known()).await?;
            let verdicts = self.apply_all(&mut pending.versions).await?;
            let rows = self.place(verdicts, heads, &mut pending);
            self.put_on_record(&rows, &pending, sweep).await?;
        }
        self.db.batch("COMMIT").await?;
        Ok(pending)
    }

    /// Of each job up to which version its tenant's facts are known.
    fn known(&self) -> Vec<i64> {
        self.jobs.iter().map(|job| job.tenant.version()).collect()
    }

    /// Begins, and makes sure that no fact that was stated before is missing in what is `known`.
    async fn begin(&self, sql: &str, known: &[i64]) -> Result<(), Setback> {
        let asked = Instant::now();
        let numbers: [Value<'_>; 1] = [&self.numbers];
        let (begun, versions) =
            join(self.db.batch(sql), self.db.rows(versions::READ, &numbers)).await;
        begun?;
        let mut behind = false;
        for row in &versions? {
            let (number, version): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            let Some(at) = self.numbers.iter().position(|it| *it == number) else { continue };
            let (Some(job), Some(known)) = (self.jobs.get(at), known.get(at)) else { continue };
            behind |= *known < version;
            versions::learn(Scoped::new(self.db, number), &job.tenant, version, asked).await?;
        }
        if behind { Err(Setback::Behind) } else { Ok(()) }
    }

    /// Applies what the commits change. An error means that the whole transaction is lost.
    async fn apply_all(
        &self,
        versions: &mut Versions,
    ) -> Result<Vec<Result<(), CommitError>>, Fault> {
        let mut verdicts = Vec::with_capacity(self.jobs.len());
        for (job, tenant) in self.jobs.iter().zip(self.numbers) {
            verdicts.push(if only_looks_at_facts(job) {
                alive(job, versions.said(*tenant))
            } else {
                self.apply_one(job, *tenant, versions).await?
            });
        }
        Ok(verdicts)
    }

    async fn apply_one(
        &self,
        job: &Job,
        tenant: i64,
        versions: &mut Versions,
    ) -> Result<Result<(), CommitError>, Fault> {
        let changes = &job.commit.changes;
        let version = if changes.iter().any(needs_the_row) {
            versions.hold(self.db, tenant).await?
        } else {
            0
        };
        let revoked = Revoked { known: &job.tenant, said: versions.said(tenant) };
        let at = As { now: job.commit.record.at, version, revoked };
        let begun = self.db.batch("RELEASE SAVEPOINT one; SAVEPOINT one");
        let applied = apply_each(Scoped::new(self.db, tenant), changes, at);
        let (begun, applied) = join(begun, applied).await;
        begun?;
        let halt = match applied {
            Ok(also) => {
                versions.add(tenant, changes, also);
                return Ok(Ok(()));
            }
            Err(Halt::Fault(fault)) if fault.ends_the_connection() || fault.is_a_race() => {
                return Err(fault);
            }
            Err(halt) => halt,
        };
        self.db.batch("ROLLBACK TO SAVEPOINT one").await?;
        Ok(Err(halt.told()))
    }

    /// Gives each commit that stands its place in its tenant's chain.
    fn place(
        &self,
        verdicts: Vec<Result<(), CommitError>>,
        heads: &HashMap<i64, Head>,
        pending: &mut Pending,
    ) -> Rows<'_> {
        let mut rows = Rows::default();
        for ((job, tenant), verdict) in self.jobs.iter().zip(self.numbers).zip(verdicts) {
            pending.answers.push(verdict.map(|()| {
                let before = pending.heads.get(tenant).or_else(|| heads.get(tenant)).copied();
                let before = before.unwrap_or_else(|| Head::start(self.chain));
                let head = before.after(&job.json, job.commit.record.at);
                pending.heads.insert(*tenant, head);
                rows.add(*tenant, &head, &job.json, &job.commit.record);
                head
            }));
        }
        rows
    }

    /// Appends the records; as much leaves as may have come.
    async fn put_on_record(
        &self,
        rows: &Rows<'_>,
        pending: &Pending,
        sweep: &mut Sweep,
    ) -> Result<(), Fault> {
        let heads = pending.heads.iter().map(|(tenant, head)| (*tenant, *head));
        let heads = records::put_heads(self.db, self.chain, heads);
        let versions = pending.versions.write(self.db, self.notifies);
        try_join(rows.append(self.db, self.chain), try_join(heads, versions)).await?;
        let (Some(job), Some(tenant)) = (self.jobs.first(), self.numbers.first()) else {
            return Ok(());
        };
        let limit = SWEPT_AT_ONCE.saturating_mul(self.jobs.len());
        sweep.some(Scoped::new(self.db, *tenant), job.commit.record.at, limit).await
    }
}

/// Whether a commit changes nothing: what it expects is decided from what is known.
fn only_looks_at_facts(job: &Job) -> bool {
    job.commit.changes.iter().all(|change| descent(change).is_some())
}

/// Whether all that a commit expects to be alive is.
fn alive(job: &Job, said: &[Revocation]) -> Result<(), CommitError> {
    let revoked = Revoked { known: &job.tenant, said };
    let mut expected = job.commit.changes.iter().filter_map(descent);
    let alive = expected.try_for_each(|descent| revoked.alive(descent));
    alive.map_err(|by| CommitError::Conflict(Conflict::Ended(by)))
}

fn descent(change: &Change) -> Option<&Descent> {
    match change {
        Change::Expect(expected) => match &**expected {
            Expected::Alive(descent) => Some(descent),
            _ => None,
        },
        _ => None,
    }
}

/// Applies a commit's changes in their order. Gives the users changed in passing.
///
/// Where each change is one statement, none waits for the answer to the one before: what stands against any
/// of them takes all of them back.
async fn apply_each(db: Scoped<'_>, changes: &[Change], at: As<'_>) -> Result<Vec<Subject>, Halt> {
    let mut also = Vec::new();
    if changes.iter().all(is_one_statement) {
        let applied = changes.iter().map(|change| Box::pin(apply(db, change, at)));
        for outcome in join_all(applied).await {
            also.extend(outcome?);
        }
        return Ok(also);
    }
    for change in changes {
        also.extend(Box::pin(apply(db, change, at)).await?);
    }
    Ok(also)
}

/// Whether a change is one statement, which was prepared ([`codes::WRITES`], [`sessions::PUT`]), or none.
pub(super) fn is_one_statement(change: &Change) -> bool {
    match change {
        Change::SpendCode(..)
        | Change::PutCode(..)
        | Change::SpendRefresh { .. }
        | Change::PutRefresh(..)
        | Change::SpendOnce(_)
        | Change::PutSession(_) => true,
        other => descent(other).is_some(),
    }
}
