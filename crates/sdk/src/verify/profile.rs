//! What the access tokens of one issuer look like: RFC 9068, or what a provider writes instead of it.
//!
//! Providers that do not follow RFC 9068 sign ID tokens with the same keys and the same `typ` as access tokens. Their access
//! tokens are therefore recognised by claims that only access tokens have.

use super::TokenProblem;
use super::caller::CallerClaims;
use serde_json::{Map, Value};
use stead_proto::jwt::{AcceptTyp, HeaderTyp, JwtError, Typ};

/// Claims of ID tokens: a JWT that has one is no access token (OpenID Connect Core §3.1.3.6, FAPI).
const OF_ID_TOKENS: [&str; 3] = ["at_hash", "c_hash", "s_hash"];

/// How an issuer writes its access tokens. Anything but [`Rfc9068`](Self::Rfc9068) is taken only where
/// it was chosen: the `typ` of its tokens does not tell what they are for.
///
/// | provider | issuer | an access token says | the client is |
/// |---|---|---|---|
/// | Stead, whoever writes RFC 9068 | its own | `typ` = `at+jwt` | `client_id` |
/// | Entra, v2.0 | `https://login.microsoftonline.com/{tenant}/v2.0` | `ver` = `2.0`, and `scp` or `idtyp` = `app` | `azp` |
/// | Entra, v1.0 | `https://sts.windows.net/{tenant}/` | `ver` = `1.0`, and `scp` or `idtyp` = `app` | `appid` |
/// | Okta | `https://{domain}/oauth2/{server}` | `cid` and a list in `scp` | `cid` |
/// | Auth0 | `https://{domain}/` | `scope`, or `gty` = `client-credentials` | `azp` |
/// | Keycloak | `https://{host}/realms/{realm}` | `typ` = `Bearer` among the claims | `azp` |
///
/// Which of Entra's two versions an API is sent is its own choice (`accessTokenAcceptedVersion`); an
/// application's own tokens are known there by the optional claim `idtyp`, which has to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`, and nothing has to be guessed.
    #[default]
    Rfc9068,
    /// Microsoft Entra ID, tokens of version 2.0.
    EntraV2,
    /// Microsoft Entra ID, tokens of version 1.0.
    EntraV1,
    /// Okta, from a custom authorization server.
    Okta,
    /// Auth0, with the token profile of its own.
    Auth0,
    /// Keycloak.
    Keycloak,
}

impl Profile {
    /// Whether a header may be that of such a token.
    pub(super) fn takes(self, typ: HeaderTyp) -> bool {
        match typ {
            HeaderTyp::Known(Typ::AccessToken) => true,
            // OpenID Connect's plain `JWT`: the claims have to say what it is.
            HeaderTyp::Absent | HeaderTyp::Known(Typ::IdToken) => self != Self::Rfc9068,
            HeaderTyp::Known(_) | HeaderTyp::Other => false,
        }
    }

    pub(super) fn typ(self) -> AcceptTyp<'static> {
        match self {
            Self::Rfc9068 => AcceptTyp::Exactly(Typ::AccessToken),
            _ => AcceptTyp::OneOfOrUntyped(&[Typ::AccessToken]),
        }
    }

    /// Proved claims, in RFC 9068's words.
    pub(super) fn read(self, mut said: Map<String, Value>) -> Result<CallerClaims, TokenProblem> {
        if !self.is_access_token(&said) {
            return Err(TokenProblem::NotAnAccessToken);
        }
        if self.is_app_only(&said) {
            said.insert("idtyp".to_owned(), "app".into());
        }
        if let Some(client) = self.client().and_then(|name| said.get(name)).cloned() {
            said.insert("client_id".to_owned(), client);
        }
        if let Some(Value::Array(scopes)) = said.get("scp") {
            let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
            let scopes = scopes.join(" ");
            said.insert("scp".to_owned(), scopes.into());
        }
        serde_json::from_value(Value::Object(said))
            .map_err(|_| TokenProblem::Jwt(JwtError::BadClaims))
    }

    fn is_access_token(self, said: &Map<String, Value>) -> bool {
        if OF_ID_TOKENS.iter().any(|name| said.contains_key(*name)) {
            return false;
        }
        let delegated = || text(said, "scp").is_some_and(|scopes| !scopes.is_empty());
        let entra = |version| is(said, "ver", version) && (delegated() || is(said, "idtyp", "app"));
        let named = self.client().is_none_or(|name| text(said, name).is_some());
        named
            && match self {
                Self::Rfc9068 => true,
                Self::EntraV2 => entra("2.0"),
                Self::EntraV1 => entra("1.0"),
                Self::Okta => said.get("scp").is_some_and(Value::is_array),
                Self::Auth0 => {
                    text(said, "scope").is_some() || is(said, "gty", "client-credentials")
                }
                Self::Keycloak => is(said, "typ", "Bearer") || is(said, "typ", "DPoP"),
            }
    }

    /// The claim that names the client, where it is not RFC 9068's.
    fn client(self) -> Option<&'static str> {
        match self {
            Self::Rfc9068 => None,
            Self::EntraV2 | Self::Auth0 | Self::Keycloak => Some("azp"),
            Self::EntraV1 => Some("appid"),
            Self::Okta => Some("cid"),
        }
    }

    /// Whether a token speaks of an application in this provider's own way.
    fn is_app_only(self, said: &Map<String, Value>) -> bool {
        match self {
            Self::Auth0 => is(said, "gty", "client-credentials"),
            // The user that stands for a client.
            Self::Keycloak => text(said, "preferred_username")
                .is_some_and(|name| name.starts_with("service-account-")),
            Self::Rfc9068 | Self::EntraV2 | Self::EntraV1 | Self::Okta => false,
        }
    }
}

fn text<'s>(said: &'s Map<String, Value>, name: &str) -> Option<&'s str> {
    said.get(name)?.as_str()
}

fn is(said: &Map<String, Value>, name: &str, value: &str) -> bool {
    text(said, name) == Some(value)
}
