//! How much of a mistake's line is shown where the mistake is told: in a log too, where no secret belongs.

use super::Place;
use std::borrow::Cow;

/// What of it is shown; what comes later shows less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    /// All of it.
    Whole,
    /// What its key is, not what that is set to: nobody knows what an unknown key holds.
    Key,
    /// Nothing.
    Hidden,
}

/// A line, as far as it is shown, and what of it is meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Quoted<'p> {
    pub(super) text: Cow<'p, str>,
    /// How many characters stand before what is meant.
    pub(super) indent: usize,
    /// How many are meant.
    pub(super) width: usize,
}

impl Line {
    pub(super) fn quote(self, place: &Place) -> Option<Quoted<'_>> {
        let (line, indent, width) = (place.quoted(), place.column() - 1, place.width());
        match self {
            Self::Whole => Some(Quoted { text: line.replace('\t', " ").into(), indent, width }),
            Self::Key => key(line, indent, width),
            Self::Hidden => None,
        }
    }
}

/// The line up to its first value; nothing if something else than keys may stand before that.
fn key(line: &str, indent: usize, width: usize) -> Option<Quoted<'_>> {
    let (key, value) = match line.split_once('=') {
        Some((key, _)) => (key, "= …"),
        None => (line, ""),
    };
    let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_-.[]{".contains(c);
    if !key.chars().all(plain) {
        return None;
    }
    let text = key.replace('\t', " ") + value;
    // What stands behind the first value is under the dots.
    let most = text.chars().count();
    let indent = indent.min(most.saturating_sub(1));
    Some(Quoted { text: text.into(), indent, width: width.min(most - indent).max(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, indent: usize, width: usize) -> Option<(String, String)> {
        let quoted = key(line, indent, width)?;
        Some((quoted.text.into(), " ".repeat(quoted.indent) + &"^".repeat(quoted.width)))
    }

    #[test]
    fn of_a_key_nothing_is_shown_that_it_is_set_to() {
        for (line, place, text, carets) in [
            ("tokn = 'hunter2'", (0, 4), "tokn = …", "^^^^"),
            ("  tokn='hunter2'", (2, 4), "  tokn= …", "  ^^^^"),
            ("auth = { tokn = 'hunter2' }", (9, 4), "auth = …", "       ^"),
            ("[lisen]", (1, 5), "[lisen]", " ^^^^^"),
        ] {
            let wanted = Some((text.to_owned(), carets.to_owned()));
            assert_eq!(shown(line, place.0, place.1), wanted, "{line}");
        }
        // The end of a text that began on a line before, and an entry of a list.
        for line in [
            "hunter2''', tokn = 1",
            "  'hunter2', { tokn = 1 }",
            "  4711, { tokn = 1 }",
            "'hunter2'",
        ] {
            assert_eq!(shown(line, 0, 4), None, "{line}");
        }
    }
}
