//! One sign-in: authorization request, the page for the password, code, token.

use crate::load::Target;
use crate::names::{API, DASHBOARD, TENANT};
use crate::world::{PASSWORD, Person, Place, basic};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;
use stead_proto::authorize::CodeChallenge;
use stead_proto::form;
use stead_proto::secret::CodeVerifier;
use stead_server::moment::{Moments, SystemMoments};
use visitor::Visitor;

const REDIRECT_URI: &str = "https://dashboard.stead.test/";

/// The front end that users sign in at, and what their browsers need to know.
#[derive(Debug)]
pub struct Front {
    http: reqwest::Client,
    origin: String,
    authorization: String,
}

impl Front {
    /// The front end of this folder, at the server that runs there.
    pub fn of(place: &Place, target: &Target, ca: Option<&Path>) -> anyhow::Result<Self> {
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .resolve(&target.host, target.address);
        if let Some(ca) = ca {
            let pem = fs::read(ca).with_context(|| ca.display().to_string())?;
            http = http.tls_certs_only([reqwest::Certificate::from_pem(&pem)?]);
        }
        let scheme = if ca.is_some() { "https" } else { "http" };
        Ok(Self {
            http: http.build()?,
            origin: format!("{scheme}://{}:{}", target.host, target.address.port()),
            authorization: basic(DASHBOARD, &place.secret(DASHBOARD)?)?,
        })
    }

    fn endpoint(&self, name: &str) -> String {
        format!("{}/{TENANT}/oauth2/v2.0/{name}", self.origin)
    }
}

/// Signs a user in, in a new browser, and answers their access token.
pub async fn sign_in(front: &Front, person: Person) -> anyhow::Result<String> {
    let browser = Visitor::new(front.http.clone(), &front.origin);
    let verifier = CodeVerifier::new(SystemMoments.moment().session_secret().expose());
    let challenge = CodeChallenge::of(&verifier);
    let scope = format!("{API}/Reports.Read");
    let query = form::write(&[
        ("client_id", DASHBOARD),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", &scope),
        ("state", "bench"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]);
    let page = browser.get(&format!("{}?{query}", front.endpoint("authorize"))).await?;
    let typed = [("login", person.typed()), ("password", PASSWORD.to_owned())];
    let typed = typed.each_ref().map(|(id, value)| (*id, value.as_str()));
    let page = browser.fill(&page, &typed, "submit").await?;
    let code = page.parameter("code").with_context(|| {
        format!("no code came of a sign-in (status {}): {}", page.status, page.lasting_text())
    })?;
    redeem(front, &code, &verifier).await
}

async fn redeem(front: &Front, code: &str, verifier: &CodeVerifier) -> anyhow::Result<String> {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", verifier.expose()),
    ];
    let request = front.http.post(front.endpoint("token"));
    let request = request.header("authorization", &front.authorization).form(&pairs);
    let response = request.send().await?;
    let (status, body) = (response.status(), response.json::<Value>().await?);
    ensure!(status.is_success(), "a code was answered with {status}: {body}");
    let token = body.get("access_token").and_then(Value::as_str);
    token.map(str::to_owned).context("a code was answered without a token")
}
