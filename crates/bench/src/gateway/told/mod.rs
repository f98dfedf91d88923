//! All that was measured, as a section.
//!
//! | file | what it does |
//! |---|---|
//! | this one | the tables |
//! | `pass` | what came of rounds, and of two that took turns |
//! | `notes` | how it was measured |

mod notes;
mod pass;

pub(crate) use pass::{Beside, Came};

use super::memory::Memory;
use super::tokens::Tokens;
use crate::args::Gateway;
use crate::machine::Machine;
use crate::report::{Section, Table, known, rounded};
use serde::{Deserialize, Serialize};

/// Everything that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) race: Race,
    pub(super) memory: Memory,
    pub(super) tokens: Tokens,
}

/// What came of those that took turns.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Race {
    pub(super) stead: Came,
    pub(super) nginx: Came,
    /// The gateway over nginx.
    pub(super) beside: Beside,
    /// A gateway that tells a collector of every request and exchange.
    pub(super) telling: Another,
    /// How many spans of all that is it dropped.
    pub(super) spans_dropped: u64,
    /// Envoy that asks the gateway, both processes together, if it was measured.
    pub(super) envoy: Option<Another>,
}

/// One more that took turns.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Another {
    pub(super) came: Came,
    /// Over the gateway alone.
    pub(super) beside: Beside,
}

impl Told {
    /// As a section.
    pub(super) fn section(
        &self,
        args: &Gateway,
        machine: Machine,
        apart: bool,
    ) -> anyhow::Result<Section> {
        let mut tables = vec![self.race.fastest()];
        tables.extend(self.race.paced());
        tables.extend([self.race.ratios(), self.memory.table(), self.tokens.table()]);
        let parts = (notes::of(self, args, apart), tables);
        Section::new(("gateway", "The gateway beside nginx and Envoy"), machine, parts, self)
    }
}

impl Race {
    fn fastest(&self) -> Table {
        let mut table = Table::new(
            "As many as each can",
            &["proxy", "requests/s", "p50 ms", "p99 ms", "max ms", "CPU µs", "busy %", "RSS MiB"],
        );
        let envoy = self.envoy.as_ref().map(|envoy| &envoy.came);
        for came in [&self.stead, &self.telling.came, &self.nginx].into_iter().chain(envoy) {
            let mut cells = came.fastest.cells(&came.name);
            cells.push(rounded(came.resident_mib));
            table.rows.push(cells);
        }
        table
    }

    fn paced(&self) -> Option<Table> {
        let mut table = Table::new(
            "At the same rate, from when each was due",
            &["proxy", "requests/s", "p50 ms", "p99 ms", "max ms", "CPU µs", "busy %"],
        );
        for came in [&self.stead, &self.nginx] {
            table.rows.push(came.paced.as_ref()?.cells(&came.name));
        }
        Some(table)
    }

    fn ratios(&self) -> Table {
        let mut table =
            Table::new("One ÷ another, in the same round", &["", "CPU", "requests/s", "p99"]);
        let Beside { paced_cpu, paced_p99, .. } = self.beside;
        table.rows.push(self.beside.cells("the gateway ÷ nginx, as many as each can"));
        if paced_p99.is_some() {
            let (name, dash) = ("the gateway ÷ nginx, at the same rate", "–".to_owned());
            table.rows.push(vec![name.to_owned(), known(paced_cpu), dash, known(paced_p99)]);
        }
        table.rows.push(
            self.telling.beside.cells("the gateway that tells a collector ÷ one that does not"),
        );
        let envoy = self.envoy.as_ref().map(|envoy| &envoy.beside);
        table.rows.extend(envoy.map(|beside| beside.cells("Envoy and ext_authz ÷ the gateway")));
        table
    }
}
