//! Processor time of batches, on a thread of its own.

use crate::floor::used;
use anyhow::anyhow;
use std::thread;
use std::time::Duration;

/// Does a work of its own on a thread that does nothing else, with a runtime of its own.
pub(super) async fn apart<T: Send + 'static>(
    work: impl AsyncFnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (done, outcome) = tokio::sync::oneshot::channel();
    thread::Builder::new().name("measured".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(work()));
        _ = done.send(outcome);
    })?;
    outcome.await.map_err(|_| anyhow!("the measurement broke off"))?
}

/// What each of so many calls took in nanoseconds of this thread's processor time, since `begun`.
pub(super) fn each_ns(begun: Duration, calls: usize) -> f64 {
    let spent = used().saturating_sub(begun).as_secs_f64() * 1e9;
    spent / f64::from(u32::try_from(calls.max(1)).unwrap_or(u32::MAX))
}
