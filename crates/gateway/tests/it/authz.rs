//! Proxies that ask before they forward, as they ask.

use crate::support::{Stage, refusal, strict};
use reqwest::{RequestBuilder, Response};
use stead::Challenge;

/// A question of this kind about `GET` of a path.
fn ask(stage: &Stage, by: &str, path: &str) -> RequestBuilder {
    let base = format!("http://{}", stage.gateway.ext_authz().unwrap());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    match by {
        "nginx" => http
            .get(format!("{base}/nginx"))
            .header("x-original-method", "GET")
            .header("x-original-host", "a.example")
            .header("x-original-uri", path),
        "traefik" => http
            .get(format!("{base}/traefik"))
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-host", "a.example")
            .header("x-forwarded-uri", path),
        _ => http.get(format!("{base}/envoy{path}")),
    }
}

const ALL: [&str; 3] = ["nginx", "traefik", "envoy"];

fn token(answer: &Response) -> Option<&str> {
    answer.headers().get("authorization")?.to_str().ok()
}

#[tokio::test]
async fn a_proxy_that_asks_gets_the_token_that_goes_on() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    for by in ALL {
        let answer = ask(&stage, by, "/b/a?x=y").bearer_auth(&alice).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{by}");
        let given = token(&answer).unwrap();
        assert!(given.starts_with("Bearer ") && !given.contains(&alice), "{by}");
        let public = ask(&stage, by, "/public/a").bearer_auth(&alice).send().await.unwrap();
        assert_eq!((public.status().as_u16(), token(&public)), (200, None), "{by}");
    }
}

#[tokio::test]
async fn envoy_is_told_what_not_to_send_on() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    for (path, removed) in [("/b/a", "x-user"), ("/public/a", "authorization,x-user")] {
        let asked = ask(&stage, "envoy", path).bearer_auth(&alice).header("x-user", "mallory");
        let answer = asked.header("x-envoy-internal", "true").send().await.unwrap();
        let told = answer.headers()["x-envoy-auth-headers-to-remove"].to_str().unwrap();
        let mut told: Vec<&str> = told.split(',').collect();
        told.sort_unstable();
        assert_eq!(told.join(","), removed);
    }
}

#[tokio::test]
async fn a_proxy_that_asks_hears_no_and_what_to_tell_the_caller() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.token("alice").await, stage.token("bob").await);
    for by in ALL {
        let none = ask(&stage, by, "/b/a").send().await.unwrap();
        assert_eq!(none.headers()["www-authenticate"], "Bearer");
        assert_eq!(refusal(none).await, (401, "STEAD-2004".to_owned()), "{by}");
        let bobs = ask(&stage, by, "/b/a").bearer_auth(&bob).send().await.unwrap();
        assert_eq!((token(&bobs), bobs.status().as_u16()), (None, 403), "{by}");
        let nowhere = ask(&stage, by, "/nowhere").bearer_auth(&alice).send().await.unwrap();
        // nginx knows two ways to say no.
        assert_eq!(nowhere.status().as_u16(), if by == "nginx" { 403 } else { 404 });
    }
}

/// gRPC answers all with 200, which these proxies would take for a yes. What callers say of their body goes along
/// with the question.
#[tokio::test]
async fn kg_25_a_caller_that_speaks_of_grpc_is_answered_like_any_other() {
    let stage = Stage::new().await;
    let (alice, grpc) = (stage.token("alice").await, "application/grpc");
    for by in ALL {
        let none = ask(&stage, by, "/b/a").header("content-type", grpc).send().await.unwrap();
        assert_eq!(refusal(none).await, (401, "STEAD-2004".to_owned()), "{by}");
        let hers = ask(&stage, by, "/b/a").header("content-type", grpc).bearer_auth(&alice);
        assert!(token(&hers.send().await.unwrap()).is_some(), "{by}");
    }
}

#[tokio::test]
async fn kg_25_only_a_path_that_everybody_reads_alike_is_allowed() {
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    for (by, refused) in [("nginx", 403), ("traefik", 400)] {
        for path in ["/public/../b/a", "/public/%2e%2e/b/a", "/%62/a", "/public//a", "/public/a;b"]
        {
            let answer = ask(&stage, by, path).bearer_auth(&alice).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), refused, "{by} {path}");
        }
        let twice = ask(&stage, by, "/public/a").header("x-original-uri", "/b/a");
        let twice = twice.header("x-forwarded-uri", "/b/a").send().await.unwrap();
        assert_ne!(twice.status().as_u16(), 200, "{by}");
    }
    let unknown = format!("http://{}/b/a", stage.gateway.ext_authz().unwrap());
    let unknown = reqwest::Client::new().get(unknown).bearer_auth(&alice).send().await.unwrap();
    assert_eq!(unknown.status().as_u16(), 400);
}

#[tokio::test]
async fn a_demand_to_sign_in_again_reaches_the_proxy_in_both_languages() {
    let stage = Stage::beside(strict().await, |_| {}).await;
    let alice = stage.token("alice").await;
    for by in ALL {
        let answer = ask(&stage, by, "/b/a").bearer_auth(&alice).send().await.unwrap();
        let told = Challenge::from_headers(answer.headers()).unwrap();
        assert!(told.claims().contains("acrs"), "{by}");
        let lines = answer.headers().get_all("www-authenticate").iter().count();
        assert_eq!(lines, if by == "traefik" { 2 } else { 1 }, "{by}");
        assert_eq!(refusal(answer).await, (401, "STEAD-2011".to_owned()), "{by}");
    }
}
