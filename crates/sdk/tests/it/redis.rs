//! A real Redis between two processes of one application.

use crate::stub::{World, until};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stead::client::{RedisCache, SharedCache};
use stead::{Credential, Obo, SealingKey, Seconds};

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
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    fs::write(folder.join("redis.crt"), leaf.pem()).unwrap();
    fs::write(folder.join("redis.key"), key.serialize_pem()).unwrap();
    authority.pem()
}

#[tokio::test]
async fn redis_is_spoken_to_over_tls_once_its_authority_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (trusted, other) = (certify(folder.path()), certify(tempfile::tempdir().unwrap().path()));
    // Free a moment ago, and nobody else asks for it by number.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let tls = ["--tls-port", &port, "--tls-cert-file", "redis.crt", "--tls-key-file", "redis.key"];
    let _redis =
        Redis::start_with(folder.path(), &[&tls[..], &["--tls-auth-clients", "no"]].concat());
    let url = format!("rediss://localhost:{port}/");
    let cache = RedisCache::trusting_pem(&url, trusted.as_bytes()).unwrap();
    until(async || cache.put("name", "sealed".into(), Seconds(60)).await.is_ok()).await;
    assert_eq!(cache.get("name").await, Ok(Some("sealed".to_owned())));
    let stranger = RedisCache::trusting_pem(&url, other.as_bytes()).unwrap();
    assert!(stranger.get("name").await.is_err());
}

#[tokio::test]
async fn without_redis_tokens_are_acquired_all_the_same() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let obo = process(&world, folder.path());
    assert!(obo.token(&world.caller("alice"), ROWS).await.is_ok());
    assert!(RedisCache::new("no URL").is_err());
}
