//! How the actors ask: forms and JSON over HTTP, and three sorts of answer.

use crate::ledger::{Answer, Ledger};
use crate::loss::Loss;
use crate::nodes::Nodes;
use crate::once::Once;
use crate::server::Places;
use anyhow::Context;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use stead_proto::id::TokenId;
use stead_proto::jwt::Unverified;
use stead_proto::secret::Jwt;

/// How long an answer may take before nobody waits for it any more.
const PATIENCE: Duration = Duration::from_mins(1);

/// The server is gone, or does not answer.
#[derive(Debug)]
pub struct Gone;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// As asked.
    Accepted(Value),
    /// Refused: a 4xx.
    Refused(Value),
    /// That it cannot be answered at present: a 503.
    Unavailable,
}

/// Where and how the actors ask.
#[derive(Debug, Clone)]
pub struct Web {
    http: reqwest::Client,
    nodes: Arc<Nodes>,
    admin_token: String,
    ledger: Arc<Ledger>,
    answers: Arc<Answers>,
}

/// How many answers there were, by sort.
#[derive(Debug, Default)]
pub struct Answers {
    accepted: AtomicU64,
    refused: AtomicU64,
    unavailable: AtomicU64,
    none: AtomicU64,
}

/// The same, at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// As asked.
    pub accepted: u64,
    /// Refused.
    pub refused: u64,
    /// That it cannot be answered.
    pub unavailable: u64,
    /// None.
    pub none: u64,
}

impl Answers {
    /// How many there were so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            accepted: of(&self.accepted),
            refused: of(&self.refused),
            unavailable: of(&self.unavailable),
            none: of(&self.none),
        }
    }

    fn count(&self, reply: &Result<Reply, Gone>) {
        let counter = match reply {
            Ok(Reply::Accepted(_)) => &self.accepted,
            Ok(Reply::Refused(_)) => &self.refused,
            Ok(Reply::Unavailable) => &self.unavailable,
            Err(Gone) => &self.none,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Web {
    /// Asks a server, and notes in the ledger what it says.
    pub fn new(
        nodes: Arc<Nodes>,
        admin_token: String,
        ledger: Arc<Ledger>,
        answers: Arc<Answers>,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .context("no HTTP client can be made")?;
        Ok(Self { http, nodes, admin_token, ledger, answers })
    }

    /// The client, for a browser.
    #[must_use]
    pub fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// Where servers are.
    #[must_use]
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// Where a browser finds a server now.
    pub fn origin(&self) -> Result<String, Gone> {
        Ok(self.nodes.next().ok_or(Gone)?.public)
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Sends a form to an endpoint of the tenant. What it uses and how it is answered goes into the ledger.
    pub async fn form(
        &self,
        endpoint: &str,
        pairs: &[(&str, &str)],
        uses: Option<&Once>,
    ) -> Result<Reply, Gone> {
        let name = self.ledger.begin(uses);
        let reply = self.post(endpoint, pairs, &name).await;
        let answer = match &reply {
            Ok(Reply::Accepted(body)) => Answer::Accepted(token_of(body)),
            Ok(Reply::Refused(_)) => Answer::Refused,
            Ok(Reply::Unavailable) | Err(Gone) => Answer::Unknown,
        };
        self.ledger.answered(&name, answer);
        reply
    }

    /// Sends a form that nothing is remembered of: a question, not an attempt.
    pub async fn ask(&self, endpoint: &str, pairs: &[(&str, &str)]) -> Result<Reply, Gone> {
        self.post(endpoint, pairs, "crash-asks").await
    }

    async fn post(
        &self,
        endpoint: &str,
        pairs: &[(&str, &str)],
        name: &str,
    ) -> Result<Reply, Gone> {
        let node = self.nodes.next().ok_or(Gone)?;
        let url = format!("{}/acme/oauth2/v2.0/{endpoint}", node.public);
        let request = self.http.post(url).header("client-request-id", name).form(pairs);
        self.send(&node, request, endpoint).await
    }

    /// Asks the admin API.
    pub async fn admin(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Gone> {
        let node = self.nodes.next().ok_or(Gone)?;
        let url = format!("{}/admin/v1/acme/{path}", node.admin);
        let mut request = self.http.request(method, url).bearer_auth(&self.admin_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(&node, request, path).await
    }

    /// The status of a page that needs nobody to be known: a path of the public listener.
    pub async fn status(&self, path: &str) -> Result<u16, Gone> {
        let node = self.nodes.next().ok_or(Gone)?;
        Ok(self.get(&node, &format!("{}{path}", node.public)).await?.status().as_u16())
    }

    /// The status of `/readyz`.
    pub async fn readiness(&self) -> Result<u16, Gone> {
        let node = self.nodes.next().ok_or(Gone)?;
        Ok(self.get(&node, &format!("{}/readyz", node.metrics)).await?.status().as_u16())
    }

    /// What time it is for the server, in seconds since 1970.
    pub async fn time(&self) -> Result<i64, Gone> {
        let node = self.nodes.next().ok_or(Gone)?;
        let answer = self.get(&node, &format!("{}/healthz", node.public)).await?;
        let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok()).ok_or(Gone)?;
        let since = date.duration_since(UNIX_EPOCH).map_err(|_| Gone)?;
        i64::try_from(since.as_secs()).map_err(|_| Gone)
    }

    async fn get(&self, node: &Places, url: &str) -> Result<reqwest::Response, Gone> {
        self.http.get(url).send().await.map_err(|_| {
            self.nodes.gone(&node.public);
            Gone
        })
    }

    async fn send(
        &self,
        node: &Places,
        request: reqwest::RequestBuilder,
        asked: &str,
    ) -> Result<Reply, Gone> {
        let reply = self.sent(request, asked).await;
        if reply.is_err() {
            self.nodes.gone(&node.public);
        }
        self.answers.count(&reply);
        reply
    }

    async fn sent(&self, request: reqwest::RequestBuilder, asked: &str) -> Result<Reply, Gone> {
        let answer = request.send().await.map_err(|_| Gone)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.map_err(|_| Gone)?;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        match status {
            200..=299 => Ok(Reply::Accepted(body)),
            400..=499 => Ok(Reply::Refused(body)),
            503 if says_when(&headers) => Ok(Reply::Unavailable),
            _ => {
                let answer = format!("{status} {text}");
                self.ledger.lost(Loss::Unexpected { asked: asked.to_owned(), answer });
                Ok(Reply::Unavailable)
            }
        }
    }
}

fn says_when(headers: &HeaderMap) -> bool {
    headers
        .get(RETRY_AFTER)
        .is_some_and(|after| after.to_str().is_ok_and(|it| it.parse::<u32>().is_ok()))
}

/// The access token of an answer, by its `jti`.
fn token_of(body: &Value) -> Option<TokenId> {
    let claims = claims_of(body.get("access_token")?.as_str()?)?;
    TokenId::parse(claims.get("jti")?.as_str()?).ok()
}

/// What a token says.
#[must_use]
pub fn claims_of(token: &str) -> Option<Value> {
    let token = Jwt::new(token);
    let unverified = Unverified::parse(&token).ok()?;
    Some(unverified.claims_for_display().clone())
}
