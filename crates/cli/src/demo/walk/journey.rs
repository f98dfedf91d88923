//! One user's way: sign in at the dashboard, ask for reports, and whatever comes of it.

use super::hop::{Hop, chain};
use crate::demo::place::Places;
use crate::demo::reports_api::Report;
use crate::member::Member;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use stead::Challenge;
use stead_core::explain::{ExplainQuery, ExplainSubject, ExplainedAnswer};
use stead_proto::authorize::CodeChallenge;
use stead_proto::form;
use stead_proto::id::{TenantName, TraceId};
use stead_proto::secret::CodeVerifier;
use stead_server::Running;
use stead_server::moment::{Moments, SystemMoments};
use visitor::{Page, Visitor};

/// One user's way through the demo.
#[derive(Debug)]
pub(super) struct Journey<'d> {
    web: reqwest::Client,
    visitor: Visitor,
    places: &'d Places,
    identity: &'d Running,
    dialect: &'static str,
}

impl<'d> Journey<'d> {
    /// In a new browser, in one dialect.
    pub(super) fn new(
        web: reqwest::Client,
        places: &'d Places,
        identity: &'d Running,
        dialect: &'static str,
    ) -> Self {
        let visitor = Visitor::new(web.clone(), &places.identity());
        Self { web, visitor, places, identity, dialect }
    }

    /// Each hop, as far as it went.
    pub(super) async fn of(&self, user: &'static str, password: &str) -> Vec<Hop> {
        let mut hops = Vec::new();
        let went = match user {
            "bob" => self.refused(password, &mut hops).await,
            "carol" => self.challenged(password, &mut hops).await,
            _ => self.answered(user, password, &mut hops).await,
        };
        if let Err(error) = went {
            hops.push(Hop::wrong(user, format!("{error:#}")));
        }
        hops
    }

    /// Alice: signs in, and her rows appear.
    async fn answered(
        &self,
        user: &str,
        password: &str,
        hops: &mut Vec<Hop>,
    ) -> anyhow::Result<()> {
        let token = self.sign_in(user, password, &[], hops).await?;
        let answer = self.reports(&token).await?;
        ensure!(answer.status == 200, "reports-api answered {}", answer.status);
        hops.push(arrived(&answer.text)?);
        Ok(())
    }

    /// Bob: signs in, is refused, and the trace tells why.
    async fn refused(&self, password: &str, hops: &mut Vec<Hop>) -> anyhow::Result<()> {
        let token = self.sign_in("bob", password, &[], hops).await?;
        let answer = self.reports(&token).await?;
        ensure!(answer.status == 403, "reports-api answered {}", answer.status);
        let body: Value = serde_json::from_str(&answer.text)?;
        let trace = body.member("trace_id").as_str().context("the refusal has no trace id")?;
        let reason = self.first_failure(trace).await?;
        hops.push(match reason.as_str() {
            "edge-not-for-user" => Hop::right(
                "exchange",
                format!(
                    "denied, {reason}: {} (trace {trace})",
                    body.member("error").as_str().unwrap_or("?")
                ),
            ),
            other => Hop::wrong("exchange", format!("denied for {other}")),
        });
        Ok(())
    }

    /// Carol: signs in, is challenged, signs in again as the challenge says, and her rows appear.
    async fn challenged(&self, password: &str, hops: &mut Vec<Hop>) -> anyhow::Result<()> {
        let token = self.sign_in("carol", password, &[], hops).await?;
        let answer = self.reports(&token).await?;
        ensure!(answer.status == 401, "reports-api answered {} before a challenge", answer.status);
        let challenge =
            Challenge::from_headers(&answer.headers).context("there is no challenge")?;
        let acr = challenge.acr_values().join(" ");
        let age = challenge.max_age().map(|age| age.0.to_string()).unwrap_or_default();
        hops.push(Hop::right("exchange", format!("challenged: {acr}, at most {age} s old")));
        let asked = [("acr_values", acr.as_str()), ("max_age", age.as_str())];
        let token = self.sign_in("carol", password, &asked, hops).await?;
        let answer = self.reports(&token).await?;
        ensure!(answer.status == 200, "reports-api answered {} after it", answer.status);
        hops.push(arrived(&answer.text)?);
        Ok(())
    }

    /// Authorization code with PKCE, through the pages; answers the access token for reports-api.
    async fn sign_in(
        &self,
        user: &str,
        password: &str,
        more: &[(&str, &str)],
        hops: &mut Vec<Hop>,
    ) -> anyhow::Result<String> {
        let verifier = CodeVerifier::new(SystemMoments.moment().session_secret().expose());
        let challenge = CodeChallenge::of(&verifier);
        let redirect_uri = format!("{}/", self.places.dashboard());
        let mut query = vec![
            ("client_id", "dashboard"),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri.as_str()),
            ("scope", "openid profile api://reports-api/Reports.Read"),
            ("state", "check"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        query.extend(more);
        let url = format!("{}?{}", self.endpoint("authorize"), form::write(&query));
        let answer = self.through_the_pages(&url, user, password).await?;
        ensure!(answer.location().starts_with(&redirect_uri), "the answer went elsewhere");
        ensure!(
            answer.parameter("iss") == Some(self.places.issuer()),
            "the answer has another iss"
        );
        let code = answer.parameter("code").context("the answer holds no code")?;
        let redeem = [
            ("grant_type", "authorization_code"),
            ("client_id", "dashboard"),
            ("code", code.as_str()),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", verifier.expose()),
        ];
        let answer = self.redeem(&redeem).await?;
        let body: Value = answer.error_for_status()?.json().await?;
        let token = body.member("access_token").as_str().context("there is no access token")?;
        let again = if more.is_empty() { "signed in" } else { "signed in again" };
        hops.push(Hop::right("dashboard", format!("{again}, token for api://reports-api")));
        Ok(token.to_owned())
    }

    /// Redeems a code as the dashboard's page does: its browser says where the page is.
    async fn redeem(&self, form: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
        let request = self.web.post(self.endpoint("token")).form(form);
        request.header("origin", self.places.dashboard()).send().await
    }

    async fn through_the_pages(
        &self,
        url: &str,
        user: &str,
        password: &str,
    ) -> anyhow::Result<Page> {
        let mut page = self.visitor.get(url).await?;
        // Sign-in, consent, and the answer: more pages than these mean that they go in circles.
        for _ in 0..4 {
            page = if page.shows("login") {
                let typed = [("login", user), ("password", password)];
                self.visitor.fill(&page, &typed, "submit").await?
            } else if page.shows("consent-allow") {
                self.visitor.fill(&page, &[], "consent-allow").await?
            } else if page.location().is_empty() {
                bail!("the pages end at one with status {}", page.status)
            } else {
                return Ok(page);
            };
        }
        bail!("the pages go in circles")
    }

    async fn reports(&self, token: &str) -> anyhow::Result<Page> {
        let url = format!("{}/reports?dialect={}", self.places.reports_api(), self.dialect);
        let answer = self.web.get(url).bearer_auth(token).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Page { status, headers, text: answer.text().await? })
    }

    /// The first rule that the refused exchange fails, as `stead explain --trace` tells it.
    async fn first_failure(&self, trace: &str) -> anyhow::Result<String> {
        let sts =
            self.identity.sts(&TenantName::parse("acme")?).context("there is no tenant acme")?;
        let query = ExplainQuery {
            subject: ExplainSubject::Trace(TraceId::parse(trace)?),
            client: None,
            to: None,
            scope: String::new(),
        };
        let explained = sts.explain(&query, &SystemMoments.moment()).await?;
        let mut failures = explained.rules.iter().filter_map(|rule| match &rule.answer {
            ExplainedAnswer::Failed { reason, .. } => Some((*reason).to_owned()),
            _ => None,
        });
        failures.next().context("every rule passes now")
    }

    fn endpoint(&self, name: &str) -> String {
        format!("{}/acme/oauth2/v2.0/{name}", self.places.identity())
    }
}

/// What company-data must have seen: its own audience, one scope, and who acts for whom.
fn arrived(body: &str) -> anyhow::Result<Hop> {
    let report: Report = serde_json::from_str(body)?;
    let (seen, sent) = (&report.sent, &report.received);
    let wrong = [
        ("aud", *seen.member("aud") != "api://company-data"),
        ("scope", *seen.member("scope") != "Rows.Read"),
        ("act", *seen.member("act") != serde_json::json!({ "sub": "reports-api" })),
        ("sub", seen.member("sub") != sent.member("sub")),
        ("exp", seen.member("exp").as_i64() > sent.member("exp").as_i64()),
        ("rows", report.rows.is_empty()),
    ];
    let wrong: Vec<&str> = wrong.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    if !wrong.is_empty() {
        return Ok(Hop::wrong("company-data", format!("{} in {seen}", wrong.join(", "))));
    }
    Ok(Hop::right("company-data", format!("{} rows: {}", report.rows.len(), chain(seen))))
}
