//! `WWW-Authenticate`: challenges written and read (RFC 9110 §11.6.1).

use http::HeaderValue;
use std::fmt;

/// One challenge of a `WWW-Authenticate` header: a scheme and its parameters, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthChallenge {
    scheme: String,
    params: Vec<(String, String)>,
}

impl AuthChallenge {
    /// A `Bearer` challenge without parameters (RFC 6750 §3).
    #[must_use]
    pub fn bearer() -> Self {
        Self { scheme: "Bearer".to_owned(), params: Vec::new() }
    }

    /// A `DPoP` challenge without parameters (RFC 9449 §7.1).
    #[must_use]
    pub fn dpop() -> Self {
        Self { scheme: "DPoP".to_owned(), params: Vec::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The scheme, as written.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it is a `Bearer` challenge, in any case.
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("bearer")
    }

    /// A parameter; its name is matched without regard to case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The header's value; what a header cannot hold is left out.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        let all = HeaderValue::from_str(&self.to_string());
        let scheme = || HeaderValue::from_str(&self.scheme);
        all.or_else(|_| scheme()).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

impl fmt::Display for AuthChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        for (place, (name, value)) in self.params.iter().enumerate() {
            let separator = if place == 0 { " " } else { ", " };
            write!(
                f,
                "{separator}{name}=\"{}\"",
                value.replace('\\', "\\\\").replace('"', "\\\"")
            )?;
        }
        Ok(())
    }
}

/// Reads all challenges of one header value. What cannot be read ends the list.
#[must_use]
pub fn parse_header(value: &str) -> Vec<AuthChallenge> {
    let mut challenges = Vec::new();
    let mut rest = Rest(value);
    while let Some(challenge) = rest.challenge() {
        challenges.push(challenge);
    }
    challenges
}

/// What is still to be read.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn challenge(&mut self) -> Option<AuthChallenge> {
        self.skip_separators();
        let scheme = self.token()?.to_owned();
        let mut params = Vec::new();
        loop {
            let mut ahead = *self;
            ahead.skip_separators();
            let Some(param) = ahead.param() else { break };
            params.push(param);
            *self = ahead;
        }
        if params.is_empty() {
            self.skip_token68();
        }
        Some(AuthChallenge { scheme, params })
    }

    /// `name = value`, the value bare or in quotes; anything else is the next challenge.
    fn param(&mut self) -> Option<(String, String)> {
        let name = self.token()?.to_owned();
        self.skip(|c| c == ' ' || c == '\t');
        self.0 = self.0.strip_prefix('=')?;
        self.skip(|c| c == ' ' || c == '\t');
        let value = match self.0.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted)?,
            None => self.token()?.to_owned(),
        };
        Some((name, value))
    }

    fn quoted(&mut self, text: &'a str) -> Option<String> {
        let mut value = String::new();
        let mut chars = text.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => value.push(chars.next()?),
                other => value.push(other),
            }
        }
        self.0 = chars.as_str();
        Some(value)
    }

    fn token(&mut self) -> Option<&'a str> {
        let end = self.0.find(|c| !is_token_char(c)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// The single unnamed value some schemes send, as in `Negotiate abc=`.
    fn skip_token68(&mut self) {
        let Some(after_space) = self.0.strip_prefix(' ') else { return };
        let is_token68 = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        let rest = after_space.trim_start_matches(is_token68);
        if rest.is_empty() || rest.starts_with(',') {
            self.0 = rest;
        }
    }

    fn skip_separators(&mut self) {
        self.skip(|c| c == ' ' || c == '\t' || c == ',');
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(unwanted);
    }
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_alike() {
        let challenge = AuthChallenge::bearer()
            .with("error", "x")
            .with("error_description", r#"a "b" \ c, d=e"#);
        assert_eq!(parse_header(&challenge.to_string()), [challenge]);
    }

    #[test]
    fn several_challenges_in_one_header_are_told_apart() {
        let read = parse_header(
            r#"Negotiate YWJj==, Basic realm=x , bearer , DPoP algs="ES256 PS256",error=y"#,
        );
        let negotiate = AuthChallenge { scheme: "Negotiate".into(), params: vec![] };
        let basic = AuthChallenge { scheme: "Basic".into(), params: vec![] }.with("realm", "x");
        let bearer = AuthChallenge { scheme: "bearer".into(), params: vec![] };
        let dpop = AuthChallenge { scheme: "DPoP".into(), params: vec![] }
            .with("algs", "ES256 PS256")
            .with("error", "y");
        assert_eq!(read, [negotiate, basic, bearer, dpop]);
    }

    #[test]
    fn rubbish_is_no_challenge_and_its_parameters_are_none() {
        for text in ["", ",,,", "\"", "=", "é"] {
            assert_eq!(parse_header(text), [], "{text}");
        }
        let bare = |scheme: &str| AuthChallenge { scheme: scheme.into(), params: vec![] };
        assert_eq!(parse_header("Bearer error=\"open"), [bare("Bearer"), bare("error")]);
    }
}
