//! One server with so much on file: its start, its warm-up, its rounds.

use super::point::{Pass, Point, middle};
use super::told::Start;
use crate::args::{Exchange, Rate, SubjectTokens};
use crate::child::Server;
use crate::disk::fsyncs;
use crate::floor::{Calibration, Floor};
use crate::load::{Connection, Driven, Load, Pace, Requests, Spread, drive};
use crate::login::{Front, sign_in};
use crate::process;
use crate::report::{median, ms};
use crate::stead::Stead;
use crate::world::{
    CLIENT, Pattern, Person, Place, RESOURCE, SCOPE, Seeded, TENANT, Wanted, forms, seed,
};
use anyhow::{Context, anyhow, ensure};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use stead_core::subject::access_token;
use stead_proto::client_auth::write_basic;
use stead_proto::id::ClientId;
use stead_proto::jwt::Unverified;
use stead_proto::secret::{ClientSecret, Jwt};
use stead_server::moment::{Moments, SystemMoments};
use tokio::task::spawn_blocking;

/// How often a server is started, to tell how long that takes.
const STARTS: usize = 3;
/// How often the disk is asked before each round.
const FSYNCS: u32 = 200;
/// Of how many users a token is shown again and again, at most.
const REPEATED: u32 = 1_000;
/// How many more tokens are made than a round will need at the rate of its warm-up.
const SPARE: f64 = 1.6;
/// What every answer holds.
const EXPECTED: &[u8] = br#""access_token":""#;

/// One server with so much on file.
pub(super) struct Bout<'a> {
    place: &'a Place,
    args: &'a Exchange,
    wanted: Wanted,
    server: Server,
    starts: Vec<Duration>,
    pattern: Pattern,
    seeded: Seeded,
    calibration: Arc<Calibration>,
    authorization: String,
    /// Those that are shown again and again.
    repeated: Option<Arc<Requests>>,
    /// Whose turn it is.
    next: u32,
    exchanges: u64,
}

impl<'a> Bout<'a> {
    /// Puts on file what is missing, starts the server a few times, and has one user sign in.
    pub(super) async fn begin(
        stead: &Stead,
        place: &'a Place,
        args: &'a Exchange,
        wanted: Wanted,
    ) -> anyhow::Result<Self> {
        let seeded = seed(stead, place, wanted).await?;
        let ca = seeded.ca.as_deref();
        let mut starts = Vec::with_capacity(STARTS);
        for _ in 1..STARTS {
            let server = Server::start(stead, place, ca).await?;
            starts.push(server.start_up);
            server.stop().await?;
        }
        let server = Server::start(stead, place, ca).await?;
        starts.push(server.start_up);
        let front = Front::of(place, &server.target, ca)?;
        let issued = sign_in(&front, Person(0)).await?;
        let pattern = Pattern::of(&issued, Arc::clone(&seeded.ring))?;
        let client = ClientId::parse(CLIENT).ok().context("the client has no id")?;
        let secret = ClientSecret::new(place.secret(CLIENT)?);
        let mut bout = Self {
            calibration: Arc::new(Calibration::of(args.algorithm.into())?),
            authorization: write_basic(&client, &secret),
            repeated: None,
            next: 0,
            exchanges: 0,
            place,
            args,
            wanted,
            server,
            starts,
            pattern,
            seeded,
        };
        bout.look_at_one().await?;
        Ok(bout)
    }

    /// Stops the server, and tells how it started.
    pub(super) async fn end(self) -> anyhow::Result<Start> {
        self.server.stop().await?;
        let took: Vec<f64> = self.starts.iter().map(|start| ms(*start)).collect();
        let Wanted { users, applications, records } = self.wanted;
        Ok(Start { users, applications, records, first_answer_ms: median(&took) })
    }

    /// One exchange is looked at closely: genuine, for the right user, through the right client.
    async fn look_at_one(&mut self) -> anyhow::Result<()> {
        let person = Person(0);
        let (path, form) = (path(), self.forms(vec![person]).await?.pop());
        let mut connection = Connection::open(&self.server.target).await?;
        let form = form.context("there is no token")?;
        let answer = connection.post(&path, &self.authorization, form).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let token = answer.get("access_token").and_then(Value::as_str);
        let token = Jwt::new(token.context("the answer has no token")?);
        let parts = Unverified::parse(&token).map_err(|error| anyhow!("{error}"))?;
        let proved = access_token(&parts, &self.seeded.ring, &SystemMoments.moment());
        let claims = proved.map_err(|error| anyhow!("the token is not genuine: {error}"))?;
        let claims = claims.into_claims();
        ensure!(claims.oid == person.id(), "the token speaks of {}", claims.oid);
        ensure!(claims.aud.as_str() == RESOURCE, "the token is for {}", claims.aud);
        let acts = claims.act.is_some_and(|actor| actor.sub.as_str() == CLIENT);
        ensure!(acts, "{CLIENT} does not act for the user");
        Ok(())
    }

    /// Warms up, then measures on so many connections.
    pub(super) async fn measure(&mut self, connections: usize) -> anyhow::Result<Point> {
        let mut expected = 2_000.0;
        if self.args.warm_up > 0 {
            let warm_up = self.forms_for(self.args.warm_up).await?;
            let load = Load {
                at_most: self.args.warm_up,
                time: Duration::MAX,
                ..self.load(connections, warm_up, Pace::AsFastAsItCan)
            };
            expected = self.driven(load).await?.a_second();
        }
        let (mut rounds, mut floors, mut disk) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.args.extent.rounds {
            let round = self.round(connections, Pace::AsFastAsItCan, expected, &mut disk).await?;
            floors.push(round.1);
            expected = expected.max(round.0.a_second());
            rounds.push(round);
        }
        let fastest = Pass::of(&rounds);
        let paced = self.paced(connections, fastest.a_second, &mut disk).await?;
        let memory = process::memory(self.server.pid)?;
        let of = |number: fn(&Floor) -> f64| median(&floors.iter().map(number).collect::<Vec<_>>());
        Ok(Point {
            users: self.wanted.users,
            records: self.wanted.records,
            connections,
            fastest,
            paced,
            floor: Floor {
                sign_us: of(|floor| floor.sign_us),
                verify_us: of(|floor| floor.verify_us),
            },
            fsync: middle(&disk),
            resident_mib: mib(memory.resident),
            peak_mib: mib(memory.peak),
            exchanges: self.exchanges,
        })
    }

    async fn paced(
        &mut self,
        connections: usize,
        most: f64,
        disk: &mut Vec<Spread>,
    ) -> anyhow::Result<Option<Pass>> {
        let rate = match self.args.rate {
            Rate::None => return Ok(None),
            Rate::Half => most / 2.0,
            Rate::PerSecond(rate) => rate,
        };
        let mut rounds = Vec::new();
        for _ in 0..self.args.extent.rounds {
            rounds.push(self.round(connections, Pace::Rate(rate), rate, disk).await?);
        }
        Ok(Some(Pass::of(&rounds)))
    }

    /// One round between two floors, after a look at the disk.
    async fn round(
        &mut self,
        connections: usize,
        pace: Pace,
        expected: f64,
        disk: &mut Vec<Spread>,
    ) -> anyhow::Result<(Driven, Floor)> {
        let needed = (expected * self.args.extent.seconds.as_secs_f64() * SPARE).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of requests, which is neither negative nor large"
        )]
        let needed = (needed as u64).min(self.args.extent.requests);
        let requests = self.forms_for(needed.max(1)).await?;
        let folder = self.place.data();
        disk.push(spawn_blocking(move || fsyncs(&folder, FSYNCS)).await??.spread());
        let before = self.floor().await?;
        let driven = self.driven(self.load(connections, requests, pace)).await?;
        Ok((driven, before.between(self.floor().await?)))
    }

    async fn floor(&self) -> anyhow::Result<Floor> {
        let calibration = Arc::clone(&self.calibration);
        spawn_blocking(move || calibration.measure()).await?
    }

    async fn driven(&mut self, load: Load) -> anyhow::Result<Driven> {
        let driven = drive(load).await?;
        self.exchanges += driven.answered;
        Ok(driven)
    }

    fn load(&self, connections: usize, requests: Arc<Requests>, pace: Pace) -> Load {
        Load {
            target: self.server.target.clone(),
            requests,
            connections,
            pace,
            time: self.args.extent.seconds,
            at_most: self.args.extent.requests,
            server: Some(self.server.pid),
        }
    }

    /// Exchanges for a round: of fresh tokens of the users whose turn it is, or of the same ones again.
    async fn forms_for(&mut self, many: u64) -> anyhow::Result<Arc<Requests>> {
        if let Some(repeated) = &self.repeated {
            return Ok(Arc::clone(repeated));
        }
        let again = self.args.subject_tokens == SubjectTokens::Repeated;
        let users = self.wanted.users.max(1);
        let many = if again { users.min(REPEATED) } else { u32::try_from(many)? };
        let people = (0..many).map(|_| self.whose_turn()).collect();
        let requests = Arc::new(Requests {
            path: path(),
            authorization: self.authorization.clone(),
            forms: self.forms(people).await?,
            again,
            expected: EXPECTED,
        });
        if again {
            self.repeated = Some(Arc::clone(&requests));
        }
        Ok(requests)
    }

    fn whose_turn(&mut self) -> Person {
        let person = Person(self.next);
        self.next = (self.next + 1) % self.wanted.users.max(1);
        person
    }

    async fn forms(&self, people: Vec<Person>) -> anyhow::Result<Vec<Bytes>> {
        let pattern = self.pattern.clone();
        spawn_blocking(move || Ok(forms(&pattern.tokens(&people)?, RESOURCE, SCOPE))).await?
    }
}

fn path() -> String {
    format!("/{TENANT}/oauth2/v2.0/token")
}

#[expect(clippy::cast_precision_loss, reason = "no memory is so large")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
