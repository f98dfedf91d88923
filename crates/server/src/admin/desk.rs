//! What a handler is handed: the tenant, the moment, names from the path, a query and a body that were
//! understood. And the door, which only the admin token opens.

use crate::admin::refusal::Refusal;
use crate::app::App;
use crate::error::NO_STORE;
use crate::keys::TenantKeys;
use crate::request::authorization;
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;
use std::sync::Arc;
use stead_core::admin::{Admin, By, Condition, Put, Version};
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_proto::id::BadName;

/// What the holder of the admin token is called in records, until there are several.
const HOLDER: &str = "token-file";

/// Who asks: nobody else passes the door.
pub(crate) fn asker() -> By {
    By::Admin(HOLDER.to_owned())
}

/// Lets nobody pass without the admin token.
pub(crate) async fn door(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.admin_token().opens_for(authorization(request.headers())) {
        next.run(request).await
    } else {
        Refusal::Unauthorized.into_response()
    }
}

/// One tenant and one moment.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) sts: Sts,
    pub(crate) at: Moment,
    pub(crate) app: App,
    condition: Condition,
}

impl Desk {
    pub(crate) fn admin(&self) -> Admin<'_> {
        Admin::new(&self.sts, asker()).only_if(self.condition.clone())
    }

    /// The tenant's signing keys.
    pub(crate) fn keys(&self) -> Result<Arc<TenantKeys>, Refusal> {
        let keys = self.app.keys(self.sts.tenant.id.as_str());
        keys.ok_or_else(|| Refusal::Nowhere("the tenant is served no more".to_owned()))
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let tenant = parameter(parts, app, "tenant").await?;
        let sts = app.sts(&tenant);
        let sts = sts.ok_or_else(|| Refusal::Nowhere(format!("there is no tenant {tenant}")))?;
        let condition = condition(&parts.headers)?;
        Ok(Self { sts, at: app.moment(), app: app.clone(), condition })
    }
}

/// What `If-Match` says (RFC 9110 §13.1.1). Versions are strong: a weak one fits nothing.
fn condition(headers: &HeaderMap) -> Result<Condition, Refusal> {
    let mut versions = Vec::new();
    for value in headers.get_all(IF_MATCH) {
        let unfit = || Refusal::Unfit("If-Match is not a list of versions".to_owned());
        let said = value.to_str().map_err(|_| unfit())?.trim();
        if said == "*" {
            return Ok(Condition::Exists);
        }
        for tag in said.split(',').map(str::trim) {
            let strong = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            match (strong, tag.starts_with("W/\"")) {
                (Some(version), _) => versions.push(Version::said(version)),
                (None, true) => versions.push(Version::said(tag)),
                (None, false) => return Err(unfit()),
            }
        }
    }
    Ok(if versions.is_empty() { Condition::Always } else { Condition::Is(versions) })
}

/// The name in the path.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr<Err = BadName>> FromRequestParts<App> for Id<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let id = parameter(parts, app, "id").await?.parse();
        id.map(Self).map_err(|bad: BadName| Refusal::Unfit(bad.to_string()))
    }
}

/// The name of a credential in the path.
#[derive(Debug)]
pub(crate) struct CredentialName(pub(crate) String);

impl FromRequestParts<App> for CredentialName {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        parameter(parts, app, "credential").await.map(Self)
    }
}

/// The name of a kind of second factor in the path.
#[derive(Debug)]
pub(crate) struct FactorName(pub(crate) String);

impl FromRequestParts<App> for FactorName {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        parameter(parts, app, "factor").await.map(Self)
    }
}

async fn parameter(parts: &mut Parts, app: &App, wanted: &str) -> Result<String, Refusal> {
    let unfit = || Refusal::Unfit("the path is not UTF-8".to_owned());
    let all = RawPathParams::from_request_parts(parts, app).await.map_err(|_| unfit())?;
    let found = all.iter().find_map(|(name, value)| (name == wanted).then(|| value.to_owned()));
    found.ok_or_else(unfit)
}

/// What the query asks; a parameter that nobody knows is refused.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|Query(asked)| Self(asked)).map_err(|bad| Refusal::Unfit(bad.body_text()))
    }
}

/// A JSON body; a member that is there twice, or that nobody knows, is refused.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, app).await;
        let bytes = bytes.map_err(|bad| Refusal::Malformed(bad.body_text()))?;
        let value = stead_proto::json::parse(&bytes);
        let value = value.map_err(|bad| Refusal::Malformed(bad.to_string()))?;
        serde_json::from_value(value).map(Self).map_err(|bad| Refusal::Unfit(bad.to_string()))
    }
}

/// An answer that nobody keeps.
pub(crate) fn answer(body: impl Serialize) -> Response {
    with_status(StatusCode::OK, body)
}

/// The answer to something that was made.
pub(crate) fn made(body: impl Serialize) -> Response {
    with_status(StatusCode::CREATED, body)
}

/// An entry, with its version for whoever wants to change exactly this.
pub(crate) fn entry<T: Serialize, V: Serialize + From<T>>(entry: T) -> Response {
    versioned(StatusCode::OK, entry, V::from)
}

/// The answer to a `PUT`.
pub(crate) fn put<T: Serialize, V: Serialize + From<T>>(put: Put<T>) -> Response {
    match put {
        Put::Added(item) => versioned(StatusCode::CREATED, item, V::from),
        Put::Replaced(item) => versioned(StatusCode::OK, item, V::from),
    }
}

fn versioned<T: Serialize, V: Serialize>(
    status: StatusCode,
    entry: T,
    view: impl FnOnce(T) -> V,
) -> Response {
    let version = HeaderValue::try_from(format!("\"{}\"", Version::of(&entry)));
    let mut response = with_status(status, view(entry));
    if let Ok(version) = version {
        response.headers_mut().insert(ETAG, version);
    }
    response
}

/// The answer when there is nothing to say.
pub(crate) fn nothing() -> Response {
    (StatusCode::NO_CONTENT, NO_STORE).into_response()
}

fn with_status(status: StatusCode, body: impl Serialize) -> Response {
    (status, NO_STORE, Json(body)).into_response()
}

/// What is answered where there is nothing.
pub(crate) async fn nowhere() -> Refusal {
    Refusal::Nowhere(
        "nothing is at this path: /admin/v1/openapi.json says what there is".to_owned(),
    )
}

/// What is answered to a method that a path does not take.
pub(crate) async fn wrong_method(_: Method) -> Refusal {
    Refusal::WrongMethod
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&'static str]) -> Option<Condition> {
        let lines = lines.iter().map(|line| (IF_MATCH, HeaderValue::from_static(line)));
        condition(&lines.collect()).ok()
    }

    #[test]
    fn a_condition_is_a_star_or_a_list_of_versions_and_anything_else_is_refused() {
        let is =
            |all: &[&str]| Some(Condition::Is(all.iter().map(|one| Version::said(*one)).collect()));
        assert_eq!(said(&[]), Some(Condition::Always));
        assert_eq!(said(&["*"]), Some(Condition::Exists));
        assert_eq!(said(&[r#""a""#]), is(&["a"]));
        assert_eq!(said(&[r#""a", "b""#, r#""c""#]), is(&["a", "b", "c"]));
        assert_eq!(said(&[r#"W/"a""#]), is(&[r#"W/"a""#]));
        for unfit in ["a", "\"", "", "\"a\",", "\"a\" b"] {
            assert_eq!(said(&[unfit]), None, "{unfit}");
        }
    }
}
