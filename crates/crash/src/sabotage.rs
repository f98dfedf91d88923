//! A store that loses what it promised, on purpose: a harness that finds nothing proves nothing.

use anyhow::{Context, ensure};
use rusqlite::Connection;
use std::fmt;
use std::path::Path;

/// What is taken from a store while no server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The last record, with those that share its row.
    Record,
    /// The last records, and the head says nothing of them.
    Tail,
    /// That codes were used.
    Codes,
    /// That refresh tokens were used.
    RefreshTokens,
    /// Which assertions were used.
    Assertions,
    /// Revocations.
    Revocations,
    /// Consents.
    Consents,
    /// Sessions.
    Sessions,
}

impl Sabotage {
    /// All of them; last, what needs a server to be found.
    pub const ALL: [Self; 8] = [
        Self::Record,
        Self::Tail,
        Self::Codes,
        Self::RefreshTokens,
        Self::Revocations,
        Self::Consents,
        Self::Sessions,
        Self::Assertions,
    ];

    /// Whether it shows on file. What does not is found by using it again.
    #[must_use]
    pub fn shows_on_file(self) -> bool {
        self != Self::Assertions
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Record => "DELETE FROM segments WHERE place = (SELECT max(place) FROM segments)",
            Self::Tail => {
                "DELETE FROM segments
                 WHERE place IN (SELECT place FROM segments ORDER BY place DESC LIMIT 20);
                 UPDATE chain_heads SET (seq, hash) =
                     (SELECT place & ((1 << 40) - 1), hash FROM segments ORDER BY place DESC LIMIT 1)"
            }
            Self::Codes => "UPDATE codes SET spent = NULL WHERE spent IS NOT NULL",
            Self::RefreshTokens => "UPDATE refresh_tokens SET spent = NULL WHERE spent IS NOT NULL",
            Self::Assertions => "DELETE FROM once",
            Self::Revocations => "DELETE FROM revocations",
            Self::Consents => "DELETE FROM consents WHERE client = 'asking'",
            Self::Sessions => "DELETE FROM sessions",
        }
    }

    /// Does it to a database.
    pub fn strike(self, file: &Path) -> anyhow::Result<()> {
        let db = Connection::open(file).with_context(|| file.display().to_string())?;
        let before = db.total_changes();
        db.execute_batch(self.sql()).context("the sabotage failed")?;
        ensure!(db.total_changes() > before, "there was nothing to take: {self}");
        Ok(())
    }
}

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "the last record taken away",
            Self::Tail => "the last records taken away, and the head set back",
            Self::Codes => "used codes made fresh",
            Self::RefreshTokens => "used refresh tokens made fresh",
            Self::Assertions => "used assertions forgotten",
            Self::Revocations => "revocations taken away",
            Self::Consents => "consents taken away",
            Self::Sessions => "sessions taken away",
        })
    }
}
