//! Tokens acquired before: what it costs to get one again, for few users and for many.

use super::clock::{apart, each_ns};
use super::verify::{NONE_READY, per};
use crate::args::Cache;
use crate::floor::used;
use crate::issuer::Issuer;
use crate::machine::Machine;
use crate::process;
use crate::progress::{Progress, say};
use crate::report::{Section, Table, flatness, known, median, rounded};
use crate::world::Person;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stead::client::OboBuilder;
use stead::{AcquireError, Caller, Credential, Obo, Target};
use stead_proto::jwt::Algorithm;

/// The target, as a program writes it.
const TARGET: &str = "api://company-data/Rows.Read";
/// How many users are asked for between two looks at the clock.
const AT_ONCE: usize = 200;
/// How often the clock is looked at.
const BATCHES: usize = 1_000;
/// How many exchanges are under way at a time while the cache is filled.
const UNDER_WAY: usize = 64;
/// From so many on, memory is told for each.
const MANY: u32 = 10_000;
/// How long an exchange may take while the cache is filled: that is not what is measured.
const PATIENCE: Duration = Duration::from_secs(10);
/// Room for all of them.
const ROOM: u64 = 1 << 40;
/// Up to how many are laid to rest: it takes an exchange of its own for each.
const MOST_AT_REST: u32 = 100_000;
/// Room for those.
const ROOM_AT_REST: u64 = 1 << 30;

/// What a hit costs with so many users. Medians of the batches.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Hit {
    users: u32,
    /// With a target that is kept, in nanoseconds.
    kept_target_ns: f64,
    /// With a target written in the program.
    written_target_ns: f64,
    /// With a kept target, from a cache in which all tokens are at rest; of the most users it is not measured.
    resting_ns: Option<f64>,
    /// What an entry holds in memory, in bytes, without the subject token that it shares with its caller;
    /// of few, nobody can tell.
    entry_bytes: Option<f64>,
}

/// Measures with each number of users.
pub async fn run(args: &Cache) -> anyhow::Result<Section> {
    let issuer = Arc::new(Issuer::start(Algorithm::Es256).await?);
    let mut hits = Vec::new();
    for &users in &args.users {
        let callers = Arc::new(callers(&issuer, users)?);
        let obo = acquiring(&issuer)?.cache_bytes(ROOM).build()?;
        let before = process::memory(std::process::id())?.resident;
        fill(&obo, &callers).await?;
        let grown = process::memory(std::process::id())?.resident.saturating_sub(before);
        let asking = Arc::clone(&callers);
        let (kept, written) = apart(async move || measure(&obo, &asking).await).await?;
        let resting_ns = match users {
            ..=MOST_AT_REST => Some(at_rest(&issuer, callers).await?),
            _ => None,
        };
        let entry_bytes = (users >= MANY).then(|| per(grown, users));
        say(format!("  {} ns", rounded(kept)));
        let (kept_target_ns, written_target_ns) = (kept, written);
        hits.push(Hit { users, kept_target_ns, written_target_ns, resting_ns, entry_bytes });
    }
    section(&hits)
}

/// An application, as it is measured.
fn acquiring(issuer: &Issuer) -> anyhow::Result<OboBuilder> {
    let credential = Credential::secret("a secret of this program alone");
    let builder = Obo::builder().provider(issuer.provider()?).client_id("reports-api");
    Ok(builder.credential(credential).budget(PATIENCE))
}

/// One for each user.
fn callers(issuer: &Issuer, users: u32) -> anyhow::Result<Vec<Caller>> {
    let mut progress = Progress::of("callers", users.into());
    let caller = |number| {
        progress.at(u64::from(number) + 1);
        let claims = serde_json::from_value(issuer.claims(Person(number))?)?;
        Ok(Caller::from_verified(issuer.token(Person(number))?, claims))
    };
    (0..users).map(caller).collect()
}

/// Acquires a token for each.
async fn fill(obo: &Obo, callers: &[Caller]) -> anyhow::Result<()> {
    let target = Target::parse(TARGET)?;
    let mut progress = Progress::of("tokens acquired", u64::try_from(callers.len())?);
    let mut done = 0;
    let mut acquired =
        stream::iter(callers).map(|caller| obo.token(caller, &target)).buffer_unordered(UNDER_WAY);
    while acquired.try_next().await?.is_some() {
        done += 1;
        progress.at(done);
    }
    Ok(())
}

/// With a kept target, and with one as it is written.
async fn measure(obo: &Obo, callers: &[Caller]) -> anyhow::Result<(f64, f64)> {
    let target = Target::parse(TARGET)?;
    let mut turns = Turns(1);
    let (mut kept, mut written) = (Vec::new(), Vec::new());
    for _ in 0..BATCHES {
        kept.push(hits(obo, &turns.some(callers), &target).await?);
        written.push(hits(obo, &turns.some(callers), TARGET).await?);
    }
    Ok((median(&kept), median(&written)))
}

/// What a token costs for each of these, in nanoseconds.
async fn hits<T>(obo: &Obo, batch: &[Caller], target: T) -> anyhow::Result<f64>
where
    T: TryInto<Target> + Copy,
    AcquireError: From<T::Error>,
{
    let begun = used();
    for caller in batch {
        black_box(obo.token(caller, target).await?);
    }
    Ok(each_ns(begun, batch.len()))
}

/// With a kept target, where no token is ready.
async fn at_rest(issuer: &Issuer, callers: Arc<Vec<Caller>>) -> anyhow::Result<f64> {
    let obo = acquiring(issuer)?.cache_bytes(ROOM_AT_REST).ready_bytes(NONE_READY).build()?;
    fill(&obo, &callers).await?;
    let measure = async move || {
        let (target, mut turns, mut costs) = (Target::parse(TARGET)?, Turns(1), Vec::new());
        for _ in 0..BATCHES {
            costs.push(hits(&obo, &turns.some(&callers), &target).await?);
        }
        Ok(median(&costs))
    };
    apart(measure).await
}

/// Whose turn it is: anybody's.
struct Turns(u64);

impl Turns {
    /// Some callers, each just looked at, as by the verification that comes before in a request.
    fn some(&mut self, callers: &[Caller]) -> Vec<Caller> {
        let one = |_| {
            // Knuth's linear congruential generator: as good as any to walk about with.
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let place = usize::try_from(self.0 >> 33).unwrap_or(0).checked_rem(callers.len())?;
            let caller = callers.get(place)?;
            black_box((caller.expires(), caller.is_app_only()));
            Some(caller.clone())
        };
        (0..AT_ONCE).filter_map(one).collect()
    }
}

fn section(hits: &[Hit]) -> anyhow::Result<Section> {
    let mut table = Table::new(
        "A token that the SDK has acquired before",
        &["users", "kept target ns", "written target ns", "from rest ns", "entry bytes"],
    );
    for hit in hits {
        table.rows.push(vec![
            hit.users.to_string(),
            rounded(hit.kept_target_ns),
            rounded(hit.written_target_ns),
            known(hit.resting_ns),
            hit.entry_bytes.map_or_else(|| "–".to_owned(), |bytes| format!("{bytes:.0}")),
        ]);
    }
    let costs: Vec<f64> = hits.iter().map(|hit| hit.kept_target_ns).collect();
    let notes = vec![
            format!(
                "Processor time of one thread, medians of {BATCHES} batches of {AT_ONCE} users drawn at random. A \
                 caller has just been looked at, as by the verification before; the entry is wherever it was."
            ),
            "From rest is a hit in a cache that keeps no token ready: each is found among those that were laid to rest, and \
             unpacked."
                .to_owned(),
            "What an entry holds is how much the process grew while it was filled, for each entry; the subject \
             token is the caller's own and comes on top where the caller is not remembered."
                .to_owned(),
            format!("From the fewest users to the most a hit differs by a factor of {}.", rounded(flatness(&costs))),
        ];
    let machine = Machine::here(Path::new("."));
    let about = ("cache", "Tokens the SDK has acquired before");
    Section::new(about, machine, (notes, vec![table]), &hits)
}
