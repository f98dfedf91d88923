//! RFC 10017, browser applications (rows BB): which answers scripts of other origins may read.

use reqwest::Method;
use testkit::{Answer, World};

const ORIGIN: (&str, &str) = ("origin", "https://spa.example");

/// Every origin may read these: nothing in them depends on cookies, and what is asked with a code and
/// its verifier, or with a token, is not made safer by the origin that asks.
#[tokio::test]
async fn bb_01_scripts_may_ask_for_tokens_keys_and_metadata_and_never_authorize() {
    let world = World::new().await;
    let allowed = |answer: &Answer| answer.header("access-control-allow-origin").to_owned();
    let tokens = world.t1().tokens("alice", &[("scope", "openid profile")]).await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let open = [
        ("/t1/oauth2/v2.0/token", Method::POST, 400),
        ("/t1/oauth2/v2.0/devicecode", Method::POST, 400),
        ("/t1/discovery/v2.0/keys", Method::GET, 200),
        ("/t1/v2.0/.well-known/openid-configuration", Method::GET, 200),
        ("/.well-known/openid-configuration/t1/v2.0", Method::GET, 200),
        ("/.well-known/oauth-authorization-server/t1/v2.0", Method::GET, 200),
        ("/t1/oauth2/v2.0/userinfo", Method::GET, 200),
        ("/assets/challenge.js", Method::GET, 200),
    ];
    for (path, method, status) in open {
        let url = format!("{}{path}", world.base());
        let headers = [ORIGIN, ("authorization", bearer.as_str())];
        let sent = if path.ends_with("userinfo") { &headers[..] } else { &headers[..1] };
        let answer = world.send(method.clone(), &url, sent, "").await;
        assert_eq!((answer.status, allowed(&answer).as_str()), (status, "*"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
        let preflight = [
            ORIGIN,
            ("access-control-request-method", method.as_str()),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let answer = world.send(Method::OPTIONS, &url, &preflight, "").await;
        assert_eq!((answer.status, allowed(&answer).as_str()), (200, "*"), "{path}");
        let headers = answer.header("access-control-allow-headers");
        assert!(headers.contains("authorization"), "{path}: {headers}");
    }
    let closed = [
        world.t1().authorize_url(&[]),
        world.t1().authorize_url(&[("client_id", "nobody")]),
        world.t1().authorize_url(&[("prompt", "none")]),
        world.t1().endpoint("logout"),
        format!("{}/t1/sign-in", world.base()),
        format!("{}/t1/consent", world.base()),
        format!("{}/t1/device", world.base()),
        format!("{}/t1/device/confirm", world.base()),
    ];
    for url in closed {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let headers =
                [ORIGIN, ("access-control-request-method", "GET"), ("content-type", FORM)];
            let answer = world.send(method.clone(), &url, &headers, "").await;
            assert_eq!(allowed(&answer), "", "{method} {url}");
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
