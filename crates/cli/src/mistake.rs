//! Mistakes in files people write: where, what, and what they may have meant. All at once, never one by one.

mod line;

use line::Line;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text as it was read, to point into.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, as people know it.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    span: Range<usize>,
}

impl Place {
    /// A place by its bytes.
    #[must_use]
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self { source: Arc::clone(source), span }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.source.name
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// The column, in characters from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        let before = self.before();
        before.rsplit('\n').next().unwrap_or(before).chars().count() + 1
    }

    fn before(&self) -> &str {
        self.source.text.get(..self.span.start).unwrap_or(&self.source.text)
    }

    /// The whole line it is on.
    fn quoted(&self) -> &str {
        self.source.text.lines().nth(self.line() - 1).unwrap_or("")
    }

    fn shares_line(&self, other: &Self) -> bool {
        self.source == other.source && self.line() == other.line()
    }

    /// How many characters of that line it covers, at least one.
    fn width(&self) -> usize {
        let text = self.source.text.get(self.span.clone()).unwrap_or("");
        text.lines().next().unwrap_or("").chars().count().max(1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
    }
}

/// How much a mistake weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Nothing starts with it.
    Error,
    /// It works, and should be looked at.
    Warning,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where; `None` where no line is to blame, as for a file that is not there.
    pub place: Option<Place>,
    /// What, in a clause.
    pub what: String,
    /// What to do about it, or what was meant.
    pub help: Option<String>,
    /// How much it weighs.
    pub weight: Weight,
    /// How much of its line may be shown.
    line: Line,
}

impl Mistake {
    /// A mistake at a place.
    #[must_use]
    pub fn at(place: Place, what: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::nowhere(what) }
    }

    /// A mistake in a URL, and what that is. One that may hold a name with a password, or a key, is not told.
    #[must_use]
    pub fn in_url(place: Place, url: &str, is: &str) -> Self {
        if url.contains(['@', '?']) {
            return Self::at(place, format!("this {is}")).on_a_key();
        }
        Self::at(place, format!("`{url}` {is}"))
    }

    /// A mistake that has no line.
    #[must_use]
    pub fn nowhere(what: impl Into<String>) -> Self {
        let (weight, line) = (Weight::Error, Line::Whole);
        Self { place: None, what: what.into(), help: None, weight, line }
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the known name that was probably meant, if one is near.
    #[must_use]
    pub fn meant<'n>(mut self, written: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        if let Some(near) = nearest(written, known) {
            self.help = Some(format!("did you mean `{near}`?"));
        }
        self
    }

    /// Without its line, on which there is a secret.
    #[must_use]
    pub fn on_a_secret(mut self) -> Self {
        self.line = Line::Hidden;
        self
    }

    /// With the key of its line and nothing that this is set to, which may be a secret.
    #[must_use]
    pub fn on_a_key(mut self) -> Self {
        self.line = Line::Key;
        self
    }

    /// As a warning only.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.weight = Weight::Warning;
        self
    }
}

impl fmt::Display for Mistake {
    /// `file:line:column: what`, then the line itself with a caret under the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        let warning = if self.weight == Weight::Warning { "warning: " } else { "" };
        write!(f, "{warning}{}", self.what)?;
        let quoted = self.place.as_ref().and_then(|place| Some((place, self.line.quote(place)?)));
        let Some((place, quoted)) = quoted else {
            return match &self.help {
                Some(help) => write!(f, "\n  = {help}"),
                None => Ok(()),
            };
        };
        writeln!(f)?;
        let line = place.line().to_string();
        let (indent, carets) = (quoted.indent, "^".repeat(quoted.width));
        writeln!(f, "  {line} | {}", quoted.text)?;
        write!(f, "  {:gutter$} | {:indent$}{carets}", "", "", gutter = line.len())?;
        match &self.help {
            Some(help) => write!(f, " {help}"),
            None => Ok(()),
        }
    }
}

/// The known name nearest to what was written, if it is near enough to be meant.
fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name))
        .filter(|(nearness, _)| *nearness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// All mistakes found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Notes one.
    pub fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// Whether nothing may start.
    #[must_use]
    pub fn any_error(&self) -> bool {
        self.0.iter().any(|mistake| mistake.weight == Weight::Error)
    }

    /// Whether one is known inside this place, and not all of it.
    #[must_use]
    pub fn any_within(&self, outer: &Place) -> bool {
        let inside = |place: &Place| {
            place.source == outer.source
                && place != outer
                && outer.span.contains(&place.span.start)
                && place.span.end <= outer.span.end
        };
        self.0.iter().filter_map(|mistake| mistake.place.as_ref()).any(inside)
    }

    /// In the order of files and lines. What one of them hides of a line is shown by none.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Mistake> {
        let hiding = self.0.iter().filter(|it| it.line > Line::Whole);
        let hiding: Vec<(Line, Option<Place>)> =
            hiding.map(|it| (it.line, it.place.clone())).collect();
        for mistake in &mut self.0 {
            let Some(place) = &mistake.place else { continue };
            let shares =
                |other: &Option<Place>| other.as_ref().is_some_and(|it| it.shares_line(place));
            let hidden = hiding.iter().filter(|(_, other)| shares(other)).map(|(line, _)| *line);
            mistake.line = hidden.fold(mistake.line, Line::max);
        }
        self.0.sort_by_key(|mistake| match &mistake.place {
            Some(place) => (place.file().to_owned(), place.span.start),
            None => (String::new(), 0),
        });
        self.0.dedup();
        self.0
    }

    /// Errors and warnings apart, each in order.
    #[must_use]
    pub fn apart(self) -> (Vec<Mistake>, Vec<Mistake>) {
        self.sorted().into_iter().partition(|mistake| mistake.weight == Weight::Error)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (errors, warnings) = self.clone().apart();
        for mistake in warnings.iter().chain(&errors) {
            writeln!(f, "{mistake}")?;
        }
        match errors.len() {
            0 => Ok(()),
            1 => f.write_str("1 mistake"),
            n => write!(f, "{n} mistakes"),
        }
    }
}

impl std::error::Error for Mistakes {}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Arc<Source> {
        Arc::new(Source { name: "a.toml".into(), text: "id = 1\nnäme = \"x\"\n".into() })
    }

    #[test]
    fn a_mistake_quotes_its_line_with_a_caret_under_the_place() {
        let place = Place::new(&source(), 7..12);
        let mistake = Mistake::at(place, "unknown key `näme`").meant("näme", ["name", "id"]);
        assert_eq!(
            mistake.to_string(),
            "a.toml:2:1: unknown key `näme`\n  2 | näme = \"x\"\n    | ^^^^ did you mean `name`?"
        );
    }

    #[test]
    fn a_line_with_a_secret_is_named_and_not_shown() {
        let mistake = Mistake::at(Place::new(&source(), 7..12), "a secret").on_a_secret();
        let mistake = mistake.help("a file");
        assert_eq!(mistake.to_string(), "a.toml:2:1: a secret\n  = a file");
        let beside = Mistake::at(Place::new(&source(), 15..18), "what is beside it");
        let told = Mistakes(vec![beside, mistake]).to_string();
        assert!(!told.contains("\"x\""), "{told}");
    }

    #[test]
    fn a_name_far_from_every_other_gets_no_guess() {
        assert_eq!(nearest("audince", ["audience", "id"]), Some("audience"));
        assert_eq!(nearest("zebra", ["audience", "id"]), None);
    }

    #[test]
    fn a_place_beyond_the_text_is_its_end() {
        assert_eq!(Place::new(&source(), 999..1000).line(), 3);
    }
}
