//! "Sign in again, like so": one demand, written in both languages that front ends understand.
//!
//! | who reads it | looks like |
//! |---|---|
//! | RFC 9470 | `Bearer error="insufficient_user_authentication", acr_values="…", max_age="…"` |
//! | Entra (MSAL) | `Bearer realm="", authorization_uri="…/authorize", error="insufficient_claims", claims="<base64>"` |
//!
//! A middle tier that is refused with such a demand passes it on to its own caller; the front end signs
//! the user in with it and tries again.

mod www_authenticate;

pub use www_authenticate::{AuthChallenge, parse_header};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Map, Value, json};
use stead_proto::acr::{Acr, StepUp};
use stead_proto::error::{ErrorCode, ErrorResponse, printable};
use stead_proto::time::Seconds;

/// Entra's `error` for a claims challenge.
const INSUFFICIENT_CLAIMS: &str = "insufficient_claims";

/// A demand that the user signs in again, more strongly or more recently (RFC 9470, Entra's claims challenge). Pass it on
/// until it reaches the front end, which can sign the user in.
///
/// ```
/// use stead::{Challenge, StepUp, Seconds, acr::Acr};
/// let wanted = StepUp { acr: Some(Acr::MultiFactor), max_age: Some(Seconds(300)) };
/// let headers = Challenge::from(wanted).www_authenticate().into_iter()
///     .map(|value| (http::header::WWW_AUTHENTICATE, value)).collect();
/// assert_eq!(Challenge::from_headers(&headers).unwrap().step_up(), wanted);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    acr_values: Vec<String>,
    max_age: Option<Seconds>,
    claims: String,
    description: Option<String>,
    authorization_uri: Option<String>,
    refusal: Option<Box<Refusal>>,
}

/// The provider's own words, where it was a token endpoint that demanded it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    error: String,
    suberror: Option<String>,
    error_codes: Vec<u32>,
}

impl Challenge {
    /// The `claims` request, as JSON, for the authorization request (OpenID Connect Core §5.5, Entra).
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// The strengths that would do, for `acr_values` of the authorization request (RFC 9470 §4).
    #[must_use]
    pub fn acr_values(&self) -> &[String] {
        &self.acr_values
    }

    /// The greatest age of the sign-in, for `max_age` of the authorization request.
    #[must_use]
    pub fn max_age(&self) -> Option<Seconds> {
        self.max_age
    }

    /// A sentence for a developer, when one came along.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Where the user signs in, when it is known.
    #[must_use]
    pub fn authorization_uri(&self) -> Option<&str> {
        self.authorization_uri.as_deref()
    }

    /// The OAuth error code that a token endpoint demanded it with.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.refusal.as_ref().map(|refusal| refusal.error.as_str())
    }

    /// Entra's finer reason, which its libraries look at.
    #[must_use]
    pub fn suberror(&self) -> Option<&str> {
        self.refusal.as_ref()?.suberror.as_deref()
    }

    /// Entra's numbers for the reason, such as 50076.
    #[must_use]
    pub fn error_codes(&self) -> &[u32] {
        self.refusal.as_ref().map_or(&[], |refusal| &refusal.error_codes)
    }

    /// The demand in Stead's own terms; strengths that are not Stead's are left out.
    #[must_use]
    pub fn step_up(&self) -> StepUp {
        let acr = self.acr_values.iter().find_map(|value| Acr::parse(value));
        StepUp { acr, max_age: self.max_age }
    }

    /// The two `WWW-Authenticate` headers of a 401: RFC 9470's, then Entra's.
    #[must_use]
    pub fn www_authenticate(&self) -> [HeaderValue; 2] {
        let mut entra = AuthChallenge::bearer().with("realm", "");
        if let Some(uri) = &self.authorization_uri {
            entra = entra.with("authorization_uri", uri);
        }
        let entra =
            entra.with("error", INSUFFICIENT_CLAIMS).with("claims", &STANDARD.encode(&self.claims));
        [self.in_scheme(AuthChallenge::bearer()).to_header(), entra.to_header()]
    }

    /// RFC 9470's parameters, added to a challenge of any scheme.
    pub(crate) fn in_scheme(&self, begun: AuthChallenge) -> AuthChallenge {
        let text = self.description().unwrap_or("the user has to sign in again");
        let code = ErrorCode::InsufficientUserAuthentication.as_str();
        let mut challenge = begun.with("error", code).with("error_description", &printable(text));
        if !self.acr_values.is_empty() {
            challenge = challenge.with("acr_values", &self.acr_values.join(" "));
        }
        match self.max_age {
            Some(Seconds(age)) => challenge.with("max_age", &age.to_string()),
            None => challenge,
        }
    }

    /// Finds a demand in the headers of a 401, in either language.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let challenges: Vec<AuthChallenge> = headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(parse_header)
            .filter(AuthChallenge::is_bearer)
            .collect();
        let with_error = |code| challenges.iter().find(|c| c.param("error") == Some(code));
        let standard = with_error(ErrorCode::InsufficientUserAuthentication.as_str());
        let entra = with_error(INSUFFICIENT_CLAIMS);
        let claims = entra.and_then(|c| c.param("claims")).and_then(claims_from_base64);
        let read = match (standard, claims) {
            (None, claims) => Self::from_claims(claims?)?,
            (Some(standard), claims) => Self::new(
                standard.param("acr_values").unwrap_or_default(),
                standard.param("max_age").and_then(|age| age.parse().ok()).map(Seconds),
                claims,
                standard.param("error_description").map(str::to_owned),
            ),
        };
        Some(read.at(entra.and_then(|c| c.param("authorization_uri")).map(str::to_owned)))
    }

    /// Finds a demand in a token endpoint's refusal, in either language.
    #[must_use]
    pub fn from_refusal(refusal: &ErrorResponse) -> Option<Self> {
        let said = Some(Refusal::of(refusal).into());
        Some(Self { refusal: said, ..Self::demanded(refusal)? })
    }

    fn demanded(refusal: &ErrorResponse) -> Option<Self> {
        let description = refusal.error_description.clone();
        if refusal.acr_values.is_some() || refusal.max_age.is_some() {
            let acr_values = refusal.acr_values.as_deref().unwrap_or_default();
            let max_age = refusal.max_age.map(Seconds);
            return Some(Self::new(acr_values, max_age, refusal.claims.clone(), description));
        }
        Some(Self { description, ..Self::from_claims(refusal.claims.clone()?)? })
    }

    /// The same with the place where the user signs in, unless that is known already.
    pub(crate) fn at(self, authorization_uri: Option<String>) -> Self {
        Self { authorization_uri: self.authorization_uri.or(authorization_uri), ..self }
    }

    /// A demand for any strength, also one that is not Stead's.
    pub(crate) fn demanding(acr: &str, max_age: Option<Seconds>) -> Self {
        Self::new(acr, max_age, None, None)
    }

    /// Takes a claims request as it is; `None` when it is no JSON object.
    fn from_claims(claims: String) -> Option<Self> {
        let step_up = StepUp::from_claims(&claims)?;
        Some(Self {
            acr_values: acrs(&claims),
            max_age: step_up.max_age,
            claims,
            description: None,
            authorization_uri: None,
            refusal: None,
        })
    }

    fn new(
        acr_values: &str,
        max_age: Option<Seconds>,
        claims: Option<String>,
        description: Option<String>,
    ) -> Self {
        let acr_values: Vec<String> = acr_values.split_whitespace().map(str::to_owned).collect();
        let claims = claims.unwrap_or_else(|| claims_request(&acr_values, max_age));
        Self { acr_values, max_age, claims, description, authorization_uri: None, refusal: None }
    }
}

impl Refusal {
    fn of(refusal: &ErrorResponse) -> Self {
        Self {
            error: refusal.error.clone(),
            suberror: refusal.suberror.clone(),
            error_codes: refusal.error_codes.clone(),
        }
    }
}

impl From<StepUp> for Challenge {
    fn from(wanted: StepUp) -> Self {
        let acr = wanted.acr.map_or("", Acr::as_str);
        Self::new(acr, wanted.max_age, Some(wanted.to_claims()), None)
    }
}

/// The strengths a claims request names, known to us or not.
fn acrs(claims: &str) -> Vec<String> {
    let claims = stead_proto::json::parse(claims.as_bytes()).unwrap_or_default();
    let wish = claims.pointer("/access_token/acrs");
    let single = wish.and_then(|wish| wish.get("value"));
    let several = wish.and_then(|wish| wish.get("values")).and_then(Value::as_array);
    let all = single.into_iter().chain(several.into_iter().flatten());
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn claims_request(acr_values: &[String], max_age: Option<Seconds>) -> String {
    let mut token = Map::new();
    match acr_values {
        [] => {}
        [one] => drop(token.insert("acrs".into(), json!({ "essential": true, "value": one }))),
        all => drop(token.insert("acrs".into(), json!({ "essential": true, "values": all }))),
    }
    if let Some(Seconds(age)) = max_age {
        token.insert("auth_time".into(), json!({ "essential": true, "max_age": age }));
    }
    json!({ "access_token": token }).to_string()
}

/// Base64 as it is met: either alphabet, padded or not.
fn claims_from_base64(text: &str) -> Option<String> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, lenient);
    let url_safe = GeneralPurpose::new(&alphabet::URL_SAFE, lenient);
    let bytes = standard.decode(text).or_else(|_| url_safe.decode(text)).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE;

    fn headers(values: &[&str]) -> HeaderMap {
        let name = header::WWW_AUTHENTICATE;
        values.iter().map(|v| (name.clone(), HeaderValue::from_str(v).unwrap())).collect()
    }

    fn mfa_now() -> Challenge {
        Challenge::from(StepUp { acr: Some(Acr::MultiFactor), max_age: Some(Seconds(0)) })
    }

    #[test]
    fn a_demand_survives_the_trip_in_each_language_alone() {
        let [standard, entra] = mfa_now().www_authenticate();
        for one in [standard, entra] {
            let read = Challenge::from_headers(&headers(&[one.to_str().unwrap()])).unwrap();
            assert_eq!(
                (read.acr_values(), read.max_age(), read.claims()),
                (mfa_now().acr_values(), mfa_now().max_age(), mfa_now().claims())
            );
        }
    }

    #[test]
    fn the_headers_are_those_of_rfc_9470_and_of_entra_to_the_letter() {
        let uri = "https://id.example/acme/oauth2/v2.0/authorize".to_owned();
        let challenge = mfa_now().at(Some(uri));
        let claims = STANDARD.encode(challenge.claims());
        let headers = challenge.www_authenticate();
        assert_eq!(
            headers.each_ref().map(|value| value.to_str().unwrap().to_owned()),
            [
                "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"the user has to sign in again\", \
             acr_values=\"urn:stead:acr:mfa\", max_age=\"0\""
                    .to_owned(),
                format!(
                    "Bearer realm=\"\", \
                 authorization_uri=\"https://id.example/acme/oauth2/v2.0/authorize\", \
                 error=\"insufficient_claims\", claims=\"{claims}\""
                ),
            ]
        );
        let passed_on =
            headers.map(|value| (header::WWW_AUTHENTICATE, value)).into_iter().collect();
        let read = Challenge::from_headers(&passed_on).unwrap();
        assert_eq!(read.authorization_uri(), challenge.authorization_uri());
    }

    #[test]
    fn both_languages_may_share_one_header() {
        let [standard, entra] = mfa_now().www_authenticate();
        let joined = format!("{}, {}", standard.to_str().unwrap(), entra.to_str().unwrap());
        let read = Challenge::from_headers(&headers(&["Negotiate", &joined])).unwrap();
        assert_eq!(read.step_up(), mfa_now().step_up());
    }

    #[test]
    fn a_claims_request_we_do_not_understand_is_passed_on_as_it_is() {
        let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"x":{"a":1}}}"#;
        let sent = URL_SAFE.encode(claims);
        let header = format!(r#"Bearer error="insufficient_claims", claims="{sent}""#);
        let read = Challenge::from_headers(&headers(&[&header])).unwrap();
        assert_eq!((read.claims(), read.acr_values()), (claims, &["c1".to_owned()][..]));
    }

    #[test]
    fn any_other_401_demands_nothing() {
        for value in [
            "Bearer",
            r#"Bearer error="invalid_token""#,
            r#"Basic error="insufficient_user_authentication""#,
            r#"Bearer error="insufficient_claims", claims="!!!""#,
            r#"Bearer error="insufficient_claims""#,
        ] {
            assert_eq!(Challenge::from_headers(&headers(&[value])), None, "{value}");
        }
    }
}
