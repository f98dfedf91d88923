//! A connection that is made again when it is gone. While the server is away, whoever asks hears so at once.

use super::config::PostgresConfig;
use super::connection::Connection;
use super::fault::Fault;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

/// How long after a connection could not be made nobody tries again.
const PAUSE: Duration = Duration::from_millis(250);

/// Makes connections.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) config: PostgresConfig,
    /// Told when another node says that something changed.
    pub(super) heard: Arc<Notify>,
}

/// A connection that is made again when it is gone.
#[derive(Debug)]
pub(super) struct Link {
    connector: Arc<Connector>,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Nobody asked yet, or it was given up.
    Idle,
    Live(Arc<Connection>),
    /// It could not be made.
    Away {
        since: Instant,
        why: String,
    },
    /// Nobody is to ask any more.
    Closed,
}

impl Link {
    pub(super) fn new(connector: &Arc<Connector>, patience: Duration) -> Self {
        let connector = Arc::clone(connector);
        Self { connector, patience, state: Mutex::new(State::Idle) }
    }

    /// The connection, made if need be. Who comes while another one makes it waits for that.
    pub(super) async fn get(&self) -> Result<Arc<Connection>, Fault> {
        let mut state = self.state.lock().await;
        match &*state {
            State::Live(connection) if !connection.is_closed() => {
                return Ok(Arc::clone(connection));
            }
            State::Away { since, why } if since.elapsed() < PAUSE => {
                return Err(Fault::Unreachable(why.clone()));
            }
            State::Closed => return Err(Fault::Unreachable("it is closed".into())),
            _ => {}
        }
        let Connector { config, heard } = &*self.connector;
        match Connection::open(config, self.patience, heard).await {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *state = State::Live(Arc::clone(&connection));
                Ok(connection)
            }
            Err(fault) => {
                let why = fault.to_string();
                *state = State::Away { since: Instant::now(), why: why.clone() };
                Err(Fault::Unreachable(why))
            }
        }
    }

    /// Gives up a connection that turned out to be of no use.
    pub(super) async fn give_up(&self, useless: &Arc<Connection>) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Live(live) if Arc::ptr_eq(live, useless)) {
            *state = State::Idle;
        }
    }

    /// Makes no connection any more.
    pub(super) async fn close(&self) {
        *self.state.lock().await = State::Closed;
    }
}
