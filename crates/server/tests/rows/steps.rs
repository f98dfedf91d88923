//! What the rows about signing in have in common: how an answer is told from a page, and what was recorded.

use stead_core::record::Outcome;
use testkit::{Answer, Auth, Page, Pairs, SPA_CALLBACK, VERIFIER, WEB_CALLBACK, WEB_SECRET, World};

/// How the last record of the world ended: the reason of a refusal, or `done`.
pub(crate) async fn last(world: &World) -> String {
    match world.records().await.pop().map(|record| record.outcome) {
        Some(Outcome::Denied { reason, .. }) => reason,
        Some(Outcome::Done) => "done".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// Opens an authorization request in a browser nobody has used.
pub(crate) async fn opened(world: &World, changes: Pairs<'_>) -> Page {
    world.browser().get(&world.t1().authorize_url(changes)).await
}

/// The error of an answer that goes back to `spa` with state and issuer and without a code.
pub(crate) fn sent_back(world: &World, page: &Page) -> String {
    sent_back_to(world, SPA_CALLBACK, page)
}

/// The error of an answer that goes back to this redirect URI with state and issuer and without a code.
pub(crate) fn sent_back_to(world: &World, redirect_uri: &str, page: &Page) -> String {
    assert_eq!(page.status, 303, "{}", page.text);
    let start = format!("{redirect_uri}?");
    assert!(page.location().starts_with(&start), "{}", page.location());
    assert_eq!(page.parameter("state").as_deref(), Some("s-1"), "{}", page.location());
    assert_eq!(page.parameter("iss"), Some(world.t1().issuer()));
    assert_eq!(page.parameter("code"), None);
    page.parameter("error").unwrap_or_default()
}

/// An error page that leads nowhere.
pub(crate) fn assert_shown(page: &Page) {
    assert_eq!(page.status, 400, "{} {}", page.location(), page.text);
    assert!(!page.headers.contains_key("location"), "{}", page.location());
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.shows_text("Trace"), "{}", page.text);
}

/// Whether a page shows something.
pub(crate) trait Shows {
    /// Whether it holds this text.
    fn shows_text(&self, text: &str) -> bool;
}

impl Shows for Page {
    fn shows_text(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

/// The parameters with which a code of `web` is redeemed.
pub(crate) fn of_web(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

/// What `web` proves itself with.
pub(crate) const WEB: Auth<'static> = Auth::Basic("web", WEB_SECRET);

/// The changes that make an authorization request one of `web`.
pub(crate) const AS_WEB: [(&str, &str); 2] = [("client_id", "web"), ("redirect_uri", WEB_CALLBACK)];

/// The tokens of alice at `spa`, with a refresh token that goes on after she left.
pub(crate) async fn lasting(world: &World) -> Answer {
    let scope = "openid offline_access api://a/A.use";
    world.t1().tokens("alice", &[("scope", scope)]).await
}

/// The tokens of alice at `web`, with a refresh token.
pub(crate) async fn lasting_at_web(world: &World) -> Answer {
    let scope = ("scope", "openid offline_access api://a/A.use");
    let code = world.t1().code("alice", &[&AS_WEB[..], &[scope]].concat()).await;
    world.t1().token(WEB, &of_web(&code)).await
}

/// The refresh token of a success.
pub(crate) fn refresh_token(answer: &Answer) -> String {
    answer.member("refresh_token").as_str().unwrap_or_default().to_owned()
}

/// Uses a refresh token, with these parameters beside it.
pub(crate) async fn refresh(world: &World, auth: Auth<'_>, token: &str, more: Pairs<'_>) -> Answer {
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
    world.t1().token(auth, &[&pairs[..], more].concat()).await
}
