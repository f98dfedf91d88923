//! `POST /{tenant}/oauth2/v2.0/revocations`: what is revoked, told to APIs as it happens, as Server-Sent Events.
//!
//! | event | says |
//! |---|---|
//! | `revoked` | one fact: `kind`, `id`, `at`, `until` |
//! | `current` | that is all there is; also every few seconds, as a sign of life |
//!
//! The first answer is everything that can still end a token. Whoever comes back with `Last-Event-ID` is told
//! what came since, if it comes to the same node in the same run; if not, everything again.

use crate::app::App;
use crate::error::{overloaded, refused};
use crate::followers::Follower;
use crate::metrics;
use crate::request::{At, FormBody, Tenant, authorization};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;
use stead_core::feed::News;
use stead_core::sts::Sts;
use tokio::time::{Instant, sleep};

/// How often it is looked for news: it costs a look into memory.
const LOOK: Duration = Duration::from_millis(200);

/// How long nothing is said at most.
const SILENCE: Duration = Duration::from_secs(5);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells an API what is revoked, for as long as it listens.
pub(crate) async fn revocations(
    State(app): State<App>,
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    FormBody(body): FormBody,
) -> Response {
    if let Err(error) = sts.admit_follower(authorization(&headers), &body, &moment).await {
        return refused(&sts, &error);
    }
    let Some(follower) = app.followers().admit() else { return overloaded() };
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let seen = last.and_then(|id| app.followers().read(id)).unwrap_or(0);
    metrics::follower_came();
    let telling = Telling { app, sts, seen, spoke: None, _follower: follower };
    let body = Body::from_stream(unfold(telling, |mut telling| async move {
        Some((Ok::<Bytes, Infallible>(telling.next().await?), telling))
    }));
    ([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")], body).into_response()
}

/// What one follower has been told.
struct Telling {
    app: App,
    sts: Sts,
    seen: u64,
    spoke: Option<Instant>,
    _follower: Follower,
}

impl Drop for Telling {
    fn drop(&mut self) {
        metrics::follower_left();
    }
}

impl Telling {
    /// What there is to say next; nothing any more once the server leaves, or cannot be sure to know.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.app.is_leaving() {
                return None;
            }
            let news = self.sts.news_after(self.seen, self.app.moment().now).await.ok()?;
            self.seen = news.seen;
            let due = self.spoke.is_none_or(|at| at.elapsed() >= SILENCE);
            if due || !news.facts.is_empty() {
                self.spoke = Some(Instant::now());
                return Some(self.written(&news)?.into());
            }
            if news.complete {
                sleep(LOOK).await;
            }
        }
    }

    fn written(&self, news: &News) -> Option<String> {
        let mut said = String::new();
        for (number, fact) in &news.facts {
            let id = self.app.followers().name(*number);
            let data = serde_json::to_string(fact).ok()?;
            write!(said, "id: {id}\nevent: revoked\ndata: {data}\n\n").ok()?;
        }
        if news.complete {
            let id = self.app.followers().name(news.seen);
            write!(said, "id: {id}\nevent: current\ndata: {{}}\n\n").ok()?;
        }
        Some(said)
    }
}
