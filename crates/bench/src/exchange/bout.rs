//! One server of our own with so much on file: its start, one sign-in, one exchange looked at closely.

use super::point::Point;
use super::supply::{Asked, Supply};
use super::told::Start;
use super::track::Track;
use crate::args::{Exchange, SubjectTokens};
use crate::child::Server;
use crate::floor::Calibration;
use crate::load::{Connection, Target};
use crate::login::{Front, sign_in};
use crate::names::{CLIENT, RESOURCE, SCOPE, TENANT};
use crate::report::{median, ms};
use crate::stead::Stead;
use crate::world::{Pattern, Person, Place, Wanted, basic, seed};
use anyhow::{Context, anyhow, ensure};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use stead_core::keys::KeyRing;
use stead_core::subject::access_token;
use stead_proto::jwt::Unverified;
use stead_proto::secret::Jwt;
use stead_server::moment::{Moments, SystemMoments};

/// How often a server is started, to tell how long that takes.
const STARTS: usize = 3;

/// One server of our own with so much on file.
pub(super) struct Bout<'a> {
    wanted: Wanted,
    server: Server,
    starts: Vec<f64>,
    track: Track<'a>,
}

impl<'a> Bout<'a> {
    /// Puts on file what is missing, starts the server a few times, and has one user sign in.
    pub(super) async fn begin(
        stead: &Stead,
        place: &Place,
        args: &'a Exchange,
        wanted: Wanted,
    ) -> anyhow::Result<Self> {
        let seeded = seed(stead, place, wanted).await?;
        let ca = seeded.ca.as_deref();
        let (server, starts) = start(stead, place, ca).await?;
        let front = Front::of(place, &server.target, ca)?;
        let issued = sign_in(&front, Person(0)).await?;
        let pattern = Pattern::of(&issued, Arc::clone(&seeded.ring))?;
        let asked = Asked {
            path: format!("/{TENANT}/oauth2/v2.0/token"),
            authorization: basic(CLIENT, &place.secret(CLIENT)?)?,
            resource: RESOURCE.to_owned(),
            scope: SCOPE.to_owned(),
        };
        look_at_one(&server.target, &asked, &pattern, &seeded.ring).await?;
        let supply = match args.subject_tokens {
            SubjectTokens::Cold => Supply::fresh(pattern, wanted.users),
            SubjectTokens::Repeated => Supply::repeated(&asked, pattern, wanted.users).await?,
        };
        let track = Track {
            args,
            target: server.target.clone(),
            server: Some(server.pid),
            disk: Some(place.data()),
            calibration: Arc::new(Calibration::of(args.algorithm.into())?),
            asked,
            supply,
            exchanges: 0,
        };
        Ok(Self { wanted, server, starts, track })
    }

    /// Measures on so many connections.
    pub(super) async fn measure(&mut self, connections: usize) -> anyhow::Result<Point> {
        self.track.measure(connections, (self.wanted.users, self.wanted.records)).await
    }

    /// The server and the way to it, apart.
    pub(super) fn apart(self) -> (Server, Track<'a>) {
        (self.server, self.track)
    }

    /// Stops the server, and tells how it started.
    pub(super) async fn end(self) -> anyhow::Result<Start> {
        self.server.stop().await?;
        let Wanted { users, applications, records, .. } = self.wanted;
        Ok(Start { users, applications, records, first_answer_ms: median(&self.starts) })
    }
}

/// A server that has been started several times, and how many milliseconds each took.
async fn start(
    stead: &Stead,
    place: &Place,
    ca: Option<&Path>,
) -> anyhow::Result<(Server, Vec<f64>)> {
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 1..STARTS {
        let server = Server::start(stead, place, ca).await?;
        starts.push(ms(server.start_up));
        server.stop().await?;
    }
    let server = Server::start(stead, place, ca).await?;
    starts.push(ms(server.start_up));
    Ok((server, starts))
}

/// One exchange is looked at closely: genuine, for the right user, through the right client.
async fn look_at_one(
    target: &Target,
    asked: &Asked,
    pattern: &Pattern,
    ring: &Arc<KeyRing>,
) -> anyhow::Result<()> {
    let person = Person(0);
    let exchange = asked.exchanges(&pattern.tokens(&[person])?)?.pop();
    let mut connection = Connection::open(target).await?;
    let answer = connection.send(exchange.context("there is no token")?).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let token = answer.get("access_token").and_then(Value::as_str);
    let token = Jwt::new(token.context("the answer has no token")?);
    let parts = Unverified::parse(&token).map_err(|error| anyhow!("{error}"))?;
    let proved = access_token(&parts, ring, &SystemMoments.moment());
    let claims = proved.map_err(|error| anyhow!("the token is not genuine: {error}"))?;
    let claims = claims.into_claims();
    ensure!(claims.oid == person.id(), "the token speaks of {}", claims.oid);
    ensure!(claims.aud.as_str() == RESOURCE, "the token is for {}", claims.aud);
    let acts = claims.act.is_some_and(|actor| actor.sub.as_str() == CLIENT);
    ensure!(acts, "{CLIENT} does not act for the user");
    Ok(())
}
