//! What the provider may answer.

use crate::asked::Asked;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};
use stead_proto::digest::base64url;

/// A status and a body.
pub fn says(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// A readable token for what was asked, with some claims changed. Nobody behind verifies it.
pub fn given(asked: &Asked, changes: &Value) -> Response {
    let subject = asked.subject();
    let claims = json!({
        "iss": subject.get("iss"), "sub": subject.get("sub"), "aud": asked.get("audience"),
        "act": { "sub": "reports-api", "act": { "sub": subject.get("client_id") } },
        "actor_token": asked.form.get("actor_token"), "number": asked.number,
    });
    let [header, claims] = [json!({ "alg": "ES256", "typ": "at+jwt" }), changed(claims, changes)]
        .map(|part| base64url(part.to_string().as_bytes()));
    let token = format!("{header}.{claims}.c2ln");
    says(200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 }))
}

/// Claims with some changed; `null` takes one away.
pub fn changed(mut claims: Value, changes: &Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    claims
}
