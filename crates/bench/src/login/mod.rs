//! Interactive sign-ins, as a browser and its front end make them.
//!
//! | file | what it does |
//! |---|---|
//! | `sign_in` | one of them: authorization request, the page for the password, code, token |
//! | `told` | all that was measured, as a section |

mod sign_in;
mod told;

pub use sign_in::{Front, sign_in};

use crate::args::{Extent, Login};
use crate::child::Server;
use crate::floor::median_us;
use crate::load::{Driven, Latencies};
use crate::process;
use crate::progress::say;
use crate::report::Section;
use crate::stead::Stead;
use crate::world::{PASSWORD, Person, Place, Wanted, seed};
use anyhow::ensure;
use futures_util::future::try_join_all;
use std::cell::{Cell, RefCell};
use std::time::Instant;
use stead_core::ports::Passwords;
use stead_proto::jwt::Algorithm;
use stead_proto::secret::Password;
use stead_server::passwords::Argon2Passwords;
use tokio::task::spawn_blocking;
use told::{Point, Told};

/// Measures sign-ins on a server of its own, for each number of browsers at a time.
pub async fn run(stead: &Stead, args: &Login) -> anyhow::Result<Section> {
    let place = Place::prepare(&args.setup, Algorithm::Es256)?;
    let mut told = Told::about(args, place.path());
    let applications = args.setup.applications;
    let wanted = Wanted { users: args.users, applications, ..Wanted::default() };
    let seeded = seed(stead, &place, wanted).await?;
    let server = Server::start(stead, &place, seeded.ca.as_deref()).await?;
    let front = Front::of(&place, &server.target, seeded.ca.as_deref())?;
    let row =
        Row { front: &front, server: server.pid, users: args.users.max(1), next: Cell::new(0) };
    sign_in(&front, row.whose_turn()).await?;
    for &browsers in &args.browsers {
        let before = process::memory(server.pid)?;
        let (mut rounds, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..args.extent.rounds {
            floors.push(spawn_blocking(password_us).await??);
            rounds.push(row.round(browsers, &args.extent).await?);
        }
        let point = Point::of(browsers, &rounds, &floors, (before, process::memory(server.pid)?));
        say(format!("  {}", point.line()));
        told.points.push(point);
    }
    server.stop().await?;
    told.section()
}

/// What one check of a password costs, in microseconds of one core.
fn password_us() -> anyhow::Result<f64> {
    let password = Password::new(PASSWORD);
    let hash = Argon2Passwords.hash(&password)?;
    median_us(1, || {
        ensure!(Argon2Passwords.verify(&password, &hash), "the password is another");
        Ok(())
    })
}

/// Users in a row, signing in one after the other.
struct Row<'a> {
    front: &'a Front,
    server: u32,
    users: u32,
    next: Cell<u32>,
}

impl Row<'_> {
    fn whose_turn(&self) -> Person {
        let turn = self.next.get();
        self.next.set((turn + 1) % self.users);
        Person(turn)
    }

    /// So many browsers at a time, each new for each sign-in.
    async fn round(&self, browsers: usize, extent: &Extent) -> anyhow::Result<Driven> {
        let (begun, used) = (Instant::now(), process::cpu(self.server)?);
        let (begins, latencies) = (Cell::new(0), RefCell::new(Latencies::default()));
        let browser = async || {
            while begins.get() < extent.requests && begun.elapsed() < extent.seconds {
                begins.set(begins.get() + 1);
                let at = Instant::now();
                sign_in(self.front, self.whose_turn()).await?;
                latencies.borrow_mut().add(at.elapsed());
            }
            anyhow::Ok(())
        };
        try_join_all((0..browsers).map(|_| browser())).await?;
        let cpu = process::cpu(self.server)?.saturating_sub(used);
        Ok(Driven {
            answered: begins.get(),
            took: begun.elapsed(),
            latencies: latencies.into_inner(),
            cpu: Some(cpu),
        })
    }
}
