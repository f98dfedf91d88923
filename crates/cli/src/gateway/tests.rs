//! A whole file, and files with mistakes in them.

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
fn what_is_wrong_with_a_redis_is_told_with_its_line_and_no_password() {
    let line = 1 + with_redis("").lines().position(|line| line.starts_with("redis")).unwrap();
    for (said, told) in [
        ("url = \"rediss://:hunter2@a/\"", "`password_file`"),
        ("url = \"rediss://gateway@a/\"", "`password_file` and `user`"),
        ("url = \"rediss://a/\", password = \"hunter2\"", "unknown key `password`"),
        ("url = \"rediss://a/?password=hunter2\"", "`password_file`"),
        ("url = \"rediss://a/\", user = \"gateway\"", "by a name alone"),
        ("url = \"rediss://a/\", password_file = \"none\"", "there is no file"),
        ("url = \"rediss://a/\", ca_file = \"secret\"", "no certificate authorities"),
        ("url = \"redis://a/\", ca_file = \"api.pem\"", "TLS is `rediss://`"),
    ] {
        let mistakes = loaded(&with_redis(said)).unwrap_err();
        assert!(mistakes.contains(told), "{said}: {mistakes}");
        assert!(mistakes.contains(&format!("gateway.toml:{line}:")), "{mistakes}");
        assert!(!mistakes.contains("hunter2"), "{mistakes}");
    }
}

#[test]
fn no_secret_is_told_that_stands_where_none_belongs() {
    let auth = "auth      = { secret_file = \"secret\" }";
    for (right, wrong, told) in [
        (auth, "auth = { secret = \"hunter2\" }", "unknown key `secret`"),
        (
            auth,
            "auth = { secret_flie = \"secret\", tokn = \"hunter2\" }",
            "did you mean `secret_file`",
        ),
        (auth, "auth = \"hunter2\"", "this is text"),
        (auth, "auth = hunter2", "gateway.toml:10:8: string values"),
        ("metrics =", "api_key = \"hunter2\"\nmetrics =", "unknown key `api_key`"),
        ("metrics =", "metriks = \"hunter2\" # ", "did you mean `metrics`"),
        ("http://127.0.0.1:9000", "http://gateway:hunter2@127.0.0.1:9000", "this is no upstream"),
        ("http://127.0.0.1:9000", "http://:hunter2@127.0.0.1:9000", "this is no upstream"),
        ("https://id.example", "https://gateway:hunter2@id.example", "this is no issuer"),
        (
            "[cache]",
            "[telemetry]\notlp = \"https://a/?key=hunter2\"\n[cache]",
            "no URL of a collector",
        ),
    ] {
        assert!(WHOLE.contains(right), "{right}");
        let mistakes = loaded(&WHOLE.replace(right, wrong)).unwrap_err();
        assert!(mistakes.contains(told) && !mistakes.contains("hunter2"), "{wrong}: {mistakes}");
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
fn a_mistake_is_told_with_its_line_and_what_was_meant() {
    for (right, wrong, told) in [
        ("metrics =", "metriks =", "gateway.toml:4:1: unknown key `metriks`"),
        ("\"127.0.0.1:8080\"", "\"8080\"", "write it as 127.0.0.1:8080"),
        ("\"https://id.example", "\"http://id.example", "is no issuer"),
        ("[inbound]", "[ext_authz]\nlisten = \"10.0.0.1:9001\"\n[inbound]", "get tokens there"),
        ("\"secret\"", "\"none\"", "there is no file"),
        ("secret_file = \"secret\"", "private_key_jwt = \"secret\"", "no private key"),
        (
            "secret_file = \"secret\"",
            "secret_env = \"NOT_SET_ANYWHERE\"",
            "no environment variable",
        ),
        ("auth      = { secret_file = \"secret\" }", "", "how this service proves"),
        ("[\"corp\", \"partner\"]", "[\"crop\"]", "did you mean `corp`?"),
        ("x-tenant-*", "x tenant", "no header is called"),
        ("\"/reports/*\"", "\"/reports*\"", "is no path"),
        ("\"/reports/*\"", "\"/a/../b\"", "is no path"),
        ("\"GET\"", "\"get\"", "in capitals"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/base", "is no upstream"),
        ("audience = \"api://data\", ", "", "points at no resource"),
        ("provider = \"corp\" }", "provider = \"partner\" }", "knows this service by no name"),
        (
            "{ secret_file = \"secret\" }",
            "{ certificate = { cert_file = \"api.key\", key_file = \"api.key\" } }",
            "no certificate",
        ),
        (
            "{ secret_file = \"secret\" }",
            "{ mtls = { cert_file = \"secret\", key_file = \"api.key\" } }",
            "no certificate",
        ),
        ("{ secret_file = \"secret\" }", "{ spiffe_file = \"svid\" }", "there is no file"),
        (
            "{ secret_file = \"secret\" }",
            "{ private_key_jwt = { key_file = \"secret\", audience = \"legasy\" } }",
            "did you mean `legacy`?",
        ),
        ("profile =", "profil =", "unknown key `profil`"),
        ("\"entra-v2\"", "\"entra-v3\"", "is none of"),
        ("profile", "revocations = \"follow\"\nprofile", "hears what it revokes"),
        ("retries = 1", "retries = 2", "2 is not possible"),
        ("failures = 10", "failures = 0", "0 is not possible"),
        ("\"5s\"", "\"500ms\"", "is no number of seconds"),
        ("\"60s\"", "\"20s\"", "of no use any more"),
        (
            "[cache]",
            "[cache]\nredis = { url = \"redis://:pw@a/\", key_file = \"sealing\" }",
            "without a password",
        ),
        (
            "[cache]",
            "[cache]\nredis = { url = \"redis://a/\", key_file = \"secret\" }",
            "can be guessed",
        ),
        ("exchange = \"none\"", "exchange = \"noen\"", "`noen` is none of"),
        ("exchange = \"none\"", "", "`exchange` is missing"),
        ("\"hide\"", "\"hid\"", "did you mean `hide`?"),
        ("upstream = \"h2c://127.0.0.1:9000\"", "", "where its requests go"),
    ] {
        assert!(WHOLE.contains(right), "{right}");
        let mistakes = loaded(&WHOLE.replace(right, wrong)).unwrap_err();
        assert!(mistakes.contains(told), "{wrong}: {mistakes}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = WHOLE.replace("8080", "x").replace("\"GET\"", "\"get\"");
    let mistakes = loaded(&text).unwrap_err();
    assert!(mistakes.ends_with("2 mistakes"), "{mistakes}");
    let text = text.replace("metrics =", "metriks =").replace("\"hide\"", "\"hid\"");
    let text = text.replace("profile =", "profil =").replace("retries = 1", "retries = \"one\"");
    let mistakes = loaded(&text).unwrap_err();
    for told in ["unknown key `metriks`", "`hid`", "in capitals", "127.0.0.1:8080", "`profil`"] {
        assert!(mistakes.contains(told), "{told}: {mistakes}");
    }
    assert!(mistakes.ends_with("6 mistakes"), "{mistakes}");
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

#[test]
fn tokens_that_are_bound_to_a_key_are_taken_for_the_origin_of_the_file() {
    let with = |said: &str| {
        loaded(&WHOLE.replace("[inbound]", &format!("[inbound]\ndpop = {{ {said} }}")))
    };
    let one = "origin = [\"https://dashboard.example.com\"]";
    let proofs = with(one).unwrap().inbound.dpop.unwrap();
    let origins = vec!["https://dashboard.example.com".to_owned()];
    assert_eq!(proofs, Proofs { origins, others: Others::Taken, nonces: None });
    let more = "origin = [\"https://dashboard.example.com\", \"https://mail.example.com\"], \
                mode = \"require\", nonce_key_file = \"sealing\"";
    let proofs = with(more).unwrap().inbound.dpop.unwrap();
    assert!(proofs.others == Others::Refused && proofs.nonces.is_some());
    assert_eq!(proofs.origins.len(), 2);
    assert_eq!(loaded(WHOLE).unwrap().inbound.dpop, None);
    for (said, told) in [
        ("mode = \"require\"", "`origin` is missing"),
        ("origin = \"https://a.example\"", "this is text, expected is a list"),
        ("origin = []", "for no place at all"),
        ("origin = [\"api.example.com\"]", "no place where callers could reach it"),
        (
            "origin = [\"https://a.example\", \"https://b\", \"https://b\"]",
            "`https://b` is there twice",
        ),
        ("origin = [\"https://a.example/?b\"]", "no place where callers could reach it"),
        ("origin = [\"https://a.example\"], mode = \"off\"", "`off` is none of"),
        ("origin = [\"https://a.example\"], nonce_key_file = \"secret\"", "can be guessed"),
    ] {
        let mistakes = with(said).unwrap_err();
        assert!(
            mistakes.contains(told) && mistakes.contains("gateway.toml:"),
            "{said}: {mistakes}"
        );
    }
}

#[test]
fn a_route_for_a_host_that_no_origin_has_is_warned_of_where_there_are_several() {
    let warned = |origins: &str| {
        let dpop = format!("[inbound]\ndpop = {{ origin = [{origins}] }}");
        let warnings = whole(&WHOLE.replace("[inbound]", &dpop)).unwrap().warnings;
        let told = warnings.iter().map(ToString::to_string);
        told.filter(|told| told.contains("origin")).collect::<Vec<_>>()
    };
    assert_eq!(warned("\"https://a.example\""), [""; 0]);
    assert_eq!(warned("\"https://a.example\", \"https://dashboard.example.com\""), [""; 0]);
    let told = warned("\"https://a.example\", \"https://b.example\"");
    assert!(told.len() == 1 && told[0].contains("no origin has this host"), "{told:?}");
}

/// The token API beside the example, listening there.
fn with_api(listen: &str, more: &str) -> String {
    let api = format!("[api]\nlisten = \"{listen}\"\n{more}\n[inbound]");
    WHOLE.replace("[inbound]", &api)
}

#[test]
fn a_token_api_is_on_a_socket_or_guarded_by_a_token() {
    let api = |listen: &str, more: &str| loaded(&with_api(listen, more));
    let ok = api("unix:api.sock", "socket_for = \"group\"\nown_tokens = true").unwrap();
    let Some(ApiListen::Socket(socket)) = ok.listen.api else { panic!("a socket") };
    assert!(socket.path.ends_with("api.sock") && socket.open_to == OpenTo::Group);
    let api_config = ok.api.unwrap();
    assert_eq!((api_config.token, api_config.own_tokens), (None, OwnTokens::Given));
    let names = "token_file = \"long\"\nidentity_providers = { tokenx = \"corp\" }";
    let ok = api("127.0.0.1:7164", names).unwrap();
    assert_eq!(ok.listen.api.unwrap().to_string(), "127.0.0.1:7164");
    let api_config = ok.api.unwrap();
    assert!(api_config.token.is_some());
    assert_eq!(api_config.identity_providers["tokenx"], "corp");
    for (listen, more, told) in [
        ("0.0.0.0:7164", "token_file = \"long\"", "other machines could get tokens there"),
        ("127.0.0.1:7164", "", "everybody on this machine"),
        ("127.0.0.1:7164", "token_file = \"secret\"", "can be guessed"),
        ("127.0.0.1", "token_file = \"long\"", "an address like 127.0.0.1:7164"),
        ("unix:nowhere/api.sock", "", "there is no folder for"),
        ("unix:api.sock", "socket_for = \"all\"", "`all` is none of"),
        ("unix:api.sock", "identity_providers = { tokenx = \"crop\" }", "did you mean `corp`?"),
    ] {
        let mistakes = api(listen, more).unwrap_err();
        assert!(mistakes.contains(told), "{listen} {more}: {mistakes}");
    }
}

#[test]
fn a_gateway_may_be_a_token_api_and_nothing_else() {
    let (_, rest) = WHOLE.split_once("[provider.corp]").unwrap();
    let (known, _) = rest.split_once("# The first").unwrap();
    let alone = format!("[api]\nlisten = \"unix:api.sock\"\n[provider.corp]{known}");
    assert_eq!(loaded(&alone).unwrap().routes, []);
    let nothing = alone.replace("[api]\nlisten = \"unix:api.sock\"", "");
    assert!(loaded(&nothing).unwrap_err().contains("it listens nowhere"));
}

#[test]
fn a_downstream_api_has_a_target_and_perhaps_a_place() {
    let api =
        |more: &str| loaded(&with_api("unix:api.sock", &format!("[api.downstream.graph]\n{more}")));
    let exchange = "exchange = { scope = \"https://graph.example/Mail.Read\" }";
    let placed = format!("{exchange}\nbase_url = \"https://graph.example/v1.0\"\npath = \"/me\"");
    let [graph] = api(&placed).unwrap().api.unwrap().downstream.try_into().unwrap();
    let base = graph.base.unwrap();
    assert_eq!(
        (&*graph.name, &*graph.provider, &graph.method),
        ("graph", "corp", &reqwest::Method::GET)
    );
    assert_eq!((&*base.path, &*base.relative), ("/v1.0/", "me"));
    assert_eq!(base.upstream.origin.to_string(), "https://graph.example/");
    let [graph] = api(exchange).unwrap().api.unwrap().downstream.try_into().unwrap();
    assert_eq!(graph.base, None);
    for (more, told) in [
        ("exchange = { scope = \"Mail.Read\" }".to_owned(), "points at no resource"),
        (format!("{exchange}\nbase_url = \"graph.example\""), "is no place of an API"),
        (
            format!("{exchange}\nbase_url = \"https://graph.example/a/../b?c\""),
            "is no place of an API",
        ),
        (format!("{exchange}\nmethod = \"get\""), "in capitals"),
        ("base_url = \"https://graph.example\"".to_owned(), "`exchange` is missing"),
    ] {
        let mistakes = api(&more).unwrap_err();
        assert!(mistakes.contains(told), "{more}: {mistakes}");
    }
}

#[test]
fn a_way_out_leads_where_the_file_says() {
    let out = |more: &str| {
        let egress = format!("[egress]\n{more}\n[inbound]");
        loaded(&WHOLE.replace("[inbound]", &egress).replace("\"none\"", "\"handle\""))
    };
    let listen = "listen = \"127.0.0.1:3128\"";
    let exchange = "exchange = { scope = \"api://data/Rows.Read\", provider = \"corp\" }";
    let target = |host: &str, more: &str| {
        format!("{listen}\n[[egress.target]]\nhost = \"{host}\"\n{exchange}\n{more}")
    };
    let config = out(&target("data.internal:8080", "")).unwrap();
    assert_eq!(config.routes[2].exchange, Exchange::Handle);
    let [data] = config.egress.as_slice() else { panic!("one") };
    let upstream = data.route.upstream.as_ref().unwrap();
    assert_eq!(
        (data.port, upstream.origin.to_string()),
        (8080, "http://data.internal:8080/".into())
    );
    assert_eq!(data.route.matching.host.as_deref(), Some("data.internal"));
    let config = out(&target("data.internal", "upstream = \"https://data.example\"")).unwrap();
    assert_eq!(config.egress[0].port, 80);
    for (more, told) in [
        (target("data.internal/a", ""), "is no host"),
        (target("data.internal", "upstream = \"data.example\""), "is no upstream"),
        (target("data.internal", "").replace("127.0.0.1", "0.0.0.0"), "get tokens there"),
        (format!("{listen}\ntarget = []"), "it leads nowhere"),
        (format!("{}\n[handles]\nmost = 0", target("a.internal", "")), "so many cannot be kept"),
    ] {
        let mistakes = out(&more).unwrap_err();
        assert!(mistakes.contains(told), "{more}: {mistakes}");
    }
}
