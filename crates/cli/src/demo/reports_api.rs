//! The middle tier: is called with the user's token, and reads company data on the user's behalf.
//!
//! Three lines of it are on behalf of: verify the caller, exchange, call.

use super::company_data::{Row, Rows, claims_of};
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stead::{AcquireError, Allow, Obo, RequireToken, Verifier, rule};
use tower_http::cors::{AllowOrigin, CorsLayer};

rule!(ReadReports: scope = "Reports.Read", actors = ["dashboard"]);

/// What reports-api works with.
#[derive(Clone)]
pub(super) struct ReportsApi {
    /// The exchange by RFC 8693.
    pub(super) rfc8693: Obo,
    /// The same in Entra's dialect.
    pub(super) entra: Obo,
    /// A client that trusts the demo's CA.
    pub(super) web: reqwest::Client,
    /// Where company-data is.
    pub(super) company_data: String,
}

/// Which of the two the page wants to see. Nothing else changes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Speaks {
    #[default]
    Rfc8693,
    Entra,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    dialect: Speaks,
}

/// What reports-api answers: the rows, and what was said on the way to them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Report {
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// The claims of the token that the dashboard sent.
    pub(super) received: Value,
    /// The claims of the token that company-data was sent.
    pub(super) sent: Value,
}

impl ReportsApi {
    /// The API, for pages of this origin and callers whom the verifier lets in.
    pub(super) fn router(self, verifier: Verifier, dashboard: &str) -> anyhow::Result<Router> {
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::exact(HeaderValue::from_str(dashboard)?))
            .allow_methods([Method::GET])
            .allow_headers([header::AUTHORIZATION])
            .expose_headers([HeaderName::from_static("www-authenticate")]);
        Ok(Router::new()
            .route("/reports", get(reports))
            .layer(RequireToken::new(verifier))
            .layer(cors)
            .with_state(self))
    }
}

/// `GET /reports`
async fn reports(
    caller: Allow<ReadReports>,
    State(api): State<ReportsApi>,
    Query(wish): Query<Wish>,
) -> Result<Json<Report>, Trouble> {
    let obo = match wish.dialect {
        Speaks::Rfc8693 => &api.rfc8693,
        Speaks::Entra => &api.entra,
    };
    let token = obo.token(&caller, "api://company-data/Rows.Read").await?;
    let data = api.web.get(&api.company_data).bearer_auth(token.expose()).send().await?;
    let data: Rows = data.error_for_status()?.json().await?;
    Ok(Json(Report { rows: data.items, received: claims_of(caller.token()), sent: data.seen }))
}

/// What can go wrong on the way to the rows.
enum Trouble {
    NoToken(AcquireError),
    NoRows(reqwest::Error),
}

impl From<AcquireError> for Trouble {
    fn from(error: AcquireError) -> Self {
        Self::NoToken(error)
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self::NoRows(error)
    }
}

impl IntoResponse for Trouble {
    /// A challenge or a refusal of the exchange travels on to the page by itself.
    fn into_response(self) -> Response {
        match self {
            Self::NoToken(error) => error.into_response(),
            Self::NoRows(error) => {
                tracing::warn!(%error, "company-data did not answer");
                StatusCode::BAD_GATEWAY.into_response()
            }
        }
    }
}
