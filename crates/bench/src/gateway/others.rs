//! Who asks and who answers, on one thread. It never sleeps while it asks as fast as it can: to wake somebody on another
//! core costs more than to pass on a request, most of all on a virtual machine, and whoever is slower would have to do it
//! more often.

use super::collector;
use super::upstream::{self, Answers};
use crate::load::{Driven, Load, drive_here};
use anyhow::Context;
use std::net::SocketAddr;
use std::thread;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

/// A round that is wanted, and who waits for what comes of it.
type Wanted = (Load, oneshot::Sender<anyhow::Result<Driven>>);

/// The thread, until it is dropped.
#[derive(Debug)]
pub(super) struct Others {
    /// Where the upstream listens.
    pub(super) upstream: SocketAddr,
    /// Where spans are taken.
    pub(super) collector: SocketAddr,
    wanted: mpsc::UnboundedSender<Wanted>,
}

impl Others {
    /// Starts it, with an upstream for which the provider gives tokens that begin like this.
    pub(super) fn start(begins: &str) -> anyhow::Result<Self> {
        let answers = Answers::expecting(begins);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (rows, spans) = {
            let _entered = runtime.enter();
            (listen()?, listen()?)
        };
        let (upstream, collector) = (rows.local_addr()?, spans.local_addr()?);
        let (wanted, rounds) = mpsc::unbounded_channel();
        let all = async || {
            tokio::select! {
                () = upstream::serve(rows, answers) => {}
                () = collector::serve(spans) => {}
                () = drive_all(rounds) => {}
            }
        };
        thread::Builder::new().name("others".into()).spawn(move || runtime.block_on(all()))?;
        Ok(Self { upstream, collector, wanted })
    }

    /// Drives one round.
    pub(super) async fn drive(&self, load: Load) -> anyhow::Result<Driven> {
        let (done, driven) = oneshot::channel();
        self.wanted.send((load, done)).ok().context("those who ask have ended")?;
        driven.await.context("those who ask have ended")?
    }
}

/// Listens at once, before anybody is told where.
fn listen() -> std::io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn drive_all(mut rounds: mpsc::UnboundedReceiver<Wanted>) {
    while let Some((load, done)) = rounds.recv().await {
        let awake = load.pace.interval().is_none().then(|| tokio::spawn(stay_awake()));
        let driven = drive_here(&load).await;
        if let Some(awake) = awake {
            awake.abort();
        }
        _ = done.send(driven);
    }
}

/// There is always something to do: so the thread looks for what has come in, and never waits for it.
async fn stay_awake() {
    loop {
        yield_now().await;
    }
}
