//! Tokens in a query: every log on the way would have them.

use url::form_urlencoded;

/// Whether a query brings a token (RFC 6750 §2.3).
pub(crate) fn holds_token(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| name.eq_ignore_ascii_case("access_token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_seen_however_its_name_is_written() {
        assert!(holds_token("a=b&access_token=x") && holds_token("%61ccess_Token=x"));
        assert!(!holds_token("") && !holds_token("a=access_token"));
    }
}
