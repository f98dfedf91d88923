//! One tenant's endpoints, and the journeys everybody takes.

use crate::answer::Answer;
use crate::browser::{Browser, Page};
use crate::fixture::{API_A_SECRET, PASSWORD, SPA_CALLBACK, SPA_ORIGIN};
use reqwest::Client;
use stead_proto::client_auth::write_basic;
use stead_proto::form;
use stead_proto::id::ClientId;
use stead_proto::secret::ClientSecret;

/// Parameters.
pub type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The PKCE verifier of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// How a client says who it is.
#[derive(Debug, Clone, Copy)]
pub enum Auth<'a> {
    /// Not at all, or in the parameters themselves.
    None,
    /// In the header.
    Basic(&'a str, &'a str),
    /// In the body.
    Post(&'a str, &'a str),
    /// By name only; `spa` does so from its page, which its browser names as `Origin`.
    Public(&'a str),
}

/// One tenant of a world.
#[derive(Debug, Clone, Copy)]
pub struct At<'w> {
    pub(crate) base: &'w str,
    pub(crate) http: &'w Client,
    pub(crate) name: &'w str,
}

impl At<'_> {
    /// Its issuer.
    pub fn issuer(&self) -> String {
        format!("{}/{}/v2.0", self.base, self.name)
    }

    /// The URL of one of its OAuth endpoints.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/{}/oauth2/v2.0/{name}", self.base, self.name)
    }

    /// Posts a form to one of its OAuth endpoints.
    pub async fn post(&self, endpoint: &str, auth: Auth<'_>, pairs: Pairs<'_>) -> Answer {
        let mut pairs = pairs.to_vec();
        let mut request = self.http.post(self.endpoint(endpoint));
        match auth {
            Auth::None => {}
            Auth::Basic(id, secret) => {
                let id = ClientId::parse(id).unwrap();
                let header = write_basic(&id, &ClientSecret::new(secret));
                request = request.header("authorization", header);
            }
            Auth::Post(id, secret) => {
                pairs.push(("client_id", id));
                pairs.push(("client_secret", secret));
            }
            Auth::Public(id) => {
                pairs.push(("client_id", id));
                if id == "spa" {
                    request = request.header("origin", SPA_ORIGIN);
                }
            }
        }
        let body = form::write(&pairs);
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(body);
        Answer::to(request).await
    }

    /// Asks the token endpoint.
    pub async fn token(&self, auth: Auth<'_>, pairs: Pairs<'_>) -> Answer {
        self.post("token", auth, pairs).await
    }

    /// Gets a URL of the world.
    pub async fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        Answer::to(self.http.get(url)).await
    }

    /// The URL of an authorization request: valid defaults for `spa` asking for `A.use` of `api://a`, with
    /// these parameters changed; one set to `""` is left out.
    pub fn authorize_url(&self, changes: Pairs<'_>) -> String {
        let defaults = [
            ("client_id", "spa"),
            ("response_type", "code"),
            ("redirect_uri", SPA_CALLBACK),
            ("scope", "openid profile api://a/A.use"),
            ("state", "s-1"),
            ("nonce", "n-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let set = |name: &str| changes.iter().any(|(other, _)| *other == name);
        let kept = defaults.iter().filter(|(name, _)| !set(name));
        let pairs: Vec<(&str, &str)> =
            kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())).copied().collect();
        format!("{}?{}", self.endpoint("authorize"), form::write(&pairs))
    }

    /// Goes through the pages as this user, agreeing to everything, until the answer is redirected.
    pub async fn sign_in(&self, browser: &Browser, url: &str, user: &str) -> Page {
        self.sign_in_from(browser, browser.get(url).await, user).await
    }

    /// Types the code of a device, and goes through the pages as this user, agreeing to everything.
    pub async fn answer_device(&self, browser: &Browser, code: &str, user: &str) -> Page {
        let page = browser.get(&format!("/{}/device", self.name)).await;
        let page = browser.fill(&page, &[("user-code", code)], "submit").await;
        self.sign_in_from(browser, page, user).await
    }

    async fn sign_in_from(&self, browser: &Browser, mut page: Page, user: &str) -> Page {
        for _ in 0..6 {
            if page.shows("login") {
                let name = format!("{user}@example.com");
                let typed = [("login", name.as_str()), ("password", PASSWORD)];
                page = browser.fill(&page, &typed, "submit").await;
            } else if page.shows("consent-allow") {
                page = browser.fill(&page, &[], "consent-allow").await;
            } else if page.shows("device-allow") {
                page = browser.fill(&page, &[], "device-allow").await;
            } else if page.shows("account-continue") {
                page = browser.fill(&page, &[], "account-continue").await;
            } else {
                return page;
            }
        }
        panic!("the pages go in circles: {}", page.text)
    }

    /// A code for `spa`, with these parameters changed.
    pub async fn code(&self, user: &str, changes: Pairs<'_>) -> String {
        let page = self
            .sign_in(
                &Browser::new(self.http.clone(), self.base),
                &self.authorize_url(changes),
                user,
            )
            .await;
        page.parameter("code").unwrap_or_else(|| panic!("no code: {} {}", page.status, page.text))
    }

    /// Redeems a code of `spa`.
    pub async fn redeem(&self, code: &str) -> Answer {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", SPA_CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(Auth::Public("spa"), &pairs).await
    }

    /// What a user gets through `spa`, with these parameters changed.
    pub async fn tokens(&self, user: &str, changes: Pairs<'_>) -> Answer {
        self.redeem(&self.code(user, changes).await).await
    }

    /// `tA` of the specification: a user's access token for `api://a` through `spa`.
    pub async fn token_for_a(&self, user: &str) -> String {
        self.tokens(user, &[]).await.access_token()
    }

    /// On behalf of, in Entra's dialect, as `api-a`.
    pub async fn obo_entra(&self, assertion: &str, scope: &str) -> Answer {
        self.obo_entra_as(("api-a", API_A_SECRET), assertion, scope).await
    }

    /// On behalf of, in Entra's dialect, as any client.
    pub async fn obo_entra_as(
        &self,
        (client, secret): (&str, &str),
        assertion: &str,
        scope: &str,
    ) -> Answer {
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", assertion),
            ("scope", scope),
        ];
        self.token(Auth::Post(client, secret), &pairs).await
    }

    /// On behalf of, by RFC 8693, as `api-a`.
    pub async fn obo_exchange(&self, subject: &str, audience: &str, scope: &str) -> Answer {
        self.obo_exchange_as(
            ("api-a", API_A_SECRET),
            subject,
            &[("audience", audience), ("scope", scope)],
        )
        .await
    }

    /// On behalf of, by RFC 8693, as any client, with these parameters beside the subject token.
    pub async fn obo_exchange_as(
        &self,
        (client, secret): (&str, &str),
        subject: &str,
        more: Pairs<'_>,
    ) -> Answer {
        let mut pairs = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        pairs.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        self.token(Auth::Post(client, secret), &pairs).await
    }

    /// Introspects a token as a client.
    pub async fn introspect(&self, (client, secret): (&str, &str), token: &str) -> Answer {
        self.post("introspect", Auth::Basic(client, secret), &[("token", token)]).await
    }
}
