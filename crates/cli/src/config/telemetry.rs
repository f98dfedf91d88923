//! `[telemetry]`: the collector that a server or a gateway tells, as both write it.

use super::raw;
use crate::document::{At, Document};
use crate::mistake::{Mistake, Mistakes};
use crate::resources::Input;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use stead_telemetry::{Collector, Share};

/// Reads it.
#[derive(Debug)]
pub(crate) struct Reader<'a, T> {
    pub(crate) document: &'a Document<'a, T>,
    pub(crate) input: &'a Input,
    pub(crate) mistakes: &'a mut Mistakes,
}

impl<T> Reader<'_, T> {
    /// The collector, if one is said and no mistake leaves a gap.
    pub(crate) fn collector(
        &mut self,
        said: &raw::Telemetry,
        (usual, trust): (&str, Vec<u8>),
    ) -> Option<Collector> {
        let share = self.share(&said.sample);
        let headers = match &said.headers_file {
            Some(file) => self.headers(file),
            None => Some(HeaderMap::new()),
        };
        let Some(otlp) = &said.otlp else {
            let without = said.service_name.as_ref().or(said.headers_file.as_ref());
            if let Some(without) = without {
                self.note(without, "nobody is told: there is no `otlp`".to_owned(), OTLP);
            }
            return None;
        };
        let otlp = self.url(otlp);
        let service = said.service_name.as_ref().map_or(usual, |name| name.as_str()).to_owned();
        Some(Collector { otlp: otlp?, service, headers: headers?, share: share?, trust })
    }

    fn url(&mut self, said: &At<String>) -> Option<Url> {
        let plain = |url: &Url| {
            let nobody = url.username().is_empty() && url.password().is_none();
            nobody && url.query().is_none() && url.fragment().is_none() && url.has_host()
        };
        let url = Url::parse(said).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && plain(url));
        if url.is_none() {
            let place = self.document.at(said.span());
            let mistake = Mistake::in_url(place, said, "is no URL of a collector");
            self.mistakes.push(mistake.help(OTLP));
        }
        url
    }

    fn share(&mut self, said: &At<f64>) -> Option<Share> {
        let share = Share::of(**said);
        if share.is_none() {
            let what = format!("{} is no part of all traces", **said);
            self.note(said, what, "0.0 for none of them, 0.1 for every tenth, 1.0 for all");
        }
        share
    }

    /// Lines like `name: value`. What is wrong with them is said without them: they may hold a key.
    fn headers(&mut self, file: &At<String>) -> Option<HeaderMap> {
        let text = self.input.secret(file, self.mistakes)?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let headers: Option<HeaderMap> = lines.map(header).collect();
        if headers.is_none() {
            let what = format!("a line of {} is no header", **file);
            self.note(file, what, "write it as authorization: Bearer KEY");
        }
        headers
    }

    fn note<V>(&mut self, at: &At<V>, what: String, help: &str) {
        self.mistakes.push(Mistake::at(self.document.place(at), what).help(help));
    }
}

const OTLP: &str = "add otlp = \"http://127.0.0.1:4318\"";

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.to_str().ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}
