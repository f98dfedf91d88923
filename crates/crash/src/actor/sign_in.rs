//! Signing in, and authorization codes.

use super::{Actor, Code, STOCK};
use crate::ledger::Answer;
use crate::loss::Loss;
use crate::once::Once;
use crate::web::{Gone, Web};
use crate::world::{AUDIENCE, FRONT, PASSWORD, REDIRECT};
use stead_proto::authorize::CodeChallenge;
use stead_proto::form;
use stead_proto::secret::CodeVerifier;
use visitor::{Page, Visitor};

/// What redeems every code. That codes are bound to their verifiers is tested elsewhere.
pub(super) const VERIFIER: &str = "a-verifier-that-is-long-enough-for-anybody-1234567890";

/// Signing in and agreeing: more pages than these go in circles.
const MOST_PAGES: usize = 3;

/// The cookie of a session.
const COOKIE: &str = "__Host-stead-acme";

impl Actor {
    /// Gets a code for the front end; signs in first where there is no session.
    pub(super) async fn get_code(&mut self, web: &Web) -> Result<(), Gone> {
        if self.codes.len() >= STOCK {
            return Ok(());
        }
        if let Some(code) = self.authorize(web, FRONT).await? {
            self.codes.push(Code { text: code, client: FRONT, tried: false });
        }
        Ok(())
    }

    /// Asks for a code, through as many pages as it takes.
    pub(super) async fn authorize(
        &mut self,
        web: &Web,
        client: &str,
    ) -> Result<Option<String>, Gone> {
        let origin = web.origin()?;
        let browser = self.browser(web, &origin);
        let name = web.ledger().begin(None);
        let shown = self.pages(&browser, &request(client, &name)).await;
        let (page, pages) = shown.inspect_err(|Gone| web.nodes().gone(&origin))?;
        self.keep_cookies(&browser);
        let cookie = self.cookies.iter().find(|(name, _)| name == COOKIE);
        if let (None, Some((_, secret))) = (&self.session, cookie) {
            web.ledger().session(secret);
            self.session = Some(secret.clone());
        }
        match page.parameter("code") {
            Some(code) => {
                // Behind a page it is the page's answer that is on record, under a name of its own.
                if pages == 0 {
                    web.ledger().answered(&name, Answer::Accepted(None));
                }
                web.ledger().issued(Once::code(&code));
                Ok(Some(code))
            }
            // Who is turned away asks again, and sooner or later is told that this is too often.
            None if matches!(page.status, 429 | 503) => Ok(None),
            None => {
                let asked = format!("the authorization request of {}", self.user);
                let text: String = page.text.chars().take(300).collect();
                let answer = format!("{} {} {text}", page.status, page.location());
                web.ledger().lost(Loss::Unexpected { asked, answer });
                Ok(None)
            }
        }
    }

    /// Signs in and agrees where a page asks for it. What comes then is the redirect, or a page that asks
    /// neither; also says how many pages there were.
    async fn pages(&self, browser: &Visitor, url: &str) -> Result<(Page, usize), Gone> {
        let mut page = browser.get(url).await.map_err(|_| Gone)?;
        for pages in 0..MOST_PAGES {
            let next = if page.shows("login") {
                let typed = [("login", self.user.as_str()), ("password", PASSWORD)];
                browser.fill(&page, &typed, "submit").await
            } else if page.shows("consent-allow") {
                browser.fill(&page, &[], "consent-allow").await
            } else {
                return Ok((page, pages));
            };
            page = next.map_err(|_| Gone)?;
        }
        Ok((page, MOST_PAGES))
    }
}

/// The path of an authorization request, with its name for the record.
fn request(client: &str, name: &str) -> String {
    let challenge = CodeChallenge::of(&CodeVerifier::new(VERIFIER));
    let scope = format!("openid offline_access {AUDIENCE}/Use");
    let query = [
        ("client_id", client),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", scope.as_str()),
        ("state", "s"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("client-request-id", name),
    ];
    format!("/acme/oauth2/v2.0/authorize?{}", form::write(&query))
}
