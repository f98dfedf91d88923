//! Values as the languages of the libraries write them.

use serde_json::Value;
use std::fmt;
use std::path::PathBuf;

/// A text in double quotes, escaped as in JSON: Python, JavaScript, Go, C# and Java read that too.
#[derive(Debug)]
pub(super) struct Literal(Value);

impl Literal {
    /// This text.
    pub(super) fn new(text: impl fmt::Display) -> Self {
        Self(Value::String(text.to_string()))
    }

    /// A path as it is meant from anywhere: a module is kept elsewhere. What is not there yet is not resolved.
    pub(super) fn path(path: PathBuf) -> Self {
        let absolute = path.canonicalize().or_else(|_| std::path::absolute(&path));
        Self::new(absolute.unwrap_or(path).display())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_own_quotes() {
        assert_eq!(Literal::new("a\"b\\c\nd").to_string(), r#""a\"b\\c\nd""#);
    }
}
