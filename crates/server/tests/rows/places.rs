//! Every place where the server reads a JWT: what an honest one says there, and whether one is taken.
//!
//! A refusal is checked whole: status and error as the place says it, the reason on record, nothing issued.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use stead_core::model::application::Credential;
use stead_proto::jwt::{Algorithm, Typ};
use testkit::{API_A_SECRET, Auth, Browser, RawKey, World};

/// A place where a JWT is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `assertion`, on behalf of in Entra's dialect.
    Assertion,
    /// `subject_token` of RFC 8693.
    SubjectToken,
    /// `actor_token` of RFC 8693.
    ActorToken,
    /// `client_assertion`.
    ClientAssertion,
    /// `id_token_hint` of an authorization request.
    SignInHint,
    /// `id_token_hint` of a logout.
    LogoutHint,
    /// The bearer token at user info.
    UserInfo,
    /// `token` of introspection.
    Introspection,
}

impl Place {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Assertion,
        Self::SubjectToken,
        Self::ActorToken,
        Self::ClientAssertion,
        Self::SignInHint,
        Self::LogoutHint,
        Self::UserInfo,
        Self::Introspection,
    ];

    /// The kind of JWT that belongs here.
    pub(crate) fn typ(self) -> Typ {
        match self {
            Self::ClientAssertion => Typ::ClientAuthentication,
            Self::SignInHint | Self::LogoutHint => Typ::IdToken,
            _ => Typ::AccessToken,
        }
    }

    /// The reasons a JWT may be refused for here, by their beginning; without any, a refusal is silent.
    fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::Assertion | Self::SubjectToken => &["subject-token-", "user-unknown"],
            Self::ActorToken => &["actor-token-"],
            Self::ClientAssertion => &["client-unproven"],
            Self::SignInHint => &["login-required"],
            Self::UserInfo => &["access-token-"],
            Self::LogoutHint | Self::Introspection => &[],
        }
    }
}

/// A world in which every place can be reached.
pub(crate) struct Desk {
    pub(crate) world: World,
    /// The tenant's own key.
    pub(crate) own: RawKey,
    /// The key that `api-a` has registered.
    pub(crate) client: RawKey,
    browser: Browser,
    serial: AtomicU32,
}

impl Desk {
    /// A fresh one, on keys of this algorithm. Alice is signed in in its browser.
    pub(crate) async fn of(alg: Algorithm) -> Self {
        let client = RawKey::generate(alg);
        let keys = Credential::Keys(client.set());
        let world = World::with(|t1| {
            let api_a = t1.applications.iter_mut().find(|app| app.id.as_str() == "api-a");
            api_a.unwrap().credentials.push(keys);
        })
        .await;
        let own = world.own_key("t1", alg).await;
        let browser = world.browser();
        let page = world.t1().sign_in(&browser, &world.t1().authorize_url(&[]), "alice").await;
        assert!(page.parameter("code").is_some(), "{}", page.text);
        Self { world, own, client, browser, serial: AtomicU32::new(0) }
    }

    /// A fresh one.
    pub(crate) async fn new() -> Self {
        Self::of(Algorithm::Es256).await
    }

    /// The key an honest JWT is signed with here.
    pub(crate) fn key(&self, place: Place) -> &RawKey {
        if place == Place::ClientAssertion { &self.client } else { &self.own }
    }

    /// What an honest JWT says here; never the same name twice.
    pub(crate) fn claims(&self, place: Place) -> Value {
        let jti = format!("made-{}", self.serial.fetch_add(1, Ordering::Relaxed));
        let issuer = self.world.t1().issuer();
        let now = self.world.clock().now().secs();
        let access_token = |mut changes: Value| {
            changes["jti"] = json!(jti);
            self.world.forge("t1").claims(&changes)
        };
        match place {
            Place::Assertion | Place::SubjectToken | Place::Introspection => {
                access_token(json!({}))
            }
            Place::UserInfo => access_token(json!({ "aud": issuer, "scope": "openid profile" })),
            Place::ActorToken => access_token(json!({
                "sub": "api-a", "oid": "api-a", "client_id": "api-a", "azp": "api-a",
                "azpacr": "1", "idtyp": "app", "sid": null, "auth_time": null, "acr": null,
                "amr": null, "scp": null,
            })),
            Place::ClientAssertion => json!({
                "iss": "api-a", "sub": "api-a", "aud": issuer, "iat": now, "exp": now + 60,
                "jti": jti,
            }),
            Place::SignInHint | Place::LogoutHint => json!({
                "iss": issuer, "sub": "user-alice", "oid": "user-alice", "aud": "spa",
                "iat": now, "exp": now + 60, "auth_time": now, "acr": "urn:stead:acr:password",
                "amr": ["pwd"], "sid": "made-session", "ver": "2.0",
                "tid": self.world.sts("t1").tenant.id,
            }),
        }
    }

    /// An honest JWT's header.
    pub(crate) fn header(&self, place: Place) -> Value {
        self.key(place).header(place.typ())
    }

    /// An honest JWT.
    pub(crate) fn honest(&self, place: Place) -> String {
        self.key(place).jwt(place.typ(), &self.claims(place))
    }

    /// An honest JWT but for these claims; one set to `null` is left out.
    pub(crate) fn with_claims(&self, place: Place, changes: &Value) -> String {
        self.key(place).jwt(place.typ(), &changed(self.claims(place), changes))
    }

    /// An honest JWT but for these members of the header, under a signature that is true of it.
    pub(crate) fn with_header(&self, place: Place, changes: &Value) -> String {
        let header = changed(self.header(place), changes);
        self.key(place).sign(&header.to_string(), &self.claims(place).to_string())
    }

    /// Whether the JWT is taken here. If it is not, everything about the refusal is as it must be.
    pub(crate) async fn takes(&self, place: Place, token: &str) -> bool {
        let before = self.world.reasons().await;
        let good = self.present(place, token).await;
        let after = self.world.reasons().await;
        let new = after.get(before.len()..).unwrap_or_default();
        match place.reasons() {
            _ if good => assert_eq!(new, [""; 0], "{place:?}"),
            [] => assert_eq!(new, [""; 0], "{place:?}"),
            known => assert!(
                new.len() == 1 && known.iter().any(|start| new[0].starts_with(start)),
                "{place:?} left {new:?}"
            ),
        }
        good
    }

    /// Takes an honest JWT here, none of these, and an honest one again.
    pub(crate) async fn refuses(&self, place: Place, forged: Vec<(String, String)>) {
        assert!(self.takes(place, &self.honest(place)).await, "{place:?} is closed");
        for (what, token) in forged {
            assert!(!self.takes(place, &token).await, "{place:?} takes {what:.200}");
        }
        assert!(self.takes(place, &self.honest(place)).await, "{place:?} has closed");
    }

    async fn present(&self, place: Place, token: &str) -> bool {
        match place {
            Place::Assertion => self.at_exchange(Self::entra(token), "invalid_grant").await,
            Place::SubjectToken => {
                self.at_exchange(Self::rfc8693(token, None), "invalid_request").await
            }
            Place::ActorToken => {
                let subject = self.honest(Place::SubjectToken);
                self.at_exchange(Self::rfc8693(&subject, Some(token)), "invalid_request").await
            }
            Place::ClientAssertion => self.at_authentication(token).await,
            Place::SignInHint => self.at_sign_in(token).await,
            Place::LogoutHint => self.at_logout(token).await,
            Place::UserInfo => self.at_userinfo(token).await,
            Place::Introspection => self.at_introspection(token).await,
        }
    }

    fn entra(token: &str) -> Vec<(&str, &str)> {
        vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", token),
            ("scope", "api://b/B.read"),
        ]
    }

    fn rfc8693<'t>(subject: &'t str, actor: Option<&'t str>) -> Vec<(&'t str, &'t str)> {
        const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
        let mut form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", ACCESS_TOKEN),
            ("audience", "api://b"),
            ("scope", "B.read"),
        ];
        if let Some(actor) = actor {
            form.extend([("actor_token", actor), ("actor_token_type", ACCESS_TOKEN)]);
        }
        form
    }

    async fn at_exchange(&self, form: Vec<(&str, &str)>, error: &str) -> bool {
        let answer = self.world.t1().token(Auth::Post("api-a", API_A_SECRET), &form).await;
        if answer.status == 200 {
            assert_eq!(answer.claims()["sub"], "user-alice");
            return true;
        }
        // In Entra's words two kinds of wrong token have codes of their own.
        let expected = match (error, self.world.last_reason().await.as_str()) {
            ("invalid_grant", "subject-token-is-id-token") => "invalid_request",
            ("invalid_grant", "subject-token-app-only") => "unauthorized_client",
            _ => error,
        };
        assert_eq!(answer.refusal(), (400, expected.to_owned()), "{}", answer.text);
        assert_eq!(answer.member("access_token"), Value::Null);
        false
    }

    async fn at_authentication(&self, token: &str) -> bool {
        let form = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", token),
            ("token", "anything"),
        ];
        let answer = self.world.t1().post("introspect", Auth::None, &form).await;
        if answer.status == 200 {
            return true;
        }
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{}", answer.text);
        false
    }

    async fn at_sign_in(&self, token: &str) -> bool {
        let url = self.world.t1().authorize_url(&[("prompt", "none"), ("id_token_hint", token)]);
        let (endpoint, query) = url.split_once('?').unwrap();
        let form = stead_proto::form::Form::parse(query.as_bytes()).unwrap();
        let pairs: Vec<(&str, &str)> = form.iter().collect();
        let page = self.browser.post(endpoint, &pairs).await;
        let (code, error) = (page.parameter("code"), page.parameter("error"));
        assert_eq!(code.is_some(), error.is_none(), "{}", page.location());
        if let Some(error) = error {
            assert_eq!(error, "login_required");
        }
        code.is_some()
    }

    /// In a browser of its own: whoever is signed in elsewhere stays so.
    async fn at_logout(&self, token: &str) -> bool {
        let bye = "https://spa.example/bye";
        let pairs = [("id_token_hint", token), ("post_logout_redirect_uri", bye)];
        let browser = self.world.browser();
        let page = browser.post(&self.world.t1().endpoint("logout"), &pairs).await;
        let location = page.headers.get("location");
        assert!(location.is_none_or(|there| there == bye), "{location:?}");
        location.is_some()
    }

    /// In the body, where any text fits.
    async fn at_userinfo(&self, token: &str) -> bool {
        let form = [("access_token", token)];
        let answer = self.world.t1().post("userinfo", Auth::None, &form).await;
        if answer.status == 200 {
            assert_eq!(answer.member("sub"), "user-alice");
            return true;
        }
        let (status, error) = answer.refusal();
        let known = [(401, "invalid_token"), (400, "invalid_request")];
        assert!(known.contains(&(status, error.as_str())), "{}", answer.text);
        assert!(answer.header("www-authenticate").contains(&format!("error=\"{error}\"")));
        false
    }

    async fn at_introspection(&self, token: &str) -> bool {
        let answer = self.world.t1().introspect(("api-a", API_A_SECRET), token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let active = answer.member("active") == true;
        assert!(active || answer.json() == json!({ "active": false }), "{}", answer.text);
        active
    }
}

/// These members instead of those; one set to `null` is left out.
pub(crate) fn changed(mut members: Value, changes: &Value) -> Value {
    let object = members.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    members
}
