//! What a gateway says of whatever it stands before (RFC 9728), and whom it tells where.

use crate::support::Stage;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use serde_json::{Value, json};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

#[tokio::test]
async fn rm_01_rm_02_the_gateway_says_whose_tokens_it_takes_and_whoever_is_refused_hears_where() {
    let resource = "https://api.example.com/v1";
    let stage = Stage::with(|config| config.inbound.resource = Some(resource.to_owned())).await;
    let said = stage.get(&format!("{WELL_KNOWN}/v1")).send().await.unwrap();
    assert_eq!(said.headers()[CONTENT_TYPE], "application/json");
    let wanted = json!({
        "resource": resource, "authorization_servers": [stage.world.t1().issuer()],
        "scopes_supported": ["A.nothing", "A.use"], "bearer_methods_supported": ["header"],
    });
    assert_eq!(said.json::<Value>().await.unwrap(), wanted);

    let alice = stage.token("alice").await;
    let at = format!("resource_metadata=\"https://api.example.com{WELL_KNOWN}/v1\"");
    for (path, token, status) in
        [("/b/a", "", 401), ("/b/a", "x.y.z", 401), ("/more/a", &alice, 403)]
    {
        let request = stage.get(path);
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let refused = request.send().await.unwrap();
        let challenge = refused.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains(&at), "{challenge}");
        assert_eq!(refused.status().as_u16(), status, "{path}");
    }
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn of_what_has_no_name_nothing_is_said() {
    let stage = Stage::new().await;
    let said = stage.get(WELL_KNOWN).send().await.unwrap();
    assert_eq!(said.status().as_u16(), 404);
    let refused = stage.get("/b/a").send().await.unwrap();
    assert_eq!(refused.headers()[WWW_AUTHENTICATE], "Bearer");
}
