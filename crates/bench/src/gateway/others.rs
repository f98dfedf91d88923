//! Who asks and who answers, on one thread. It never sleeps while it asks as fast as it can: to wake somebody on another
//! core costs more than to pass on a request, most of all on a virtual machine, and whoever is slower would have to do it
//! more often.

use super::upstream::{Answers, serve};
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
    wanted: mpsc::UnboundedSender<Wanted>,
}

impl Others {
    /// Starts it, with an upstream for which the provider gives tokens that begin like this.
    pub(super) fn start(begins: &str) -> anyhow::Result<Self> {
        let answers = Answers::expecting(begins);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let upstream = listener.local_addr()?;
        let (wanted, rounds) = mpsc::unbounded_channel();
        let work = move || runtime.block_on(work(listener, answers, rounds));
        thread::Builder::new().name("others".into()).spawn(work)?;
        Ok(Self { upstream, wanted })
    }

    /// Drives one round.
    pub(super) async fn drive(&self, load: Load) -> anyhow::Result<Driven> {
        let (done, driven) = oneshot::channel();
        self.wanted.send((load, done)).ok().context("those who ask have ended")?;
        driven.await.context("those who ask have ended")?
    }
}

async fn work(
    listener: std::net::TcpListener,
    answers: Answers,
    rounds: mpsc::UnboundedReceiver<Wanted>,
) {
    // Where it cannot be, nobody is there to wait for a round.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    tokio::select! { () = serve(listener, answers) => {}, () = drive_all(rounds) => {} }
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
