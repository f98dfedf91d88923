//! `stead emulate entra`: the folder it writes, what it says of itself, and that clients find their way.

use crate::emulated::Emulated;
use crate::stead::Folder;
use reqwest::{Certificate, Client, Url};
use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn the_tenant_is_called_by_its_id_as_in_entra_and_answers_to_its_name_too() {
    let emulated = Emulated::start();
    let id = emulated.said("/tenant_id");
    let by_id = emulated.get(&format!("/{id}/v2.0/.well-known/openid-configuration")).await;
    assert_eq!(by_id.get("issuer"), emulated.contract.get("issuer"));
    assert_eq!(by_id.get("issuer"), Some(&json!(format!("{}/v2.0", emulated.said("/authority")))));
    let by_name = emulated.get("/acme/v2.0/.well-known/openid-configuration").await;
    assert_eq!(by_name.get("token_endpoint"), by_id.get("token_endpoint"));
}

#[tokio::test]
async fn what_the_contract_names_works_a_daemon_gets_its_token_and_a_middle_tier_acts_for_alice() {
    let emulated = Emulated::start();
    let answer: Value = emulated.as_itself().await.json().await.unwrap();
    assert_eq!(answer.get("token_type"), Some(&json!("Bearer")), "{answer}");
    let token = emulated.user_token("alice", "wonderland", "").await;
    let answer: Value = emulated.exchange(&token).await.json().await.unwrap();
    assert_eq!(answer.get("token_type"), Some(&json!("Bearer")), "{answer}");
    let records = emulated.run(&["audit", "list", "--json", "--config", emulated.said("/config")]);
    assert!(records.ok && records.out.contains("api://company-data"), "{records:?}");
}

#[test]
fn secrets_are_their_owners_alone_and_what_was_edited_is_kept() {
    let folder = Folder::empty();
    drop(folder.emulate(&[]));
    for name in ["emulator.json", "secrets/reports-api", "certificates/reports-api.key.pem"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let secret = folder.read("secrets/reports-api");
    let people = folder.read("resources/people.toml").replace("Alice Archer", "Alice Anders");
    folder.write("resources/people.toml", &people);
    drop(folder.emulate(&[]));
    assert_eq!(folder.read("secrets/reports-api"), secret);
    assert!(folder.read("emulator.json").contains("Alice Anders"));
}

#[test]
fn its_files_have_no_mistake_in_them() {
    let folder = Folder::empty();
    drop(folder.emulate(&[]));
    let said = folder.run(&["check"]);
    assert!(said.ok, "{said:?}");
}

#[tokio::test]
async fn with_record_every_request_is_kept_with_its_answer_for_its_owner_alone_but_no_cookie() {
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("wire.jsonl");
    fs::write(&file, "from before, and open to everybody").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let emulated = Emulated::with(&["--record", file.to_str().unwrap()]);
    let answer = emulated.as_itself().await;
    let status = answer.status().as_u16();
    let mut body: Value = answer.json().await.unwrap();
    body["access_token"] = json!("<access token>");
    let kept = fs::read_to_string(&file).unwrap();
    let [line] = kept.lines().collect::<Vec<_>>()[..] else { panic!("{kept}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line.get("path").and_then(Value::as_str).unwrap().rsplit('/').next(), Some("token"));
    assert_eq!(line.get("status"), Some(&json!(status)));
    let kept = line.get("body").and_then(Value::as_str).unwrap();
    assert_eq!(serde_json::from_str::<Value>(kept).unwrap(), body);
    let sent = line.get("form").and_then(Value::as_array).unwrap();
    assert!(sent.contains(&json!(["grant_type", "client_credentials"])), "{sent:?}");
    assert!(sent.contains(&json!(["client_secret", "<client secret>"])), "{sent:?}");
    let headers = line.get("headers").and_then(Value::as_array).unwrap();
    assert!(headers.contains(&json!(["cache-control", "no-store"])), "{headers:?}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let url = format!("{}/healthz?asked=1", emulated.said("/public_url"));
    let with_cookie = emulated.http.get(url).header("cookie", "ESTSAUTH=of-the-real-one");
    assert!(with_cookie.header("accept", "text/plain").send().await.unwrap().status().is_success());
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("asked=<value>") && kept.contains("text/plain"), "{kept}");
    assert!(!kept.contains("ESTSAUTH"), "{kept}");
}

#[tokio::test]
async fn no_secret_and_no_token_of_a_sign_in_and_an_exchange_gets_into_the_record() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let emulated = Emulated::with(&["--record", file.path().to_str().unwrap()]);
    let mut values = emulated.sign_in("alice", "wonderland", "").await;
    assert_eq!(values.len(), 5, "three tokens, a code and its verifier");
    let token = values.first().unwrap().clone();
    let answer: Value = emulated.exchange(&token).await.json().await.unwrap();
    values.push(answer.get("access_token").and_then(Value::as_str).unwrap().to_owned());
    let secrets = ["portal", "reports-api"].map(|name| format!("/applications/{name}/secret"));
    values.extend(secrets.map(|secret| emulated.said(&secret).to_owned()));
    values.push("wonderland".to_owned());
    let kept = fs::read_to_string(file.path()).unwrap();
    for value in values {
        assert!(value.len() > 8 && !kept.contains(&value), "{value} in {kept}");
    }
    for cookie in kept.split("__Host-").skip(1) {
        assert!(cookie.split_once('=').unwrap().1.starts_with("<cookie>"), "{kept}");
    }
    for shown in
        ["<password>", "<flow>", "code=<code>", "<code verifier>", "=<cookie>", "<assertion>"]
    {
        assert!(kept.contains(shown), "{shown} is not in {kept}");
    }
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn under_entras_name_its_certificate_is_for_all_names_that_clients_know() {
    let emulated = Emulated::with(&["--alias"]);
    let url: Url = emulated.said("/public_url").parse().unwrap();
    assert_eq!(url.host_str(), Some("login.microsoftonline.com"));
    let ca = fs::read(emulated.said("/ca")).unwrap();
    let ca = Certificate::from_pem(&ca).unwrap();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().unwrap()));
    let names = [
        "login.microsoftonline.com",
        "login.windows.net",
        "login.microsoft.com",
        "sts.windows.net",
        "localhost",
    ];
    for name in names {
        let client = Client::builder().tls_certs_only([ca.clone()]).no_proxy().resolve(name, here);
        let mut url = url.join("/acme/v2.0/.well-known/openid-configuration").unwrap();
        url.set_host(Some(name)).unwrap();
        let answer = client.build().unwrap().get(url).send().await;
        assert!(answer.is_ok_and(|answer| answer.status().is_success()), "{name}");
    }
}

#[test]
fn a_ca_that_may_speak_for_entra_is_another_than_the_ordinary_one() {
    let folder = Folder::empty();
    drop(folder.emulate(&[]));
    let ordinary = folder.read("data/ca/ca.pem");
    drop(folder.emulate(&["--alias"]));
    let contract: Value = serde_json::from_str(&folder.read("emulator.json")).unwrap();
    let ca = contract.get("ca").and_then(Value::as_str).unwrap();
    assert_ne!(fs::read_to_string(ca).unwrap(), ordinary);
    assert_eq!(folder.read("data/ca/ca.pem"), ordinary);
}
