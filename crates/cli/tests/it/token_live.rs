//! `stead token inspect` against the server that issued the token.

use crate::stead::{Folder, Said, Server};
use serde_json::{Value, json};
use stead_core::model::key::StoredKey;
use stead_proto::jwt::{Algorithm, SigningKey, Typ};
use stead_store::MasterKey;

/// A program that acts as itself, for a token without a browser.
const NIGHTLY: &str = r#"
[[application]]
id          = "nightly"
name        = "Nightly"
kind        = "service"
credentials = [{ secret_file = "../secrets/nightly" }]

  [[application.permission]]
  towards = "api://company-data"
  scopes  = ["Rows.Read"]
  as      = "itself"
"#;

const SECRET: &str = "a-secret-of-at-least-128-bits-000001";

/// A running server and where it is.
struct World {
    folder: Folder,
    base: String,
    ca: String,
    _server: Server,
}

impl World {
    fn start() -> Self {
        let folder = Folder::started();
        folder.write("secrets/nightly", SECRET);
        folder.write("resources/nightly.toml", NIGHTLY);
        let server = folder.serve();
        let after = |mark: &str| {
            let line = server.announced.lines().find_map(|line| line.split_once(mark));
            line.unwrap().1.trim().to_owned()
        };
        let base = after("stead serves ");
        let base = base.split_whitespace().next().unwrap().to_owned();
        let ca = after("SSL_CERT_FILE=").trim_matches(['"', '\'']).to_owned();
        Self { folder, base, ca, _server: server }
    }

    fn inspect(&self, token: &str) -> Said {
        self.folder.run_with(&["token", "inspect", "--ca", &self.ca], token)
    }

    /// An access token as any client gets one.
    fn token(&self) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ca = reqwest::Certificate::from_pem(&std::fs::read(&self.ca).unwrap()).unwrap();
            let client = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
            let body = "grant_type=client_credentials&scope=api%3A%2F%2Fcompany-data%2F.default";
            let request = client
                .post(format!("{}/acme/oauth2/v2.0/token", self.base))
                .basic_auth("nightly", Some(SECRET))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body);
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            answer
                .get("access_token")
                .and_then(Value::as_str)
                .unwrap_or_else(|| panic!("{answer}"))
                .to_owned()
        })
    }

    /// A token made by hand with the server's own key.
    fn forged(&self, claims: &Value) -> String {
        let data = self.folder.path().join("data");
        let db = rusqlite::Connection::open(data.join("stead.db")).unwrap();
        let sql = "SELECT json FROM signing_keys WHERE json ->> 'algorithm' = 'ES256'";
        let key: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
        let key: StoredKey = serde_json::from_str(&key).unwrap();
        let master = MasterKey::load_or_create(&data.join("master.key"), [0; 32]).unwrap();
        let pkcs8 = master.open("signing-key", key.sealed.as_ref().unwrap()).unwrap();
        let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).unwrap();
        key.sign(Typ::AccessToken, claims).unwrap().expose().to_owned()
    }
}

#[test]
fn a_token_of_a_running_server_is_genuine_also_after_it_was_revoked() {
    let world = World::start();
    let token = world.token();
    let said = world.inspect(&token);
    let genuine = format!("✓ genuine: signed by {}/acme/v2.0, and its times are right", world.base);
    assert!(said.ok && said.out.ends_with(&format!("{genuine}\n")), "{said:?}");
    assert!(said.out.contains("  company-data ← nightly for nightly\n"), "{said:?}");

    let shown = world.folder.run_with(&["token", "inspect", "--offline", "--json"], &token);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    let jti = shown["claims"]["jti"].as_str().unwrap();
    let revoked = world.folder.run(&["token", "revoke", jti, "--why", "seen in a log"]);
    assert!(revoked.ok, "{revoked:?}");
    let said = world.inspect(&token);
    assert!(said.ok && said.out.contains(&genuine), "{said:?}");
    let help = world.folder.run(&["token", "inspect", "--help"]).out;
    assert!(help.contains("Whether the token was revoked since is not asked"), "{help}");
}

#[test]
fn an_expired_token_and_a_changed_one_are_not_genuine() {
    let world = World::start();
    let issuer = format!("{}/acme/v2.0", world.base);
    let claims = |exp: i64| json!({ "iss": issuer, "sub": "alice", "aud": "api://company-data", "iat": 1_700_000_000, "exp": exp });
    let alive = world.inspect(&world.forged(&claims(4_000_000_000)));
    assert!(alive.ok && alive.out.contains("✓ genuine"), "{alive:?}");
    let expired = world.inspect(&world.forged(&claims(1_700_003_600)));
    assert!(
        !expired.ok && expired.out.contains("✗ ") && expired.out.contains("expired"),
        "{expired:?}"
    );

    let token = world.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let changed = world.inspect(&format!("{signed}.{other}{}", signature.split_at(1).1));
    assert!(!changed.ok && changed.out.contains("✗ "), "{changed:?}");
}

#[test]
fn without_its_ca_the_issuer_is_not_believed() {
    let world = World::start();
    let said = world.folder.run_with(&["token", "inspect"], &world.token());
    assert!(!said.ok && said.out.contains("✗ it cannot be verified"), "{said:?}");
}
