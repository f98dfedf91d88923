//! Requests that can be read in two ways (KG-08, KG-21): 400, and the connection is closed.

use crate::support::Stage;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What a request is followed by; if it is ever answered, it was smuggled in.
const SMUGGLED: &str = "GET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

async fn refuses(requests: &[String]) {
    let stage = Stage::new().await;
    for request in requests {
        let answer = stage.raw(&format!("{request}{SMUGGLED}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{request:?}: {answer}");
    }
    let smuggled = stage.upstream.seen().iter().any(|seen| seen.path.contains("smuggled"));
    assert!(!smuggled, "{:?}", stage.upstream.seen());
}

fn post(headers: &str, body: &str) -> String {
    format!("POST /public/a HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn kg_08_a_request_ends_in_one_way() {
    refuses(&[
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
        post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
        post("Content-Length: 5, 5\r\n", "hello"),
        post("Content-Length: +5\r\n", "hello"),
        post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding:\u{b}chunked\r\n", "0\r\n\r\n"),
        post("X-A: a\r\n Transfer-Encoding: chunked\r\n", ""),
        "POST /public/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "GET /public/a HTTP/1.1\nHost: a\n\n".to_owned(),
        "GET /public/a HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n".to_owned(),
        "GET /public/a HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n".to_owned(),
        "GET /public/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
        "GET /public/a HTTP/1.1\r\n\r\n".to_owned(),
    ])
    .await;
}

#[tokio::test]
async fn kg_08_chunks_have_a_size_and_nothing_else() {
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", body);
    refuses(&[
        chunked("5;ext=1\r\nhello\r\n0\r\n\r\n"),
        chunked("5\nhello\r\n0\r\n\r\n"),
        chunked("5\r\nhello0\r\n\r\n"),
        chunked("0x5\r\nhello\r\n0\r\n\r\n"),
        chunked("0;\n\r\n\r\n"),
        chunked("0\r\nX-A: b\n\r\n"),
    ])
    .await;
}

#[tokio::test]
async fn kg_08_upgrades_and_connections_name_nothing_else() {
    let get = |headers: &str| format!("GET /public/a HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    refuses(&[
        get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
        get("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n"),
        get("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"),
        get("Connection: close, X-Obo-User\r\n"),
        get("Connection: Authorization\r\n"),
    ])
    .await;
}

#[tokio::test]
async fn kg_08_over_http_2_too_a_body_says_once_how_long_it_is() {
    let stage = Stage::new().await;
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = format!("http://{}/public/a", stage.address());
    for (lengths, status) in [(1, 200), (2, 400)] {
        let request = http.post(&url).body("hello");
        let request = (0..lengths).fold(request, |it, _| it.header("content-length", "5"));
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{lengths}");
    }
    assert_eq!(stage.upstream.only().body.as_ref(), b"hello");
}

/// What asks for an upgrade is followed by what nobody looks at: where it becomes none, nothing of that is read.
#[tokio::test]
async fn kg_08_nothing_follows_an_upgrade_that_came_to_nothing() {
    let stage = Stage::new().await;
    let asks = |path: &str, version: &str| {
        format!(
            "GET {path} HTTP/{version}\r\nHost: a\r\nConnection: keep-alive\r\n\
             Upgrade: websocket\r\n\r\n"
        )
    };
    let (gateway, authz) = (stage.gateway.proxy(), stage.gateway.ext_authz());
    for (address, asked) in [
        (gateway, asks("/b/a", "1.1")),
        (gateway, asks("/nowhere", "1.1")),
        (gateway, asks("/public/a", "1.0")),
        (authz, asks("/nginx", "1.1")),
        (stage.gateway.metrics(), asks("/healthz", "1.1")),
    ] {
        let bare = SMUGGLED.replace("\r\n", "\n");
        let answer = stage.raw_to(address.unwrap(), &format!("{asked}{bare}")).await;
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{asked:?}: {answer}");
        let answer = answer.to_lowercase();
        assert!(answer.contains("connection: close") || asked.contains("/1.0"), "{answer}");
    }
    let smuggled = stage.upstream.seen().iter().any(|seen| seen.path.contains("smuggled"));
    assert!(!smuggled, "{:?}", stage.upstream.seen());
}

/// A service that answers whatever it is sent twice.
async fn answers_twice(listener: TcpListener) {
    let answers = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\
                   HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond";
    let mut asked = [0; 4096];
    while let Ok((mut socket, _)) = listener.accept().await {
        while socket.read(&mut asked).await.is_ok_and(|read| read > 0) {
            let _ = socket.write_all(answers.as_bytes()).await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_none_to_the_next_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(answers_twice(listener));
    let stage = Stage::with(|config| {
        let public = config.routes.iter_mut().find(|route| route.name == "/public/*");
        public.unwrap().upstream.as_mut().unwrap().origin = origin;
    })
    .await;
    for _ in 0..20 {
        let answer = stage.get("/public/a").send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
    }
}

#[tokio::test]
async fn kg_21_only_paths_are_asked_for_by_methods_that_are_for_here() {
    refuses(&[
        "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "TRACE /public/a HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET http://a/public/a HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
    ])
    .await;
}

#[tokio::test]
async fn a_path_that_two_programs_could_read_differently_is_refused() {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    refuses(
        &[
            "/public/../b/a",
            "/public/%2e%2e/b/a",
            "/public/..%2fb/a",
            "/public//a",
            "/public/a;b",
            "/public/a%3bb",
            "/public/a%00",
            "/public/a%5cb",
            "/public/%c0%ae%c0%ae/a",
            "/public/%252e%252e/a",
        ]
        .map(get),
    )
    .await;
}

#[tokio::test]
async fn requests_that_can_be_read_in_one_way_pass_one_after_the_other() {
    let stage = Stage::new().await;
    let all = [
        post("Content-Length: 5\r\n", "hello"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        "GET /public/%61?x=%2f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(),
    ];
    let answer = stage.raw(&all.concat()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    let seen = stage.upstream.seen();
    let seen: Vec<_> = seen.iter().map(|seen| (seen.path.as_str(), seen.body.as_ref())).collect();
    let hello = &b"hello"[..];
    assert_eq!(seen, [("/public/a", hello), ("/public/a", hello), ("/public/a?x=%2f", b"")]);
}
