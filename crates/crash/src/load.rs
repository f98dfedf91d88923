//! Load: all actors at once, against one server, until it is gone or they are told to stop.

use crate::actor::Actor;
use crate::ledger::Ledger;
use crate::nodes::Nodes;
use crate::server::Server;
use crate::web::{Answers, Web};
use crate::world::World;
use anyhow::Context;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How often somebody looks how many requests were answered.
const GLANCE: Duration = Duration::from_millis(2);

/// How many users act at the same time.
pub const ACTORS: usize = 12;

/// Everybody who was promised something, between two servers.
#[derive(Debug)]
pub struct Crowd {
    world: Arc<World>,
    actors: Vec<Actor>,
    /// What they were promised.
    pub ledger: Arc<Ledger>,
    /// How they were answered.
    pub answers: Arc<Answers>,
}

/// Everybody, acting.
#[derive(Debug)]
pub struct Acting {
    crowd: Crowd,
    tasks: JoinSet<Actor>,
    stop: watch::Sender<bool>,
    /// How they ask.
    pub web: Web,
}

impl Crowd {
    /// Everybody, before anything was promised.
    #[must_use]
    pub fn new(world: &Arc<World>, dice: &mut fastrand::Rng) -> Self {
        let actor = |number| Actor::new(number, Arc::clone(world), dice.u64(..));
        let actors = (0..world.users).map(actor).collect();
        Self { world: Arc::clone(world), actors, ledger: Arc::default(), answers: Arc::default() }
    }

    /// Nothing that was handed out is used any more, but for what was used before.
    pub fn forget(&mut self) {
        self.actors.iter_mut().for_each(Actor::session_may_have_ended);
    }

    /// Lets everybody act against servers.
    pub fn act<'s>(
        mut self,
        servers: impl IntoIterator<Item = &'s Server>,
    ) -> anyhow::Result<Acting> {
        let nodes = Nodes::default();
        servers.into_iter().for_each(|server| nodes.join(server.places.clone()));
        let (ledger, answers) = (Arc::clone(&self.ledger), Arc::clone(&self.answers));
        let token = self.world.admin_token()?;
        let web = Web::new(Arc::new(nodes), token, ledger, answers)?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for mut actor in self.actors.drain(..) {
            let (web, stopped) = (web.clone(), stopped.clone());
            tasks.spawn(async move {
                actor.act(&web, &stopped).await;
                actor
            });
        }
        Ok(Acting { crowd: self, tasks, stop, web })
    }
}

impl Acting {
    /// Waits until so many requests more were accepted, or for so long.
    pub async fn until(&self, accepted: u64, at_most: Duration) {
        let enough = self.accepted() + accepted;
        let waited = async {
            while self.accepted() < enough {
                sleep(GLANCE).await;
            }
        };
        // That it takes longer only means that there was less to lose.
        _ = timeout(at_most, waited).await;
    }

    /// How many requests were accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.crowd.answers.counts().accepted
    }

    /// How many were turned away so far.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.crowd.answers.counts().unavailable
    }

    /// Waits until everybody has noticed that the server is gone.
    pub async fn end(mut self) -> anyhow::Result<Crowd> {
        while let Some(actor) = self.tasks.join_next().await {
            self.crowd.actors.push(actor.context("an actor fell over")?);
        }
        Ok(self.crowd)
    }

    /// Tells everybody to stop after what they are doing.
    pub async fn stop(self) -> anyhow::Result<Crowd> {
        self.stop.send_replace(true);
        self.end().await
    }
}
