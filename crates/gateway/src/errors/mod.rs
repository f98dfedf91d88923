//! Why a request goes no further: a stable code, a status, and a sentence without internals.
//!
//! `docs/errors.md` has a paragraph for each code; a test holds the two lists equal.

mod code;

pub use code::Code;

use http::{HeaderMap, HeaderValue, header};
use serde_json::{Map, Value};
use stead::client::Denied;
use stead::verify::VerifyError;
use stead::{AcquireError, Challenge, Seconds};
use stead_telemetry::TraceId;

/// When to come again, where nobody said.
const AGAIN: Seconds = Seconds(5);

/// A request that goes no further.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Why.
    pub code: Code,
    /// What the answer's headers say beside it, `WWW-Authenticate` and `Retry-After` among them.
    pub headers: HeaderMap,
    /// What there is to know beyond the code.
    pub about: About,
}

/// What there is to know beyond a code.
#[derive(Debug, Clone)]
pub enum About {
    /// Nothing.
    Nothing,
    /// The provider's own error, where it refused.
    Refusal(Box<Denied>),
    /// The demand to sign in again.
    Challenge(Box<Challenge>),
    /// What is wrong with a token or its proof: of one code there are many reasons.
    Problem(Box<VerifyError>),
}

impl Fault {
    /// Nothing to say but the code.
    #[must_use]
    pub fn plain(code: Code) -> Self {
        Self { code, headers: HeaderMap::new(), about: About::Nothing }
    }

    /// A demand to sign in again, in both languages.
    #[must_use]
    pub fn sign_in(challenge: Challenge) -> Self {
        let headers = VerifyError::StepUp(challenge.clone()).headers(None);
        Self { headers, about: About::Challenge(challenge.into()), ..Self::plain(Code::SignIn) }
    }

    /// A handle that stands for nobody.
    #[must_use]
    pub fn handle() -> Self {
        let invalid = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        let headers = HeaderMap::from_iter([(header::WWW_AUTHENTICATE, invalid)]);
        Self { headers, ..Self::plain(Code::Handle) }
    }

    /// The same refusal for callers who are not to hear what the user's sign-in lacks.
    #[must_use]
    pub fn hidden(self) -> Self {
        if self.code == Code::SignIn { Self::plain(Code::Denied) } else { self }
    }

    /// Writes it down for whoever runs the gateway: in the provider's words, where the provider refused.
    pub(crate) fn note(&self, route: &str, trace_id: TraceId) {
        let why = self.refusal().map_or_else(|| self.sentence(), ToString::to_string);
        tracing::info!(code = %self.code, why, route, %trace_id, "refused");
    }

    /// Why, in a sentence that tells nothing of the set-up.
    pub(crate) fn sentence(&self) -> String {
        match &self.about {
            About::Problem(problem) => problem.to_string(),
            _ => self.code.message().to_owned(),
        }
    }

    /// The provider's own error, where it refused.
    pub(crate) fn refusal(&self) -> Option<&Denied> {
        if let About::Refusal(refusal) = &self.about { Some(refusal) } else { None }
    }

    /// The demand to sign in again, where that is what it is.
    pub(crate) fn challenge(&self) -> Option<&Challenge> {
        if let About::Challenge(challenge) = &self.about { Some(challenge) } else { None }
    }

    /// What the answer says.
    #[must_use]
    pub fn body(&self, trace: TraceId) -> String {
        Value::Object(self.members(trace)).to_string()
    }

    /// The same, member by member.
    pub(crate) fn members(&self, trace: TraceId) -> Map<String, Value> {
        let said = [
            ("error", self.error().to_owned()),
            ("code", self.code.to_string()),
            ("error_description", self.sentence()),
            ("trace_id", trace.to_string()),
        ];
        let refusal = self.refusal();
        let uri = refusal.and_then(|refusal| refusal.reason_uri.clone());
        let theirs = refusal.and_then(|refusal| refusal.trace_id.clone());
        let more = [("reason_uri", uri), ("provider_trace_id", theirs)];
        let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
        said.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value.into())).collect()
    }

    /// All headers of the answer.
    #[must_use]
    pub fn all_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    }

    /// A word that OAuth's clients know.
    fn error(&self) -> &str {
        match (self.code, self.refusal()) {
            (_, Some(refusal)) => &refusal.code,
            (Code::NoToken | Code::InvalidToken | Code::NoHandle | Code::Handle, None) => {
                "invalid_token"
            }
            (Code::SignIn, None) => "insufficient_user_authentication",
            (Code::Scope | Code::AppOnly | Code::Actor | Code::Depth, None) => "insufficient_scope",
            (
                Code::Denied | Code::NotLocal | Code::ApiToken | Code::NoWayOut | Code::Bound,
                None,
            ) => "access_denied",
            (Code::Proof, None) => "invalid_dpop_proof",
            (Code::Nonce, None) => "use_dpop_nonce",
            (Code::OwnToken, None) => "unauthorized_client",
            (Code::BadTarget, None) => "invalid_target",
            (Code::ProviderAway, None) => "temporarily_unavailable",
            (Code::Setup, None) => "server_error",
            (Code::UpstreamAway | Code::UpstreamSlow | Code::UpstreamRefuses, None) => {
                "bad_gateway"
            }
            (_, None) => "invalid_request",
        }
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::plain(code)
    }
}

impl From<VerifyError> for Fault {
    fn from(error: VerifyError) -> Self {
        let code = match &error {
            VerifyError::NoCredentials => Code::NoToken,
            VerifyError::Malformed(_) => Code::MalformedToken,
            VerifyError::InsufficientScope { .. } => Code::Scope,
            VerifyError::AppOnly => Code::AppOnly,
            VerifyError::ActorRefused => Code::Actor,
            VerifyError::ChainTooDeep => Code::Depth,
            VerifyError::StepUp(challenge) => return Self::sign_in(challenge.clone()),
            VerifyError::Unavailable { .. } => Code::ProviderAway,
            VerifyError::BadProof(_) => Code::Proof,
            VerifyError::UseNonce { .. } => Code::Nonce,
            // What is added later is a reason not to rely on the token.
            _ => Code::InvalidToken,
        };
        let headers = error.headers(None);
        let about = match code {
            Code::InvalidToken | Code::Proof => About::Problem(error.into()),
            _ => About::Nothing,
        };
        Self { headers, about, ..Self::plain(code) }
    }
}

impl From<AcquireError> for Fault {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Challenge(challenge) => Self::sign_in(challenge),
            AcquireError::Denied(denied) => {
                Self { about: About::Refusal(denied.into()), ..Self::plain(Code::Denied) }
            }
            AcquireError::Unavailable { retry_after } => {
                let Seconds(seconds) = retry_after.unwrap_or(AGAIN);
                let headers = HeaderMap::from_iter([(header::RETRY_AFTER, seconds.into())]);
                Self { headers, ..Self::plain(Code::ProviderAway) }
            }
            AcquireError::Config(problem) => {
                tracing::error!(problem, "no token can be acquired");
                Self::plain(Code::Setup)
            }
            other => {
                tracing::error!(error = %other, "no token can be acquired");
                Self::plain(Code::Setup)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_code_has_a_number_and_a_paragraph_in_the_documentation() {
        let page = include_str!("../../../../docs/errors.md");
        let documented: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let codes: Vec<String> = Code::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(documented, codes);
        for code in Code::ALL {
            let status = format!("**{}**", code.status().as_u16());
            let paragraph = page.split(&format!("### {code}\n")).nth(1).unwrap();
            let paragraph = paragraph.split("\n### ").next().unwrap();
            assert!(paragraph.contains(&status), "{code} is answered with {status}");
        }
    }

    #[test]
    fn an_answer_tells_a_code_and_a_trace_and_nothing_of_the_set_up() {
        let fault = Fault::from(AcquireError::Config("the secret in /run/x is wrong".into()));
        let body: serde_json::Value =
            serde_json::from_str(&fault.body(TraceId::from_bits([1; 16]))).unwrap();
        assert_eq!(
            body,
            json!({
                "error": "server_error", "code": "STEAD-2014",
                "error_description": "the gateway cannot act for the user as it is set up",
                "trace_id": "01010101010101010101010101010101",
            })
        );
    }
}
