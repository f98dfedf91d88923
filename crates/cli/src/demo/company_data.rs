//! The API behind: answers reports-api acting for a user, and nobody else.

use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stead::{Allow, RequireToken, Verifier, rule};
use stead_proto::jwt::Unverified;
use stead_proto::secret::Jwt;

rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"], max_depth = 1);

/// What company-data answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rows {
    /// Whose rows these are.
    pub(super) whose: String,
    /// The rows.
    pub(super) items: Vec<Row>,
    /// What the token said that let them out: its claims, not the token.
    pub(super) seen: Value,
}

/// A row of company data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    quarter: String,
    region: String,
    revenue: u32,
}

/// The API, for those whom the verifier lets in.
pub(super) fn router(verifier: Verifier) -> Router {
    Router::new().route("/rows", get(rows)).layer(RequireToken::new(verifier))
}

/// `GET /rows`
async fn rows(caller: Allow<ReadRows>) -> Json<Rows> {
    let whose = caller.preferred_username().unwrap_or_default().to_owned();
    Json(Rows { items: rows_of(&whose), whose, seen: claims_of(caller.token()) })
}

/// Every user sees their own rows: the token says who that is, so no rule is needed for it.
fn rows_of(username: &str) -> Vec<Row> {
    let regions: &[(&str, u32)] = match username {
        "alice" => &[("North", 412), ("West", 287)],
        "carol" => &[("North", 412), ("East", 365), ("South", 198), ("West", 287)],
        _ => &[],
    };
    let quarters = [("Q1", 100), ("Q2", 108), ("Q3", 121)];
    quarters
        .iter()
        .flat_map(|(quarter, percent)| {
            regions.iter().map(move |(region, revenue)| Row {
                quarter: (*quarter).to_owned(),
                region: (*region).to_owned(),
                revenue: revenue * percent / 100,
            })
        })
        .collect()
}

/// The claims of a token that was verified, to show them.
pub(super) fn claims_of(token: &Jwt) -> Value {
    Unverified::parse(token).map_or(Value::Null, |token| token.claims_for_display())
}
