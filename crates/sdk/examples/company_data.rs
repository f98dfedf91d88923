//! A resource: gives rows to whoever acts for a user, and says whose they are.
//!
//! `cargo run --package stead --example company_data -- ISSUER ADDRESS`, then `curl -H "Authorization: Bearer …" http://ADDRESS/rows`.
//! `docs/guides/sdk.md` has it at work behind `middle_tier`.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use stead::{Allow, RequireToken, Verifier, rule};

rule!(ReadRows: scope = "Rows.Read", actors = ["reports-api"], max_depth = 2);

/// `GET /rows`: whoever comes without the right token was answered before this.
async fn rows(caller: Allow<ReadRows>) -> Json<Value> {
    Json(json!({
        "for": caller.preferred_username(),
        "through": caller.actor(),
        "rows": [{ "month": "October", "sales": 1200 }, { "month": "November", "sales": 1350 }],
    }))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever starts it wants to know where it listens")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(issuer), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: company_data ISSUER ADDRESS".into());
    };
    let verifier = Verifier::builder().issuer(issuer).audience("api://company-data").build()?;
    let app = Router::new().route("/rows", get(rows)).layer(RequireToken::new(verifier));
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("ready: http://{address}/rows");
    axum::serve(listener, app).await?;
    Ok(())
}
