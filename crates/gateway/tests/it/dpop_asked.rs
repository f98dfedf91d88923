//! Tokens that are bound to a key, where another proxy asks before it forwards: nginx, Traefik, Envoy.

use crate::dpop::{ORIGIN, Scene, challenges, taking, with_nonces};
use crate::nginx::Nginx;
use crate::over_grpc::{self, allowed};
use crate::support::refusal;
use reqwest::RequestBuilder;
use serde_json::json;
use stead_gateway::authz::messages::HttpRequest;

/// As nginx, Traefik and Envoy ask over HTTP about `GET /0/a`.
fn asking(scene: &Scene, by: &str) -> RequestBuilder {
    let base = format!("http://{}", scene.beside.gateway.ext_authz().unwrap());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let named = |kind: &str, path: &str| {
        let request = http.get(format!("{base}/{by}")).header(format!("x-{kind}-method"), "GET");
        request
            .header(format!("x-{kind}-host"), "api.example")
            .header(format!("x-{kind}-{path}"), "/0/a")
    };
    match by {
        "nginx" => named("original", "uri"),
        "traefik" => named("forwarded", "uri"),
        _ => http.get(format!("{base}/envoy/0/a")),
    }
}

#[tokio::test]
async fn kf_05_who_asks_for_another_is_told_of_proofs_as_the_caller_made_them() {
    let scene = Scene::new(taking).await;
    for by in ["nginx", "traefik", "envoy"] {
        let proof = scene.proof(&format!("{ORIGIN}/0/a"));
        let answer = scene.with(asking(&scene, by), &[&proof]).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{by}");
        let given = answer.headers()["authorization"].to_str().unwrap();
        assert!(given.starts_with("Bearer ") && !given.contains(&scene.token), "{by}");
        if by == "envoy" {
            let taken = answer.headers()["x-envoy-auth-headers-to-remove"].to_str().unwrap();
            assert!(taken.split(',').any(|name| name == "dpop"), "{taken}");
        }
        let again = scene.with(asking(&scene, by), &[&proof]).send().await.unwrap();
        assert!(challenges(&again).starts_with("DPoP"), "{by}");
        assert_eq!(refusal(again).await, (401, "STEAD-2060".to_owned()), "{by}");
        let bearer = asking(&scene, by).bearer_auth(&scene.token).send().await.unwrap();
        assert_eq!(refusal(bearer).await, (401, "STEAD-2006".to_owned()), "{by}");
    }
}

#[tokio::test]
async fn a_nonce_that_proofs_need_reaches_callers_through_the_real_nginx() {
    let scene = Scene::new(with_nonces).await;
    let (folder, gateway) = (tempfile::tempdir().unwrap(), &scene.beside.gateway);
    let places = (scene.beside.upstream.address, gateway.ext_authz().unwrap());
    let nginx = Nginx::example(folder.path(), places).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{ORIGIN}/0/a");
    let ask = async |proof: &str| {
        let request = http.get(format!("http://{}/0/a", nginx.address));
        scene.with(request, &[proof]).send().await.unwrap()
    };
    let answer = ask(&scene.proof(&url)).await;
    assert_eq!(answer.status().as_u16(), 401);
    assert!(challenges(&answer).contains("error=\"use_dpop_nonce\""));
    let nonce = answer.headers()["dpop-nonce"].to_str().unwrap();
    let proof = scene.alice.proof(&url, &scene.token, &json!({ "nonce": nonce }));
    let answer = ask(&proof).await;
    assert_eq!((answer.status().as_u16(), answer.headers().get("dpop-nonce")), (200, None));
    assert!(scene.beside.upstream.only().header("dpop").is_none());
}

#[tokio::test]
async fn kf_05_envoy_is_told_of_proofs_over_grpc_too() {
    let scene = Scene::new(taking).await;
    let at = scene.beside.gateway.ext_authz().unwrap();
    let proof = scene.proof(&format!("{ORIGIN}/0/a"));
    let authorization = format!("DPoP {}", scene.token);
    let headers = [("authorization", &*authorization), ("dpop", &*proof)];
    let request = || over_grpc::with(over_grpc::get("/0/a"), &headers);
    let yes = allowed(over_grpc::ask_at(at, request()).await);
    assert!(yes.headers_to_remove.contains(&"dpop".to_owned()), "{yes:?}");
    assert_eq!(over_grpc::refusal(over_grpc::ask_at(at, request()).await).1, "STEAD-2060");
    let bearer = over_grpc::bearer(over_grpc::get("/0/a"), &scene.token);
    assert_eq!(over_grpc::refusal(over_grpc::ask_at(at, bearer).await).1, "STEAD-2006");
}

#[tokio::test]
async fn kf_05_of_several_origins_the_host_that_is_asked_about_picks_one() {
    let scene = Scene::new(|config| {
        taking(config);
        let mail = "https://mail.example".to_owned();
        config.inbound.dpop.as_mut().unwrap().origins.push(mail);
    })
    .await;
    // A proxy says for whom it asks; the host of its own question is another.
    for by in ["nginx", "traefik"] {
        let proof = scene.proof(&format!("{ORIGIN}/0/a"));
        let answer = scene.with(asking(&scene, by), &[&proof]).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{by}");
    }
    let at = scene.beside.gateway.ext_authz().unwrap();
    let (authorization, proof) =
        (format!("DPoP {}", scene.token), scene.proof(&format!("{ORIGIN}/0/a")));
    let headers = [("authorization", &*authorization), ("dpop", &*proof)];
    let elsewhere = over_grpc::with(over_grpc::get("/0/a"), &headers);
    let here = HttpRequest { host: "api.example".to_owned(), ..elsewhere.clone() };
    assert_eq!(over_grpc::refusal(over_grpc::ask_at(at, elsewhere).await).1, "STEAD-2060");
    allowed(over_grpc::ask_at(at, here).await);
}
