//! Connections that only read. Questions share them: what is asked while another one is on its way follows
//! it at once. What may take long goes over a connection of its own, and delays nobody.

use super::connection::{Connection, QUICK, SLOW};
use super::fault::Fault;
use super::link::{Connector, Link};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use stead_core::ports::StoreError;

/// Who answers what.
#[derive(Debug)]
pub(super) struct Readers {
    quick: Vec<Link>,
    next: AtomicUsize,
    slow: Link,
}

impl Readers {
    pub(super) fn new(connector: &Arc<Connector>) -> Self {
        let quick = connector.config.readers.max(1);
        let quick = (0..quick).map(|_| Link::new(connector, QUICK)).collect();
        Self { quick, next: AtomicUsize::new(0), slow: Link::new(connector, SLOW) }
    }

    /// For quick questions, the next in turn.
    pub(super) async fn quick(&self) -> Result<Reader<'_>, StoreError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.quick.len();
        Reader::on(self.quick.get(turn).unwrap_or(&self.slow)).await
    }

    /// For long questions.
    pub(super) async fn slow(&self) -> Result<Reader<'_>, StoreError> {
        Reader::on(&self.slow).await
    }

    /// Answers no more.
    pub(super) async fn close(&self) {
        for link in self.quick.iter().chain([&self.slow]) {
            link.close().await;
        }
    }
}

/// A connection to ask.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    link: &'a Link,
    connection: Arc<Connection>,
}

impl<'a> Reader<'a> {
    async fn on(link: &'a Link) -> Result<Self, StoreError> {
        let connection = link.get().await.map_err(|fault| fault.told())?;
        Ok(Self { link, connection })
    }

    /// The connection itself.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The answer to a question asked of it, in time.
    pub(super) async fn answer<T>(
        &self,
        question: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, StoreError> {
        let answer = self.connection.in_time(question).await;
        if let Err(fault) = &answer
            && fault.ends_the_connection()
        {
            self.link.give_up(&self.connection).await;
        }
        answer.map_err(|fault| fault.told())
    }
}
