//! Token requests (RFC 6749 §4), one type a grant.

mod authorization_code;
mod client_credentials;
mod device_code;
mod jwt_bearer;
mod on_behalf_of;
mod refresh_token;
mod target;

pub use authorization_code::AuthorizationCodeGrant;
pub use client_credentials::ClientCredentials;
pub use device_code::DeviceCodeGrant;
pub use jwt_bearer::JwtBearer;
pub use on_behalf_of::{ActorToken, OnBehalfOf};
pub use refresh_token::RefreshTokenGrant;
pub use target::{Target, TargetError};

use crate::error::{Dialect, ErrorCode};
use crate::form::{Form, FormError};
use crate::scope::ScopeRequestError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `grant_type` of RFC 7523 §2.1, which Entra's on-behalf-of uses too.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// `grant_type` of RFC 8628 §3.4; Entra's libraries also say `device_code`.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// `grant_type` of RFC 8693 §2.1.
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// What a token request asks, once its form is read.
#[derive(Debug, Clone)]
pub enum Grant {
    /// A code is redeemed.
    AuthorizationCode(AuthorizationCodeGrant),
    /// A device asks whether its user has answered.
    DeviceCode(DeviceCodeGrant),
    /// A refresh token is used.
    RefreshToken(RefreshTokenGrant),
    /// A client acts as itself.
    ClientCredentials(ClientCredentials),
    /// A client acts on behalf of a user, in either dialect.
    OnBehalfOf(OnBehalfOf),
    /// A JWT as authorization grant (RFC 7523), which is not on-behalf-of.
    JwtBearer(JwtBearer),
}

/// The kinds of grant a client can be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 8628.
    DeviceCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// Entra's on-behalf-of and RFC 8693.
    OnBehalfOf,
    /// RFC 7523 §2.1.
    JwtBearer,
}

impl GrantKind {
    /// As written in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "device_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::OnBehalfOf => "on_behalf_of",
            Self::JwtBearer => "jwt_bearer",
        }
    }

    /// Whether what is redeemed came of a user's own sign-in, so that it says by itself of which tenant it is.
    #[must_use]
    pub const fn brings_user(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode | Self::RefreshToken)
    }
}

/// Why a form is no token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// The form itself is at fault: too large, repeated or missing parameters.
    Form(FormError),
    /// A parameter has a value it cannot have.
    Invalid(&'static str),
    /// Nobody here knows this grant.
    UnsupportedGrantType,
    /// The scope cannot be meant.
    Scope(ScopeRequestError),
    /// The target cannot be meant.
    Target(TargetError),
    /// Parameters of both on-behalf-of dialects at once.
    MixedDialects,
    /// A parameter without which the answer would mean something else, and which is not supported.
    Unsupported(&'static str),
    /// A token type we do not take or make.
    UnsupportedTokenType(&'static str),
}

impl ParseError {
    /// The OAuth code it rides on.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnsupportedGrantType => ErrorCode::UnsupportedGrantType,
            Self::Scope(_) => ErrorCode::InvalidScope,
            Self::Target(_) => ErrorCode::InvalidTarget,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => error.fmt(f),
            Self::Invalid(name) => write!(f, "the parameter {name} has a value it cannot have"),
            Self::Unsupported(name) => {
                write!(f, "the parameter {name} asks for what is not supported")
            }
            Self::UnsupportedGrantType => f.write_str("the grant_type is not supported"),
            Self::Scope(error) => error.fmt(f),
            Self::Target(error) => error.fmt(f),
            Self::MixedDialects => {
                f.write_str("the request mixes assertion with subject_token or actor_token")
            }
            Self::UnsupportedTokenType(name) => write!(f, "the {name} is not supported here"),
        }
    }
}

impl std::error::Error for ParseError {}

impl From<FormError> for ParseError {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

impl From<ScopeRequestError> for ParseError {
    fn from(error: ScopeRequestError) -> Self {
        Self::Scope(error)
    }
}

impl From<TargetError> for ParseError {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

impl Grant {
    /// Reads the grant out of a token request's form. Only `resource` and `audience` may repeat
    /// (RFC 6749 §3.2, RFC 8693 §2.1, RFC 8707 §2).
    pub fn from_form(form: &Form) -> Result<Self, ParseError> {
        form.check_repeats(&["resource", "audience"])?;
        refuse_other_tokens(form)?;
        match form.required("grant_type")? {
            "authorization_code" => {
                Ok(Self::AuthorizationCode(AuthorizationCodeGrant::read(form)?))
            }
            DEVICE_CODE | "device_code" => Ok(Self::DeviceCode(DeviceCodeGrant::read(form)?)),
            "refresh_token" => Ok(Self::RefreshToken(RefreshTokenGrant::read(form)?)),
            "client_credentials" => Ok(Self::ClientCredentials(ClientCredentials::read(form)?)),
            TOKEN_EXCHANGE => Ok(Self::OnBehalfOf(OnBehalfOf::read_rfc8693(form)?)),
            JWT_BEARER => match form.one("requested_token_use")? {
                None => Ok(Self::JwtBearer(JwtBearer::read(form)?)),
                Some("on_behalf_of") => Ok(Self::OnBehalfOf(OnBehalfOf::read_entra(form)?)),
                Some(_) => Err(ParseError::Invalid("requested_token_use")),
            },
            _ => Err(ParseError::UnsupportedGrantType),
        }
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> GrantKind {
        match self {
            Self::AuthorizationCode(_) => GrantKind::AuthorizationCode,
            Self::DeviceCode(_) => GrantKind::DeviceCode,
            Self::RefreshToken(_) => GrantKind::RefreshToken,
            Self::ClientCredentials(_) => GrantKind::ClientCredentials,
            Self::OnBehalfOf(_) => GrantKind::OnBehalfOf,
            Self::JwtBearer(_) => GrantKind::JwtBearer,
        }
    }
}

/// A token bound to a key that is sent along, or for a part of the client: a plain one instead would not be
/// what was asked for. (`return_spa_code` and the like ask for more beside it, and are ignored.)
fn refuse_other_tokens(form: &Form) -> Result<(), ParseError> {
    for name in ["req_cnf", "fmi_path"] {
        if form.was_sent(name) {
            return Err(ParseError::Unsupported(name));
        }
    }
    match form.one("token_type")? {
        Some(kind) if !kind.eq_ignore_ascii_case("bearer") => {
            Err(ParseError::Unsupported("token_type"))
        }
        _ => Ok(()),
    }
}

/// The dialect a form speaks, so that even a form that cannot be read is refused in its own words.
#[must_use]
pub fn dialect_of(form: &Form) -> Dialect {
    match form.one("grant_type") {
        Ok(Some(TOKEN_EXCHANGE)) => Dialect::Rfc8693,
        Ok(Some(JWT_BEARER)) if form.was_sent("requested_token_use") => Dialect::Entra,
        Ok(Some(JWT_BEARER)) => Dialect::Rfc7523,
        _ => Dialect::Plain,
    }
}
