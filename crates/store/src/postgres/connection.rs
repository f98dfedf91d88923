//! One connection: statements prepared once, its messages carried by a task that ends with it.

use super::config::PostgresConfig;
use super::fault::Fault;
use super::scoped::Value;
use super::tls;
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Row, Socket, Statement};

/// How long a statement may take on a connection that answers quickly or writes.
pub(super) const QUICK: Duration = Duration::from_secs(5);

/// How long one may take that reads much.
pub(super) const SLOW: Duration = Duration::from_mins(1);

/// One connection. It is cut when this is dropped.
pub(super) struct Connection {
    client: Client,
    prepared: Mutex<HashMap<&'static str, Statement>>,
    patience: Duration,
    driver: AbortHandle,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection(closed: {})", self.client.is_closed())
    }
}

impl Connection {
    /// Connects. `heard` is told of notifications.
    pub(super) async fn open(
        config: &PostgresConfig,
        patience: Duration,
        heard: &Arc<Notify>,
    ) -> Result<Self, Fault> {
        let mut said = config.server.config.clone();
        if let Some(file) = &config.password_file {
            let password = tokio::fs::read(file).await;
            let password =
                password.map_err(|error| Fault::File(file.display().to_string(), error))?;
            said.password(password.trim_ascii_end());
        }
        let tls = tls::protection(&config.server.tls)?;
        let hosts = u32::try_from(said.get_hosts().len()).unwrap_or(u32::MAX);
        let each = said.get_connect_timeout().copied().unwrap_or_default();
        let connected = timeout(each.saturating_mul(hosts), said.connect(tls)).await;
        let (client, connection) = connected.map_err(|_| Fault::Late)??;
        let driver = tokio::spawn(drive(connection, Arc::clone(heard))).abort_handle();
        let connection = Self { client, prepared: Mutex::default(), patience, driver };
        connection.settle().await?;
        Ok(connection)
    }

    /// Neither side waits for the other without end, and what is committed is on disk.
    async fn settle(&self) -> Result<(), Fault> {
        let millis = self.patience.as_millis();
        let limits = format!(
            "SET statement_timeout = {millis}; SET lock_timeout = {millis};
             SET idle_in_transaction_session_timeout = {millis}"
        );
        self.in_time(async { Ok(self.client.batch_execute(&limits).await?) }).await?;
        let durable = "SELECT set_config('synchronous_commit', 'on', false)
                       WHERE current_setting('synchronous_commit') = 'off'";
        // Relatives of PostgreSQL do not know it, nor can it be turned off there.
        _ = self.in_time(async { Ok(self.client.batch_execute(durable).await?) }).await;
        Ok(())
    }

    /// Whether it is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Waits for an answer as long as this connection's statements may take, and a little.
    pub(super) async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let patience = self.patience + Duration::from_secs(1);
        timeout(patience, answer).await.unwrap_or(Err(Fault::Late))
    }

    /// Runs statements without values.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) async fn run(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Fault> {
        let statement = self.prepared(sql).await?;
        Ok(self.client.execute(&statement, values).await?)
    }

    /// Runs a statement and gives all its rows.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let statement = self.prepared(sql).await?;
        Ok(self.client.query(&statement, values).await?)
    }

    /// A statement as the server knows it. Once it was asked for, this does not wait, so that what is asked
    /// in one go is sent in its order.
    pub(super) async fn prepared(&self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(known) = self.known(sql) {
            return Ok(known);
        }
        let statement = self.client.prepare(sql).await?;
        let mut all = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Sees to it that these can be sent without waiting.
    pub(super) async fn prepare(
        &self,
        all: impl Iterator<Item = &'static str>,
    ) -> Result<(), Fault> {
        for sql in all {
            self.prepared(sql).await?;
        }
        Ok(())
    }

    fn known(&self, sql: &'static str) -> Option<Statement> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Carries messages until the connection ends.
async fn drive<T: TlsStream + Unpin>(
    mut connection: tokio_postgres::Connection<Socket, T>,
    heard: Arc<Notify>,
) {
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notification(_)) => heard.notify_one(),
            Ok(_) => {}
            Err(error) => return tracing::debug!(%error, "a connection ended"),
        }
    }
}
