//! A browser without JavaScript: keeps cookies, fills in forms by the ids of their fields, and shows
//! redirects instead of following them.

use crate::answer::Answer;
use reqwest::header::{COOKIE, SET_COOKIE};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A browser.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    origin: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page as it came, with where it came from.
#[derive(Debug, Clone)]
pub struct Page {
    /// The response.
    pub answer: Answer,
}

impl Browser {
    pub(crate) fn new(http: reqwest::Client, origin: &str) -> Self {
        Self { http, origin: origin.to_owned(), cookies: Mutex::default() }
    }

    /// Opens a URL, or a path of the server.
    pub async fn get(&self, url: &str) -> Page {
        self.send(self.http.get(self.absolute(url))).await
    }

    /// Posts a form to a URL, or a path of the server.
    pub async fn post(&self, url: &str, pairs: &[(&str, &str)]) -> Page {
        self.send(self.http.post(self.absolute(url)).form(pairs)).await
    }

    /// Fills in the fields of these ids and presses the button of that id.
    pub async fn fill(&self, page: &Page, fields: &[(&str, &str)], button: &str) -> Page {
        let (action, mut pairs) = page.form_of(button);
        for (id, value) in fields {
            let name = page.attribute_of(id, "name");
            pairs.retain(|(other, _)| *other != name);
            pairs.push((name, (*value).to_owned()));
        }
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(&action, &pairs).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// All cookies.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    /// Plants a cookie.
    pub fn plant(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.origin) } else { url.to_owned() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let sent: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(n, v)| format!("{n}={v}")).collect();
        let request =
            if sent.is_empty() { request } else { request.header(COOKIE, sent.join("; ")) };
        let answer = Answer::of(request.send().await.unwrap()).await;
        let mut cookies = self.cookies.lock().unwrap();
        for set in answer.headers.get_all(SET_COOKIE) {
            let text = set.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() || text.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page { answer }
    }
}

impl Page {
    /// Where it redirects to; empty if it does not.
    pub fn location(&self) -> &str {
        self.answer.header("location")
    }

    /// A parameter of the redirect's query or fragment, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location();
        let url = reqwest::Url::parse(location).ok()?;
        let text = url.fragment().or(url.query())?;
        let text = format!("https://x/?{text}");
        let parsed = reqwest::Url::parse(&text).ok()?;
        let found = parsed.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// Whether an element of this id is on the page.
    pub fn shows(&self, id: &str) -> bool {
        self.answer.text.contains(&format!("id=\"{id}\""))
    }

    /// The start tag that holds this id.
    fn tag_of(&self, id: &str) -> &str {
        let html = &self.answer.text;
        let at = html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| {
            panic!("no element {id} on the page: {} {html}", self.answer.status)
        });
        let (before, after) = html.split_at(at);
        let start = before.rfind('<').unwrap();
        let end = at + after.find('>').unwrap();
        html.get(start..end).unwrap()
    }

    /// An attribute of the element of this id; empty if it has none.
    pub fn attribute_of(&self, id: &str, attribute: &str) -> String {
        attribute_in(self.tag_of(id), attribute).unwrap_or_default()
    }

    /// The action of the form around a button, and what it sends beside what the user types.
    fn form_of(&self, button: &str) -> (String, Vec<(String, String)>) {
        let html = &self.answer.text;
        let at = html.find(&format!("id=\"{button}\"")).unwrap_or_else(|| {
            panic!("no button {button} on the page: {} {html}", self.answer.status)
        });
        let start = html.get(..at).unwrap().rfind("<form").expect("a form around the button");
        let end = html.get(start..).unwrap().find("</form>").map_or(html.len(), |n| start + n);
        let form = html.get(start..end).unwrap();
        let action = attribute_in(form.split('>').next().unwrap(), "action").expect("an action");
        let mut pairs: Vec<(String, String)> = form
            .split('<')
            .filter(|tag| tag.starts_with("input"))
            .filter_map(|tag| {
                let tag = tag.split('>').next()?;
                Some((attribute_in(tag, "name")?, attribute_in(tag, "value").unwrap_or_default()))
            })
            .collect();
        let name = self.attribute_of(button, "name");
        if !name.is_empty() {
            pairs.push((name, self.attribute_of(button, "value")));
        }
        (action, pairs)
    }
}

fn attribute_in(tag: &str, attribute: &str) -> Option<String> {
    let marker = format!(" {attribute}=\"");
    let spaced = tag.replace(['\n', '\t'], " ");
    let start = spaced.find(&marker)? + marker.len();
    let rest = spaced.get(start..)?;
    Some(unescape(rest.get(..rest.find('"')?)?))
}

fn unescape(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
