//! A real Redis between two processes of one application.

use crate::stub::{World, until};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stead::client::{RedisCache, RedisServer, SharedCache};
use stead::{Credential, Obo, SealingKey, Seconds};
use stub_provider::Authority;

const ROWS: &str = "api://company-data/Rows.Read";

/// Debian's `redis-server` on a socket of its own, in memory alone; it ends with the test.
struct Redis(Child);

impl Redis {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &["--unixsocket", "redis.sock"])
    }

    fn start_with(folder: &Path, more: &[&str]) -> Self {
        let mut server = Command::new("redis-server");
        server.args(["--port", "0", "--save", "", "--appendonly", "no"]).args(more);
        let server = server.current_dir(folder).stdout(Stdio::null()).spawn();
        Self(server.expect("redis-server is missing: apt-get install redis-server"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn url(folder: &Path) -> String {
    format!("redis+unix://{}/redis.sock", folder.display())
}

fn process(world: &World, folder: &Path) -> Obo {
    let (cache, key) = (RedisCache::new(&url(folder)).unwrap(), SealingKey::new(&[7; 32]).unwrap());
    let builder = world.builder(Credential::secret("s"));
    builder.shared_cache(cache, key, Duration::from_mins(1)).build().unwrap()
}

#[tokio::test]
async fn what_one_process_has_acquired_another_finds_in_redis() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let _redis = Redis::start(folder.path());
    let cache = RedisCache::new(&url(folder.path())).unwrap();
    until(async || cache.get("nothing").await.is_ok()).await;
    assert_eq!(cache.get("nothing").await, Ok(None));

    let (alice, bob) = (world.caller("alice"), world.caller("bob"));
    let token = process(&world, folder.path()).token(&alice, ROWS).await.unwrap();
    // Another process asks until it is there, and so has not to ask the provider.
    until(async || {
        let (asked, again) =
            (world.exchanges(), process(&world, folder.path()).token(&alice, ROWS).await.unwrap());
        world.exchanges() == asked && again.expires() == token.expires()
    })
    .await;
    let other = process(&world, folder.path()).token(&bob, ROWS).await.unwrap();
    assert!(other.expose().starts_with("bob|"));
}

/// Writes what a server of TLS for `localhost` needs, and says which authority to trust.
fn certify(folder: &Path) -> String {
    let authority = Authority::new();
    let shown = authority.server();
    fs::write(folder.join("redis.crt"), shown.pem()).unwrap();
    fs::write(folder.join("redis.key"), shown.key_pem()).unwrap();
    authority.pem()
}

/// A server that speaks nothing but TLS, with a password and a user: where it is, and which authority to trust.
fn secured(folder: &Path) -> (Redis, String, String) {
    let trusted = certify(folder);
    // Free a moment ago, and nobody else asks for it by number.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let tls = ["--tls-port", &port, "--tls-cert-file", "redis.crt", "--tls-key-file", "redis.key"];
    let guarded = ["--tls-auth-clients", "no", "--requirepass", "s3cret"];
    let user = ["--user", "gateway", "on", ">0ther", "~stead:*", "+@all"];
    let server = Redis::start_with(folder, &[&tls[..], &guarded, &user].concat());
    (server, format!("rediss://localhost:{port}/"), trusted)
}

#[tokio::test]
async fn redis_is_spoken_to_over_tls_once_its_authority_is_trusted_and_the_password_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (_redis, url, trusted) = secured(folder.path());
    let server =
        |roots: &str| RedisServer::at(&url).unwrap().trusting_pem(roots.as_bytes()).unwrap();
    let cache = RedisCache::of(server(&trusted).password("s3cret")).unwrap();
    until(async || cache.put("name", "sealed".into(), Seconds(60)).await.is_ok()).await;
    let user = RedisCache::of(server(&trusted).user("gateway").password("0ther")).unwrap();
    for known in [&cache, &user] {
        assert_eq!(known.answers().await, Ok(()));
        assert_eq!(known.get("name").await, Ok(Some("sealed".to_owned())));
    }
    let other = certify(tempfile::tempdir().unwrap().path());
    for stranger in [
        server(&other).password("s3cret"),
        server(&trusted),
        server(&trusted).password("wrong"),
        server(&trusted).user("nobody").password("s3cret"),
    ] {
        let stranger = RedisCache::of(stranger).unwrap();
        assert!(stranger.answers().await.is_err() && stranger.get("name").await.is_err());
    }
}

#[tokio::test]
async fn a_redis_that_is_not_as_it_was_said_to_be_is_told_without_a_secret() {
    let server = RedisServer::at("redis://:s3cret@127.0.0.1:1/").unwrap();
    assert!(!format!("{server:?}").contains("s3cret"));
    let error = RedisCache::of(server.clone()).unwrap().answers().await.unwrap_err();
    assert_eq!(error.to_string(), "Redis: Io");
    let roots = certify(tempfile::tempdir().unwrap().path());
    assert!(server.trusting_pem(roots.as_bytes()).is_err(), "it speaks no TLS");
    for wrong in ["no PEM", "-----BEGIN CERTIFICATE-----\n!\n", ""] {
        let tls = RedisServer::at("rediss://localhost/").unwrap();
        assert!(tls.trusting_pem(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn without_redis_tokens_are_acquired_all_the_same() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let obo = process(&world, folder.path());
    assert!(obo.token(&world.caller("alice"), ROWS).await.is_ok());
    assert!(RedisCache::new("no URL").is_err());
}
