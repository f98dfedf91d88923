//! `GET /errors`: every reason to refuse, from `docs/errors.md`, which answers link to.

use super::{page, redirect};
use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use std::fmt::Write as _;
use std::sync::LazyLock;
use stead_core::denied::REASONS;

const SOURCE: &str = include_str!("../../../../docs/errors.md");

static RENDERED: LazyLock<String> = LazyLock::new(|| html(SOURCE));

#[derive(Template)]
#[template(path = "errors.html")]
struct Errors<'a> {
    body: &'a str,
}

/// The page; or the way to a paragraph of it, for whoever comes with the reason in the query.
pub(crate) async fn errors(RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut sent = form_urlencoded::parse(query.as_bytes());
    let reason = sent.find_map(|(name, value)| (name == "reason").then_some(value));
    if let Some(known) = REASONS.iter().find(|known| reason.as_deref() == Some(**known)) {
        return redirect(&format!("/errors#{known}"));
    }
    let mut response = page(StatusCode::OK, &Errors { body: &RENDERED }, None);
    let an_hour = HeaderValue::from_static("public, max-age=3600");
    response.headers_mut().insert(CACHE_CONTROL, an_hour);
    response
}

/// What we write of Markdown: headings, paragraphs, lists; `code`, **strong**, *emphasis*.
fn html(markdown: &str) -> String {
    markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()).map(block).collect()
}

/// A heading may have its paragraph right below it.
fn block(text: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let level = first.bytes().take_while(|b| *b == b'#').count();
    match (level, first.trim_start_matches('#').trim()) {
        (0, _) if first.starts_with("- ") => list(text),
        (0, _) => format!("<p>{}</p>\n", inline(text)),
        (1, heading) => format!("<h1>{}</h1>\n{}", inline(heading), below(rest)),
        (_, heading) => {
            let id: String =
                heading.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            format!("<h2 id=\"{id}\">{}</h2>\n{}", inline(heading), below(rest))
        }
    }
}

fn below(rest: &str) -> String {
    if rest.trim().is_empty() { String::new() } else { block(rest.trim()) }
}

fn list(text: &str) -> String {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("- "), items.last_mut()) {
            (Some(item), _) => items.push(item.to_owned()),
            (None, Some(last)) => last.extend([" ", line.trim()]),
            (None, None) => {}
        }
    }
    let mut out = String::from("<ul>\n");
    for item in items {
        // Writing to a `String` cannot fail.
        writeln!(out, "<li>{}</li>", inline(&item)).ok();
    }
    out + "</ul>\n"
}

fn inline(text: &str) -> String {
    let escaped =
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    // Inside code nothing else is marked up: every second piece between backticks is code.
    let pieces = escaped.split('`').enumerate().map(|(place, piece)| match place % 2 {
        1 => format!("<code>{piece}</code>"),
        _ => marked(&marked(piece, "**", "strong"), "*", "em"),
    });
    pieces.collect()
}

fn marked(text: &str, mark: &str, tag: &str) -> String {
    let pieces = text.split(mark).enumerate().map(|(place, piece)| match place % 2 {
        1 => format!("<{tag}>{piece}</{tag}>"),
        _ => piece.to_owned(),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_paragraphs_lists_and_marks_are_rendered_and_the_rest_is_escaped() {
        assert_eq!(
            html("# A\n\n## a-b\nIt *is* **so** `x < *y*`.\n\n- one\n  more\n- <two>\n"),
            "<h1>A</h1>\n<h2 id=\"a-b\">a-b</h2>\n\
             <p>It <em>is</em> <strong>so</strong> <code>x &lt; *y*</code>.</p>\n\
             <ul>\n<li>one more</li>\n<li>&lt;two&gt;</li>\n</ul>\n"
        );
    }

    #[test]
    fn every_reason_has_its_anchor() {
        for reason in REASONS {
            assert!(RENDERED.contains(&format!("<h2 id=\"{reason}\">")), "{reason}");
        }
    }
}
