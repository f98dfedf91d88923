//! A whole file, and files with mistakes in them.

mod doors;
mod examples;
mod mistakes;
mod twice;

use super::*;
use std::fs;
use std::time::Duration;
use stead::Seconds;
use stead::verify::Profile;
use stead_gateway::config::{
    Addressed, ApiListen, Breaker, CredentialConfig, Exchange, OnChallenge, OpenTo, Others,
    OwnTokens, PathPattern, Proofs, Redis, Revocations, Subjects, Tries, WhenDown,
};

/// The example that people begin with.
const WHOLE: &str = include_str!("../../../../examples/gateway.toml");

fn loaded(text: &str) -> Result<GatewayConfig, String> {
    whole(text).map(|loaded| loaded.gateway)
}

/// A file beside a secret, a certificate with its key, and a token.
fn whole(text: &str) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let made = rcgen::generate_simple_self_signed(["api.example".to_owned()]).unwrap();
    write("gateway.toml", text);
    write("secret", "s3cret\n");
    write("api.pem", &made.cert.pem());
    write("api.key", &made.signing_key.serialize_pem());
    write("token", "a.b.c");
    write("long", "0123456789abcdef0123456789abcdef\n");
    write("sealing", &"x".repeat(32));
    load(&folder.path().join("gateway.toml")).map_err(|mistakes| mistakes.to_string())
}

/// The example with another way for `corp` to be proven.
fn proving(auth: &str) -> String {
    WHOLE.replace("{ secret_file = \"secret\" }", auth)
}

fn credential(auth: &str) -> CredentialConfig {
    let config = loaded(&proving(auth)).unwrap();
    config.providers.into_iter().find_map(|it| it.client).unwrap().credential
}

#[test]
fn every_knob_reaches_the_gateway() {
    let config = loaded(WHOLE).unwrap();
    assert_eq!(config.listen.proxy, Some("127.0.0.1:8080".parse().unwrap()));
    let names: Vec<_> =
        config.providers.iter().map(|it| (&*it.name, it.client.is_some())).collect();
    assert_eq!(names, [("corp", true), ("partner", false)]);
    assert!(config.inbound.strip.takes("x_tenant_id") && config.inbound.strip.takes("x-user"));
    let [reports, mail, health] = config.routes.as_slice() else { panic!("three routes") };
    assert_eq!(reports.name, "Dashboard.example.com/reports/*");
    assert_eq!(reports.matching.host.as_deref(), Some("dashboard.example.com"));
    assert_eq!(reports.matching.path, PathPattern::Under("/reports/".into()));
    let require = reports.require.as_ref().unwrap();
    assert_eq!((require.scopes.len(), require.max_chain, require.max_age), (1, Some(3), Some(900)));
    let target = stead::Target::parse("api://data/Rows.Read").unwrap();
    assert_eq!(reports.exchange, Exchange::For { provider: "corp".into(), target });
    assert_eq!((&*mail.name, mail.on_challenge), ("mail", OnChallenge::Hide));
    assert_eq!(health.exchange, Exchange::None);
}

#[test]
fn a_gateway_tells_a_collector_under_a_name_of_its_own() {
    let told = |more: &str| loaded(&format!("{WHOLE}\n[telemetry]\n{more}"));
    let with = |more: &str| told(more).unwrap().telemetry.map(|collector| collector.service);
    let otlp = "otlp = 'http://127.0.0.1:4318'\n";
    assert_eq!((with(""), with(otlp).as_deref()), (None, Some("stead-gateway")));
    assert_eq!(with(&format!("{otlp}service_name = 'reports'")).as_deref(), Some("reports"));
    assert!(told("otlp = 'collector'").unwrap_err().contains("is no URL of a collector"));
}

#[test]
fn every_way_to_prove_who_one_is_reaches_the_gateway() {
    use CredentialConfig::{Certificate, PrivateKey, SpiffeFile, Tls, TokenFile};
    assert!(
        matches!(credential("{ token_file = \"token\" }"), TokenFile(path) if path.ends_with("token"))
    );
    assert!(
        matches!(credential("{ spiffe_file = \"token\" }"), SpiffeFile(path) if path.ends_with("token"))
    );
    let pair = "{ cert_file = \"api.pem\", key_file = \"api.key\" }";
    assert!(matches!(credential(&format!("{{ certificate = {pair} }}")), Certificate { .. }));
    assert!(matches!(credential(&format!("{{ mtls = {pair} }}")), Tls(_)));
    let signed = |auth: &str| match credential(auth) {
        PrivateKey { kid, addressed, .. } => (kid, addressed),
        other => panic!("{other:?}"),
    };
    let plain = signed("{ private_key_jwt = \"api.key\" }");
    assert_eq!(plain, (None, Addressed::ToTheIssuer));
    let table =
        "{ private_key_jwt = { key_file = \"api.key\", kid = \"k-1\", audience = \"legacy\" } }";
    assert_eq!(signed(table), (Some("k-1".to_owned()), Addressed::ToTheTokenEndpoint));
}

#[test]
fn how_providers_are_treated_reaches_the_gateway() {
    let usual = loaded(WHOLE).unwrap();
    assert_eq!(usual.when_down, WhenDown::default());
    assert_eq!(usual.providers[1].profile, Profile::EntraV2);
    let text = WHOLE
        .replace("retries = 1", "retries = 0\nserve_cached = false")
        .replace("{ failures = 10, open_for = \"5s\" }", "{ failures = 3, open_for = \"1m\" }")
        .replace("\"750ms\"", "\"2s\"")
        .replace("\"60s\"", "\"90s\"")
        .replace(
            "[cache]",
            "[cache]\nmegabytes = 8\nredis = { url = \"redis://a:6379/\", key_file = \"sealing\", timeout = \"50ms\" }",
        )
        .replace("auth  ", "subjects = \"pairwise\"\nrevocations = \"require\"\nbeside = [\"account\"]\nauth  ");
    let config = loaded(&text).unwrap();
    let breaker = Breaker { failures: 3, open_for: Seconds(60) };
    let timeout = Duration::from_secs(2);
    let when_down = WhenDown { timeout, tries: Tries::One, breaker, serve_cached: false };
    assert_eq!(config.when_down, when_down);
    assert_eq!((config.cache.bytes, config.cache.refresh_ahead), (8 << 20, Seconds(90)));
    let Some(Redis { url, patience, user: None, password: None, roots: None, .. }) =
        config.cache.redis
    else {
        panic!("no Redis")
    };
    assert_eq!((&*url, patience), ("redis://a:6379/", Duration::from_millis(50)));
    let corp = &config.providers[0];
    assert_eq!(corp.beside, ["account"]);
    let client = corp.client.as_ref().unwrap();
    assert_eq!((client.subjects, client.revocations), (Subjects::Pairwise, Revocations::Required));
}

/// The example with this said of a Redis besides what is sealed with.
fn with_redis(said: &str) -> String {
    WHOLE.replace("[cache]", &format!("[cache]\nredis = {{ key_file = \"sealing\", {said} }}"))
}

#[test]
fn a_redis_is_reached_over_tls_with_a_password_out_of_a_file() {
    let said = "url = \"rediss://a:6379/\", user = \"gateway\", password_file = \"secret\", ca_file = \"api.pem\"";
    let loaded = whole(&with_redis(said)).unwrap();
    let redis = loaded.gateway.cache.redis.unwrap();
    assert_eq!((&*redis.url, redis.user.as_deref()), ("rediss://a:6379/", Some("gateway")));
    assert_eq!(redis.password.as_ref().unwrap().0.expose(), "s3cret");
    assert!(redis.roots.as_ref().unwrap().starts_with(b"-----BEGIN CERTIFICATE"));
    let shown = format!("{redis:?} {:?}", redis.server().unwrap());
    assert!(!shown.contains("s3cret"), "{shown}");
    for file in ["sealing", "secret", "api.pem"] {
        assert!(loaded.named.iter().any(|named| named.ends_with(file)), "{file}");
    }
}

#[test]
fn the_files_whose_contents_count_are_followed() {
    let text = format!(
        "tls = {{ cert_file = \"api.pem\", key_file = \"api.key\" }}\n{}",
        proving("{ token_file = \"token\" }")
    );
    let named = |text: &str| {
        let named = whole(text).unwrap().named.into_iter();
        named.map(|it| it.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    // A token that is read anew each time needs nobody who follows it.
    assert_eq!(named(&text), ["api.pem", "api.key"]);
    assert_eq!(named(WHOLE), ["secret"]);
}

#[test]
fn the_example_fits_on_a_page() {
    assert!(WHOLE.lines().count() <= 60);
}

#[test]
fn what_all_of_it_is_known_by_is_a_url() {
    let with = |resource: &str| {
        loaded(&WHOLE.replace("[inbound]", &format!("[inbound]\nresource = \"{resource}\"")))
    };
    let known_by = "https://mcp.example.com/mcp";
    assert_eq!(with(known_by).unwrap().inbound.resource.as_deref(), Some(known_by));
    assert_eq!(loaded(WHOLE).unwrap().inbound.resource, None);
    for wrong in
        ["mcp.example.com", "api://mcp", "https://a.example/#a", "https://a.example/?b", ""]
    {
        let mistakes = with(wrong).unwrap_err();
        assert!(mistakes.contains("is no URL that an API is known by"), "{wrong}: {mistakes}");
    }
}
