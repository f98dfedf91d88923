//! What a collector hears is what `[telemetry]` says, whatever stands in the environment.

use crate::stead::Folder;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What programs set for a collector that is not ours.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer theirs,x-theirs=1"),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ("OTEL_RESOURCE_ATTRIBUTES", "service.name=theirs"),
    ("OTEL_TRACES_SAMPLER", "always_off"),
];

/// The head and the body of the first thing that a collector is told.
fn collector() -> (u16, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, told) = channel();
    std::thread::spawn(move || sender.send(take(listener.accept().unwrap().0)));
    (port, told)
}

fn take(mut stream: TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    head.make_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    (head, body)
}

#[test]
fn the_environment_has_no_say_in_what_a_collector_hears() {
    let (port, told) = collector();
    let folder = Folder::empty();
    folder.write("secret", "s3cret");
    folder.write("collector-headers", "authorization: Bearer ours");
    let text = format!(
        r#"listen = "127.0.0.1:0"

[provider.corp]
issuer    = "https://localhost:1/acme"
client_id = "reports-api"
auth      = {{ secret_file = "secret" }}

[inbound]
provider = ["corp"]
audience = ["api://reports-api"]

[[route]]
match    = {{ path = "/rows/*" }}
upstream = "http://127.0.0.1:1"
exchange = {{ audience = "api://company-data", scope = "Rows.Read" }}

[telemetry]
otlp         = "http://127.0.0.1:{port}"
headers_file = "collector-headers"
"#
    );
    folder.write("gateway.toml", &text);
    let gateway = folder.gateway_among(&ENVIRONMENT);
    let address = gateway.announced.split("listens on ").nth(1).unwrap().lines().next().unwrap();
    let mut caller = TcpStream::connect(address).unwrap();
    caller.write_all(b"GET /else HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();

    let (head, body) = told.recv_timeout(Duration::from_mins(1)).unwrap();
    for said in ["post /v1/traces http/1.1\r\n", "\r\nauthorization: bearer ours\r\n"] {
        assert!(head.contains(said), "{said:?} in {head}");
    }
    assert!(!head.contains("theirs") && !head.contains("content-encoding"), "{head}");
    let body = String::from_utf8_lossy(&body).into_owned();
    assert!(body.contains("stead.request") && !body.contains("theirs"), "{body}");
    assert!(gateway.stop());
}
