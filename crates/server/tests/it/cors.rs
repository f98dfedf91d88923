//! Which scripts of other origins may read what.

use crate::world::World;
use reqwest::Method;

#[tokio::test]
async fn scripts_may_ask_for_tokens_and_read_refusals_but_never_begin_a_sign_in() {
    let world = World::start().await;
    let client = world.client();
    let origin = async |method: Method, path: &str| {
        let response = client
            .request(method, world.url(path))
            .header("origin", "https://app.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,client-request-id")
            .send()
            .await
            .unwrap();
        let allowed = response.headers().get("access-control-allow-origin").cloned();
        (response.status().as_u16(), allowed.map(|value| value.to_str().unwrap().to_owned()))
    };
    let any = || Some("*".to_owned());
    assert_eq!(origin(Method::OPTIONS, "/corp/oauth2/v2.0/token").await, (200, any()));
    assert_eq!(origin(Method::POST, "/corp/oauth2/v2.0/token").await, (400, any()));
    assert_eq!(origin(Method::PUT, "/corp/oauth2/v2.0/token").await, (405, any()));
    assert_eq!(origin(Method::GET, "/other/discovery/v2.0/keys").await, (404, any()));
    assert_eq!(origin(Method::GET, "/corp/discovery/v2.0/keys").await, (200, any()));
    assert_eq!(origin(Method::OPTIONS, "/corp/oauth2/v2.0/revoke").await, (200, any()));
    assert_eq!(origin(Method::OPTIONS, "/corp/oauth2/v2.0/introspect").await, (405, None));
    assert_eq!(origin(Method::GET, "/corp/oauth2/v2.0/userinfo").await, (401, any()));
    assert_eq!(origin(Method::OPTIONS, "/corp/oauth2/v2.0/authorize").await, (405, None));
    assert_eq!(origin(Method::GET, "/corp/oauth2/v2.0/authorize").await, (400, None));
}
