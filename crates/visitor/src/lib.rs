//! A browser without JavaScript: keeps cookies, fills in forms by the ids of their fields, and shows
//! redirects instead of following them.
//!
//! It reads the pages of Stead, which are written to work this way, and no others: what it knows of HTML
//! is a start tag and its attributes.

mod page;

pub use page::Page;

use page::Filled;
use reqwest::header::{COOKIE, SET_COOKIE};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why a step through the pages came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The server could not be asked.
    #[error("the server cannot be asked: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// The page does not show what was to be used.
    #[error("the page (status {status}) does not show {what}")]
    NotShown {
        /// What was looked for.
        what: String,
        /// The status of the page.
        status: u16,
    },
}

/// A browser.
#[derive(Debug)]
pub struct Visitor {
    http: reqwest::Client,
    origin: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Visitor {
    /// A browser without cookies, at a server (`https://localhost:8443`). The client must not follow redirects.
    #[must_use]
    pub fn new(http: reqwest::Client, origin: &str) -> Self {
        Self { http, origin: origin.to_owned(), cookies: Mutex::default() }
    }

    /// Opens a URL, or a path of the server.
    pub async fn get(&self, url: &str) -> Result<Page, VisitError> {
        self.send(self.http.get(self.absolute(url))).await
    }

    /// Posts a form to a URL, or a path of the server.
    pub async fn post(&self, url: &str, pairs: &[(&str, &str)]) -> Result<Page, VisitError> {
        self.send(self.http.post(self.absolute(url)).form(pairs)).await
    }

    /// Fills in the fields of these ids and presses the button of that id.
    pub async fn fill(
        &self,
        page: &Page,
        fields: &[(&str, &str)],
        button: &str,
    ) -> Result<Page, VisitError> {
        let mut named = Vec::new();
        for (id, value) in fields {
            named.push((page.attribute_of(id, "name")?, *value));
        }
        let named: Vec<(&str, &str)> =
            named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.send_form(page.form_of(button)?, &named).await
    }

    /// Sends the first form of a page with fields of these names, whether it shows them or not.
    pub async fn submit(&self, page: &Page, fields: &[(&str, &str)]) -> Result<Page, VisitError> {
        self.send_form(page.first_form()?, fields).await
    }

    async fn send_form(
        &self,
        (action, mut pairs): Filled,
        fields: &[(&str, &str)],
    ) -> Result<Page, VisitError> {
        for (name, value) in fields {
            pairs.retain(|(other, _)| other != name);
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&action, &pairs).await
    }

    /// The cookies it keeps.
    #[must_use]
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar().clone()
    }

    /// Plants a cookie.
    pub fn plant(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    fn jar(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.origin) } else { url.to_owned() }
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<Page, VisitError> {
        let sent: Vec<String> =
            self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !sent.is_empty() {
            request = request.header(COOKIE, sent.join("; "));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for set in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            self.keep(set);
        }
        Ok(Page { status, headers, text: response.text().await? })
    }

    fn keep(&self, set: &str) {
        let Some((name, value)) = set.split(';').next().and_then(|pair| pair.split_once('='))
        else {
            return;
        };
        if value.is_empty() || set.contains("Max-Age=0") {
            self.jar().remove(name);
        } else {
            self.jar().insert(name.to_owned(), value.to_owned());
        }
    }
}
