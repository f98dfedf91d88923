//! What each knob about providers does: how they are asked, when they are left alone, what is believed of them.

use crate::stub::Beside;
use axum::response::Response;
use http::header;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stead::Seconds;
use stead::verify::Profile;
use stead_gateway::config::{
    Addressed, Breaker, Cache, ClientConfig, CredentialConfig, GatewayConfig, Redis, Secret,
    Subjects, Tries, WhenDown,
};
use stead_proto::digest::{from_base64url, sha256};
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::secret::ClientSecret;
use stub_provider::{Asked, Stub, given, says};

fn broken(_: &Asked) -> Response {
    says(500, json!({}))
}

fn secret(text: impl Into<String>) -> Secret {
    Secret(ClientSecret::new(text))
}

/// The same with another credential.
fn proving(credential: CredentialConfig) -> impl FnOnce(&mut GatewayConfig) {
    move |config| {
        config.providers[0].client = Some(ClientConfig::new("reports-api", credential));
    }
}

/// What a gateway with this credential says of itself when it asks.
async fn asked_with(credential: CredentialConfig) -> (Beside, Asked) {
    let beside = Beside::start(proving(credential)).await;
    let alice = beside.stub.token("alice", "dashboard");
    assert_eq!(beside.status("/0/a", &alice).await, 200);
    let asked = beside.stub.last_asked();
    (beside, asked)
}

/// The header and the audience of the statement in a question.
fn statement(asked: &Asked) -> (Value, Value) {
    let mut parts = asked.get("client_assertion").split('.');
    let mut read = || -> Value {
        serde_json::from_slice(&from_base64url(parts.next().unwrap()).unwrap()).unwrap()
    };
    let (header, claims) = (read(), read());
    (header, claims["aud"].clone())
}

#[tokio::test]
async fn retries_say_how_often_a_provider_is_asked_that_broke() {
    for (tries, asked) in [(Tries::One, 1), (Tries::Two, 2)] {
        let change = |config: &mut GatewayConfig| config.when_down.tries = tries;
        let beside = Beside::start(change).await;
        beside.stub.answers(broken);
        let alice = beside.stub.token("alice", "dashboard");
        assert_eq!(beside.status("/0/a", &alice).await, 503);
        assert_eq!(beside.stub.exchanges(), asked);
    }
}

#[tokio::test]
async fn a_provider_is_left_alone_after_so_many_failures_for_so_long() {
    let breaker = Breaker { failures: 2, open_for: Seconds(90) };
    let change = |config: &mut GatewayConfig| {
        config.when_down = WhenDown { breaker, tries: Tries::One, ..config.when_down };
    };
    let beside = Beside::start(change).await;
    beside.stub.answers(broken);
    let alice = beside.stub.token("alice", "dashboard");
    for seconds in ["5", "5", "90"] {
        let response = beside.get("/0/a", &alice).send().await.unwrap();
        assert_eq!(response.headers()[header::RETRY_AFTER], seconds);
    }
    assert_eq!(beside.stub.exchanges(), 2);
}

#[tokio::test]
async fn what_is_kept_serves_on_while_a_provider_is_left_alone_if_it_may() {
    for (serve_cached, status) in [(true, 200), (false, 503)] {
        let breaker = Breaker { failures: 1, open_for: Seconds(60) };
        let change = |config: &mut GatewayConfig| {
            config.when_down = WhenDown { breaker, serve_cached, ..config.when_down };
        };
        let beside = Beside::start(change).await;
        let [alice, bob] = ["alice", "bob"].map(|user| beside.stub.token(user, "dashboard"));
        assert_eq!(beside.status("/0/a", &alice).await, 200);
        beside.stub.answers(broken);
        assert_eq!(beside.status("/0/a", &bob).await, 503);
        assert_eq!(beside.status("/0/a", &alice).await, status, "{serve_cached}");
        // Half open: what is kept is as good as before.
        beside.stub.pass(60);
        assert_eq!(beside.status("/0/a", &alice).await, status, "{serve_cached}");
    }
}

#[tokio::test]
async fn margins_say_with_how_little_left_a_token_is_renewed_and_with_how_little_it_is_given_to_nobody()
 {
    for (margin, ahead, asked) in [(1, 2, 1), (1, 200, 2), (140, 140, 2)] {
        let change = |config: &mut GatewayConfig| {
            let (margin, refresh_ahead) = (Seconds(margin), Seconds(ahead));
            config.cache = Cache { margin, refresh_ahead, ..Cache::default() };
        };
        let beside = Beside::start(change).await;
        let alice = beside.stub.token("alice", "dashboard");
        assert_eq!(beside.status("/0/a", &alice).await, 200);
        beside.stub.pass(170);
        assert_eq!(beside.status("/0/b", &alice).await, 200);
        until(|| beside.stub.exchanges() == asked).await;
        let seen = beside.upstream.seen();
        let given_again = seen[0].header("authorization") == seen[1].header("authorization");
        assert_eq!(given_again, margin != 140, "{margin} {ahead}");
    }
}

#[tokio::test]
async fn a_certificate_is_named_by_its_thumbprint_and_a_key_as_was_said() {
    let made = rcgen::generate_simple_self_signed(["reports-api".to_owned()]).unwrap();
    let (pem, algorithm) = (secret(made.signing_key.serialize_pem()), Algorithm::Es256);
    let certificate =
        CredentialConfig::Certificate { chain: made.cert.pem(), pem: pem.clone(), algorithm };
    let (beside, asked) = asked_with(certificate).await;
    let (header, audience) = statement(&asked);
    assert_eq!(header["x5t#S256"], sha256(made.cert.der()).to_string());
    assert_eq!(audience, format!("{}/token", beside.stub.issuer().trim_end_matches("/acme/v2.0")));

    let kid = Some("k-1".to_owned());
    let key = |addressed| CredentialConfig::PrivateKey {
        pem: pem.clone(),
        algorithm,
        kid: kid.clone(),
        addressed,
    };
    let (beside, asked) = asked_with(key(Addressed::ToTheIssuer)).await;
    let (header, audience) = statement(&asked);
    assert_eq!((&header["kid"], audience), (&json!("k-1"), json!(beside.stub.issuer())));
    let (_, asked) = asked_with(key(Addressed::ToTheTokenEndpoint)).await;
    assert!(statement(&asked).1.as_str().unwrap().ends_with("/token"));
}

#[tokio::test]
async fn a_token_file_is_read_anew_each_time_and_a_spiffe_id_is_called_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("svid");
    std::fs::write(&file, "a.b.first").unwrap();
    let (beside, asked) = asked_with(CredentialConfig::SpiffeFile(file.clone())).await;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
    assert_eq!(
        (asked.get("client_assertion_type"), asked.get("client_assertion")),
        (kind, "a.b.first")
    );
    std::fs::write(&file, "a.b.second").unwrap();
    let bob = beside.stub.token("bob", "dashboard");
    assert_eq!(beside.status("/0/a", &bob).await, 200);
    assert_eq!(beside.stub.last_asked().get("client_assertion"), "a.b.second");
    let (_, asked) = asked_with(CredentialConfig::TokenFile(file)).await;
    assert!(asked.get("client_assertion_type").ends_with("jwt-bearer"));
}

#[tokio::test]
async fn tokens_in_a_providers_own_manner_are_taken_where_that_was_said() {
    let keycloak = |config: &mut GatewayConfig| {
        config.providers[0].profile = Profile::Keycloak;
        config.providers[0].beside = vec!["account".to_owned()];
    };
    let strict = |_: &mut GatewayConfig| {};
    for (change, status) in [(&keycloak as &dyn Fn(&mut GatewayConfig), 200), (&strict, 401)] {
        let beside = Beside::start(change).await;
        let changes = json!({
            "typ": "Bearer", "azp": "dashboard", "client_id": null,
            "aud": ["api://reports-api", "account"],
        });
        let token = beside.stub.token_with(Typ::IdToken, "alice", &changes);
        assert_eq!(beside.status("/0/a", &token).await, status);
    }
}

#[tokio::test]
async fn another_name_for_the_same_user_is_taken_where_that_was_said() {
    for (subjects, status) in [(Subjects::Public, 503), (Subjects::Pairwise, 200)] {
        let change = |config: &mut GatewayConfig| {
            config.providers[0].client.as_mut().unwrap().subjects = subjects;
        };
        let beside = Beside::start(change).await;
        beside.stub.answers(|asked| given(asked, &json!({ "sub": "alice-at-data" })));
        let alice = beside.stub.token("alice", "dashboard");
        assert_eq!(beside.status("/0/a", &alice).await, status);
    }
}

/// Debian's `redis-server` on a socket of its own; it ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn gateways_that_share_a_redis_ask_once() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let mut server = Command::new("redis-server");
    server.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket", "redis.sock"]);
    server.args(["--requirepass", "hunter2"]);
    let server = server.current_dir(&folder).stdout(Stdio::null()).spawn();
    let _server = Server(server.expect("redis-server is missing: apt-get install redis-server"));
    until(|| socket.exists()).await;
    let redis = |key: &str, password: &str| Redis {
        url: format!("redis+unix://{}", socket.display()),
        user: None,
        password: Some(secret(password)),
        roots: None,
        key: secret(key),
        patience: Duration::from_mins(1),
    };
    let stub = Stub::start().await;
    let alice = stub.token("alice", "dashboard");
    let beside = async |key: &str, password: &str| {
        let redis = Some(redis(key, password));
        Beside::of(stub.clone(), |config| config.cache.redis = redis)
            .await
            .status("/0/a", &alice)
            .await
    };
    assert_eq!(beside("one", "hunter2").await, 200);
    // What was put there is there in a moment; a gateway that finds it asks nobody.
    let asks = async || {
        let before = stub.exchanges();
        assert_eq!(beside("one", "hunter2").await, 200);
        stub.exchanges() > before
    };
    tokio::time::timeout(Duration::from_mins(1), async { while asks().await {} }).await.unwrap();
    let before = stub.exchanges();
    assert_eq!(beside("another", "hunter2").await, 200);
    assert_eq!(stub.exchanges(), before + 1, "it read what was sealed with another key");
    assert_eq!(beside("one", "wrong").await, 200);
    assert_eq!(stub.exchanges(), before + 2, "it was let in with another password");
}

/// Waits for something that happens behind the scenes.
async fn until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
}
