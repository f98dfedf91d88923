//! A connection that sees one tenant: its number is the first parameter of every statement.

use super::connection::Connection;
use super::fault::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::iter;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// What is bound to a statement.
pub(super) type Value<'v> = &'v (dyn ToSql + Sync);

/// One tenant's view of a connection. In every statement `$1` is the tenant, bound here and nowhere else; a
/// statement that forgets to use it is refused by PostgreSQL (it has a parameter too many).
#[derive(Debug, Clone, Copy)]
pub(super) struct Scoped<'a> {
    db: &'a Connection,
    tenant: i64,
}

impl<'a> Scoped<'a> {
    pub(super) fn new(db: &'a Connection, tenant: i64) -> Self {
        Self { db, tenant }
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) async fn run(self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Fault> {
        self.db.run(sql, &self.bound(values)).await
    }

    /// The first row, read by `read`.
    pub(super) async fn row<T>(
        self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.db.rows(sql, &self.bound(values)).await?.first().map(read).transpose()
    }

    /// All rows, each read by `read`.
    pub(super) async fn rows<T>(
        self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnMut(&Row) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.db.rows(sql, &self.bound(values)).await?.iter().map(read).collect()
    }

    /// The JSON in the first column of the first row.
    pub(super) async fn one<T: DeserializeOwned>(
        self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<T>, Fault> {
        self.row(sql, values, |row| from_json(row, 0)).await
    }

    /// The JSON in the first column of all rows.
    pub(super) async fn all<T: DeserializeOwned>(
        self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, Fault> {
        self.rows(sql, values, |row| from_json(row, 0)).await
    }

    fn bound<'v>(&'v self, values: &[Value<'v>]) -> Vec<Value<'v>> {
        iter::once(&self.tenant as Value<'v>).chain(values.iter().copied()).collect()
    }
}

/// What is kept of a thing.
pub(super) fn json(thing: &impl Serialize) -> Result<String, Fault> {
    Ok(serde_json::to_string(thing)?)
}

/// The thing whose JSON is in a column.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, Fault> {
    Ok(serde_json::from_str(row.try_get(column)?)?)
}

/// How many, as PostgreSQL counts.
pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
