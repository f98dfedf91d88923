//! Authorization requests and responses (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2, RFC 7636, RFC 9207).

use crate::acr::{Acr, StepUp};
use crate::digest::{constant_time_eq, from_base64url, sha256};
use crate::error::ErrorCode;
use crate::form::{self, Form, FormError};
use crate::grants::{ParseError, Target};
use crate::id::{ClientId, Issuer, SessionId, TenantId, TraceId};
use crate::secret::{AuthorizationCode, CodeVerifier, Jwt};
use crate::time::Seconds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest `state` and `nonce` accepted, in bytes.
pub const MAX_ECHO: usize = 4096;

/// How the answer travels back (OAuth 2.0 Multiple Response Types §2.1, Form Post §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query.
    #[default]
    Query,
    /// In the fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

/// What the user is to be asked in any case (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Nothing: answer at once or refuse.
    None,
    /// To sign in again.
    Login,
    /// To consent again.
    Consent,
    /// Which account is meant.
    SelectAccount,
}

/// The part of a request that says where an answer, even a refusal, may go. It is read first: until
/// both are checked against what is registered, nothing is redirected anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer is to go; may be left out when exactly one is registered.
    pub redirect_uri: Option<String>,
    /// Sent back untouched.
    pub state: Option<String>,
    /// How the answer travels; as asked if that could be read.
    pub response_mode: ResponseMode,
}

impl ReturnAddress {
    /// Reads it; an error here is shown on a page and never redirected.
    pub fn read(form: &Form) -> Result<Self, ParseError> {
        let client_id = ClientId::parse(form.required("client_id")?)
            .map_err(|_| ParseError::Invalid("client_id"))?;
        let redirect_uri = form.one("redirect_uri")?.map(str::to_owned);
        // A repeated `state` or mode is refused by redirect: none of the values is sent back.
        let state = form.one("state").ok().flatten().filter(|text| text.len() <= MAX_ECHO);
        let mode = form.one("response_mode").ok().flatten().and_then(response_mode);
        Ok(Self {
            client_id,
            redirect_uri,
            state: state.map(str::to_owned),
            response_mode: mode.unwrap_or_default(),
        })
    }
}

/// An authorization request, read.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    /// Where the answer goes.
    pub back: ReturnAddress,
    /// The PKCE challenge (S256 only).
    pub challenge: CodeChallenge,
    /// Goes into the ID token untouched.
    pub nonce: Option<String>,
    /// What is asked of the sign-in.
    pub sign_in: SignInRequest,
}

/// What is asked of a sign-in, wherever it is answered.
#[derive(Debug, Clone)]
pub struct SignInRequest {
    /// What is asked for.
    pub target: Target,
    /// What the user is to be asked in any case.
    pub prompt: BTreeSet<Prompt>,
    /// How strong, how fresh the sign-in must be (`acr_values`, `max_age`, `claims`).
    pub step_up: StepUp,
    /// Whether the strength was demanded by a name that nobody here can reach.
    pub unknown_acr: bool,
    /// Who will probably sign in.
    pub login_hint: Option<String>,
    /// An earlier ID token: the user it speaks of is meant.
    pub id_token_hint: Option<Jwt>,
    /// Whether Entra's `client_info` is wanted.
    pub client_info: bool,
}

/// Why an authorization request is refused by redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeParseError {
    /// Something the token endpoint would refuse alike.
    Request(ParseError),
    /// Not `code`.
    UnsupportedResponseType,
    /// `request` or `request_uri`.
    RequestObject(ErrorCode),
    /// PKCE is missing, or not S256.
    Challenge,
    /// `prompt=none` beside another.
    Prompt,
}

impl AuthorizeParseError {
    /// The OAuth code it rides on.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code(),
            Self::UnsupportedResponseType => ErrorCode::UnsupportedResponseType,
            Self::RequestObject(code) => *code,
            Self::Challenge | Self::Prompt => ErrorCode::InvalidRequest,
        }
    }
}

impl std::fmt::Display for AuthorizeParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::UnsupportedResponseType => f.write_str("the response_type is not code"),
            Self::RequestObject(_) => f.write_str("request objects are not supported"),
            Self::Challenge => {
                f.write_str("a code_challenge with code_challenge_method S256 is required")
            }
            Self::Prompt => f.write_str("prompt none stands beside another prompt"),
        }
    }
}

impl std::error::Error for AuthorizeParseError {}

impl<E: Into<ParseError>> From<E> for AuthorizeParseError {
    fn from(error: E) -> Self {
        Self::Request(error.into())
    }
}

impl AuthorizeRequest {
    /// Reads all but the return address, which was read and checked before.
    pub fn read(form: &Form, back: ReturnAddress) -> Result<Self, AuthorizeParseError> {
        form.check_repeats(&["resource", "audience"])?;
        refuse_request_objects(form)?;
        match form.one("response_type")? {
            Some("code") => {}
            None => return Err(FormError::Missing("response_type").into()),
            Some(_) => return Err(AuthorizeParseError::UnsupportedResponseType),
        }
        if form.one("response_mode")?.is_some_and(|mode| response_mode(mode).is_none()) {
            return Err(ParseError::Invalid("response_mode").into());
        }
        echoes_fit(form)?;
        let (step_up, unknown_acr) = step_up(form)?;
        let target = Target::read(form)?;
        let challenge = CodeChallenge::read(form)?;
        let sign_in = SignInRequest {
            prompt: prompts(form)?,
            step_up,
            unknown_acr,
            login_hint: form.one("login_hint")?.map(str::to_owned),
            id_token_hint: form.one("id_token_hint")?.map(Jwt::new),
            ..SignInRequest::plain(target, form.one("client_info")? == Some("1"))
        };
        Ok(Self { back, challenge, nonce: form.one("nonce")?.map(str::to_owned), sign_in })
    }
}

impl SignInRequest {
    /// Asks for this of any sign-in.
    #[must_use]
    pub fn plain(target: Target, client_info: bool) -> Self {
        Self {
            target,
            prompt: BTreeSet::new(),
            step_up: StepUp::default(),
            unknown_acr: false,
            login_hint: None,
            id_token_hint: None,
            client_info,
        }
    }
}

fn refuse_request_objects(form: &Form) -> Result<(), AuthorizeParseError> {
    if form.was_sent("request") {
        return Err(AuthorizeParseError::RequestObject(ErrorCode::RequestNotSupported));
    }
    if form.was_sent("request_uri") {
        return Err(AuthorizeParseError::RequestObject(ErrorCode::RequestUriNotSupported));
    }
    Ok(())
}

fn echoes_fit(form: &Form) -> Result<(), ParseError> {
    for name in ["state", "nonce"] {
        if form.one(name)?.is_some_and(|text| text.len() > MAX_ECHO) {
            return Err(ParseError::Invalid(name));
        }
    }
    Ok(())
}

fn response_mode(text: &str) -> Option<ResponseMode> {
    match text {
        "query" => Some(ResponseMode::Query),
        "fragment" => Some(ResponseMode::Fragment),
        "form_post" => Some(ResponseMode::FormPost),
        _ => None,
    }
}

/// Values we do not know are ignored, as OpenID Connect Core §3.1.2.1 leaves open (`create`, …).
fn prompts(form: &Form) -> Result<BTreeSet<Prompt>, AuthorizeParseError> {
    let words = form.one("prompt")?.unwrap_or_default().split(' ');
    let prompts: BTreeSet<Prompt> = words
        .filter_map(|word| match word {
            "none" => Some(Prompt::None),
            "login" => Some(Prompt::Login),
            "consent" => Some(Prompt::Consent),
            "select_account" => Some(Prompt::SelectAccount),
            _ => None,
        })
        .collect();
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(AuthorizeParseError::Prompt);
    }
    Ok(prompts)
}

/// What is asked of the sign-in, by all three ways of asking; and whether only unreachable names were given.
fn step_up(form: &Form) -> Result<(StepUp, bool), ParseError> {
    let mut ask = match form.one("claims")? {
        Some(text) => StepUp::from_claims(text).ok_or(ParseError::Invalid("claims"))?,
        None => StepUp::default(),
    };
    let mut unknown = false;
    if let Some(values) = form.one("acr_values")? {
        // Any of them will do (RFC 9470 §4), so the weakest is what is demanded.
        let known = values.split(' ').filter_map(Acr::parse).min();
        unknown = known.is_none();
        ask.acr = ask.acr.max(known);
    }
    if let Some(text) = form.one("max_age")? {
        let age = Seconds(text.parse().map_err(|_| ParseError::Invalid("max_age"))?);
        ask.max_age = Some(ask.max_age.map_or(age, |other| other.min(age)));
    }
    Ok((ask, unknown))
}

/// A PKCE code challenge, always S256 (RFC 7636 §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The challenge that goes with a verifier.
    #[must_use]
    pub fn of(verifier: &CodeVerifier) -> Self {
        Self(sha256(verifier.expose().as_bytes()).to_string())
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this verifier is the one: 43 to 128 unreserved characters, and its hash fits.
    #[must_use]
    pub fn answers(&self, verifier: &CodeVerifier) -> bool {
        let text = verifier.expose();
        let sound = (43..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        sound && constant_time_eq(Self::of(verifier).0.as_bytes(), self.0.as_bytes())
    }

    fn read(form: &Form) -> Result<Self, AuthorizeParseError> {
        let challenge = form.one("code_challenge")?;
        match (challenge, form.one("code_challenge_method")?) {
            (Some(text), Some("S256")) if from_base64url(text).is_some_and(|b| b.len() == 32) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(AuthorizeParseError::Challenge),
        }
    }
}

/// An answer on its way back to the client.
#[derive(Debug, Clone)]
pub struct AuthorizeResponse {
    /// A registered redirect URI.
    pub redirect_uri: String,
    /// How it travels.
    pub response_mode: ResponseMode,
    /// Sent back untouched.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Issuer,
    /// What is answered.
    pub outcome: AuthorizeOutcome,
}

/// What Entra's libraries hear of who signed in, beside the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInAccount {
    /// The account, encoded as [`ClientInfo`](crate::token_response::ClientInfo) is.
    pub client_info: String,
    /// The session.
    pub session_state: SessionId,
}

/// What an authorization request is answered with.
#[derive(Debug, Clone)]
pub enum AuthorizeOutcome {
    /// A code to redeem.
    Code {
        /// The code.
        code: AuthorizationCode,
        /// Entra's hints about who signed in, when asked for.
        account: Option<SignedInAccount>,
    },
    /// An administrator agreed for everybody.
    AdminConsent {
        /// Whose administrator.
        tenant: TenantId,
        /// What the client was given.
        scope: String,
    },
    /// A refusal.
    Error {
        /// The OAuth code.
        code: ErrorCode,
        /// A sentence for a developer.
        description: String,
        /// Where the reason is explained.
        error_uri: Option<String>,
        /// Opens its record.
        trace_id: TraceId,
    },
}

impl AuthorizeResponse {
    /// The parameters, in the order they are written.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        match &self.outcome {
            AuthorizeOutcome::Code { code, account } => {
                all.push(("code", code.expose().to_owned()));
                if let Some(account) = account {
                    all.push(("client_info", account.client_info.clone()));
                    all.push(("session_state", account.session_state.to_string()));
                }
            }
            AuthorizeOutcome::AdminConsent { tenant, scope } => {
                all.push(("admin_consent", "True".to_owned()));
                all.push(("tenant", tenant.to_string()));
                all.push(("scope", scope.clone()));
            }
            AuthorizeOutcome::Error { code, description, error_uri, trace_id } => {
                all.push(("error", code.to_string()));
                all.push(("error_description", crate::error::printable(description)));
                all.extend(error_uri.clone().map(|uri| ("error_uri", uri)));
                all.push(("trace_id", trace_id.to_string()));
            }
        }
        all.extend(self.state.clone().map(|state| ("state", state)));
        all.push(("iss", self.iss.to_string()));
        all
    }

    /// The URL to redirect to, for the modes that redirect; `None` for `form_post`.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        let parameters = self.parameters();
        let pairs: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let encoded = form::write(&pairs);
        match self.response_mode {
            ResponseMode::Query if self.redirect_uri.contains('?') => {
                Some(format!("{}&{encoded}", self.redirect_uri))
            }
            ResponseMode::Query => Some(format!("{}?{encoded}", self.redirect_uri)),
            ResponseMode::Fragment => Some(format!("{}#{encoded}", self.redirect_uri)),
            ResponseMode::FormPost => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn read(extra: &str) -> Result<AuthorizeRequest, AuthorizeParseError> {
        let text = format!(
            "client_id=spa&response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&{extra}"
        );
        let form = Form::parse(text.as_bytes()).unwrap();
        AuthorizeRequest::read(&form, ReturnAddress::read(&form).unwrap())
    }

    #[test]
    fn the_verifier_of_rfc_7636_appendix_b_answers_its_challenge() {
        let challenge = CodeChallenge(CHALLENGE.into());
        assert!(challenge.answers(&CodeVerifier::new(VERIFIER)));
        assert!(!challenge.answers(&CodeVerifier::new(format!("{VERIFIER}x"))));
        let short = CodeVerifier::new("a".repeat(42));
        assert!(!CodeChallenge::of(&short).answers(&short), "42 characters are too few");
        let fits = CodeVerifier::new("a".repeat(43));
        assert!(CodeChallenge::of(&fits).answers(&fits));
    }

    #[test]
    fn the_three_ways_to_ask_for_a_sign_in_add_up() {
        let claims = form::write(&[(
            "claims",
            &StepUp { acr: Some(Acr::Password), max_age: Some(Seconds(600)) }.to_claims(),
        )]);
        let request = read(&format!(
            "{claims}&acr_values=x+urn:stead:acr:mfa+urn:stead:acr:reauth&max_age=30"
        ))
        .unwrap();
        let both = StepUp { acr: Some(Acr::Reauthenticated), max_age: Some(Seconds(30)) };
        assert_eq!((request.sign_in.step_up, request.sign_in.unknown_acr), (both, false));
    }

    #[test]
    fn what_is_not_code_with_s256_is_refused() {
        assert!(read("prompt=login+consent").is_ok());
        assert_eq!(read("prompt=none+login").unwrap_err(), AuthorizeParseError::Prompt);
        let codes = ["request=x", "request_uri=https://x", "max_age=-1", "response_mode=x"]
            .map(|extra| read(extra).unwrap_err().code());
        assert_eq!(
            codes,
            [
                ErrorCode::RequestNotSupported,
                ErrorCode::RequestUriNotSupported,
                ErrorCode::InvalidRequest,
                ErrorCode::InvalidRequest
            ]
        );
    }
}
