//! A connection that sees one tenant: its number is the first parameter of every statement.

use super::fault::Fault;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::iter;
use std::ops::ControlFlow;

/// One tenant's view of a connection. In every statement `?1` is the tenant, bound here and nowhere else;
/// a statement that forgets to use it is refused by SQLite (it has a parameter too many).
#[derive(Debug, Clone, Copy)]
pub(super) struct Scoped<'a> {
    db: &'a Connection,
    tenant: i64,
}

impl<'a> Scoped<'a> {
    pub(super) fn new(db: &'a Connection, tenant: i64) -> Self {
        Self { db, tenant }
    }

    /// Whose view it is, by number.
    pub(super) fn tenant(&self) -> i64 {
        self.tenant
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, Fault> {
        Ok(self.db.prepare_cached(sql)?.execute(params_from_iter(self.bound(values)))?)
    }

    /// The first row, read by `read`.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.db.prepare_cached(sql)?;
        Ok(statement.query_row(params_from_iter(self.bound(values)), read).optional()?)
    }

    /// All rows, each read by `read`.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params_from_iter(self.bound(values)), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Shows one row after the other to `look`, as long as it wants to see more.
    pub(super) fn walk(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        mut look: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(self.bound(values)))?;
        while let Some(row) = rows.next()? {
            if look(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Hands every row to `take`, one at a time, until that fails.
    pub(super) fn for_each<E: From<rusqlite::Error>>(
        &self,
        sql: &str,
        mut take: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query([&self.tenant])?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    }

    /// The JSON in the first column of the first row.
    pub(super) fn one<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
    ) -> Result<Option<T>, Fault> {
        let read = |row: &Row<'_>| Ok(serde_json::from_str(row.get_ref(0)?.as_str()?));
        Ok(self.row(sql, values, read)?.transpose()?)
    }

    /// The JSON in the first column of all rows.
    pub(super) fn all<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
    ) -> Result<Vec<T>, Fault> {
        let read = |row: &Row<'_>| Ok(serde_json::from_str(row.get_ref(0)?.as_str()?));
        Ok(self.rows(sql, values, read)?.into_iter().collect::<Result<_, _>>()?)
    }

    fn bound<'v>(&'v self, values: &'v [&dyn ToSql]) -> impl Iterator<Item = &'v dyn ToSql> {
        iter::once(&self.tenant as &dyn ToSql).chain(values.iter().copied())
    }
}

/// What is kept of a thing.
pub(super) fn json(thing: &impl Serialize) -> Result<String, Fault> {
    Ok(serde_json::to_string(thing)?)
}
