//! Every reason to refuse, and what each is called on the wire: the error table of both dialects, once.

mod passkey;
mod wire;

pub use passkey::PasskeyFault;
pub use wire::REASONS;

use crate::model::revocation::Ancestor;
use std::fmt::{self, Display as _};
use stead_proto::acr::StepUp;
use stead_proto::authorize::AuthorizeParseError;
use stead_proto::client_auth::ClientAuthError;
use stead_proto::grants::ParseError;
use stead_proto::id::Subject;
use stead_proto::jwt::JwtError;
use stead_proto::scope::ScopeSet;
use stead_proto::time::Seconds;

/// How a server says that it is not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwell {
    /// 429, with the time after which to come again.
    Overloaded(Seconds),
    /// 500.
    Broken,
    /// 503.
    Unavailable,
}

/// Why a request is refused. Each variant has a paragraph in `docs/errors.md` under [`Denied::reason`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    // The request itself.
    /// The form is no token request.
    RequestMalformed(ParseError),
    /// The query is no authorization request.
    AuthorizeMalformed(AuthorizeParseError),

    // 1. The client.
    /// What was sent is no attempt at authentication.
    ClientAuthMalformed(ClientAuthError),
    /// Nobody here has this name, or the proof is wrong: the two are not told apart.
    ClientUnproven(Unproven),
    /// The application is switched off.
    ClientDisabled,
    /// A client that cannot keep a secret asked for what only one that can may have.
    ClientNotConfidential,
    /// An application to which no token is addressed asked what verifiers are told.
    NotAResource,
    /// The application is not allowed this grant.
    GrantNotAllowed,
    /// The URL says `common` where the grant needs a tenant.
    TenantNotNamed,
    /// What a page was given did not come from a page of that application.
    OriginNotClients,
    /// A page asked for what is of an application that is none.
    CrossOrigin,
    /// One user, client or resource is asked for too often.
    Throttled,
    /// The server says that it is not well: a fault on purpose.
    Unwell(Unwell),

    // 2. The subject token.
    /// Its form, signature, issuer or times are wrong.
    SubjectTokenInvalid(JwtError),
    /// Neither we nor anybody this tenant trusts issued it.
    SubjectTokenIssuerUntrusted,
    /// It speaks of an application, not of a user.
    SubjectTokenAppOnly,
    /// It is an ID token.
    SubjectTokenIsIdToken,
    /// It is not of the kind it was said to be.
    SubjectTokenWrongType,

    // 3–9.
    /// It is addressed to somebody else.
    SubjectTokenNotForClient,
    /// What it descends from was revoked.
    SubjectTokenRevoked(Ancestor),
    /// Its user is unknown.
    UserUnknown,
    /// Its user is switched off.
    UserDisabled,
    /// The tenant's policy blocks its user: a fault on purpose.
    Blocked,
    /// A client it came through is unknown or switched off.
    ChainClientDisabled,
    /// It is bound to a key and came without proof of it.
    ProofMissing,
    /// The request names no resource.
    TargetMissing,
    /// The resource is unknown or switched off.
    TargetUnknown,
    /// The client has no edge towards the resource.
    EdgeMissing,
    /// No edge of the client towards the resource is for this user.
    EdgeNotForUser,
    /// The user's token was obtained by a client that the edge does not name.
    EdgeNotVia,
    /// The subject token lacks scopes that the edge requires.
    EdgeRequires(ScopeSet),
    /// The subject token names another as the one who may act.
    MayActMismatch,
    /// The actor token is not valid.
    ActorTokenInvalid(JwtError),
    /// The actor token is not the client's own.
    ActorTokenNotClients,
    /// One more hop would make the chain too long.
    ChainTooDeep,

    // 10–13.
    /// The resource does not offer these scopes.
    ScopeUnknown(ScopeSet),
    /// The client may not have these scopes.
    ScopeNotPermitted(ScopeSet),
    /// The user does not have these scopes themselves.
    ScopeNotAssigned(ScopeSet),
    /// Nothing would be granted.
    ScopeEmpty,
    /// Nobody who can has agreed.
    ConsentMissing(ScopeSet),
    /// The sign-in is too weak or too old.
    StepUpRequired(StepUp),
    /// The sign-in is too weak, and the user has no second factor yet.
    EnrolmentRequired(StepUp),
    /// Nothing is left of the subject token or the session.
    NothingLeft,

    // Codes and refresh tokens.
    /// Nobody was given this code.
    CodeUnknown,
    /// It came too late.
    CodeExpired,
    /// It came a second time.
    CodeSpent,
    /// It was given to another client.
    CodeNotForClient,
    /// The redirect URI is not that of the request.
    RedirectUriMismatch,
    /// The PKCE verifier is missing or wrong.
    VerifierWrong,
    /// Nobody was given this device code.
    DeviceCodeUnknown,
    /// Its user has not answered yet.
    DeviceCodePending,
    /// Its user has not answered yet, and it was asked too soon.
    DeviceCodeTooSoon,
    /// Nobody answered in time, or the device came too late.
    DeviceCodeExpired,
    /// It came a second time.
    DeviceCodeSpent,
    /// It was given to another client.
    DeviceCodeNotForClient,
    /// No device waits for this user code.
    UserCodeUnknown,
    /// Nobody was given this refresh token.
    RefreshUnknown,
    /// It came too late.
    RefreshExpired,
    /// It was a page's, and its day is over.
    SpaRefreshExpired,
    /// It came a second time.
    RefreshReused,
    /// It was given to another client.
    RefreshNotForClient,
    /// What is asked was not granted at first.
    RefreshExceeds(ScopeSet),
    /// The issuer of a JWT grant is not trusted here.
    AssertionIssuerUntrusted,

    // Signing in.
    /// The redirect URI is not registered for the client.
    RedirectUriUnknown,
    /// The user name or the password is wrong: the two are not told apart.
    PasswordWrong,
    /// A passkey's answer counts for nothing. Which of many reasons it is, is not told.
    PasskeyWrong(PasskeyFault),
    /// The one-time code or recovery code is wrong, or was used before: the two are not told apart.
    SecondFactorWrong,
    /// Nobody is signed in and nobody may be asked.
    LoginRequired,
    /// Somebody has to do something and may not be asked.
    InteractionRequired,
    /// Consent is needed and may not be asked for.
    ConsentRequired,
    /// The user said no.
    AccessDenied,
    /// No sign-in here is as strong as demanded.
    AcrUnreachable,
    /// The configuration names no administrators.
    AdministratorsUnset,
    /// Whoever signed in is no administrator.
    AdministratorRequired,

    // Tokens in use.
    /// The token is of another client.
    TokenNotClients,
    /// The access token is not valid here.
    AccessTokenInvalid(JwtError),
    /// The access token lacks a scope.
    AccessTokenScope,
    /// There is no access token, or more than one.
    AccessTokenMissing,
}

/// Why a client's proof failed: for the record, not for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// No application has this id.
    Unknown,
    /// It sent no proof although it must.
    NoProof,
    /// It sent a proof although it has none on file.
    NoCredential,
    /// The secret is wrong.
    SecretWrong,
    /// The secret is right but has expired.
    SecretExpired,
    /// The assertion's form, signature or times are wrong.
    AssertionInvalid(JwtError),
    /// The assertion is not by and about this client.
    AssertionNotClients,
    /// The assertion is addressed to somebody else.
    AssertionAudience,
    /// The assertion has no `jti`.
    AssertionUnnamed,
    /// The assertion was used before.
    AssertionReplayed,
    /// Another issuer's token, and no federated credential names that issuer.
    ForeignIssuer,
    /// The keys of the token's issuer cannot be had at present.
    ForeignKeys,
    /// Form, signature or times of another issuer's token are wrong.
    ForeignInvalid(JwtError),
    /// Another issuer's token speaks of somebody else.
    ForeignSubject(Subject),
    /// Another issuer's token is addressed to somebody else.
    ForeignAudience,
}

impl Denied {
    /// The clause that says it: present tense, lower case, no full stop, no secret, no internals.
    fn clause(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestMalformed(error) => error.fmt(f),
            Self::AuthorizeMalformed(error) => error.fmt(f),
            Self::ClientAuthMalformed(error) => error.fmt(f),
            Self::SubjectTokenInvalid(error) => {
                write!(f, "the subject token is not valid: {error}")
            }
            Self::SubjectTokenRevoked(what) => {
                write!(f, "the subject token is revoked with its {}", what.kind())
            }
            Self::EdgeRequires(scopes) => {
                write!(f, "the subject token lacks the scope {scopes}, which this edge requires")
            }
            Self::ActorTokenInvalid(error) => write!(f, "the actor token is not valid: {error}"),
            Self::ScopeUnknown(scopes) => write!(f, "the resource offers no scope {scopes}"),
            Self::ScopeNotPermitted(scopes) => {
                write!(f, "the client may not have the scope {scopes}")
            }
            Self::ScopeNotAssigned(scopes) => {
                write!(f, "the user does not have the scope {scopes}")
            }
            Self::ConsentMissing(scopes) => write!(f, "nobody has consented to the scope {scopes}"),
            Self::RefreshExceeds(scopes) => {
                write!(f, "the scope {scopes} is more than was granted at first")
            }
            Self::AccessTokenInvalid(error) => write!(f, "the access token is not valid: {error}"),
            other => f.write_str(other.fixed()),
        }
    }

    fn fixed(&self) -> &'static str {
        match self {
            Self::ClientUnproven(_) => "the client is unknown or its proof is wrong",
            Self::ClientDisabled => "the client is disabled",
            Self::ClientNotConfidential => "a public client may not act on behalf of users",
            Self::NotAResource => "only an API may follow what is revoked",
            Self::GrantNotAllowed => "the client is not allowed this grant",
            Self::TenantNotNamed => "this grant is for a tenant: the URL has to name one",
            Self::OriginNotClients => {
                "what a page was given is taken from a page of the application only"
            }
            Self::CrossOrigin => "a page may redeem only what is of a single-page application",
            Self::Throttled => "this is asked for too often, try again later",
            Self::Unwell(Unwell::Overloaded(_)) => "there is too much to do, try again later",
            Self::Unwell(Unwell::Broken) => "something went wrong here",
            Self::Unwell(Unwell::Unavailable) => "this cannot be answered at present",
            Self::Blocked => "the tenant's policy blocks this user",
            Self::SubjectTokenIssuerUntrusted => {
                "the issuer of the subject token is not trusted here"
            }
            Self::SubjectTokenAppOnly => {
                "the subject token speaks of an application, not of a user"
            }
            Self::SubjectTokenIsIdToken => "the subject token is an ID token",
            Self::SubjectTokenWrongType => "the subject token is not of the type it was said to be",
            Self::SubjectTokenNotForClient => "the subject token is addressed to somebody else",
            Self::UserUnknown => "the user is unknown",
            Self::UserDisabled => "the user is disabled",
            Self::ChainClientDisabled => "a client the subject token came through is disabled",
            Self::ProofMissing => "the token is bound to a key and came without proof of it",
            Self::TargetMissing => "the request names no resource",
            Self::TargetUnknown | Self::EdgeMissing => {
                "the resource is unknown or the client may not act towards it"
            }
            Self::EdgeNotForUser => "the client may not act towards the resource for this user",
            Self::EdgeNotVia => "the user's token was obtained by a client that may not lead here",
            Self::MayActMismatch => "the subject token names another as the one who may act",
            Self::ActorTokenNotClients => "the actor token is not the client's own",
            Self::ChainTooDeep => "the chain of actors is too long",
            Self::ScopeEmpty => "nothing would be granted",
            Self::StepUpRequired(_) => {
                "the user has to sign in again, more strongly or more recently"
            }
            Self::EnrolmentRequired(_) => {
                "the user has to add a second factor, and to sign in with it"
            }
            Self::NothingLeft => "nothing is left of the subject token or the session",
            other => other.fixed_of_sign_in(),
        }
    }

    fn fixed_of_sign_in(&self) -> &'static str {
        match self {
            Self::CodeUnknown => "the code is unknown",
            Self::CodeExpired => "the code has expired",
            Self::CodeSpent => "the code was used before",
            Self::CodeNotForClient => "the code was given to another client",
            Self::RedirectUriMismatch => {
                "the redirect_uri is not that of the authorization request"
            }
            Self::VerifierWrong => "the code_verifier is missing or wrong",
            Self::DeviceCodeUnknown => "the device code is unknown",
            Self::DeviceCodePending => "the user has not answered yet",
            Self::DeviceCodeTooSoon => {
                "the user has not answered yet, and the device asks too often"
            }
            Self::DeviceCodeExpired => "the device code has expired",
            Self::DeviceCodeSpent => "the device code was used before",
            Self::DeviceCodeNotForClient => "the device code was given to another client",
            Self::UserCodeUnknown => "no device waits for this code",
            Self::RefreshUnknown => "the refresh token is unknown",
            Self::RefreshExpired => "the refresh token has expired",
            Self::SpaRefreshExpired => "the refresh token of a page has lived as long as it may",
            Self::RefreshReused => "the refresh token was used before",
            Self::RefreshNotForClient => "the refresh token was given to another client",
            Self::AssertionIssuerUntrusted => "the issuer of the assertion is not trusted here",
            Self::RedirectUriUnknown => "the redirect_uri is not registered for the client",
            Self::PasswordWrong => "the user name or the password is wrong",
            Self::PasskeyWrong(_) => "the passkey did not prove who it is",
            Self::SecondFactorWrong => "the code is wrong, or was used before",
            Self::LoginRequired => "nobody is signed in",
            Self::InteractionRequired => "the user has to choose an account",
            Self::ConsentRequired => "the user has to consent",
            Self::AccessDenied => "the user said no",
            Self::AcrUnreachable => "no sign-in here is as strong as demanded",
            Self::AdministratorsUnset => "nobody here may agree for everybody",
            Self::AdministratorRequired => "only an administrator may agree for everybody",
            Self::TokenNotClients => "the token was issued to another client",
            Self::AccessTokenScope => "the access token lacks a scope",
            _ => "the request carries no access token, or more than one",
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clause(f)
    }
}

impl std::error::Error for Denied {}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no application has this id",
            Self::NoProof => "no proof was sent",
            Self::NoCredential => "the application has no such credential",
            Self::SecretWrong => "the secret is wrong",
            Self::SecretExpired => "the secret has expired",
            Self::AssertionInvalid(error) => {
                return write!(f, "the assertion is not valid: {error}");
            }
            Self::AssertionNotClients => "the assertion is not by and about the client",
            Self::AssertionAudience => "the assertion is addressed to somebody else",
            Self::AssertionUnnamed => "the assertion has no jti",
            Self::AssertionReplayed => "the assertion was used before",
            Self::ForeignIssuer => "no federated credential names the issuer of the token",
            Self::ForeignKeys => "the keys of the token's issuer cannot be had",
            Self::ForeignInvalid(error) => {
                return write!(f, "the issuer's token is not valid: {error}");
            }
            Self::ForeignSubject(subject) => {
                return write!(f, "no federated credential names the subject {subject}");
            }
            Self::ForeignAudience => "the issuer's token is addressed to somebody else",
        })
    }
}

impl Denied {
    /// The clause for the record, which may say more than the client hears.
    #[must_use]
    pub fn for_the_record(&self) -> String {
        match self {
            Self::ClientUnproven(why) => why.to_string(),
            Self::PasskeyWrong(why) => why.to_string(),
            Self::TargetUnknown => "the resource is unknown or disabled".to_owned(),
            Self::EdgeMissing => "the client has no edge towards the resource".to_owned(),
            Self::SubjectTokenRevoked(what) => {
                format!("the subject token is revoked with its {what}")
            }
            other => other.to_string(),
        }
    }
}
