//! What is told of a file with mistakes in it, and what is not.

use super::{WHOLE, loaded, with_redis};

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
