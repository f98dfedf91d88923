//! While the store cannot be written to: nobody gets a token, everybody hears it in a way that they understand,
//! and it passes by itself.

use reqwest::Response;
use rusqlite::Connection;
use serde_json::Value;
use stead_core::record::Event;
use testkit::{API_A_SECRET, World};

const OBO: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A world whose database can be made to take no commit.
struct Fragile {
    world: World,
    db: Connection,
    token: String,
}

impl Fragile {
    async fn new() -> Self {
        let world = World::on_sqlite().await;
        let db = Connection::open(world.dir().join("stead.db")).unwrap();
        let token = world.t1().token_for_a("alice").await;
        Self { world, db, token }
    }

    /// Every commit writes there.
    fn fail(&self) {
        self.db.execute_batch("ALTER TABLE chain_heads RENAME TO out_of_reach").unwrap();
    }

    fn recover(&self) {
        self.db.execute_batch("ALTER TABLE out_of_reach RENAME TO chain_heads").unwrap();
    }

    /// An exchange, by a client that says in its headers and its body what it is.
    async fn exchange(&self, header: Option<&str>, more: &[(&str, &str)]) -> Response {
        let mut pairs = vec![
            ("grant_type", OBO),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", self.token.as_str()),
            ("scope", "api://b/B.read"),
            ("client_id", "api-a"),
            ("client_secret", API_A_SECRET),
        ];
        pairs.extend(more);
        let url = self.world.t1().endpoint("token");
        let mut request = self.world.http().post(url).form(&pairs);
        if let Some(sku) = header {
            request = request.header("x-client-sku", sku);
        }
        request.send().await.unwrap()
    }

    async fn readiness(&self) -> u16 {
        let answer = self.world.http().get(format!("{}/readyz", self.world.base())).send().await;
        answer.unwrap().status().as_u16()
    }
}

fn after(response: &Response) -> Option<&str> {
    response.headers().get("retry-after").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_client_is_told_when_to_try_again() {
    let fragile = Fragile::new().await;
    assert_eq!(fragile.exchange(None, &[]).await.status(), 200);
    fragile.fail();
    let answer = fragile.exchange(None, &[]).await;
    assert_eq!((answer.status().as_u16(), after(&answer)), (503, Some("5")));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"], "temporarily_unavailable");
    fragile.recover();
    assert_eq!(fragile.exchange(None, &[]).await.status(), 200);
}

#[tokio::test]
async fn msal_hears_it_as_a_refusal_of_one_user_and_goes_on_asking_for_the_others() {
    let fragile = Fragile::new().await;
    fragile.fail();
    let in_body = [("x-client-SKU", "msal.js.node")];
    for (header, more, again) in [
        (Some("MSAL.NetCore"), &[][..], None),
        (Some("MSAL.Python"), &[], Some("0")),
        (None, &in_body, None),
    ] {
        let answer = fragile.exchange(header, more).await;
        assert_eq!((answer.status().as_u16(), after(&answer)), (400, again), "{header:?}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], "temporarily_unavailable");
        assert_eq!(body["error_codes"], serde_json::json!([90_033]));
    }
}

#[tokio::test]
async fn msal_without_a_user_is_told_when_to_try_again() {
    let fragile = Fragile::new().await;
    fragile.fail();
    let pairs = [("grant_type", "client_credentials"), ("client_id", "api-a")];
    let url = fragile.world.t1().endpoint("token");
    let request = fragile.world.http().post(url).header("x-client-sku", "MSAL.NetCore");
    let answer = request.form(&pairs).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), after(&answer)), (503, Some("5")));
}

#[tokio::test]
async fn whoever_only_verifies_notices_nothing() {
    let fragile = Fragile::new().await;
    fragile.fail();
    assert_eq!(fragile.exchange(None, &[]).await.status(), 503);
    let issuer = fragile.world.t1().issuer();
    let keys = issuer.replace("/v2.0", "/discovery/v2.0/keys");
    for url in [keys, format!("{issuer}/.well-known/openid-configuration")] {
        assert_eq!(fragile.world.http().get(&url).send().await.unwrap().status(), 200, "{url}");
    }
}

#[tokio::test]
async fn a_server_whose_store_cannot_be_written_to_is_not_ready_until_it_can() {
    let fragile = Fragile::new().await;
    assert_eq!(fragile.readiness().await, 200);
    fragile.fail();
    assert_eq!(fragile.exchange(None, &[]).await.status(), 503);
    assert_eq!(fragile.readiness().await, 503);
    fragile.recover();
    assert_eq!(fragile.readiness().await, 200, "nobody else tries, so it does");
    let last = fragile.world.records().await.pop().unwrap();
    let changes = vec!["the store can be written to again".to_owned()];
    assert_eq!(last.event, Event::Change { by: "server".into(), changes });
    let records = fragile.world.records().await.len();
    assert_eq!(fragile.readiness().await, 200);
    assert_eq!(fragile.world.records().await.len(), records, "once is enough");
}
