//! What is written down about requests: nothing that opens anything (KG-19), and nothing that a caller could shape (KG-20).

use crate::support::{Stage, refusal};
use std::io;
use std::sync::{Arc, Mutex};
use testkit::API_A_SECRET;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that is written while it is open, on this thread: that of the gateway, of its provider, of both sides.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Open, with everything that can be switched on of ours.
    pub(crate) fn open() -> (Self, DefaultGuard) {
        let log = Self::default();
        let ours = EnvFilter::new("info,stead=trace,stead_gateway=trace,stead_server=trace");
        let lines = tracing_subscriber::fmt().with_env_filter(ours).with_ansi(false);
        let guard = tracing::subscriber::set_default(lines.with_writer(log.clone()).finish());
        (log, guard)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn kg_19_what_opens_anything_is_in_no_log_and_no_refusal() {
    let (log, _open) = Log::open();
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    assert_eq!(stage.get("/b/a").bearer_auth(&alice).send().await.unwrap().status(), 200);
    let given = stage.upstream.only().header("authorization").unwrap().replace("Bearer ", "");

    let (head, signature) = alice.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let (named, keyed) = (format!("/b/a?access_token={alice}"), "Basic YWxpY2U6aHVudGVyMg==");
    let mut said = Vec::new();
    for (request, code) in [
        (stage.get("/b/a").bearer_auth(&forged), "STEAD-2006"),
        (stage.get("/more/a").bearer_auth(&alice), "STEAD-2007"),
        (stage.get(&named), "STEAD-2005"),
        (stage.get("/b/a").header("authorization", keyed), "STEAD-2004"),
        (stage.get("/b/a").bearer_auth(&given), "STEAD-2006"),
    ] {
        let answer = request.send().await.unwrap();
        let headers = format!("{:?}", answer.headers());
        said.push(format!("{headers} {}", answer.text().await.unwrap()));
        assert!(said.last().unwrap().contains(code), "{code}: {said:?}");
    }
    said.push(log.text());
    let told = said.join("\n");
    // What is looked through is what was written.
    assert!(told.contains("refused code=STEAD-2006"), "{told}");
    for why in ["the request has no bearer token", "the token is not addressed to this resource"] {
        assert!(told.contains(&format!("why={why:?} route=\"/b/*\"")), "{why}: {told}");
    }
    let (_, ours) = given.rsplit_once('.').unwrap();
    for secret in [signature, ours, API_A_SECRET, "YWxpY2U6aHVudGVyMg", "hunter2"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[tokio::test]
async fn kg_20_a_caller_writes_no_line_of_the_log_and_no_word_in_it() {
    let (log, _open) = Log::open();
    let stage = Stage::new().await;
    let alice = stage.token("alice").await;
    let line = "forged%0d%0a2026-01-01T00:00:00Z%20%20INFO%20forged%1b[2J";
    let answer = stage.get(&format!("/b/{line}?{line}")).bearer_auth(&alice).send().await.unwrap();
    assert_eq!(refusal(answer).await, (400, "STEAD-2001".to_owned()));
    for head in [
        format!(
            "GET /nowhere/{line} HTTP/1.1\r\nHost: forged.example\r\nUser-Agent: forged\x1b[2J"
        ),
        format!("GET /b/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer forged {line}"),
        "GET /b/a HTTP/1.1\r\nHost: a\r\nX-A: forged\n2026-01-01 INFO forged".to_owned(),
        "GET /b/a HTTP/1.1\r\nHost: a\r\ntraceparent: forged\tforged\r\nX-Request-Id: forged"
            .to_owned(),
        "FORGED /b/a HTTP/1.1\r\nHost: a".to_owned(),
    ] {
        let answer = stage.raw(&format!("{head}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{head}: {answer}");
    }
    let told = log.text();
    assert!(told.contains("refused code=STEAD-2001"), "{told}");
    assert!(!told.to_ascii_lowercase().contains("forged"), "{told}");
    assert!(told.lines().all(|line| line.starts_with("20") && line.contains('Z')), "{told}");
    assert!(!told.contains(|byte: char| byte.is_control() && byte != '\n'), "{told:?}");
}
