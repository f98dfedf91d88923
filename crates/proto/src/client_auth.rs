//! How a client proves who it is (RFC 6749 §2.3, RFC 7523 §2.2), as sent; nothing is proved here.

use crate::form::{Form, FormError};
use crate::id::ClientId;
use crate::secret::{ClientSecret, Jwt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const JWT_BEARER_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client sent to say who it is.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// Only its name: a public client.
    None {
        /// `client_id`.
        client_id: ClientId,
    },
    /// A shared secret, in the `Authorization` header or in the body.
    Secret {
        /// Who it claims to be.
        client_id: ClientId,
        /// What it offers as proof.
        secret: ClientSecret,
        /// Where it sent them.
        method: SecretMethod,
    },
    /// A signed JWT (`private_key_jwt`).
    Assertion {
        /// `client_id`, which RFC 7521 §4.2 makes optional beside an assertion.
        client_id: Option<ClientId>,
        /// The assertion.
        assertion: Jwt,
    },
}

/// Where a shared secret travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretMethod {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// The authentication methods by their registered names (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A secret in the `Authorization` header.
    ClientSecretBasic,
    /// A secret in the body.
    ClientSecretPost,
    /// A signed JWT.
    PrivateKeyJwt,
    /// None: a public client.
    None,
}

impl AuthMethod {
    /// As written in metadata and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// Why what a client sent is no attempt at proving who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuthError {
    /// Nothing names the client.
    Nobody,
    /// The `Authorization` header is no well-formed Basic credential.
    BadBasic,
    /// More than one method at once (RFC 6749 §2.3), or two names.
    SeveralMethods,
    /// `client_assertion` without its type, or the other way round, or an unknown type.
    BadAssertionType,
    /// The form itself is at fault.
    Form(FormError),
}

impl fmt::Display for ClientAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("the request names no client"),
            Self::BadBasic => f.write_str("the Authorization header is no Basic credential"),
            Self::SeveralMethods => f.write_str("the client authenticates in more than one way"),
            Self::BadAssertionType => {
                f.write_str("the client_assertion_type is missing or unknown")
            }
            Self::Form(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ClientAuthError {}

impl From<FormError> for ClientAuthError {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

impl ClientAuth {
    /// Reads the `Authorization` header, if there is one, and the body.
    pub fn read(authorization: Option<&str>, form: &Form) -> Result<Self, ClientAuthError> {
        let basic = authorization.map(read_basic).transpose()?;
        let client_id = match form.one("client_id")? {
            Some(id) => Some(ClientId::parse(id).map_err(|_| ClientAuthError::Nobody)?),
            None => None,
        };
        let secret = form.one("client_secret")?;
        let assertion = read_assertion(form)?;
        match (basic, secret, assertion) {
            (Some((named, secret)), None, None) => {
                if client_id.is_some_and(|id| id != named) {
                    return Err(ClientAuthError::SeveralMethods);
                }
                Ok(Self::Secret { client_id: named, secret, method: SecretMethod::Basic })
            }
            (None, Some(secret), None) => Ok(Self::Secret {
                client_id: client_id.ok_or(ClientAuthError::Nobody)?,
                secret: ClientSecret::new(secret),
                method: SecretMethod::Post,
            }),
            (None, None, Some(assertion)) => Ok(Self::Assertion { client_id, assertion }),
            (None, None, None) => {
                Ok(Self::None { client_id: client_id.ok_or(ClientAuthError::Nobody)? })
            }
            _ => Err(ClientAuthError::SeveralMethods),
        }
    }

    /// Whom the request claims to come from, as far as that is said outside an assertion.
    #[must_use]
    pub fn claimed(&self) -> Option<&ClientId> {
        match self {
            Self::None { client_id } | Self::Secret { client_id, .. } => Some(client_id),
            Self::Assertion { client_id, .. } => client_id.as_ref(),
        }
    }

    /// The method by its registered name.
    #[must_use]
    pub fn method(&self) -> AuthMethod {
        match self {
            Self::None { .. } => AuthMethod::None,
            Self::Secret { method: SecretMethod::Basic, .. } => AuthMethod::ClientSecretBasic,
            Self::Secret { method: SecretMethod::Post, .. } => AuthMethod::ClientSecretPost,
            Self::Assertion { .. } => AuthMethod::PrivateKeyJwt,
        }
    }
}

fn read_assertion(form: &Form) -> Result<Option<Jwt>, ClientAuthError> {
    match (form.one("client_assertion")?, form.one("client_assertion_type")?) {
        (None, None) => Ok(None),
        (Some(assertion), Some(JWT_BEARER_ASSERTION)) => Ok(Some(Jwt::new(assertion))),
        _ => Err(ClientAuthError::BadAssertionType),
    }
}

/// Takes `Basic …` apart; name and secret are form-encoded inside (RFC 6749 §2.3.1).
fn read_basic(header: &str) -> Result<(ClientId, ClientSecret), ClientAuthError> {
    let (scheme, encoded) = header.split_once(' ').ok_or(ClientAuthError::BadBasic)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(ClientAuthError::BadBasic);
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| ClientAuthError::BadBasic)?;
    let text = String::from_utf8(bytes).map_err(|_| ClientAuthError::BadBasic)?;
    let (name, secret) = text.split_once(':').ok_or(ClientAuthError::BadBasic)?;
    let name = decode(name).ok_or(ClientAuthError::BadBasic)?;
    let secret = decode(secret).ok_or(ClientAuthError::BadBasic)?;
    let client_id = ClientId::parse(name).map_err(|_| ClientAuthError::BadBasic)?;
    Ok((client_id, ClientSecret::new(secret)))
}

/// Writes the value of an `Authorization: Basic` header (RFC 6749 §2.3.1).
#[must_use]
pub fn write_basic(client_id: &ClientId, secret: &ClientSecret) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(client_id.as_str()), encode(secret.expose()));
    format!("Basic {}", STANDARD.encode(pair))
}

fn decode(text: &str) -> Option<String> {
    let (name, value) = form_urlencoded::parse(text.as_bytes()).next().unwrap_or_default();
    let whole = if text.contains('=') { format!("{name}={value}") } else { name.into_owned() };
    (!text.contains('&') && !whole.contains('\u{FFFD}')).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_basic_credential_survives_every_awkward_character() {
        let client_id = ClientId::parse("api:a%ü").unwrap();
        let secret = ClientSecret::new("p:a% +ü=&/");
        let header = write_basic(&client_id, &secret);
        let read = ClientAuth::read(Some(&header), &form("")).unwrap();
        let ClientAuth::Secret { client_id: id, secret: read, method: SecretMethod::Basic } = read
        else {
            panic!("{read:?}")
        };
        assert_eq!((id, read.expose()), (client_id, secret.expose()));
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        let basic = write_basic(&ClientId::parse("a").unwrap(), &ClientSecret::new("s"));
        let both = ClientAuth::read(Some(&basic), &form("client_id=a&client_secret=s"));
        assert_eq!(both.unwrap_err(), ClientAuthError::SeveralMethods);
        let two_names = ClientAuth::read(Some(&basic), &form("client_id=b"));
        assert_eq!(two_names.unwrap_err(), ClientAuthError::SeveralMethods);
        assert!(ClientAuth::read(Some(&basic), &form("client_id=a")).is_ok());
    }

    #[test]
    fn an_assertion_needs_its_type() {
        let sent = form("client_id=a&client_assertion=x.y.z");
        assert_eq!(ClientAuth::read(None, &sent).unwrap_err(), ClientAuthError::BadAssertionType);
    }

    #[test]
    fn an_empty_secret_is_no_secret() {
        let sent = ClientAuth::read(None, &form("client_id=a&client_secret=")).unwrap();
        assert_eq!(sent.method(), AuthMethod::None);
    }
}
