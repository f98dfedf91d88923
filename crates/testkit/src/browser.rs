//! A browser that never gives up quietly: every step either works or fails the test.

use crate::answer::Answer;
use std::collections::BTreeMap;
use stead_proto::form::Form;
pub use visitor::Page;
use visitor::Visitor;

/// A browser without JavaScript.
#[derive(Debug)]
pub struct Browser(Visitor);

impl Browser {
    /// A browser without cookies, at a server. The client must not follow redirects.
    pub fn new(http: reqwest::Client, origin: &str) -> Self {
        Self(Visitor::new(http, origin))
    }

    /// Opens a URL, or a path of the server.
    pub async fn get(&self, url: &str) -> Page {
        checked(self.0.get(url).await.unwrap())
    }

    /// Posts a form to a URL, or a path of the server.
    pub async fn post(&self, url: &str, pairs: &[(&str, &str)]) -> Page {
        checked(self.0.post(url, pairs).await.unwrap())
    }

    /// Fills in the fields of these ids and presses the button of that id.
    pub async fn fill(&self, page: &Page, fields: &[(&str, &str)], button: &str) -> Page {
        checked(self.0.fill(page, fields, button).await.unwrap())
    }

    /// Sends the first form of a page with fields of these names, whether it shows them or not.
    pub async fn submit(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        checked(self.0.submit(page, fields).await.unwrap())
    }

    /// The cookies it keeps.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.0.cookies()
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.0.cookies().remove(name)
    }

    /// Plants a cookie.
    pub fn plant(&self, name: &str, value: &str) {
        self.0.plant(name, value);
    }
}

fn checked(page: Page) -> Page {
    let answer =
        Answer { status: page.status, headers: page.headers.clone(), text: page.text.clone() };
    answer.keeps_every_rule(&Form::default());
    page
}
