//! What one thing more takes, on disk and in the server's memory: sessions, refresh tokens, live access tokens.

use super::bout::Bout;
use crate::args::{Exchange, Memory, Rate, Running, Setup, Signature, SubjectTokens};
use crate::child::Server;
use crate::load::Connection;
use crate::machine::Machine;
use crate::process;
use crate::progress::say;
use crate::report::{Section, Table, mib, rounded};
use crate::stead::Stead;
use crate::world::{Place, Wanted, seed};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use stead_proto::jwt::Algorithm;

/// Whose they are.
const USERS: u32 = 1_000;

/// How many connections ask for exchanges.
const CONNECTIONS: usize = 64;

/// What the server and its folder take with so many more of something.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Weight {
    /// What there is more of than in the row before.
    what: String,
    /// How much more.
    more: u32,
    /// Bytes in the server's folder of data, while no server runs; of the last rows only after the last.
    disk: Option<u64>,
    /// Bytes the server holds in memory.
    resident: u64,
}

/// Measures what one thing more takes.
pub async fn run(stead: &Stead, args: &Memory) -> anyhow::Result<Section> {
    let exchange = as_exchange(args);
    let place = Place::prepare(&exchange.setup, Algorithm::Es256)?;
    let mut wanted = Wanted { users: USERS, ..Wanted::default() };
    let mut weights = vec![at_rest(stead, &place, ("users, none signed in", USERS), wanted).await?];
    wanted.sessions = args.things;
    weights.push(at_rest(stead, &place, ("sessions", args.things), wanted).await?);
    wanted.refresh_tokens = args.things;
    weights.push(at_rest(stead, &place, ("refresh tokens", args.things), wanted).await?);
    weights.extend(under_load(stead, &place, &exchange, wanted).await?);
    section(args, Machine::here(place.path()), &weights)
}

/// A server that was started and asked nothing but whether it lives.
async fn at_rest(
    stead: &Stead,
    place: &Place,
    (what, more): (&str, u32),
    wanted: Wanted,
) -> anyhow::Result<Weight> {
    let seeded = seed(stead, place, wanted).await?;
    let disk = size(&place.data())?;
    let server = Server::start(stead, place, seeded.ca.as_deref()).await?;
    Connection::open(&server.target).await?.get("/healthz").await?;
    let resident = process::memory(server.pid)?.resident;
    server.stop().await?;
    Ok(told(Weight { what: what.to_owned(), more, disk: Some(disk), resident }))
}

/// A server that issues access tokens, none of which has ended when it is looked at.
async fn under_load(
    stead: &Stead,
    place: &Place,
    exchange: &Exchange,
    wanted: Wanted,
) -> anyhow::Result<[Weight; 3]> {
    let (server, mut track) = Bout::begin(stead, place, exchange, wanted).await?.apart();
    let more = u32::try_from(exchange.warm_up).context("so many were never asked for")?;
    let resident = || Ok::<_, anyhow::Error>(process::memory(server.pid)?.resident);
    let weigh = |what: &str, more, resident| {
        told(Weight { what: what.to_owned(), more, disk: None, resident })
    };
    let signed_in = weigh("sign-in, and an exchange", 1, resident()?);
    track.warm_up(CONNECTIONS).await?;
    let first = weigh("access tokens, exchanged", more, resident()?);
    track.warm_up(CONNECTIONS).await?;
    let again = weigh("as many again", more, resident()?);
    server.stop().await?;
    Ok([signed_in, first, Weight { disk: Some(size(&place.data())?), ..again }])
}

fn as_exchange(args: &Memory) -> Exchange {
    Exchange {
        setup: Setup::simple(args.dir.clone()),
        running: Running::none(),
        extent: args.extent(),
        algorithm: Signature::Es256,
        subject_tokens: SubjectTokens::Cold,
        connections: vec![CONNECTIONS],
        users: vec![USERS],
        records: vec![0],
        rate: Rate::None,
        warm_up: args.things.into(),
    }
}

/// Bytes in the files of a folder.
fn size(folder: &Path) -> anyhow::Result<u64> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let sizes = entries.map(|entry| Ok(entry?.metadata()?)).map(|data: anyhow::Result<_>| {
        data.map(|data: fs::Metadata| if data.is_file() { data.len() } else { 0 })
    });
    sizes.sum()
}

fn told(weight: Weight) -> Weight {
    let Weight { what, more, disk, resident } = &weight;
    let disk = disk.map(|disk| format!(", {} MiB on disk", rounded(mib(disk))));
    say(format!("  {more} {what}: {} MiB{}", rounded(mib(*resident)), disk.unwrap_or_default()));
    weight
}

fn section(args: &Memory, machine: Machine, weights: &[Weight]) -> anyhow::Result<Section> {
    let mut table = Table::new(
        "Each row has all of the rows before it",
        &[
            "what comes on top",
            "how many",
            "RSS MiB",
            "RSS bytes each",
            "disk MiB",
            "disk bytes each",
        ],
    );
    let mut before: Option<&Weight> = None;
    let (mut on_disk, mut since) = (None, 0);
    for weight in weights {
        let each = |more: u64, less: u64, many: u32| {
            rounded((bytes(more) - bytes(less)) / f64::from(many))
        };
        since += weight.more;
        let disk_each = weight.disk.zip(on_disk).map(|(disk, before)| each(disk, before, since));
        table.rows.push(vec![
            weight.what.clone(),
            weight.more.to_string(),
            rounded(mib(weight.resident)),
            before.map_or_else(dash, |before| each(weight.resident, before.resident, weight.more)),
            weight.disk.map_or_else(dash, |disk| rounded(mib(disk))),
            disk_each.unwrap_or_else(dash),
        ]);
        before = Some(weight);
        if weight.disk.is_some() {
            (on_disk, since) = (weight.disk, 0);
        }
    }
    let notes = vec![
        "SQLite, ES256. RSS of a server that was just started, and in the last rows while it issues tokens over 64 \
         connections; the folder of data while no server runs. Bytes each are the difference to the row before, \
         divided by how many came on top: they may come out below nothing."
            .to_owned(),
        "A session and a refresh token are rows and nothing in memory. An access token that is alive has no row and \
         takes no memory either: what it takes on disk is the record of its exchange. Subject tokens that were \
         verified are remembered within 8 MiB, however many there are; sockets and the memory of signing in (a \
         password takes 19 MiB while it is checked) are in the other rows too."
            .to_owned(),
        format!("Everything belongs to {USERS} users; {} of each.", args.things),
    ];
    Section::new(("memory", "What one more takes"), machine, (notes, vec![table]), &weights)
}

fn dash() -> String {
    "–".to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "no memory and no disk is so large")]
fn bytes(count: u64) -> f64 {
    count as f64
}
