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

#[cfg(test)]
mod tests {
    use super::*;
    use stead_core::chain::Chain;
    use stead_proto::digest::sha256;
    use tokio::runtime::Builder;

    /// Three answers, and those who wait for them.
    fn three() -> (Answers, Vec<oneshot::Receiver<Answer>>) {
        let (waiters, waiting): (Vec<_>, _) = (0..3).map(|_| oneshot::channel()).unzip();
        let receipt = |seq| Receipt { chain: Chain::FIRST, seq, hash: sha256(b"") };
        (waiters.into_iter().zip((1..).map(|seq| Ok(receipt(seq)))).collect(), waiting)
    }

    fn numbers(waiting: Vec<oneshot::Receiver<Answer>>) -> Vec<u64> {
        waiting.into_iter().map(|answer| answer.blocking_recv().unwrap().unwrap().seq).collect()
    }

    #[test]
    fn everybody_gets_their_own_answer_over_there_or_here() {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        for over_there in [Some(runtime.handle()), None] {
            let (answers, waiting) = three();
            answers.give_out(over_there);
            assert_eq!(numbers(waiting), [1, 2, 3]);
        }
    }

    #[test]
    fn a_runtime_that_has_ended_keeps_nobody_waiting() {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let handle = runtime.handle().clone();
        drop(runtime);
        let (answers, waiting) = three();
        answers.give_out(Some(&handle));
        assert_eq!(numbers(waiting), [1, 2, 3]);
    }

    #[test]
    fn a_runtime_that_one_thread_drives_is_not_relied_on() {
        let one = Builder::new_current_thread().build().unwrap();
        assert!(one.block_on(async { runtime_of_caller() }).is_none());
        let many = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        assert!(many.block_on(async { runtime_of_caller() }).is_some());
        assert!(runtime_of_caller().is_none());
    }
}
