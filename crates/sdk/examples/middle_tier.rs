//! A middle tier: verifies the token it is sent, and calls the next service on behalf of its user.
//!
//! `cargo run --package stead --example middle_tier -- ISSUER SECRET_FILE DATA_URL ADDRESS`, then
//! `curl -H "Authorization: Bearer …" http://ADDRESS/report`. `docs/guides/sdk.md` has it at work.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use stead::{AcquireError, Allow, Credential, Obo, Provider, RequireToken, Verifier, rule};

rule!(ReadReports: scope = "Reports.Read", actors = ["dashboard"]);

/// What a request needs.
#[derive(Clone)]
struct App {
    obo: Obo,
    web: reqwest::Client,
    data: String,
}

/// `GET /report`: a challenge or a refusal from the exchange travels on to the front end by itself.
async fn report(caller: Allow<ReadReports>, State(app): State<App>) -> Result<String, Trouble> {
    let token = app.obo.token(&caller, "api://company-data/Rows.Read").await?;
    let rows = app.web.get(&app.data).bearer_auth(token.expose()).send().await?;
    Ok(rows.error_for_status()?.text().await?)
}

/// What can go wrong on the way to the rows.
enum Trouble {
    NoToken(AcquireError),
    NoRows,
}

impl From<AcquireError> for Trouble {
    fn from(error: AcquireError) -> Self {
        Self::NoToken(error)
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(_: reqwest::Error) -> Self {
        Self::NoRows
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::NoToken(error) => error.into_response(),
            Self::NoRows => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever starts it wants to know where it listens")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(issuer), Some(secret_file), Some(data), Some(address)) =
        (arguments.next(), arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: middle_tier ISSUER SECRET_FILE DATA_URL ADDRESS".into());
    };
    let secret = std::fs::read_to_string(secret_file)?;

    // One provider for both: its keys to verify with, its token endpoint to exchange at.
    let provider = Provider::builder(issuer).build()?;
    let verifier =
        Verifier::builder().provider(provider.clone()).audience("api://reports-api").build()?;
    let obo = Obo::builder()
        .provider(provider)
        .client_id("reports-api")
        .credential(Credential::secret(secret.trim()))
        .build()?;

    let app = Router::new()
        .route("/report", get(report))
        .layer(RequireToken::new(verifier))
        .with_state(App { obo, web: reqwest::Client::new(), data });
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("ready: http://{address}/report");
    axum::serve(listener, app).await?;
    Ok(())
}
