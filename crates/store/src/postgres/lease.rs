//! The chain that this node writes. It holds a lease on it, by the database's clock.
//!
//! A lease decides nothing: that a place in a chain is taken once keeps two nodes apart that believe in the
//! same one. Whoever finds its place taken leaves that chain and takes another.

use super::connection::Connection;
use super::fault::Fault;
use super::records::chain_in;
use aws_lc_rs::rand;
use std::time::Duration;
use stead_core::chain::Chain;
use tokio::time::Instant;

/// How often a lease is renewed. It runs three times as long.
pub(super) const RENEWED: Duration = Duration::from_secs(5);

const TAKE_A_FREE_ONE: &str = "
    UPDATE nodes SET holder = $1, until = now() + INTERVAL '15 seconds'
    WHERE until < now()
    AND chain = (SELECT chain FROM nodes WHERE until < now() ORDER BY chain LIMIT 1)
    RETURNING chain";

const TAKE_A_NEW_ONE: &str = "
    INSERT INTO nodes (chain, holder, until)
    SELECT coalesce(max(chain), 0) + 1, $1, now() + INTERVAL '15 seconds' FROM nodes
    ON CONFLICT (chain) DO NOTHING RETURNING chain";

const RENEW: &str = "
    UPDATE nodes SET until = now() + INTERVAL '15 seconds' WHERE chain = $1 AND holder = $2";

const LET_GO: &str = "UPDATE nodes SET until = now() WHERE chain = $1 AND holder = $2";

/// How often somebody else may be quicker before that is a fault.
const TRIES: usize = 64;

/// A chain, and who holds it.
#[derive(Debug)]
pub(super) struct Lease {
    holder: [u8; 16],
    held: Option<Held>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    chain: Chain,
    renewed: Instant,
}

impl Lease {
    /// A node without a chain.
    pub(super) fn new() -> Self {
        let mut holder = [0; 16];
        // Without randomness there is no TLS and no token either; a shared name costs a collision, no more.
        _ = rand::fill(&mut holder);
        Self { holder, held: None }
    }

    /// The chain to write, taken or renewed if it is time; and whether it is another one than before.
    pub(super) async fn chain(&mut self, db: &Connection) -> Result<(Chain, bool), Fault> {
        if let Some(held) = self.held {
            if held.renewed.elapsed() < RENEWED || self.renew(db, held.chain).await? {
                return Ok((held.chain, false));
            }
            tracing::warn!(chain = %held.chain, "the lease on a chain of records ran out");
        }
        let renewed = Instant::now();
        let chain = self.take(db).await?;
        self.held = Some(Held { chain, renewed });
        tracing::info!(%chain, "this node writes a chain of records");
        Ok((chain, true))
    }

    /// Whether this node has a chain.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Somebody else writes this chain.
    pub(super) fn lose(&mut self) {
        self.held = None;
    }

    /// Somebody else may have it, at once.
    pub(super) async fn let_go(&mut self, db: &Connection) -> Result<(), Fault> {
        if let Some(held) = self.held.take() {
            db.run(LET_GO, &[&i64::from(held.chain.0), &self.holder.as_slice()]).await?;
        }
        Ok(())
    }

    async fn renew(&mut self, db: &Connection, chain: Chain) -> Result<bool, Fault> {
        let renewed = Instant::now();
        let is_ours = db.run(RENEW, &[&i64::from(chain.0), &self.holder.as_slice()]).await? == 1;
        self.held = is_ours.then_some(Held { chain, renewed });
        Ok(is_ours)
    }

    async fn take(&self, db: &Connection) -> Result<Chain, Fault> {
        let holder = self.holder.as_slice();
        for _ in 0..TRIES {
            let mut taken = db.rows(TAKE_A_FREE_ONE, &[&holder]).await?;
            if taken.is_empty() {
                taken = db.rows(TAKE_A_NEW_ONE, &[&holder]).await?;
            }
            if let Some(row) = taken.first() {
                return chain_in(row, 0);
            }
        }
        Err(Fault::Unreachable("no chain of records could be taken".into()))
    }
}
