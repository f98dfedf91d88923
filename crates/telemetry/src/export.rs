//! On the way to the collector: a bounded queue, emptied in the background. Nobody waits for it.

use crate::collector::{BadCollector, Collector};
use crate::trace::TraceId;
use crate::wire::Wire;
use opentelemetry_sdk::trace::SpanData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How many spans of this process no collector has got.
pub(crate) fn spans_dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// How many spans may wait. One takes about a kilobyte.
const QUEUE: usize = 4096;

/// How many are told at once.
const BATCH: usize = 512;

/// How long the first of a batch waits for others.
const LINGER: Duration = Duration::from_millis(500);

/// Takes spans, and hands them on.
#[derive(Debug)]
pub(crate) struct Exporter {
    collector: Collector,
    queue: mpsc::Sender<SpanData>,
    closing: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Exporter {
    pub(crate) fn start(collector: &Collector) -> Result<Self, BadCollector> {
        let wire = Wire::to(collector)?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (closing, closed) = watch::channel(false);
        let task = tokio::spawn(Waiting { spans: waiting, closed }.tell(wire));
        let (collector, task) = (collector.clone(), Mutex::new(Some(task)));
        Ok(Self { collector, queue, closing, task })
    }

    /// Where they go.
    pub(crate) fn collector(&self) -> &Collector {
        &self.collector
    }

    /// Whether a trace that begins here is kept.
    pub(crate) fn keeps(&self, id: TraceId) -> bool {
        self.collector.share.holds(id)
    }

    /// Takes a span, if there is a place for it.
    pub(crate) fn take(&self, span: SpanData) {
        if self.queue.try_send(span).is_err() {
            dropped(1);
        }
    }

    /// Takes none any more, and returns when all that wait are told, or after this long.
    pub(crate) async fn close(&self, patience: Duration) {
        self.closing.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut task) = task else { return };
        if timeout(patience, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

/// Spans on their way.
struct Waiting {
    spans: mpsc::Receiver<SpanData>,
    closed: watch::Receiver<bool>,
}

impl Waiting {
    /// Tells them all, until there can be no more.
    async fn tell(mut self, wire: Wire) {
        let mut listens = true;
        loop {
            let batch = self.batch().await;
            if batch.is_empty() {
                return;
            }
            let many = batch.len();
            let told = wire.tell(batch).await;
            dropped(*told.as_ref().unwrap_or(&many));
            // Once each time it goes away: a log is no place for every batch.
            if let (true, Err(error)) = (listens, &told) {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "the collector takes no spans"
                );
            }
            listens = told.is_ok();
        }
    }

    /// The next that go together; none if there can be no more.
    async fn batch(&mut self) -> Vec<SpanData> {
        let mut batch = Vec::new();
        tokio::select! {
            _ = self.spans.recv_many(&mut batch, BATCH) => {}
            () = close(&mut self.closed) => {
                self.spans.close();
                self.spans.recv_many(&mut batch, BATCH).await;
            }
        }
        if batch.is_empty() || self.spans.is_closed() {
            return batch;
        }
        tokio::select! {
            () = filled(&mut self.spans, &mut batch) => {}
            () = sleep(LINGER) => {}
            () = close(&mut self.closed) => {}
        }
        batch
    }
}

/// Returns when nothing more is taken.
async fn close(closed: &mut watch::Receiver<bool>) {
    closed.wait_for(|closed| *closed).await.ok();
}

/// Returns when a batch is full.
async fn filled(spans: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>) {
    while batch.len() < BATCH {
        if spans.recv_many(batch, BATCH - batch.len()).await == 0 {
            return;
        }
    }
}

fn dropped(many: usize) {
    DROPPED.fetch_add(u64::try_from(many).unwrap_or(u64::MAX), Ordering::Relaxed);
}
