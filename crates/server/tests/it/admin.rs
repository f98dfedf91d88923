//! The admin API over its own listener: who gets in, what changes, what is answered when it does not.

use crate::world::{World, config};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use stead_core::model::managed::Managed;
use stead_server::admin::{ROUTES, description};
use stead_server::moment::SystemMoments;
use stead_server::{AdminAddress, start};

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";

impl World {
    pub(crate) fn admin_url(&self, path: &str) -> String {
        let AdminAddress::Tcp(address) = self.server.admin() else { unreachable!("it is TCP") };
        format!("http://{address}{path}")
    }

    pub(crate) fn admin_token(&self) -> String {
        let text = std::fs::read_to_string(self.server.admin_token_file()).unwrap();
        text.trim().to_owned()
    }

    /// One admin request below the tenant's path; the status and the JSON of the answer.
    pub(crate) async fn admin(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = self.admin_url(&format!("/admin/v1/corp{path}"));
        let mut request =
            reqwest::Client::new().request(method, url).bearer_auth(self.admin_token());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.admin(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    async fn status(&self, method: Method, path: &str, body: Option<Value>) -> StatusCode {
        self.admin(method, path, body).await.0
    }
}

#[tokio::test]
async fn nothing_but_the_token_in_the_file_opens() {
    let world = World::start().await;
    let (token, client) = (world.admin_token(), reqwest::Client::new());
    for path in ["/admin/v1/corp/users", "/admin/v1/nobody/users", "/admin/v1/nowhere", "/"] {
        let url = world.admin_url(path);
        let response = client.get(&url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert!(response.headers().contains_key("www-authenticate"));
        let wrong = client.get(&url).bearer_auth(format!("{token}x")).send().await.unwrap();
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let url = world.admin_url("/admin/v1/corp/users");
    let right = client.get(&url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(right.status(), StatusCode::OK);
    assert_eq!(right.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn the_public_listener_has_no_admin_api() {
    let world = World::start().await;
    let request = world.client().get(world.url("/admin/v1/corp/users"));
    let response = request.bearer_auth(world.admin_token()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn unknown_tenants_paths_and_methods_are_said_in_json() {
    let world = World::start().await;
    let client = reqwest::Client::new();
    for (path, method, status, error) in [
        ("/admin/v1/nobody/users", Method::GET, 404, "not_found"),
        ("/admin/v1/corp/nothing", Method::GET, 404, "not_found"),
        ("/admin/v1/corp/users", Method::PATCH, 405, "method_not_allowed"),
        ("/admin/v1/corp/users?limit=0", Method::GET, 422, "invalid"),
        ("/admin/v1/corp/users?limit=201", Method::GET, 422, "invalid"),
        ("/admin/v1/corp/users?nonsense=1", Method::GET, 422, "invalid"),
        ("/admin/v1/corp/users/%20", Method::GET, 422, "invalid"),
    ] {
        let request =
            client.request(method, world.admin_url(path)).bearer_auth(world.admin_token());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], error, "{path}");
    }
}

#[tokio::test]
async fn an_application_is_registered_changed_stopped_and_removed() {
    let world = World::start().await;
    let entry = json!({
        "name": "Company data", "kind": "web-api", "audience": "api://company-data",
        "scopes": { "Rows.Read": "Read rows" },
    });
    let (status, made) = world.admin(Method::PUT, "/applications/company-data", Some(entry)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["managed"], json!({ "by": "api" }));

    let mut reports = world.get("/applications/reports").await;
    for name in ["id", "credentials", "managed"] {
        reports.as_object_mut().unwrap().remove(name);
    }
    reports["may_act"] = json!([{
        "towards": "api://company-data", "scopes": ["Rows.Read"], "for": { "user": ALICE },
        "requires": ["Reports.Read"], "via": ["spa"], "consent": "admin", "max_age": 28800,
        "acr": "urn:stead:acr:mfa",
    }]);
    let (status, put) =
        world.admin(Method::PUT, "/applications/reports", Some(reports.clone())).await;
    assert_eq!(status, StatusCode::OK, "{put}");
    assert_eq!(put["may_act"][0]["for"], json!({ "user": ALICE }));

    let said = &world.get("/records?limit=1").await["items"][0]["record"]["event"];
    assert_eq!(said["by"], "admin:token-file");
    assert_eq!(
        said["changes"],
        json!([format!(
            "application reports: may_act added towards api://company-data (Rows.Read) for user {ALICE}"
        )])
    );

    let (_, stopped) = world.admin(Method::POST, "/applications/reports/disable", None).await;
    assert_eq!(stopped["enabled"], false);
    let facts = world.get("/revocations").await;
    assert_eq!(facts["items"][0]["kind"], "client");
    assert_eq!(facts["items"][0]["id"], "reports");
    let (_, again) = world.admin(Method::POST, "/applications/reports/enable", None).await;
    assert_eq!(again["enabled"], true);

    let gone = world.status(Method::DELETE, "/applications/company-data", None).await;
    assert_eq!(gone, StatusCode::NO_CONTENT);
    let missing = world.status(Method::GET, "/applications/company-data", None).await;
    assert_eq!(missing, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_sound_is_said_with_every_mistake() {
    let world = World::start().await;
    let entry = json!({
        "name": "", "kind": "web", "redirect_uris": ["https://x.example/*"],
        "permissions": [{ "towards": "api://reports", "scopes": ["Reports.Raed"] }],
    });
    let (status, body) = world.admin(Method::PUT, "/applications/new", Some(entry)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["error"], "invalid");
    let fields: Vec<&Value> =
        body["details"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
    assert_eq!(fields, ["name", "redirect_uris[0]", "permission[0].scopes"]);
    assert_eq!(body["details"][2]["candidates"], json!(["Reports.Read"]));

    for (body, status) in [
        (r#"{"name":"x","kind":"web","nmae":"y"}"#, 422),
        (r#"{"name":"x","name":"y","kind":"web"}"#, 400),
        ("{", 400),
        ("", 400),
    ] {
        let url = world.admin_url("/admin/v1/corp/applications/new");
        let request = reqwest::Client::new().put(url).bearer_auth(world.admin_token()).body(body);
        assert_eq!(request.send().await.unwrap().status(), status, "{body}");
    }
    let missing = world.status(Method::GET, "/applications/new", None).await;
    assert_eq!(missing, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_never_again() {
    let world = World::start().await;
    let path = "/applications/reports/secrets";
    let (status, new) = world.admin(Method::POST, path, Some(json!({ "expires_in": "90d" }))).await;
    assert_eq!(status, StatusCode::CREATED, "{new}");
    let secret = new["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 43);
    let shown = world.get("/applications/reports").await;
    let records = world.get("/records").await;
    assert!(!shown.to_string().contains(secret) && !records.to_string().contains(secret));
    assert_eq!(shown["credentials"][0]["name"], new["name"]);

    let bad = world.status(Method::POST, path, Some(json!({ "expires_in": "soon" }))).await;
    assert_eq!(bad, StatusCode::UNPROCESSABLE_ENTITY);
    let credential = format!("/applications/reports/credentials/{}", new["name"].as_str().unwrap());
    assert_eq!(world.status(Method::DELETE, &credential, None).await, StatusCode::NO_CONTENT);
    assert_eq!(world.status(Method::DELETE, &credential, None).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn users_come_in_pages_and_go() {
    let world = World::start().await;
    for name in ["bob", "carol"] {
        let body = json!({ "username": name, "name": name });
        let (status, made) = world.admin(Method::POST, "/users", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["has_password"], false);
    }
    let twin = json!({ "username": "BOB", "name": "Bob again" });
    let (status, body) = world.admin(Method::POST, "/users", Some(twin)).await;
    assert_eq!((status, &body["error"]), (StatusCode::CONFLICT, &json!("conflict")));

    let first = world.get("/users?limit=2").await;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let rest =
        world.get(&format!("/users?limit=2&after={}", first["next"].as_str().unwrap())).await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest.get("next"), None);

    let gone = world.status(Method::DELETE, &format!("/users/{ALICE}"), None).await;
    assert_eq!(gone, StatusCode::NO_CONTENT);
    assert_eq!(world.get("/revocations").await["items"][0]["why"], "deleted");
}

#[tokio::test]
async fn a_password_is_set_without_being_shown_and_signing_out_is_on_record() {
    let world = World::start().await;
    let path = format!("/users/{ALICE}/password");
    let short = world.admin(Method::PUT, &path, Some(json!({ "password": "short" }))).await;
    assert_eq!(short.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!short.1.to_string().contains("\"short\""));
    let set = world.status(Method::PUT, &path, Some(json!({ "password": "battery staple" }))).await;
    assert_eq!(set, StatusCode::NO_CONTENT);
    assert!(!world.get("/records").await.to_string().contains("battery"));

    let out = world.status(Method::POST, &format!("/users/{ALICE}/sign-out"), None).await;
    assert_eq!(out, StatusCode::NO_CONTENT);
    let event = &world.get("/records?limit=1").await["items"][0]["record"]["event"];
    assert_eq!(event["about"], json!({ "kind": "user", "id": ALICE }));
    let nobody = world.status(Method::POST, "/users/nobody/sign-out", None).await;
    assert_eq!(nobody, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn groups_and_consents_come_and_go() {
    let world = World::start().await;
    let made = world.status(Method::PUT, "/groups/staff", Some(json!({}))).await;
    assert_eq!(made, StatusCode::CREATED);
    let consent = json!({
        "client": "spa", "resource": "api://reports", "scopes": ["Reports.Read"], "for": { "group": "staff" },
    });
    let (status, given) = world.admin(Method::POST, "/consents", Some(consent)).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    assert_eq!(given["given_by"], "admin");
    let id = given["id"].as_str().unwrap();
    assert_eq!(world.get("/consents?client=spa").await["items"][0]["id"], id);
    assert_eq!(world.get("/consents?client=reports").await["items"], json!([]));
    let path = format!("/consents/{id}");
    assert_eq!(world.status(Method::DELETE, &path, None).await, StatusCode::NO_CONTENT);
    assert_eq!(world.status(Method::GET, &path, None).await, StatusCode::NOT_FOUND);
    assert_eq!(world.status(Method::DELETE, "/groups/staff", None).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_a_file_manages_is_refused_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    let mut config = config(home.path());
    for application in &mut config.tenants[0].desired.applications {
        application.managed = Managed::File { file: "apps.toml".to_owned(), line: 7 };
        application.permissions.clear();
        application.redirect_uris.clear();
    }
    let server = start(config, Arc::new(SystemMoments)).await.unwrap();
    let world = World { server, home };
    let shown = world.get("/applications/reports").await;
    assert_eq!(shown["managed"], json!({ "by": "file", "file": "apps.toml", "line": 7 }));
    let (status, body) = world.admin(Method::DELETE, "/applications/reports", None).await;
    assert_eq!((status, &body["error"]), (StatusCode::CONFLICT, &json!("managed_by_file")));
    assert_eq!(
        body["message"],
        "application reports is managed by a file: change it at apps.toml:7"
    );
}

#[tokio::test]
async fn keys_are_shown_without_their_private_parts_and_records_verify() {
    let world = World::start().await;
    let keys = world.get("/keys").await;
    let first = keys["items"][0].as_object().unwrap();
    let members: BTreeSet<&str> = first.keys().map(String::as_str).collect();
    let expected = ["algorithm", "kid", "published", "signs_from", "stage"];
    assert_eq!(members, expected.into());
    let found = world.get("/records/verify").await;
    assert_eq!(found["whole"], true, "{found}");
    assert_eq!(found["verified"], found["heads"][0]["seq"]);
    assert_eq!(world.get("/health").await["records"], found["verified"]);
    assert_eq!(world.get("/sessions").await["items"], json!([]));
}

#[tokio::test]
async fn revoking_needs_something_that_is_there_and_a_reason() {
    let world = World::start().await;
    let revoke =
        |kind: &str, id: &str, why: &str| Some(json!({ "kind": kind, "id": id, "why": why }));
    for (body, status) in [
        (revoke("client", "spa", "its tokens leaked"), StatusCode::CREATED),
        (revoke("client", "nobody", "its tokens leaked"), StatusCode::NOT_FOUND),
        (revoke("client", "spa", ""), StatusCode::UNPROCESSABLE_ENTITY),
        (revoke("planet", "spa", "x"), StatusCode::UNPROCESSABLE_ENTITY),
        (revoke("token", "any-jti", "seen in a log"), StatusCode::CREATED),
    ] {
        let said = format!("{body:?}");
        assert_eq!(world.status(Method::POST, "/revocations", body).await, status, "{said}");
    }
}

#[tokio::test]
async fn an_exchange_is_explained_and_a_question_that_says_nobody_is_refused() {
    let world = World::start().await;
    let question =
        json!({ "as": "alice", "client": "reports", "to": "api://reports", "scope": "" });
    let (status, body) = world.admin(Method::POST, "/explain", Some(question)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["allowed"], false);
    assert_eq!(body["rules"].as_array().unwrap().len(), 13);
    let unclear = json!({ "client": "reports", "to": "api://reports" });
    let status = world.status(Method::POST, "/explain", Some(unclear)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn the_description_describes_every_route_and_nothing_else() {
    let document = serde_json::to_value(description()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.insert((method.clone(), path.clone()));
        }
    }
    let served = ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(described, served.collect());
}

#[test]
fn every_operation_names_its_path_parameters_its_errors_and_schemas_that_exist() {
    let document = serde_json::to_value(description()).unwrap();
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
    for (method, path) in ROUTES {
        let operation = &document["paths"][path][method];
        let names: Vec<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["in"] == "path")
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        let wanted: Vec<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(names, wanted, "{method} {path}");
        assert!(operation["responses"].get("401").is_some(), "{method} {path}");
        assert!(operation["summary"].is_string(), "{method} {path}");
    }
}

#[tokio::test]
async fn the_description_is_served_without_a_token() {
    let world = World::start().await;
    let served = reqwest::get(world.admin_url("/admin/v1/openapi.json")).await.unwrap();
    let served: Value = served.json().await.unwrap();
    assert_eq!(served, serde_json::to_value(description()).unwrap());
}

#[test]
fn the_description_in_the_docs_is_the_one_that_is_served() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/admin-api.json");
    let mut now = serde_json::to_string_pretty(&description()).unwrap();
    now.push('\n');
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    if now != kept {
        let fresh = std::env::temp_dir().join("admin-api.json");
        std::fs::write(&fresh, &now).unwrap();
    }
    assert!(
        now == kept,
        "the admin API changed: copy admin-api.json from the system's temporary directory to \
         docs/reference/ and look at the difference"
    );
}

#[test]
fn a_shown_entry_fits_its_own_schema() {
    let document = serde_json::to_value(description()).unwrap();
    for (shown, entry) in [("UserView", "UserBody"), ("ApplicationView", "ApplicationBody")] {
        let schemas = &document["components"]["schemas"];
        assert!(schemas[shown]["allOf"].is_array(), "{shown}");
        assert_eq!(schemas[entry].get("additionalProperties"), None, "{entry}");
    }
    assert_eq!(document["components"]["schemas"]["GroupBody"]["additionalProperties"], false);
}
