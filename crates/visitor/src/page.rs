//! A page as it came, and the little of HTML that it takes to use it.

use crate::VisitError;
use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION};

/// Where a form goes, and its fields with their values.
pub(crate) type Filled = (String, Vec<(String, String)>);

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its status code.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its text.
    pub text: String,
}

impl Page {
    /// Where it redirects to; empty if it does not.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the redirect's fragment or query, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut url = Url::parse(self.location()).ok()?;
        if let Some(fragment) = url.fragment().map(str::to_owned) {
            url.set_query(Some(&fragment));
        }
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// Its text without what is new on every page: what is sealed or drawn, which is long.
    #[must_use]
    pub fn lasting_text(&self) -> String {
        let new = |text: &str| text.len() > 100 && !text.contains('\n');
        let parts = self.text.split('"').map(|part| if new(part) { "…" } else { part });
        parts.collect::<Vec<_>>().join("\"")
    }

    /// Whether an element of this id is on it.
    #[must_use]
    pub fn shows(&self, id: &str) -> bool {
        self.text.contains(&marker(id))
    }

    /// An attribute of the element of this id; empty if it has none.
    pub fn attribute_of(&self, id: &str, attribute: &str) -> Result<String, VisitError> {
        let (before, after) = self.around(id)?;
        let opened = before.rfind('<').and_then(|at| before.get(at..)).unwrap_or_default();
        let closed = after.split('>').next().unwrap_or_default();
        Ok(attribute_in(&format!("{opened}{closed}"), attribute).unwrap_or_default())
    }

    /// The action of the form around a button, and what it sends beside what the user types.
    pub(crate) fn form_of(&self, button: &str) -> Result<Filled, VisitError> {
        let (before, after) = self.around(button)?;
        let opened = before.rfind("<form").and_then(|at| before.get(at..)).unwrap_or_default();
        let mut filled = self.filled(&format!("{opened}{after}"))?;
        let name = self.attribute_of(button, "name")?;
        if !name.is_empty() {
            filled.1.push((name, self.attribute_of(button, "value")?));
        }
        Ok(filled)
    }

    /// The same of the first form on the page, with no button pressed.
    pub(crate) fn first_form(&self) -> Result<Filled, VisitError> {
        let form = self.text.find("<form").and_then(|at| self.text.get(at..)).unwrap_or_default();
        self.filled(form)
    }

    /// Reads a form up to its end: where it goes, and its fields as they are.
    fn filled(&self, text: &str) -> Result<Filled, VisitError> {
        let form = text.split("</form>").next().unwrap_or_default();
        let action = form.split('>').next().and_then(|tag| attribute_in(tag, "action"));
        let action = action.ok_or_else(|| self.not_shown("a form"))?;
        let inputs = form.split('<').filter(|tag| tag.starts_with("input"));
        let fields = inputs.filter_map(|tag| tag.split('>').next()).filter_map(|tag| {
            Some((attribute_in(tag, "name")?, attribute_in(tag, "value").unwrap_or_default()))
        });
        Ok((action, fields.collect()))
    }

    fn around(&self, id: &str) -> Result<(&str, &str), VisitError> {
        self.text
            .find(&marker(id))
            .and_then(|at| self.text.split_at_checked(at))
            .ok_or_else(|| self.not_shown(&format!("an element {id}")))
    }

    fn not_shown(&self, what: &str) -> VisitError {
        VisitError::NotShown { what: what.to_owned(), status: self.status }
    }
}

fn marker(id: &str) -> String {
    format!("id=\"{id}\"")
}

fn attribute_in(tag: &str, attribute: &str) -> Option<String> {
    let tag = tag.replace(['\n', '\t'], " ");
    let (_, rest) = tag.split_once(&format!(" {attribute}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    let references = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    references.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page { status: 200, headers: HeaderMap::new(), text: text.to_owned() }
    }

    #[test]
    fn a_form_sends_its_hidden_fields_and_the_button_pressed() {
        let page = page(
            r#"<form action="/a?b=1&#38;c=2" method="post"><input type="hidden" name="flow" value="f&amp;g">
               <input id="login" name="username"><button id="ok" name="answer" value="yes">Yes</button></form>
               <form action="/other"><input name="not" value="this"></form>"#,
        );
        let (action, pairs) = page.form_of("ok").unwrap();
        assert_eq!(action, "/a?b=1&c=2");
        let expected = [("flow", "f&g"), ("username", ""), ("answer", "yes")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_not_shown_is_said() {
        assert!(page("<p id=\"x\">").shows("x"));
        let error = page("").form_of("ok").unwrap_err();
        assert_eq!(error.to_string(), "the page (status 200) does not show an element ok");
    }
}
