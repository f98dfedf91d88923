//! Connections to upstreams: kept, shared, and never waited for without end.
//!
//! | file | what it does |
//! |---|---|
//! | this one | all upstreams, each with a lane of its own; how long an answer is waited for |
//! | `body` | a body as it comes |
//! | `connector` | how connections are opened |
//! | `lane` | the connections to one upstream, and a request's way over one of them |
//! | `connection` | one connection, whichever HTTP it speaks |

mod body;
mod connection;
mod connector;
mod lane;

pub(crate) use body::{Coming, Tape};

use crate::config::Upstream;
use crate::errors::{Code, Fault};
use crate::start_error::StartError;
use body::Moving;
use bytes::Bytes;
use connection::Trouble;
use connector::Connector;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body as _, Incoming};
use lane::Lane;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A body, in whole or as it comes.
pub(crate) type Body = Either<Full<Bytes>, Coming>;

/// The ways to all upstreams.
pub(crate) struct Upstreams {
    connector: Connector,
    /// Few, as they are in the configuration.
    lanes: Vec<Arc<Lane>>,
}

impl Upstreams {
    /// Ways to these upstreams, which have to be known to the system's certificate authorities or these, PEM. The
    /// connections there are stay.
    pub(crate) fn to<'u>(
        upstreams: impl Iterator<Item = &'u Upstream>,
        (trust, connect): (&[u8], Duration),
        before: Option<&Self>,
    ) -> Result<Self, StartError> {
        let connector = match before {
            Some(before) => before.connector.clone(),
            None => Connector::new(trust, connect)?,
        };
        let mut lanes: Vec<Arc<Lane>> = Vec::new();
        for upstream in upstreams {
            if lanes.iter().any(|lane| lane.leads_to(upstream)) {
                continue;
            }
            let kept = before.and_then(|before| before.lane(upstream)).cloned();
            lanes.push(
                kept.unwrap_or_else(|| Arc::new(Lane::new(upstream.clone(), connector.clone()))),
            );
        }
        Ok(Self { connector, lanes })
    }

    /// Sends a request, and waits so long for the head of the answer; while a body is still being sent, on.
    pub(crate) async fn send(
        &self,
        mut request: Request<Body>,
        upstream: &Upstream,
        patience: Duration,
    ) -> Result<Response<Incoming>, Fault> {
        let lane = self.lane(upstream).ok_or(Code::Setup)?;
        let moving = match request.body_mut() {
            Either::Right(body) if !body.is_end_stream() => Some(body.watched()),
            _ => None,
        };
        match while_moving(lane.send(request), moving, patience).await {
            Some(Ok(response)) => Ok(response),
            Some(Err(trouble)) => Err(whose(&trouble, upstream).into()),
            None => Err(Code::UpstreamSlow.into()),
        }
    }

    /// Closes connections that nobody uses; to be called every second.
    pub(crate) fn tidy_up(&self) {
        for lane in &self.lanes {
            lane.tidy_up();
        }
    }

    fn lane(&self, upstream: &Upstream) -> Option<&Arc<Lane>> {
        self.lanes.iter().find(|lane| lane.leads_to(upstream))
    }
}

/// All of a body, unless nothing more of it comes for so long.
pub(crate) async fn all_of(body: Incoming, patience: Duration) -> Result<Bytes, Fault> {
    let mut body = Coming::from(body);
    let moving = body.watched();
    match while_moving(body.collect(), Some(moving), patience).await {
        Some(Ok(all)) => Ok(all.to_bytes()),
        Some(Err(error)) => {
            tracing::debug!(%error, "a body broke off");
            Err(Code::Ambiguous.into())
        }
        None => Err(Code::CallerSlow.into()),
    }
}

/// Waits for the outcome, as long as something moves. `None` if nothing has moved for so long.
async fn while_moving<T>(
    sending: impl Future<Output = T>,
    moving: Option<Moving>,
    patience: Duration,
) -> Option<T> {
    let mut sending = pin!(sending);
    loop {
        match timeout(patience, sending.as_mut()).await {
            Ok(sent) => return Some(sent),
            Err(_) if moving.as_ref().is_some_and(Moving::has_moved) => {}
            Err(_) => return None,
        }
    }
}

/// Whose fault it is that there is no answer.
fn whose(trouble: &Trouble, upstream: &Upstream) -> Code {
    // A body that broke off on the caller's side, or could be read in two ways.
    if matches!(trouble, Trouble::Spoken(error) if error.is_user()) {
        tracing::debug!(error = trouble as &dyn std::error::Error, "a body broke off");
        return Code::Ambiguous;
    }
    let (upstream, error) = (&upstream.origin, trouble as &dyn std::error::Error);
    tracing::warn!(%upstream, error, "an upstream cannot be reached");
    Code::UpstreamAway
}

impl fmt::Debug for Upstreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upstreams")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn};
    use std::task::Poll;

    const SHORT: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn an_answer_is_waited_for_while_the_request_is_still_being_sent() {
        let moving = Moving::default();
        let (seen, mut pieces) = (moving.clone(), 0..20);
        let upload = poll_fn(move |_| {
            seen.note();
            pieces.next().map_or(Poll::Ready("an answer"), |_| Poll::Pending)
        });
        assert_eq!(while_moving(upload, Some(moving), SHORT).await, Some("an answer"));
    }

    #[tokio::test]
    async fn an_answer_is_not_waited_for_where_nothing_moves() {
        let moved_once = Moving::default();
        moved_once.note();
        for moving in [None, Some(Moving::default()), Some(moved_once)] {
            assert_eq!(while_moving(pending::<()>(), moving, SHORT).await, None);
        }
    }
}
