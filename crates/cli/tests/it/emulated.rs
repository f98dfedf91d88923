//! A running emulator, what `emulator.json` says of it, and the ways to ask it.

use crate::stead::{Folder, Said, Server};
use reqwest::{Client, Response, redirect};
use serde_json::Value;
use std::fs;
use stead_proto::authorize::CodeChallenge;
use stead_proto::form;
use stead_proto::secret::CodeVerifier;
use visitor::{Page, Visitor};

const BACK: &str = "http://localhost:5000/signin";

/// A running emulator.
pub(crate) struct Emulated {
    pub(crate) folder: Folder,
    pub(crate) contract: Value,
    pub(crate) http: Client,
    _server: Server,
}

impl Emulated {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(more: &[&str]) -> Self {
        let folder = Folder::empty();
        let server = folder.emulate(more);
        let contract: Value = serde_json::from_str(&folder.read("emulator.json")).unwrap();
        let ca = fs::read(contract.get("ca").unwrap().as_str().unwrap()).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let http = Client::builder().tls_certs_only([ca]).no_proxy();
        let http = http.redirect(redirect::Policy::none()).build().unwrap();
        Self { folder, contract, http, _server: server }
    }

    pub(crate) fn said(&self, pointer: &str) -> &str {
        self.contract.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        self.folder.run(args)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.said("/public_url"));
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Asks the token endpoint, as an application that proves itself with its secret.
    pub(crate) async fn token(&self, application: &str, more: &[(&str, &str)]) -> Response {
        let of = |part: &str| self.said(&format!("/applications/{application}/{part}"));
        let own = [("client_id", of("client_id")), ("client_secret", of("secret"))];
        let form: Vec<_> = own.iter().chain(more).collect();
        let url = format!("{}/oauth2/v2.0/token", self.said("/authority"));
        self.http.post(url).form(&form).send().await.unwrap()
    }

    /// The daemon's own token.
    pub(crate) async fn as_itself(&self) -> Response {
        let asked =
            [("grant_type", "client_credentials"), ("scope", "api://company-data/.default")];
        self.token("daemon", &asked).await
    }

    /// A token for reports-api, of a user who signs in at the portal.
    pub(crate) async fn user_token(&self, user: &str, password: &str, more: &str) -> String {
        self.sign_in(user, password, more).await.swap_remove(0)
    }

    /// What a sign-in at the portal has for secrets: first the token for reports-api, then every other
    /// token, the code and its verifier.
    pub(crate) async fn sign_in(&self, user: &str, password: &str, more: &str) -> Vec<String> {
        let verifier = CodeVerifier::new("a-verifier-that-is-at-least-43-characters-long");
        let challenge = CodeChallenge::of(&verifier);
        let query = form::write(&[
            ("client_id", self.said("/applications/portal/client_id")),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("scope", "openid offline_access api://reports-api/Reports.Read"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        let authorize = format!("{}/oauth2/v2.0/authorize", self.said("/authority"));
        let url = format!("{authorize}?{query}{more}");
        let answer = self.through_the_pages(&url, user, password).await;
        let code = answer.parameter("code").unwrap();
        let redeem = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", verifier.expose()),
        ];
        let body: Value = self.token("portal", &redeem).await.json().await.unwrap();
        let token = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let access = token("access_token").unwrap_or_else(|| panic!("{body}"));
        let others = ["id_token", "refresh_token"].into_iter().filter_map(token);
        let by_code = [code.as_str().to_owned(), verifier.expose().to_owned()];
        [access].into_iter().chain(others).chain(by_code).collect()
    }

    async fn through_the_pages(&self, url: &str, user: &str, password: &str) -> Page {
        let visitor = Visitor::new(self.http.clone(), self.said("/public_url"));
        let mut page = visitor.get(url).await.unwrap();
        while page.location().is_empty() {
            page = if page.shows("login") {
                let typed = [("login", user), ("password", password)];
                visitor.fill(&page, &typed, "submit").await.unwrap()
            } else {
                visitor.fill(&page, &[], "consent-allow").await.unwrap()
            };
        }
        page
    }

    /// An exchange of reports-api towards company-data.
    pub(crate) async fn exchange(&self, user_token: &str) -> Response {
        let asked = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", user_token),
            ("scope", "api://company-data/Rows.Read"),
        ];
        self.token("reports-api", &asked).await
    }
}

/// The status, `Retry-After`, and the members `error`, `suberror` and first of `error_codes`.
pub(crate) async fn refusal(response: Response) -> (u16, Option<String>, [Value; 3]) {
    let status = response.status().as_u16();
    let after = response.headers().get("retry-after");
    let after = after.map(|value| value.to_str().unwrap().to_owned());
    let body: Value = response.json().await.unwrap();
    let of = |pointer: &str| body.pointer(pointer).cloned().unwrap_or_default();
    (status, after, [of("/error"), of("/suberror"), of("/error_codes/0")])
}
