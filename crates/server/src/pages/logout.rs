//! Signing out: asks unless the application proved whose sign-in it ends.

use super::interaction::Frame;
use super::trouble::Trouble;
use super::{page, redirect};
use crate::app::App;
use crate::flow::{BrowserId, Flow, FlowError, Held, Place};
use crate::session_cookie;
use askama::Template;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use stead_core::login::{Asked, Browser, LogoutPage, LogoutStep, Progress};
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_proto::form::Form;

#[derive(Template)]
#[template(path = "logout.html")]
struct Logout<'a> {
    frame: &'a Frame,
    page: &'a LogoutPage,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut;

/// Signs the browser out, or asks first.
pub(crate) async fn proceed(
    app: &App,
    sts: &Sts,
    moment: &Moment,
    headers: &HeaderMap,
    form: Option<Form>,
) -> Result<Response, Trouble> {
    let id = BrowserId::of(headers);
    let place =
        Place { master: app.master_key(), tenant: &sts.tenant.id, browser: &id, now: moment.now };
    let wish = wish(form, &place).map_err(|error| Trouble::flow(error, moment))?;
    let browser = Browser { session: session_cookie::read(&sts.tenant, headers) };
    let step = sts.logout(&wish.form, &browser, wish.confirmed, moment).await;
    match step.map_err(|error| Trouble::failed(error, moment))? {
        LogoutStep::Ask(asked) => ask(sts, &asked, &wish.form, &place, moment),
        LogoutStep::Done { redirect: target, .. } => {
            let mut response = match target {
                Some(uri) => redirect(&uri),
                None => page(StatusCode::OK, &SignedOut, None),
            };
            if let Some(cookie) = session_cookie::clear(&sts.tenant) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            Ok(response)
        }
    }
}

/// A wish to sign out, and whether the user confirmed it on our page in this browser.
struct Wish {
    form: Form,
    confirmed: bool,
}

fn wish(form: Option<Form>, place: &Place<'_>) -> Result<Wish, FlowError> {
    let form = form.unwrap_or_default();
    let Some(sealed) = form.one("flow").ok().flatten() else {
        return Ok(Wish { form, confirmed: false });
    };
    match Flow::open(sealed, place)?.asked()? {
        Held::Form(form) => Ok(Wish { form, confirmed: true }),
        Held::Device(_) | Held::ForEveryone(_) | Held::Security => Err(FlowError::NotOurs),
    }
}

fn ask(
    sts: &Sts,
    asked: &LogoutPage,
    form: &Form,
    place: &Place<'_>,
    moment: &Moment,
) -> Result<Response, Trouble> {
    let flow = Flow::new(Asked::Form(form), &Progress::default(), place).seal(place.master);
    let frame = Frame {
        tenant: sts.tenant.name.to_string(),
        flow: flow.map_err(|error| Trouble::failed(error, moment))?,
        goes_to: form.one("post_logout_redirect_uri").ok().flatten().map(str::to_owned),
    };
    let template = Logout { frame: &frame, page: asked };
    let mut response = page(StatusCode::OK, &template, frame.goes_to.as_deref());
    if let Some(cookie) = place.browser.to_set() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
