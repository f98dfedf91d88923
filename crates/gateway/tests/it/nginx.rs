//! The real nginx in front, with the configuration of `examples/nginx.conf`. Debian's package `nginx` has it; the
//! project's set-up installs it.

use crate::support::{Stage, strict};
use reqwest::{Client, Response};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stead::Challenge;
use tokio::net::TcpStream;

/// An nginx, ended when it is dropped.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    async fn before(stage: &Stage) -> Self {
        let asked = stage.gateway.ext_authz().unwrap();
        Self::example(stage.world.dir(), (stage.upstream.address, asked)).await
    }

    /// The one of the example, in front of a service, which asks there.
    pub(crate) async fn example(folder: &Path, (service, asked): (SocketAddr, SocketAddr)) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = include_str!("../../../../examples/nginx.conf")
            .replace("127.0.0.1:8080", &address.to_string())
            .replace("127.0.0.1:9000", &service.to_string())
            .replace("127.0.0.1:9001", &asked.to_string());
        Self::configured(folder, &text, address).await
    }

    /// One with this configuration, in this folder, which listens there.
    pub(crate) async fn configured(folder: &Path, text: &str, address: SocketAddr) -> Self {
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let pid = format!("daemon off; pid {};", folder.join("nginx.pid").display());
        let child = Command::new("/usr/sbin/nginx")
            .args(["-e", "stderr", "-g", &pid, "-p"])
            .args([folder, "-c".as_ref(), &file])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, address };
        nginx.listens().await;
        nginx
    }

    /// Returns when somebody answers there.
    async fn listens(&self) {
        let listening = async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), listening).await.unwrap();
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Response {
        let http = Client::builder().no_proxy().build().unwrap();
        let request = http
            .get(format!("http://{}{path}", self.address))
            .header("x-user", "mallory")
            .header("content-type", "application/grpc");
        match token {
            Some(token) => request.bearer_auth(token).send().await.unwrap(),
            None => request.send().await.unwrap(),
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it when it is asked to, and not when it is killed.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn kg_24_nginx_forwards_with_the_token_that_the_gateway_gives_it() {
    let stage = Stage::new().await;
    let nginx = Nginx::before(&stage).await;
    let alice = stage.token("alice").await;
    assert_eq!(nginx.get("/b/a?x=y", Some(&alice)).await.status().as_u16(), 200);
    assert_eq!(nginx.get("/public/a", Some(&alice)).await.status().as_u16(), 200);
    let seen = stage.upstream.seen();
    let [given, public] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((given.path.as_str(), &given.claims()["aud"]), ("/b/a?x=y", &"api://b".into()));
    assert_eq!(public.header("authorization"), None);
    assert!(!format!("{seen:?}").contains(&alice) && !format!("{seen:?}").contains("mallory"));
}

#[tokio::test]
async fn kg_24_nginx_refuses_whom_the_gateway_refuses() {
    let stage = Stage::new().await;
    let nginx = Nginx::before(&stage).await;
    let bob = stage.token("bob").await;
    let none = nginx.get("/b/a", None).await;
    assert_eq!(
        (none.status().as_u16(), &none.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    for path in ["/b/a", "/public/a;b", "/public%2f../b/a", "/nowhere"] {
        assert_eq!(nginx.get(path, Some(&bob)).await.status().as_u16(), 403, "{path}");
    }
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn kg_24_nginx_hands_on_a_demand_to_sign_in_again_in_both_languages() {
    let stage = Stage::beside(strict().await, |_| {}).await;
    let nginx = Nginx::before(&stage).await;
    let alice = stage.token("alice").await;
    let answer = nginx.get("/b/a", Some(&alice)).await;
    assert_eq!(answer.status().as_u16(), 401);
    let told = Challenge::from_headers(answer.headers()).unwrap();
    assert!(told.claims().contains("acrs") && !told.acr_values().is_empty());
}
