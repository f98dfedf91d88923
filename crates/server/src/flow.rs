//! The state of a sign-in between two pages: sealed, in the page itself, good in one browser only.
//!
//! Nothing is kept on the server, so any node can take the next step. What a page sends back was made
//! by us, for this tenant, less than half an hour ago, and shown in this browser: nobody can lure a
//! user into a sign-in or a consent that was begun elsewhere.

use crate::cookie;
use crate::moment::random;
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use stead_core::login::{Asked, Progress};
use stead_core::ports::StoreError;
use stead_proto::device::UserCode;
use stead_proto::digest::{base64url, from_base64url};
use stead_proto::form::{self, Form};
use stead_proto::id::TenantId;
use stead_proto::secret::{SecretHash, SessionSecret};
use stead_proto::time::{Seconds, Timestamp};
use stead_store::MasterKey;

/// How long a page may stay open.
const OPEN: Seconds = Seconds(30 * 60);

const PURPOSE: &str = "flow";
const COOKIE: &str = "__Host-stead-browser";

/// A request on its way through the pages of one browser.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flow {
    bond: Bond,
    request: Request,
    /// How far the user got.
    pub(crate) progress: Progress,
}

/// What a flow leads to an answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    /// The request as it came.
    Form(String),
    /// That of the device whose code was typed.
    Device(UserCode),
    /// The page where users look after their own factors.
    Security,
    /// One for an administrator's consent, as it came.
    ForEveryone(String),
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").field("tenant", &self.bond.tenant).finish_non_exhaustive()
    }
}

/// Ties what a page carries for us to one tenant, one browser and a time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bond {
    tenant: TenantId,
    browser: SecretHash,
    /// Until when it is good.
    pub(crate) expires: Timestamp,
}

/// What is to be answered, as the server holds it.
#[derive(Debug)]
pub(crate) enum Held {
    /// An authorization request.
    Form(Form),
    /// The request of the device of this code.
    Device(UserCode),
    /// The page where users look after their own factors.
    Security,
    /// A request for an administrator's consent.
    ForEveryone(Form),
}

impl Held {
    /// As the core reads it.
    pub(crate) fn asked(&self) -> Asked<'_> {
        match self {
            Self::Form(form) => Asked::Form(form),
            Self::Device(code) => Asked::Device(code),
            Self::Security => Asked::Security,
            Self::ForEveryone(form) => Asked::ForEveryone(form),
        }
    }
}

/// Why what a page sent back is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowError {
    /// We did not make it, or not for this tenant.
    NotOurs,
    /// It was shown in another browser.
    OtherBrowser,
    /// The page was open for too long.
    Expired,
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "this page did not come from here",
            Self::OtherBrowser => "this was begun in another browser",
            Self::Expired => "this page was open for too long",
        })
    }
}

/// Where a flow is opened or sealed: of which tenant, in which browser, when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) master: &'a MasterKey,
    pub(crate) tenant: &'a TenantId,
    pub(crate) browser: &'a BrowserId,
    pub(crate) now: Timestamp,
}

impl Bond {
    /// To this place, for as long as a page may stay open.
    pub(crate) fn to(place: &Place<'_>) -> Self {
        Self {
            tenant: place.tenant.clone(),
            browser: place.browser.secret.hash(),
            expires: place.now + OPEN,
        }
    }

    /// Whether this is the place, and still in time.
    pub(crate) fn holds(&self, place: &Place<'_>) -> Result<(), FlowError> {
        if self.tenant != *place.tenant {
            return Err(FlowError::NotOurs);
        }
        if self.browser != place.browser.secret.hash() {
            return Err(FlowError::OtherBrowser);
        }
        if self.expires <= place.now {
            return Err(FlowError::Expired);
        }
        Ok(())
    }
}

/// Seals something for a hidden field. What is sealed for one purpose opens for no other.
pub(crate) fn seal(
    content: &impl Serialize,
    purpose: &str,
    master: &MasterKey,
) -> Result<String, StoreError> {
    let broken = |why: String| StoreError::Broken(format!("a page cannot be sealed: {why}"));
    let plain = serde_json::to_vec(content).map_err(|e| broken(e.to_string()))?;
    let sealed = master.seal(purpose, &plain, random()).map_err(|e| broken(e.to_string()))?;
    Ok(base64url(&sealed))
}

/// Opens what [`seal`] sealed for the same purpose. Whether its bond holds is another question.
pub(crate) fn unseal<T: DeserializeOwned>(
    sealed: &str,
    purpose: &str,
    master: &MasterKey,
) -> Result<T, FlowError> {
    let sealed = from_base64url(sealed).ok_or(FlowError::NotOurs)?;
    let plain = master.open(purpose, &sealed).map_err(|_| FlowError::NotOurs)?;
    serde_json::from_slice(&plain).map_err(|_| FlowError::NotOurs)
}

impl Flow {
    /// A request at this place, as far as it got.
    pub(crate) fn new(asked: Asked<'_>, progress: &Progress, place: &Place<'_>) -> Self {
        let request = match asked {
            Asked::Form(form) => Request::Form(written(form)),
            Asked::Device(code) => Request::Device(code.clone()),
            Asked::Security => Request::Security,
            Asked::ForEveryone(form) => Request::ForEveryone(written(form)),
        };
        Self { bond: Bond::to(place), request, progress: progress.clone() }
    }

    /// The request, as it came.
    pub(crate) fn asked(&self) -> Result<Held, FlowError> {
        match &self.request {
            Request::Form(text) => read(text).map(Held::Form),
            Request::Device(code) => Ok(Held::Device(code.clone())),
            Request::Security => Ok(Held::Security),
            Request::ForEveryone(text) => read(text).map(Held::ForEveryone),
        }
    }

    /// Sealed, for a hidden field.
    pub(crate) fn seal(&self, master: &MasterKey) -> Result<String, StoreError> {
        seal(self, PURPOSE, master)
    }

    /// Opens what a page sent back.
    pub(crate) fn open(sealed: &str, place: &Place<'_>) -> Result<Self, FlowError> {
        let flow: Self = unseal(sealed, PURPOSE, place.master)?;
        flow.bond.holds(place)?;
        Ok(flow)
    }
}

fn written(form: &Form) -> String {
    form::write(&form.iter().collect::<Vec<_>>())
}

fn read(text: &str) -> Result<Form, FlowError> {
    Form::parse(text.as_bytes()).map_err(|_| FlowError::NotOurs)
}

/// Which browser this is: a random cookie that says nothing else.
#[derive(Debug, Clone)]
pub(crate) struct BrowserId {
    secret: SessionSecret,
    brought: bool,
}

impl BrowserId {
    /// The id the browser brought, or a new one for it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match cookie::read(headers, COOKIE) {
            Some(value) => Self { secret: SessionSecret::new(value), brought: true },
            None => Self { secret: SessionSecret::new(base64url(&random::<32>())), brought: false },
        }
    }

    /// The cookie to set, if the browser has none yet.
    pub(crate) fn to_set(&self) -> Option<HeaderValue> {
        if self.brought { None } else { cookie::set(COOKIE, self.secret.expose()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);

    fn browser() -> BrowserId {
        BrowserId::of(&HeaderMap::new())
    }

    #[test]
    fn a_flow_comes_back_as_it_was_in_its_own_browser_for_half_an_hour() {
        let master = MasterKey::ephemeral([7; 32]);
        let (tenant, other) = (TenantId::parse("t1").unwrap(), TenantId::parse("t2").unwrap());
        let (here, elsewhere) = (browser(), browser());
        let place = Place { master: &master, tenant: &tenant, browser: &here, now: NOON };
        let form = Form::parse(b"client_id=spa&state=a%26b+%C3%BC").unwrap();
        let flow = Flow::new(Asked::Form(&form), &Progress::default(), &place);
        let sealed = flow.seal(&master).unwrap();

        let open = |place: Place<'_>| Flow::open(&sealed, &place);
        let soon = Place { now: NOON + Seconds(1799), ..place };
        assert_eq!(open(soon).as_ref(), Ok(&flow));
        let Ok(Held::Form(form)) = flow.asked() else { panic!("it was a form") };
        assert_eq!(form.one("state"), Ok(Some("a&b ü")));
        let home = Flow::new(Asked::Security, &Progress::default(), &place);
        assert!(matches!(home.asked(), Ok(Held::Security)));
        assert_eq!(open(Place { now: NOON + OPEN, ..place }), Err(FlowError::Expired));
        assert_eq!(open(Place { browser: &elsewhere, ..place }), Err(FlowError::OtherBrowser));
        assert_eq!(open(Place { tenant: &other, ..place }), Err(FlowError::NotOurs));
        let stranger = MasterKey::ephemeral([8; 32]);
        assert_eq!(open(Place { master: &stranger, ..place }), Err(FlowError::NotOurs));
    }

    #[test]
    fn the_flow_of_a_device_comes_back_with_its_code() {
        let (master, tenant, here) =
            (MasterKey::ephemeral([7; 32]), TenantId::parse("t1").unwrap(), browser());
        let place = Place { master: &master, tenant: &tenant, browser: &here, now: NOON };
        let typed = UserCode::parse("WDJB-MJHT").unwrap();
        let flow = Flow::new(Asked::Device(&typed), &Progress::default(), &place);
        let opened = Flow::open(&flow.seal(&master).unwrap(), &place).unwrap();
        let Ok(Held::Device(code)) = opened.asked() else { panic!("it was a device's") };
        assert_eq!(code, typed);
    }

    #[test]
    fn what_we_did_not_seal_does_not_open() {
        let (master, tenant, here) =
            (MasterKey::ephemeral([7; 32]), TenantId::parse("t1").unwrap(), browser());
        let place = Place { master: &master, tenant: &tenant, browser: &here, now: NOON };
        let elsewhere = base64url(&master.seal("signing-key", b"{}", [0; 12]).unwrap());
        for text in ["", "=", "AAAA", &elsewhere] {
            assert_eq!(Flow::open(text, &place), Err(FlowError::NotOurs), "{text}");
        }
    }

    #[test]
    fn a_browser_keeps_its_id_and_is_given_one_once() {
        let new = browser();
        let cookie = new.to_set().unwrap();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let brought = BrowserId::of(&HeaderMap::from_iter([(
            http::header::COOKIE,
            HeaderValue::from_str(&pair).unwrap(),
        )]));
        assert_eq!(brought.secret.hash(), new.secret.hash());
        assert!(brought.to_set().is_none());
    }
}
