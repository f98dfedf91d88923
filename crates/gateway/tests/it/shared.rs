//! One Redis for several gateways: over TLS, with a password, and everything sealed. The project's set-up installs
//! Debian's `redis-server`.

use crate::dpop::{ORIGIN, Scene, taking};
use crate::logged::Log;
use crate::stub::Beside;
use crate::support::{get_at, refusal};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stead::Target;
use stead_gateway::config::{Exchange, GatewayConfig, Redis, Secret};
use stead_gateway::examine;
use stead_proto::secret::ClientSecret;
use stub_provider::{Authority, Stub};

const PASSWORD: &str = "of-the-redis";

/// A Redis that speaks nothing but TLS, in memory alone; it ends with the test.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
    url: String,
    /// Who signed its certificate.
    authority: Authority,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let shown = authority.server();
        for (name, text) in [
            ("redis.crt", shown.pem()),
            ("redis.key", shown.key_pem()),
            ("ca.pem", authority.pem()),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        // Free a moment ago, and nobody else asks for it by number.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("rediss://localhost:{port}/");
        let child = listening(folder.path(), port);
        Self { child, folder, url, authority }
    }

    /// How a gateway is told to reach it.
    fn said(&self) -> Redis {
        let secret = |text: &str| Secret(ClientSecret::new(text));
        Redis {
            url: self.url.clone(),
            user: None,
            password: Some(secret(PASSWORD)),
            roots: Some(self.authority.pem().into()),
            key: secret("0123456789abcdef0123456789abcdef"),
            patience: Duration::from_mins(1),
        }
    }

    fn ends(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// All that is in it, as it was written to its file.
    fn written(&self) -> Vec<u8> {
        let saved = Command::new("redis-cli")
            .args(["--tls", "--insecure", "--no-auth-warning", "-a", PASSWORD])
            .args(["-u", &self.url, "save"])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&saved.stdout).trim(), "OK", "{saved:?}");
        fs::read(self.folder.path().join("dump.rdb")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends();
    }
}

fn listening(folder: &Path, port: u16) -> Child {
    let mut server = Command::new("redis-server");
    server.args(["--port", "0", "--tls-port", &port.to_string(), "--tls-auth-clients", "no"]);
    server.args(["--tls-cert-file", "redis.crt", "--tls-key-file", "redis.key"]);
    server.args(["--requirepass", PASSWORD, "--save", "", "--rdbcompression", "no"]);
    server.current_dir(folder).stdout(Stdio::null()).spawn().unwrap()
}

/// A gateway beside this provider that is told so of a Redis.
async fn gateway(stub: &Stub, redis: Redis) -> Beside {
    let sharing = |config: &mut GatewayConfig| config.cache.redis = Some(redis);
    Beside::of(stub.clone(), sharing).await
}

fn given(beside: &Beside) -> String {
    beside.upstream.seen().pop().unwrap().header("authorization").unwrap().to_owned()
}

/// Returns when it is so.
async fn until(is: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
}

/// Returns once the Redis lets in whoever is told so of it.
async fn answers(redis: &Redis) {
    until(async || examine::redis(redis).await.is_ok()).await;
}

#[tokio::test]
async fn what_one_gateway_has_acquired_another_gives_out_and_the_redis_reads_nothing_of_it() {
    let (server, stub) = (Server::start(), Stub::start().await);
    answers(&server.said()).await;
    let (one, other) = (gateway(&stub, server.said()).await, gateway(&stub, server.said()).await);
    let (alice, bob) = (stub.token("alice", "dashboard"), stub.token("bob", "dashboard"));
    assert_eq!(one.status("/0/a", &alice).await, 200);
    until(async || server.written().windows(6).any(|piece| piece == b"stead:")).await;
    assert_eq!(other.status("/0/a", &alice).await, 200);
    assert_eq!((given(&one), stub.asked().len()), (given(&other), 1));
    // Another user, another target: each is asked for.
    assert_eq!(other.status("/0/a", &bob).await, 200);
    assert_eq!(other.status("/1/a", &alice).await, 200);
    assert_eq!(stub.asked().len(), 3);
    assert_ne!(given(&one), given(&other));
    let token = given(&one).replace("Bearer ", "");
    for secret in [&token, &alice, "alice", "data-0"] {
        let bytes = secret.as_bytes();
        assert!(!server.written().windows(bytes.len()).any(|piece| piece == bytes), "{secret}");
    }
}

#[tokio::test]
async fn a_token_out_of_the_redis_counts_as_one_out_of_the_cache() {
    let (server, stub) = (Server::start(), Stub::start().await);
    answers(&server.said()).await;
    let counting = |config: &mut GatewayConfig| {
        config.cache.redis = Some(server.said());
        config.listen.metrics = Some("127.0.0.1:0".parse().unwrap());
        // All gateways of this process add to the same numbers.
        let (provider, target) = ("corp".to_owned(), Target::parse("api://counted/Rows.Read"));
        config.routes[0].exchange = Exchange::For { provider, target: target.unwrap() };
    };
    let alice = stub.token("alice", "dashboard");
    let one = Beside::of(stub.clone(), counting).await;
    assert_eq!(one.status("/0/a", &alice).await, 200);
    until(async || server.written().windows(6).any(|piece| piece == b"stead:")).await;
    let other = Beside::of(stub.clone(), counting).await;
    assert_eq!(other.status("/0/a", &alice).await, 200);
    let (_, counted) = get_at(other.gateway.metrics().unwrap(), "/metrics").await;
    let ours = counted.lines().filter(|line| line.contains("target=\"api://counted\""));
    let mut outcomes: Vec<&str> = ours.filter_map(|line| line.split("outcome=").nth(1)).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["\"cache\"} 1", "\"ok\"} 1"], "{counted}");
}

#[tokio::test]
async fn a_redis_that_does_not_let_a_gateway_in_is_told_of_and_tokens_are_acquired_all_the_same() {
    let (server, stub) = (Server::start(), Stub::start().await);
    answers(&server.said()).await;
    let (log, _open) = Log::open();
    let stranger = Authority::new().pem();
    let wrong = Some(Secret(ClientSecret::new("wrong-password")));
    let alice = stub.token("alice", "dashboard");
    for (number, (redis, why)) in [
        (Redis { password: wrong, ..server.said() }, "Redis: AuthenticationFailed"),
        (Redis { password: None, ..server.said() }, "Redis: NOAUTH"),
        (Redis { roots: Some(stranger.into()), ..server.said() }, "Redis: Io"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(examine::redis(&redis).await, Err(why.to_owned()));
        let alone = gateway(&stub, redis).await;
        assert_eq!(alone.status("/0/a", &alice).await, 200);
        assert_eq!(stub.asked().len(), number + 1);
        let told = log.text();
        let mut lines = told.lines().filter(|line| line.contains("of tokens is in trouble"));
        assert!(lines.next_back().unwrap().contains(why), "{told}");
    }
    let told = log.text();
    for secret in [PASSWORD, "wrong-password", &alice] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[tokio::test]
async fn a_redis_that_goes_away_takes_no_request_with_it_and_is_told_of_once() {
    let (mut server, stub) = (Server::start(), Stub::start().await);
    answers(&server.said()).await;
    let (log, _open) = Log::open();
    let beside = gateway(&stub, server.said()).await;
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|who| stub.token(who, "dashboard"));
    assert_eq!(beside.status("/0/a", &alice).await, 200);
    server.ends();
    for user in [&alice, &bob, &carol] {
        assert_eq!(beside.status("/0/a", user).await, 200);
    }
    assert_eq!(stub.asked().len(), 3);
    let lines = log.text().matches("the shared cache of tokens is in trouble").count();
    assert_eq!(lines, 1, "{}", log.text());
}

#[tokio::test]
async fn a_proof_that_one_gateway_has_seen_none_that_shares_its_redis_takes() {
    let mut server = Server::start();
    answers(&server.said()).await;
    let (log, _open) = Log::open();
    let scene = Scene::new(|config| {
        taking(config);
        config.cache.redis = Some(server.said());
    })
    .await;
    let other = Beside::of(scene.beside.stub.clone(), |config| {
        taking(config);
        config.cache.redis = Some(server.said());
    })
    .await;
    let url = format!("http://{}/0/a", other.gateway.proxy().unwrap());
    let there = async |proof: &str| {
        let request = reqwest::Client::builder().no_proxy().build().unwrap().get(&url);
        scene.with(request, &[proof]).send().await.unwrap()
    };
    let here = async |proof: &str| scene.ask("/0/a", &[proof]).await.status().as_u16();
    let [one, two, three] = [(); 3].map(|()| scene.proof(&format!("{ORIGIN}/0/a")));
    assert_eq!(here(&one).await, 200);
    assert_eq!(refusal(there(&one).await).await, (401, "STEAD-2060".to_owned()));
    assert_eq!(there(&two).await.status().as_u16(), 200);
    assert_eq!(here(&two).await, 401);
    // Without it each knows what it has seen itself, and says once that it is so.
    server.ends();
    assert_eq!((here(&three).await, here(&three).await), (200, 401));
    assert_eq!(there(&three).await.status().as_u16(), 200);
    assert_eq!(there(&three).await.status().as_u16(), 401);
    let said = log.text().matches("the shared memory of proofs is in trouble").count();
    assert_eq!(said, 2, "one for each gateway: {}", log.text());
}
