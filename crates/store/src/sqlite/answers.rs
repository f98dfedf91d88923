//! How those who wait for a transaction hear of it: together, and on a thread of their own.
//!
//! A wake-up across threads costs more than the record it is about, so the writer makes one a transaction:
//! it hands all answers to a task on the runtime of whoever waits, and there they are given out. A task that
//! its runtime does not run gives them out when it is dropped, so that nobody waits for nothing.

use stead_core::commit::{CommitError, Receipt};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

/// How a commit ended.
pub(super) type Answer = Result<Receipt, CommitError>;

/// Answers, and whom they are for.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<(oneshot::Sender<Answer>, Answer)>);

impl Answers {
    /// Gives them out: over there, if there are several and there is a place for it.
    pub(super) fn give_out(self, over_there: Option<&Handle>) {
        match over_there {
            Some(runtime) if self.0.len() > 1 => _ = runtime.spawn(async move { drop(self) }),
            _ => drop(self),
        }
    }
}

impl FromIterator<(oneshot::Sender<Answer>, Answer)> for Answers {
    fn from_iter<I: IntoIterator<Item = (oneshot::Sender<Answer>, Answer)>>(answers: I) -> Self {
        Self(answers.into_iter().collect())
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        for (waiter, answer) in self.0.drain(..) {
            // Whoever no longer listens has gone; what they wanted is on file all the same.
            _ = waiter.send(answer);
        }
    }
}

/// The runtime that whoever asks runs on, if it goes on by itself. One that is driven by a single thread
/// stands still whenever that does something else.
pub(super) fn runtime_of_caller() -> Option<Handle> {
    let runtime = Handle::try_current().ok()?;
    (runtime.runtime_flavor() == RuntimeFlavor::MultiThread).then_some(runtime)
}
