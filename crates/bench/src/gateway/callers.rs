//! Who calls: users with genuine tokens, each asking for the same path, or an application that asks for tokens for them.

use super::ours::API_TOKEN;
use super::upstream::{ACTED, CAME};
use crate::issuer::Issuer;
use crate::load::{Question, Requests, wanted};
use crate::world::Person;
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::Full;
use serde_json::json;
use std::ops::Range;
use std::sync::Arc;
use stead_proto::secret::Jwt;
use tokio::task::spawn_blocking;

/// What they ask for.
const PATH: &str = "/rows/42";
/// For what an application asks for a token.
const TARGET: &str = "api://company-data/Rows.Read";
/// Where it shows that it may ask.
const SHOWN: &str = "X-Stead-Api-Token";

/// How an answer of the token API begins that gives one.
const GIVEN: &[u8] = br#""access_token":""#;

/// One request for each of these users.
pub(super) async fn asked(
    issuer: &Arc<Issuer>,
    users: Range<u32>,
) -> anyhow::Result<Vec<Question>> {
    of_each(issuer, users, |token| wanted(PATH, &format!("Bearer {}", token.expose()))).await
}

/// An application that asks the token API for a token for each of these users, again and again.
pub(super) async fn acquiring(
    issuer: &Arc<Issuer>,
    users: Range<u32>,
) -> anyhow::Result<Arc<Requests>> {
    let all = of_each(issuer, users, |token| {
        let question = json!({
            "identity_provider": "bench", "target": TARGET, "user_token": token.expose(),
        });
        let request = Request::post("/api/v1/token/exchange").header(SHOWN, API_TOKEN);
        let body = Full::from(serde_json::to_vec(&question)?);
        Ok(request.header(CONTENT_TYPE, "application/json").body(body)?)
    });
    Ok(Arc::new(Requests { all: all.await?, again: true, expected: GIVEN }))
}

async fn of_each(
    issuer: &Arc<Issuer>,
    users: Range<u32>,
    question: impl Fn(&Jwt) -> anyhow::Result<Question> + Send + 'static,
) -> anyhow::Result<Vec<Question>> {
    let issuer = Arc::clone(issuer);
    let of = move |number| question(&issuer.token(Person(number))?);
    spawn_blocking(move || users.map(of).collect()).await?
}

/// The same again and again, through somebody who acts for them.
pub(super) fn acted_for(all: Vec<Question>) -> Arc<Requests> {
    Arc::new(Requests { all, again: true, expected: ACTED })
}

/// The same again and again, through somebody who passes them on.
pub(super) fn passed_on(all: Vec<Question>) -> Arc<Requests> {
    Arc::new(Requests { all, again: true, expected: CAME })
}

/// Once.
pub(super) fn once(all: Vec<Question>) -> Arc<Requests> {
    Arc::new(Requests { all, again: false, expected: ACTED })
}
