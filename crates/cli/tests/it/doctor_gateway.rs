//! `stead doctor gateway`, beside a provider and an upstream that are there, and with one thing wrong after the other.

use crate::stead::{Folder, Said, Server};
use serde_json::Value;
use std::net::TcpListener;

/// A provider, something that can be connected to, and the file of a gateway between them.
struct Around {
    folder: Folder,
    server: Server,
    upstream: TcpListener,
}

impl Around {
    fn new() -> Self {
        let folder = Folder::started();
        let server = folder.serve();
        let port = server.announced.split("listening on 127.0.0.1:").nth(1).unwrap();
        let port = port.split(')').next().unwrap().to_owned();
        let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
        let text = format!(
            r#"listen = "127.0.0.1:0"

[provider.corp]
issuer    = "https://localhost:{port}/acme/v2.0"
client_id = "reports-api"
auth      = {{ secret_file = "secrets/reports-api" }}

[inbound]
provider = ["corp"]
audience = ["api://reports-api"]

[[route]]
match    = {{ path = "/*" }}
upstream = "http://{}"
exchange = {{ audience = "api://company-data", scope = "Rows.Read" }}

[trust]
ca_files = ["data/ca/ca.pem"]
"#,
            upstream.local_addr().unwrap()
        );
        folder.write("gateway.toml", &text);
        Self { folder, server, upstream }
    }

    /// With one thing in the file another.
    fn with(&self, from: &str, to: &str) {
        let text = self.folder.read("gateway.toml");
        assert!(text.contains(from), "{text}");
        self.folder.write("gateway.toml", &text.replace(from, to));
    }

    fn doctor(&self) -> (Said, Vec<(String, String)>) {
        let said = self.folder.run(&["doctor", "gateway", "--json"]);
        let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
        let text =
            |it: &Value, name: &str| it.get(name).and_then(Value::as_str).unwrap().to_owned();
        let findings = told.get("findings").and_then(Value::as_array).unwrap().iter();
        let told = |it: &Value| {
            (text(it, "verdict"), format!("{}: {}", text(it, "about"), text(it, "what")))
        };
        (said, findings.map(told).collect())
    }

    /// The one thing that fails.
    #[track_caller]
    fn failure(&self) -> String {
        let (said, findings) = self.doctor();
        let failed: Vec<_> = findings.iter().filter(|(verdict, _)| verdict == "fail").collect();
        let [(_, what)] = failed.as_slice() else { panic!("{findings:#?}") };
        assert_eq!(said.code, 1);
        what.clone()
    }
}

#[test]
fn beside_a_provider_and_an_upstream_nothing_fails_and_no_token_is_issued() {
    let around = Around::new();
    let (said, findings) = around.doctor();
    assert!(said.ok && findings.iter().all(|(verdict, _)| verdict == "ok"), "{findings:#?}");
    let areas: Vec<&str> = findings.iter().map(|(_, it)| it.split(':').next().unwrap()).collect();
    let all = ["configuration", "clock", "listeners", "upstreams", "providers", "providers"];
    assert_eq!(areas, all);
    assert!(findings.iter().any(|(_, what)| what.ends_with("corp takes our credential")));
    let on_record = around.folder.run(&["audit", "list", "--json"]);
    let on_record: Vec<Value> = serde_json::from_str(&on_record.out).unwrap();
    let of_tokens = on_record.iter().map(|it| &it["record"]);
    let of_tokens: Vec<_> = of_tokens.filter(|it| it["event"]["kind"] == "token").collect();
    let [refused] = of_tokens.as_slice() else { panic!("{of_tokens:#?}") };
    assert_eq!(refused["outcome"]["is"], "denied");

    let plain = around.folder.run(&["doctor", "gateway"]);
    assert!(plain.ok && plain.out.contains("ok    providers"), "{plain:?}");
    assert!(around.server.stop());
}

#[test]
fn a_credential_that_the_provider_does_not_take_fails() {
    let around = Around::new();
    around.folder.write("other", "another secret than the one on file");
    around.with("secrets/reports-api", "other");
    let failed = around.failure();
    assert!(failed.starts_with("providers: corp does not take our credential"), "{failed}");
    assert!(!failed.contains("another secret"));
}

#[test]
fn an_upstream_or_a_provider_that_is_not_there_fails() {
    let around = Around::new();
    let gone = around.upstream.local_addr().unwrap();
    drop(around.upstream);
    let around = Around { upstream: TcpListener::bind("127.0.0.1:0").unwrap(), ..around };
    let failed = around.failure();
    assert!(failed.starts_with(&format!("upstreams: {gone} cannot be connected to")), "{failed}");
    around.with(&gone.to_string(), &around.upstream.local_addr().unwrap().to_string());
    around.with("/acme/v2.0", "/nobody/v2.0");
    let failed = around.failure();
    assert!(failed.starts_with("providers: corp, https://localhost:"), "{failed}");
}

/// The whole file, with the token API, a way out, a certificate of its own, and a Redis that is nowhere.
fn with_everything(around: &Around, nowhere: &str) {
    let made = rcgen::generate_simple_self_signed(["api.example".to_owned()]).unwrap();
    around.folder.write("api.pem", &made.cert.pem());
    around.folder.write("api.key", &made.signing_key.serialize_pem());
    around.folder.write("sealing", "0123456789abcdef0123456789abcdef");
    let upstream = around.upstream.local_addr().unwrap();
    let more = format!(
        r#"metrics = "127.0.0.1:0"
tls = {{ cert_file = "api.pem", key_file = "api.key" }}

[ext_authz]
listen = "127.0.0.1:0"

[api]
listen = "unix:api.sock"

[egress]
listen = "127.0.0.1:0"
target = [{{ host = "data.internal", upstream = "http://{nowhere}", exchange = {{ audience = "api://company-data", scope = "Rows.Read" }} }}]

[cache]
redis = {{ url = "redis://{upstream}/", key_file = "sealing" }}

[provider.corp]"#
    );
    around.with("[provider.corp]", &more);
}

#[test]
fn everything_that_a_gateway_stands_on_is_looked_at() {
    let around = Around::new();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    with_everything(&around, &gone);
    let (_, findings) = around.doctor();
    let told = |verdict: &str, what: &str| {
        let found = findings.iter().any(|(is, found)| is == verdict && found.contains(what));
        assert!(found, "{what}: {findings:#?}");
    };
    for key in ["listen", "ext_authz", "egress", "metrics", "api"] {
        told("ok", &format!("is free for `{key}`"));
    }
    told("ok", "api.pem fits its key");
    told("fail", &format!("upstreams: {gone} cannot be connected to"));
    // The upstream takes connections, and says nothing.
    told("fail", "cache: redis://");
}

#[test]
fn a_place_that_another_program_has_is_told_and_one_that_a_gateway_has_is_fine() {
    let around = Around::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    around.with("listen = \"127.0.0.1:0\"", &format!("listen = \"{place}\""));
    let hangs_up = std::thread::spawn(move || drop(taken.accept().unwrap()));
    let failed = around.failure();
    assert!(failed.contains("cannot be listened on (`listen`): another program"), "{failed}");
    hangs_up.join().unwrap();

    let gateway = around.folder.gateway();
    let (said, findings) = around.doctor();
    assert!(said.ok, "{findings:#?}");
    let ours = format!("listeners: {place}: a gateway runs there (`listen`)");
    assert!(findings.contains(&("ok".to_owned(), ours)), "{findings:#?}");
    assert!(gateway.stop());
}

#[test]
fn a_certificate_for_the_provider_is_looked_at_like_ones_own() {
    let around = Around::new();
    let [made, other] =
        [(); 2].map(|()| rcgen::generate_simple_self_signed(["reports-api".to_owned()]).unwrap());
    around.folder.write("corp.pem", &made.cert.pem());
    around.folder.write("corp.key", &other.signing_key.serialize_pem());
    around.with(
        "{ secret_file = \"secrets/reports-api\" }",
        "{ mtls = { cert_file = \"corp.pem\", key_file = \"corp.key\" } }",
    );
    let certificate = "tls: the certificate that corp is shown";
    let told = |what: &str| {
        let (_, findings) = around.doctor();
        let what = format!("{certificate} {what}");
        assert!(findings.iter().any(|(_, found)| found.starts_with(&what)), "{findings:#?}");
    };
    told("does not fit its key");
    around.folder.write("corp.key", &made.signing_key.serialize_pem());
    told("fits its key");
    let mut params = rcgen::CertificateParams::new(vec!["reports-api".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    around.folder.write("corp.pem", &params.self_signed(&made.signing_key).unwrap().pem());
    told("expired at 2020-01-01");
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_place() {
    let around = Around::new();
    around.with("[inbound]", "[inbund]");
    let (said, findings) = around.doctor();
    assert_eq!(said.code, 1);
    assert!(findings[0].1.starts_with("configuration: gateway.toml:"), "{findings:#?}");
}
