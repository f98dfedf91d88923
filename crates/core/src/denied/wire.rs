//! Reason → name → OAuth code in each dialect (RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 7523 §3.1, Entra).

use crate::denied::{Denied, Unproven, Unwell};
use stead_proto::error::{Dialect, ErrorCode, Refusal, Suberror};
use stead_proto::grants::{ParseError, TargetError};
use stead_proto::jwt::JwtError;

/// Names each reason once: the match the compiler keeps complete, and the list the documentation is held to.
macro_rules! reasons {
    ($($variant:pat => $name:literal),+ $(,)?) => {
        /// Every reason's name, in the order of the enum: the anchors of `docs/errors.md`.
        pub const REASONS: &[&str] = &[$($name),+];

        impl Denied {
            /// The reason's name: stable, lower case, words joined by `-`.
            #[must_use]
            pub fn reason(&self) -> &'static str {
                match self {
                    $($variant => $name),+
                }
            }
        }
    };
}

reasons! {
    Denied::RequestMalformed(_) => "request-malformed",
    Denied::AuthorizeMalformed(_) => "authorize-malformed",
    Denied::ClientAuthMalformed(_) => "client-auth-malformed",
    Denied::ClientUnproven(_) => "client-unproven",
    Denied::ClientDisabled => "client-disabled",
    Denied::ClientNotConfidential => "client-not-confidential",
    Denied::NotAResource => "not-a-resource",
    Denied::GrantNotAllowed => "grant-not-allowed",
    Denied::TenantNotNamed => "tenant-not-named",
    Denied::OriginNotClients => "origin-not-clients",
    Denied::CrossOrigin => "cross-origin",
    Denied::Throttled => "throttled",
    Denied::Unwell(_) => "unwell",
    Denied::SubjectTokenInvalid(_) => "subject-token-invalid",
    Denied::SubjectTokenIssuerUntrusted => "subject-token-issuer-untrusted",
    Denied::SubjectTokenAppOnly => "subject-token-app-only",
    Denied::SubjectTokenIsIdToken => "subject-token-is-id-token",
    Denied::SubjectTokenWrongType => "subject-token-wrong-type",
    Denied::SubjectTokenNotForClient => "subject-token-not-for-client",
    Denied::SubjectTokenRevoked(_) => "subject-token-revoked",
    Denied::UserUnknown => "user-unknown",
    Denied::UserDisabled => "user-disabled",
    Denied::Blocked => "blocked",
    Denied::ChainClientDisabled => "chain-client-disabled",
    Denied::ProofMissing => "proof-missing",
    Denied::TargetMissing => "target-missing",
    Denied::TargetUnknown => "target-unknown",
    Denied::EdgeMissing => "edge-missing",
    Denied::EdgeNotForUser => "edge-not-for-user",
    Denied::EdgeNotVia => "edge-not-via",
    Denied::EdgeRequires(_) => "edge-requires",
    Denied::MayActMismatch => "may-act-mismatch",
    Denied::ActorTokenInvalid(_) => "actor-token-invalid",
    Denied::ActorTokenNotClients => "actor-token-not-clients",
    Denied::ChainTooDeep => "chain-too-deep",
    Denied::ScopeUnknown(_) => "scope-unknown",
    Denied::ScopeNotPermitted(_) => "scope-not-permitted",
    Denied::ScopeNotAssigned(_) => "scope-not-assigned",
    Denied::ScopeEmpty => "scope-empty",
    Denied::ConsentMissing(_) => "consent-missing",
    Denied::StepUpRequired(_) => "step-up-required",
    Denied::EnrolmentRequired(_) => "enrolment-required",
    Denied::NothingLeft => "nothing-left",
    Denied::CodeUnknown => "code-unknown",
    Denied::CodeExpired => "code-expired",
    Denied::CodeSpent => "code-spent",
    Denied::CodeNotForClient => "code-not-for-client",
    Denied::RedirectUriMismatch => "redirect-uri-mismatch",
    Denied::VerifierWrong => "verifier-wrong",
    Denied::DeviceCodeUnknown => "device-code-unknown",
    Denied::DeviceCodePending => "device-code-pending",
    Denied::DeviceCodeTooSoon => "device-code-too-soon",
    Denied::DeviceCodeExpired => "device-code-expired",
    Denied::DeviceCodeSpent => "device-code-spent",
    Denied::DeviceCodeNotForClient => "device-code-not-for-client",
    Denied::UserCodeUnknown => "user-code-unknown",
    Denied::RefreshUnknown => "refresh-unknown",
    Denied::RefreshExpired => "refresh-expired",
    Denied::SpaRefreshExpired => "spa-refresh-expired",
    Denied::RefreshReused => "refresh-reused",
    Denied::RefreshNotForClient => "refresh-not-for-client",
    Denied::RefreshExceeds(_) => "refresh-exceeds",
    Denied::AssertionIssuerUntrusted => "assertion-issuer-untrusted",
    Denied::RedirectUriUnknown => "redirect-uri-unknown",
    Denied::PasswordWrong => "password-wrong",
    Denied::PasskeyWrong(_) => "passkey-wrong",
    Denied::SecondFactorWrong => "second-factor-wrong",
    Denied::LoginRequired => "login-required",
    Denied::InteractionRequired => "interaction-required",
    Denied::ConsentRequired => "consent-required",
    Denied::AccessDenied => "access-denied",
    Denied::AcrUnreachable => "acr-unreachable",
    Denied::AdministratorsUnset => "administrators-unset",
    Denied::AdministratorRequired => "administrator-required",
    Denied::TokenNotClients => "token-not-clients",
    Denied::AccessTokenInvalid(_) => "access-token-invalid",
    Denied::AccessTokenScope => "access-token-scope",
    Denied::AccessTokenMissing => "access-token-missing",
}

impl Denied {
    /// What is said of it on the wire: the cell of the error table, for any dialect.
    #[must_use]
    pub fn refusal(&self, dialect: Dialect) -> Refusal {
        Refusal {
            code: self.code(dialect),
            description: self.to_string(),
            error_uri: None,
            aadsts: self.aadsts(),
            suberror: self.suberror(),
            step_up: match self {
                Self::StepUpRequired(ask) | Self::EnrolmentRequired(ask) => Some(*ask),
                _ => None,
            },
        }
    }

    /// The reason as the client may know it: which resources exist is not told to those who have no way
    /// to them.
    #[must_use]
    pub fn told(&self) -> &'static str {
        match self {
            Self::EdgeMissing => Self::TargetUnknown.reason(),
            other => other.reason(),
        }
    }

    /// The OAuth code. A bad subject or actor token is `invalid_request` in RFC 8693 §2.2.2 and
    /// `invalid_grant` everywhere else.
    #[must_use]
    pub fn code(&self, dialect: Dialect) -> ErrorCode {
        match self {
            Self::RequestMalformed(error) => parse_code(error, dialect),
            Self::AuthorizeMalformed(error) => error.code(),
            Self::ClientAuthMalformed(error) => client_auth_code(error),
            Self::ClientUnproven(_) | Self::ClientDisabled => ErrorCode::InvalidClient,
            Self::ClientNotConfidential | Self::NotAResource | Self::GrantNotAllowed => {
                ErrorCode::UnauthorizedClient
            }
            Self::OriginNotClients
            | Self::CrossOrigin
            | Self::TargetMissing
            | Self::TenantNotNamed => ErrorCode::InvalidRequest,
            Self::Unwell(Unwell::Broken) => ErrorCode::ServerError,
            Self::Throttled | Self::Unwell(_) => ErrorCode::TemporarilyUnavailable,
            Self::TargetUnknown | Self::EdgeMissing if dialect == Dialect::Entra => {
                ErrorCode::InvalidResource
            }
            Self::TargetUnknown | Self::EdgeMissing => ErrorCode::InvalidTarget,
            Self::EdgeNotForUser | Self::EdgeNotVia => by_dialect(
                dialect,
                [ErrorCode::InvalidGrant, ErrorCode::InvalidTarget, ErrorCode::InvalidTarget],
            ),
            Self::ScopeUnknown(_)
            | Self::ScopeNotPermitted(_)
            | Self::ScopeNotAssigned(_)
            | Self::ScopeEmpty
            | Self::RefreshExceeds(_) => ErrorCode::InvalidScope,
            Self::ConsentMissing(_) | Self::EdgeRequires(_) => by_dialect(
                dialect,
                [ErrorCode::InvalidGrant, ErrorCode::InvalidScope, ErrorCode::InvalidScope],
            ),
            Self::StepUpRequired(_) | Self::EnrolmentRequired(_) => by_dialect(
                dialect,
                [
                    ErrorCode::InteractionRequired,
                    ErrorCode::InsufficientUserAuthentication,
                    ErrorCode::InsufficientUserAuthentication,
                ],
            ),
            other => other.subject_code(dialect).unwrap_or_else(|| other.sign_in_code()),
        }
    }

    /// The codes of a subject or actor token that will not do.
    fn subject_code(&self, dialect: Dialect) -> Option<ErrorCode> {
        let [entra, rfc8693] = match self {
            Self::SubjectTokenAppOnly => [ErrorCode::UnauthorizedClient, ErrorCode::InvalidRequest],
            Self::SubjectTokenIsIdToken => [ErrorCode::InvalidRequest, ErrorCode::InvalidRequest],
            Self::SubjectTokenInvalid(_)
            | Self::SubjectTokenIssuerUntrusted
            | Self::SubjectTokenWrongType
            | Self::SubjectTokenNotForClient
            | Self::SubjectTokenRevoked(_)
            | Self::UserUnknown
            | Self::UserDisabled
            | Self::Blocked
            | Self::ChainClientDisabled
            | Self::ProofMissing
            | Self::MayActMismatch
            | Self::ActorTokenInvalid(_)
            | Self::ActorTokenNotClients
            | Self::ChainTooDeep
            | Self::NothingLeft => [ErrorCode::InvalidGrant, ErrorCode::InvalidRequest],
            _ => return None,
        };
        Some(by_dialect(dialect, [entra, rfc8693, ErrorCode::InvalidGrant]))
    }

    /// The codes of signing in, of codes and refresh tokens, and of tokens in use: alike in every dialect.
    fn sign_in_code(&self) -> ErrorCode {
        match self {
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::InteractionRequired => ErrorCode::InteractionRequired,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::AccessDenied
            | Self::PasswordWrong
            | Self::PasskeyWrong(_)
            | Self::SecondFactorWrong
            | Self::AdministratorsUnset
            | Self::AdministratorRequired => ErrorCode::AccessDenied,
            Self::DeviceCodePending => ErrorCode::AuthorizationPending,
            Self::DeviceCodeTooSoon => ErrorCode::SlowDown,
            Self::DeviceCodeExpired => ErrorCode::ExpiredToken,
            Self::AcrUnreachable => ErrorCode::UnmetAuthenticationRequirements,
            Self::TokenNotClients => ErrorCode::UnauthorizedClient,
            Self::AccessTokenInvalid(_) => ErrorCode::InvalidToken,
            Self::AccessTokenScope => ErrorCode::InsufficientScope,
            Self::RedirectUriUnknown | Self::AccessTokenMissing => ErrorCode::InvalidRequest,
            _ => ErrorCode::InvalidGrant,
        }
    }

    /// Entra's number for it. Clients are told never to branch on these; runbooks read them.
    fn aadsts(&self) -> Option<u32> {
        Some(match self {
            Self::RequestMalformed(error) => parse_number(error)?,
            Self::ClientUnproven(why) => unproven_number(why),
            Self::ClientAuthMalformed(_) => 7_000_218,
            Self::ClientDisabled => 7_000_112,
            Self::ClientNotConfidential | Self::NotAResource | Self::GrantNotAllowed => 700_016,
            Self::TenantNotNamed => 9_001_023,
            Self::OriginNotClients => 9_002_327,
            Self::CrossOrigin => 9_002_326,
            // MSAL.NET knows a throttled client by this number.
            Self::Throttled => 50_196,
            Self::SubjectTokenInvalid(JwtError::Expired | JwtError::NotYetValid) => 500_133,
            Self::SubjectTokenInvalid(_) | Self::SubjectTokenIssuerUntrusted => 50_013,
            Self::SubjectTokenAppOnly => 7_000_114,
            Self::SubjectTokenIsIdToken => 240_002,
            Self::SubjectTokenNotForClient => 500_131,
            Self::SubjectTokenRevoked(_) => 50_173,
            Self::UserUnknown => 50_034,
            Self::UserDisabled => 50_057,
            Self::Blocked => 53_003,
            Self::TargetMissing => 900_144,
            Self::TargetUnknown | Self::EdgeMissing => 500_011,
            Self::EdgeNotForUser | Self::ScopeNotAssigned(_) => 50_105,
            Self::ScopeUnknown(_) | Self::ScopeNotPermitted(_) | Self::ScopeEmpty => 70_011,
            Self::ConsentMissing(_) | Self::ConsentRequired => 65_001,
            Self::StepUpRequired(_) => 50_076,
            Self::EnrolmentRequired(_) => 50_079,
            Self::CodeUnknown
            | Self::DeviceCodeUnknown
            | Self::RefreshUnknown
            | Self::RefreshReused => 70_000,
            Self::DeviceCodePending => 70_016,
            Self::DeviceCodeExpired => 70_019,
            Self::CodeExpired | Self::RefreshExpired => 70_008,
            Self::SpaRefreshExpired => 700_084,
            Self::CodeSpent | Self::DeviceCodeSpent => 54_005,
            Self::RedirectUriMismatch | Self::RedirectUriUnknown => 50_011,
            Self::VerifierWrong => 50_148,
            Self::PasswordWrong | Self::PasskeyWrong(_) => 50_126,
            Self::SecondFactorWrong => 500_121,
            Self::LoginRequired => 50_058,
            Self::AccessDenied => 65_004,
            Self::AdministratorsUnset | Self::AdministratorRequired => 90_094,
            _ => return None,
        })
    }

    /// Entra's finer reason, which MSAL needs to see that the user can help.
    fn suberror(&self) -> Option<Suberror> {
        match self {
            Self::ConsentMissing(_) => Some(Suberror::ConsentRequired),
            Self::StepUpRequired(_) | Self::EnrolmentRequired(_) => Some(Suberror::BasicAction),
            Self::EdgeNotForUser | Self::Blocked => Some(Suberror::MessageOnly),
            Self::SubjectTokenRevoked(_)
            | Self::RefreshExpired
            | Self::SpaRefreshExpired
            | Self::RefreshReused
            | Self::RefreshUnknown => Some(Suberror::BadToken),
            _ => None,
        }
    }
}

/// Picks from `[Entra, RFC 8693, RFC 7523]`; the plain grants speak Entra's codes.
fn by_dialect(dialect: Dialect, [entra, rfc8693, rfc7523]: [ErrorCode; 3]) -> ErrorCode {
    match dialect {
        Dialect::Entra | Dialect::Plain => entra,
        Dialect::Rfc8693 => rfc8693,
        Dialect::Rfc7523 => rfc7523,
    }
}

/// Entra knows no `invalid_target`.
fn parse_code(error: &ParseError, dialect: Dialect) -> ErrorCode {
    match error {
        ParseError::Target(TargetError::NotAUri) if dialect == Dialect::Entra => {
            ErrorCode::InvalidResource
        }
        other => other.code(),
    }
}

fn parse_number(error: &ParseError) -> Option<u32> {
    match error {
        ParseError::Scope(_) => Some(70_011),
        ParseError::UnsupportedGrantType => Some(70_003),
        ParseError::Form(_) | ParseError::Invalid(_) | ParseError::Unsupported(_) => Some(900_144),
        _ => None,
    }
}

/// A wrong secret and an unknown client have one number; that a secret has expired hears only who has it. Of
/// an assertion it says whether its time or the rest does not fit, and of another issuer's token which part,
/// as far as that issuer's keys have proved it.
fn unproven_number(why: &Unproven) -> u32 {
    match why {
        Unproven::SecretExpired => 7_000_222,
        Unproven::AssertionInvalid(JwtError::Expired | JwtError::NotYetValid)
        | Unproven::ForeignInvalid(JwtError::Expired | JwtError::NotYetValid) => 700_024,
        Unproven::AssertionInvalid(_)
        | Unproven::AssertionNotClients
        | Unproven::AssertionAudience
        | Unproven::AssertionUnnamed
        | Unproven::AssertionReplayed
        | Unproven::ForeignInvalid(_)
        | Unproven::ForeignKeys => 700_027,
        Unproven::ForeignIssuer | Unproven::ForeignAudience => 70_021,
        Unproven::ForeignSubject(_) => 700_213,
        Unproven::Unknown | Unproven::NoProof | Unproven::NoCredential | Unproven::SecretWrong => {
            7_000_215
        }
    }
}

/// More than one way at once is refused as unproven; what cannot be read, as malformed.
fn client_auth_code(error: &stead_proto::client_auth::ClientAuthError) -> ErrorCode {
    use stead_proto::client_auth::ClientAuthError::{BadAssertionType, Form};
    match error {
        BadAssertionType | Form(_) => ErrorCode::InvalidRequest,
        _ => ErrorCode::InvalidClient,
    }
}
