//! Federated credentials: another issuer's token as `client_assertion` (rows FC).

use serde_json::{Value, json};
use stead_core::model::application::Credential;
use stead_core::model::federated::{EXCHANGE_AUDIENCE, Federated, KeysFrom};
use stead_core::record::{Event, Outcome};
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::time::Seconds;
use testkit::{Answer, Auth, DAEMON_SECRET, Elsewhere, Pairs, RawKey, Says, World};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SUBJECT: &str = "system:serviceaccount:reports:daemon";

fn agreed(issuer: &str, subject: &str, keys: KeysFrom) -> Credential {
    Credential::Federated(Federated {
        issuer: issuer.parse().unwrap(),
        subject: subject.parse().unwrap(),
        audience: EXCHANGE_AUDIENCE.parse().unwrap(),
        keys,
    })
}

/// A world where `daemon` proves itself with a cluster's tokens, and nothing else.
struct Cluster {
    world: World,
    elsewhere: Elsewhere,
    key: RawKey,
}

impl Cluster {
    async fn new() -> Self {
        let (world, key) = (World::new().await, RawKey::generate(Algorithm::Rs256));
        let elsewhere = Elsewhere::beside(&world, Says::Keys(key.set())).await;
        let credential = agreed(elsewhere.issuer(), SUBJECT, KeysFrom::Discovery);
        world.change_application("daemon", |app| app.credentials = vec![credential]).await;
        Self { world, elsewhere, key }
    }

    /// What the cluster says of the daemon, with these claims instead; `null` leaves one out.
    fn claims(&self, changes: &Value) -> Value {
        let now = self.world.clock().now().secs();
        let honest = json!({
            "iss": self.elsewhere.issuer(), "sub": SUBJECT, "aud": [EXCHANGE_AUDIENCE],
            "iat": now, "nbf": now, "exp": now + 3600, "jti": "one-and-the-same",
        });
        crate::places::changed(honest, changes)
    }

    fn token(&self, changes: &Value) -> String {
        self.key.jwt(Typ::IdToken, &self.claims(changes))
    }

    async fn ask(&self, token: &str) -> Answer {
        ask(&self.world, "daemon", token).await
    }

    /// Sends a token that is refused; answers Entra's number and why, as the record has it.
    async fn refusal(&self, token: &str) -> (u64, String) {
        let answer = self.ask(token).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        assert_eq!(answer.member("access_token"), Value::Null);
        let number = answer.member("error_codes")[0].as_u64().unwrap();
        let last = self.world.records().await.pop().unwrap();
        let Event::Token(event) = last.event else { unreachable!("{:?}", last.event) };
        assert_eq!(event.client.unwrap().as_str(), "daemon");
        match last.outcome {
            Outcome::Denied { reason, why } if reason == "client-unproven" => (number, why),
            other => unreachable!("{other:?}"),
        }
    }

    async fn refuses(&self, changes: &Value, number: u64, why: &str) {
        assert_eq!(self.refusal(&self.token(changes)).await, (number, why.into()), "{changes}");
    }

    async fn cannot_be_asked(&self) {
        let why = "the keys of the token's issuer cannot be had";
        self.refuses(&json!({}), 700_027, why).await;
    }

    async fn takes(&self, changes: &Value) {
        assert_eq!(self.ask(&self.token(changes)).await.status, 200, "{changes}");
    }
}

async fn ask(world: &World, client: &str, token: &str) -> Answer {
    let more = if client.is_empty() { vec![] } else { vec![("client_id", client)] };
    ask_with(world, &more, token).await
}

async fn ask_with(world: &World, more: Pairs<'_>, token: &str) -> Answer {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("scope", "api://a/.default"),
        ("client_assertion_type", TYPE),
        ("client_assertion", token),
    ];
    form.extend(more);
    world.t1().token(Auth::None, &form).await
}

#[tokio::test]
async fn fc_01_another_issuers_token_proves_the_client_it_was_agreed_for() {
    let cluster = Cluster::new().await;
    let claims = cluster.ask(&cluster.token(&json!({}))).await.claims();
    assert_eq!((&claims["sub"], &claims["azpacr"]), (&json!("daemon"), &json!("2")));
    // Asked for keys once: the document, then the keys.
    assert_eq!(cluster.elsewhere.asked(), 2);
    for aud in [json!(EXCHANGE_AUDIENCE), json!([EXCHANGE_AUDIENCE])] {
        cluster.takes(&json!({ "aud": aud })).await;
    }
    assert_eq!(cluster.elsewhere.asked(), 2);
}

#[tokio::test]
async fn fc_01_a_tenant_is_another_issuer_to_the_next_and_its_applications_tokens_are_taken() {
    let world = World::new().await;
    let issuer = world.t2().issuer();
    let credential = agreed(&issuer, "api-b", KeysFrom::Discovery);
    world.change_application("daemon", |app| app.credentials = vec![credential]).await;
    let forge = world.forge("t2");
    let token = forge.token(&json!({ "sub": "api-b", "aud": EXCHANGE_AUDIENCE }));
    assert_eq!(ask(&world, "daemon", &token).await.status, 200);
    // Its other tokens, addressed elsewhere or about somebody else, are not.
    for changes in [json!({ "sub": "api-b" }), json!({ "aud": EXCHANGE_AUDIENCE })] {
        let answer = ask(&world, "daemon", &forge.token(&changes)).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{changes}");
    }
}

#[tokio::test]
async fn fc_01_keys_that_were_given_are_used_and_nobody_is_asked() {
    let cluster = Cluster::new().await;
    let issuer = cluster.elsewhere.issuer();
    let given = agreed(issuer, SUBJECT, KeysFrom::Given(cluster.key.set()));
    cluster.world.change_application("daemon", |app| app.credentials = vec![given]).await;
    cluster.takes(&json!({})).await;
    let stranger = RawKey::generate(Algorithm::Rs256);
    let token = stranger.jwt(Typ::IdToken, &cluster.claims(&json!({})));
    assert_eq!(cluster.refusal(&token).await.0, 700_027);
    assert_eq!(cluster.elsewhere.asked(), 0);
}

#[tokio::test]
async fn fc_02_issuer_subject_and_audience_fit_byte_by_byte_or_not_at_all() {
    let cluster = Cluster::new().await;
    let issuer = cluster.elsewhere.issuer().to_owned();
    let nobodys = "no federated credential names the issuer of the token";
    for other in [format!("{issuer}/"), issuer.to_uppercase(), "https://elsewhere.example".into()] {
        cluster.refuses(&json!({ "iss": other }), 70_021, nobodys).await;
    }
    assert_eq!(cluster.elsewhere.asked(), 0, "a token alone leads nowhere");
    for other in [SUBJECT.to_uppercase(), format!("{SUBJECT}2"), "daemon".into()] {
        let why = format!("no federated credential names the subject {other}");
        cluster.refuses(&json!({ "sub": other }), 700_213, &why).await;
    }
    for other in [
        json!("api://azureadtokenexchange"),
        json!("api://AzureADTokenExchange/"),
        json!(cluster.world.t1().issuer()),
        json!([EXCHANGE_AUDIENCE, "https://kubernetes.default.svc"]),
        json!([]),
    ] {
        let why = "the issuer's token is addressed to somebody else";
        cluster.refuses(&json!({ "aud": other }), 70_021, why).await;
    }
    for missing in ["sub", "aud"] {
        let (number, _) = cluster.refusal(&cluster.token(&json!({ missing: null }))).await;
        assert_eq!(number, 700_027, "{missing}");
    }
    cluster.takes(&json!({})).await;
}

#[tokio::test]
async fn fc_02_of_several_agreements_one_has_to_fit() {
    let cluster = Cluster::new().await;
    let issuer = cluster.elsewhere.issuer().to_owned();
    let other = agreed(&issuer, "system:serviceaccount:other", KeysFrom::Discovery);
    let elsewhere = agreed("https://ci.example", "job", KeysFrom::Discovery);
    cluster
        .world
        .change_application("daemon", |app| app.credentials.extend([other, elsewhere]))
        .await;
    cluster.takes(&json!({})).await;
    cluster.takes(&json!({ "sub": "system:serviceaccount:other" })).await;
    cluster
        .refuses(&json!({ "sub": "job" }), 700_213, "no federated credential names the subject job")
        .await;
}

#[tokio::test]
async fn fc_02_it_proves_one_client_and_that_one_has_to_be_named() {
    let cluster = Cluster::new().await;
    let token = cluster.token(&json!({}));
    for other in ["", "web", "api-a", "nobody", "spa", "Daemon"] {
        let answer = ask(&cluster.world, other, &token).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".into()), "{other}: {}", answer.text);
    }
    let both = [("client_id", "daemon"), ("client_secret", DAEMON_SECRET)];
    let answer = ask_with(&cluster.world, &both, &token).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".into()), "two proofs at once");
    cluster.takes(&json!({})).await;

    // The client's own assertion needs the client's own key, whoever else is believed.
    let own = cluster.token(&json!({ "iss": "daemon", "sub": "daemon" }));
    assert_eq!(cluster.refusal(&own).await.1, "the application has no such credential");
}

#[tokio::test]
async fn fc_03_its_times_hold_in_any_of_their_shapes() {
    let cluster = Cluster::new().await;
    let now = cluster.world.clock().now().secs();
    let fraction: Value = serde_json::from_str(&format!("{}.5", now + 60)).unwrap();
    for exp in [json!(format!("{}", now + 60)), fraction, json!(now + 86_400)] {
        cluster.takes(&json!({ "exp": exp })).await;
    }
    for exp in [now - 11, now - 3600] {
        let (number, _) = cluster.refusal(&cluster.token(&json!({ "exp": exp }))).await;
        assert_eq!(number, 700_024, "{exp}");
    }
    let (number, _) = cluster.refusal(&cluster.token(&json!({ "nbf": now + 60 }))).await;
    assert_eq!(number, 700_024);
    for exp in [json!(now + 86_411), json!(null), json!("soon")] {
        let (number, _) = cluster.refusal(&cluster.token(&json!({ "exp": exp }))).await;
        assert_eq!(number, 700_027, "{exp}");
    }
}

#[tokio::test]
async fn fc_04_only_the_issuers_own_keys_in_allowed_algorithms_count() {
    let cluster = Cluster::new().await;
    let claims = cluster.claims(&json!({}));
    let stranger = RawKey::generate(Algorithm::Rs256);
    assert_eq!(cluster.refusal(&stranger.jwt(Typ::IdToken, &claims)).await.0, 700_027);
    for alg in ["none", "HS256", "ES256", "RS512"] {
        let header =
            crate::places::changed(cluster.key.header(Typ::IdToken), &json!({ "alg": alg }));
        let token = cluster.key.sign(&header.to_string(), &claims.to_string());
        cluster.refusal(&token).await;
    }
    let header = json!({ "alg": "RS256", "typ": "JWT", "jwk": stranger.public() });
    cluster.refusal(&stranger.sign(&header.to_string(), &claims.to_string())).await;
    for typ in [json!("logout+jwt"), json!("dpop+jwt"), json!("something")] {
        let header =
            crate::places::changed(cluster.key.header(Typ::IdToken), &json!({ "typ": typ }));
        cluster.refusal(&cluster.key.sign(&header.to_string(), &claims.to_string())).await;
    }
    let untyped = crate::places::changed(cluster.key.header(Typ::IdToken), &json!({ "typ": null }));
    let token = cluster.key.sign(&untyped.to_string(), &claims.to_string());
    assert_eq!(cluster.ask(&token).await.status, 200);
}

#[tokio::test]
async fn fc_05_the_same_token_may_come_again_until_it_expires() {
    let cluster = Cluster::new().await;
    let token = cluster.token(&json!({}));
    for _ in 0..3 {
        assert_eq!(cluster.ask(&token).await.status, 200);
    }
    cluster.world.advance(Seconds(3611));
    assert_eq!(cluster.refusal(&token).await.0, 700_024);
}

#[tokio::test]
async fn fc_06_an_issuer_that_is_not_what_it_should_be_proves_nothing() {
    let cluster = Cluster::new().await;
    let key = cluster.key.set();
    let away = cluster.world.t2().issuer();
    for says in [
        Says::AnotherName(key.clone()),
        Says::MovedTo(format!("{away}/.well-known/openid-configuration")),
        Says::TooMuch,
        Says::Trouble,
    ] {
        cluster.elsewhere.says(says);
        cluster.world.advance(Seconds(31));
        cluster.cannot_be_asked().await;
    }
    cluster.elsewhere.says(Says::Keys(key));
    cluster.world.advance(Seconds(31));
    cluster.takes(&json!({})).await;
}

#[tokio::test]
async fn fc_06_keys_are_taken_from_the_issuers_own_host_over_https_alone() {
    for place in ["https://127.0.0.1:1/keys", "http://localhost/keys", "file:///etc/passwd"] {
        let cluster = Cluster::new().await;
        cluster.elsewhere.says(Says::KeysAt(place.into()));
        cluster.cannot_be_asked().await;
        assert_eq!(cluster.elsewhere.asked(), 1, "{place}");
    }
}

#[tokio::test]
async fn fc_06_an_issuer_is_asked_seldom_whatever_comes_and_its_keys_outlive_its_silence() {
    let cluster = Cluster::new().await;
    cluster.elsewhere.says(Says::Trouble);
    for _ in 0..5 {
        cluster.refusal(&cluster.token(&json!({}))).await;
    }
    assert_eq!(cluster.elsewhere.asked(), 1, "one that fails is left alone for a while");

    cluster.elsewhere.says(Says::Keys(cluster.key.set()));
    cluster.world.advance(Seconds(31));
    cluster.takes(&json!({})).await;
    let so_far = cluster.elsewhere.asked();
    let next = RawKey::generate(Algorithm::Es256);
    let of_next = next.jwt(Typ::IdToken, &cluster.claims(&json!({})));
    for _ in 0..5 {
        cluster.refusal(&of_next).await;
    }
    assert_eq!(cluster.elsewhere.asked(), so_far + 1, "once for all unknown keys");

    // The issuer changes its key: found at the next look.
    cluster.elsewhere.says(Says::Keys(next.set()));
    cluster.world.advance(Seconds(31));
    assert_eq!(cluster.ask(&of_next).await.status, 200);
    cluster.elsewhere.says(Says::Trouble);
    cluster.world.advance(Seconds(1200));
    let later = next.jwt(Typ::IdToken, &cluster.claims(&json!({})));
    assert_eq!(cluster.ask(&later).await.status, 200);
}

#[tokio::test]
async fn fc_07_a_middle_tier_may_prove_itself_so_when_it_acts_for_a_user() {
    let cluster = Cluster::new().await;
    let credential = agreed(cluster.elsewhere.issuer(), SUBJECT, KeysFrom::Discovery);
    cluster.world.change_application("api-a", |app| app.credentials = vec![credential]).await;
    let (subject, proof) =
        (cluster.world.t1().token_for_a("alice").await, cluster.token(&json!({})));
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("requested_token_use", "on_behalf_of"),
        ("assertion", &subject),
        ("scope", "api://b/.default"),
        ("client_id", "api-a"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &proof),
    ];
    for _ in 0..2 {
        let claims = cluster.world.t1().token(Auth::None, &form).await.claims();
        assert_eq!((&claims["azp"], &claims["azpacr"]), (&json!("api-a"), &json!("2")));
        assert_eq!(claims["act"], json!({ "sub": "api-a" }));
    }
    let bare: Vec<_> =
        form.iter().filter(|(name, _)| !name.starts_with("client_a")).copied().collect();
    let answer = cluster.world.t1().token(Auth::None, &bare).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".into()));
}
