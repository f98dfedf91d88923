//! `/{tenant}/device`: where the user of a device types the code that it shows (RFC 8628 §3.3).
//!
//! Whatever link somebody followed, they type or see the code here, press a button, sign in, and say that
//! the device is theirs (§5.4). None of it can be skipped by a page elsewhere: every form carries a flow.

use super::consent::in_words;
use super::interaction::{Frame, Interaction};
use super::trouble::{Trouble, capital};
use crate::app::App;
use crate::flow::Held;
use crate::rate_limit::Attempt;
use crate::request::{At, Sent, Submitted, Tenant};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use stead_core::denied::Denied;
use stead_core::login::{ConsentAnswer, DeviceEnd, DevicePage};
use stead_proto::device::UserCode;
use stead_proto::form::Form;
use stead_proto::id::SessionId;
use stead_proto::scope::OpenIdScope;

/// Longest text shown again to whoever typed it.
const SHOWN_AGAIN: usize = 64;

/// A word about a code that will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// No device waits for it.
    Unknown,
    /// Too many were typed.
    TooMany,
}

impl Notice {
    fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::BAD_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Unknown => {
                "No device waits for this code. Look at it again; if it is right, begin again on the device."
            }
            Self::TooMany => "Too many attempts. Wait a moment, then try again.",
        }
    }
}

#[derive(Template)]
#[template(path = "device_code.html")]
struct Code<'a> {
    frame: &'a Frame,
    typed: &'a str,
    notice: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct Confirm<'a> {
    frame: &'a Frame,
    page: &'a DevicePage,
    about_user: Vec<&'static str>,
    offline: bool,
}

#[derive(Template)]
#[template(path = "device_end.html")]
struct End<'a> {
    heading: &'a str,
    text: &'a str,
    /// The reason of a refusal that was not the user's own, and its trace.
    refused: Option<(&'static str, &'a str)>,
}

/// The page that asks for the code.
pub(crate) fn code_page(frame: &Frame, typed: &str, notice: Option<Notice>) -> Response {
    let status = notice.map_or(StatusCode::OK, Notice::status);
    super::page(status, &Code { frame, typed, notice: notice.map(Notice::text) }, None)
}

/// The page that asks whether the device is the user's.
pub(crate) fn confirm_page(page: &DevicePage, frame: &Frame) -> Response {
    let about_user = page.openid.iter().filter_map(|scope| in_words(*scope)).collect();
    let offline = page.openid.contains(&OpenIdScope::OfflineAccess);
    super::page(StatusCode::OK, &Confirm { frame, page, about_user, offline }, None)
}

/// The page that can be closed.
pub(crate) fn end_page(end: &DeviceEnd) -> Response {
    match end {
        DeviceEnd::Granted { client_name } => {
            let text = format!("{client_name} goes on there in a moment.");
            let template = End { heading: "Back to your device", text: &text, refused: None };
            super::page(StatusCode::OK, &template, None)
        }
        DeviceEnd::Refused(Denied::AccessDenied, _) => {
            let template =
                End { heading: "You said no", text: "The device gets nothing.", refused: None };
            super::page(StatusCode::OK, &template, None)
        }
        DeviceEnd::Refused(denied, trace) => {
            let text = format!("{} The device gets nothing.", capital(&denied.to_string()));
            let refused = Some((denied.told(), trace.trace_id.as_str()));
            let template = End { heading: "Not possible", text: &text, refused };
            super::page(StatusCode::BAD_REQUEST, &template, None)
        }
    }
}

/// Asks for the code. One in the link is filled in, and sent by nobody but the user.
pub(crate) async fn show(
    State(app): State<App>,
    Tenant(sts): Tenant,
    At(moment): At,
    headers: HeaderMap,
    Sent(query): Sent,
) -> Result<Response, Trouble> {
    let typed = query.ok().and_then(|query| UserCode::parse(query.one("user_code").ok()??));
    let typed = typed.map(|code| code.shown()).unwrap_or_default();
    let nothing = Held::Form(Form::default());
    Interaction::begin(&app, &sts, &moment, &headers, nothing).ask_code(&typed, None).await
}

/// A code was typed.
pub(crate) async fn typed(State(app): State<App>, sent: Submitted) -> Result<Response, Trouble> {
    let page = Interaction::resume(&app, &sent)?;
    let Submitted { sts, moment, headers, .. } = &sent;
    let typed = sent.form.one("user_code").ok().flatten().unwrap_or_default();
    let shown: String = typed.chars().take(SHOWN_AGAIN).collect();
    let attempt = Attempt::at_device(sts.tenant.id.as_str(), sent.address);
    if !app.attempts().take(&attempt, moment.now) {
        return page.ask_code(&shown, Some(Notice::TooMany)).await;
    }
    let Some(code) = UserCode::parse(typed) else {
        let recorded = sts.nobody_waits(moment).await;
        recorded.map_err(|error| Trouble::failed(error, moment))?;
        return page.ask_code(&shown, Some(Notice::Unknown)).await;
    };
    let response =
        Interaction::begin(&app, sts, moment, headers, Held::Device(code)).proceed().await?;
    if response.status() == StatusCode::OK {
        app.attempts().give_back(&attempt);
    }
    Ok(response)
}

/// The user said whether the device is theirs.
pub(crate) async fn confirmed(
    State(app): State<App>,
    sent: Submitted,
) -> Result<Response, Trouble> {
    let interaction = Interaction::resume(&app, &sent)?;
    let field = |name| sent.form.one(name).ok().flatten();
    match field("decision") {
        Some("allow") => {
            let session = field("session").and_then(|id| SessionId::parse(id).ok());
            interaction.device_confirmed(session).await
        }
        Some("deny") => interaction.consented(&ConsentAnswer::Deny).await,
        _ => interaction.proceed().await,
    }
}
