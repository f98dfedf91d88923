//! On behalf of a user: one request, two dialects (Entra's and RFC 8693's), read and written here.

use crate::error::Dialect;
use crate::form::Form;
use crate::grants::{JWT_BEARER, ParseError, TOKEN_EXCHANGE, Target, TargetError};
use crate::scope::{OpenIdScope, ScopeRequestError};
use crate::secret::Jwt;
use crate::token_type::TokenType;

/// A client asks for a token to act for the user of another token.
#[derive(Debug, Clone)]
pub struct OnBehalfOf {
    /// Whose words it was asked in.
    pub dialect: Dialect,
    /// The user's token, addressed to this client.
    pub subject_token: Jwt,
    /// What that token is said to be.
    pub subject_token_type: TokenType,
    /// The actor's own token, when sent.
    pub actor_token: Option<ActorToken>,
    /// At what the new token is to point.
    pub target: Target,
    /// What kind of token is wanted.
    pub requested: TokenType,
    /// Whether Entra's `client_info` is wanted.
    pub client_info: bool,
    /// A step-up demand the client relays: it changes nothing here but the reuse of caches.
    pub claims: Option<String>,
}

/// A token that says who the actor is (RFC 8693 §2.1).
#[derive(Debug, Clone)]
pub struct ActorToken {
    /// The token.
    pub token: Jwt,
    /// What it is said to be.
    pub token_type: TokenType,
}

impl OnBehalfOf {
    /// Entra: `assertion` with `requested_token_use=on_behalf_of`; the resource stands in front of the scopes.
    pub(super) fn read_entra(form: &Form) -> Result<Self, ParseError> {
        if form.was_sent("subject_token") || form.was_sent("actor_token") {
            return Err(ParseError::MixedDialects);
        }
        let subject_token = Jwt::new(form.required("assertion")?);
        let target = Target::read(form).map_err(|error| match error {
            // Entra knows no `invalid_target`: two resources are a wrong scope.
            ParseError::Target(TargetError::Several) => {
                ParseError::Scope(ScopeRequestError::SeveralResources)
            }
            other => other,
        })?;
        Ok(Self {
            dialect: Dialect::Entra,
            subject_token,
            subject_token_type: TokenType::AccessToken,
            actor_token: None,
            target,
            requested: TokenType::AccessToken,
            client_info: form.one("client_info")? == Some("1"),
            claims: form.one("claims")?.map(str::to_owned),
        })
    }

    /// RFC 8693 §2.1.
    pub(super) fn read_rfc8693(form: &Form) -> Result<Self, ParseError> {
        if form.was_sent("assertion") || form.was_sent("requested_token_use") {
            return Err(ParseError::MixedDialects);
        }
        let subject_token = Jwt::new(form.required("subject_token")?);
        let target = Target::read(form).map_err(|error| match error {
            ParseError::Scope(ScopeRequestError::SeveralResources) => {
                ParseError::Target(TargetError::Several)
            }
            other => other,
        })?;
        Ok(Self {
            dialect: Dialect::Rfc8693,
            subject_token,
            subject_token_type: subject_token_type(form)?,
            actor_token: actor_token(form)?,
            target,
            requested: requested(form)?,
            client_info: false,
            claims: form.one("claims")?.map(str::to_owned),
        })
    }

    /// Writes the request's parameters, without the client's authentication.
    #[must_use]
    pub fn to_form(&self) -> Vec<(&'static str, String)> {
        match self.dialect {
            Dialect::Rfc8693 => self.to_rfc8693(),
            _ => self.to_entra(),
        }
    }

    /// Whether a refresh token is asked for.
    #[must_use]
    pub fn asks_offline(&self) -> bool {
        self.target.scope.asks(OpenIdScope::OfflineAccess)
    }

    fn to_entra(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("grant_type", JWT_BEARER.to_owned()),
            ("requested_token_use", "on_behalf_of".to_owned()),
            ("assertion", self.subject_token.expose().to_owned()),
            ("scope", self.scope_with_resource()),
        ];
        form.extend(self.claims.clone().map(|claims| ("claims", claims)));
        form
    }

    fn to_rfc8693(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("grant_type", TOKEN_EXCHANGE.to_owned()),
            ("subject_token", self.subject_token.expose().to_owned()),
            ("subject_token_type", self.subject_token_type.to_string()),
            ("requested_token_type", self.requested.to_string()),
        ];
        form.extend(self.target.resource.as_ref().map(|name| ("audience", name.to_string())));
        let words = &self.target.scope.words;
        if !words.is_empty() {
            form.push(("scope", words.join(" ")));
        }
        if let Some(actor) = &self.actor_token {
            form.push(("actor_token", actor.token.expose().to_owned()));
            form.push(("actor_token_type", actor.token_type.to_string()));
        }
        form.extend(self.claims.clone().map(|claims| ("claims", claims)));
        form
    }

    /// Entra has no `audience`: each scope carries its resource, and no scope means `.default`.
    fn scope_with_resource(&self) -> String {
        let Some(resource) = &self.target.resource else {
            return self.target.scope.words.join(" ");
        };
        let mut words: Vec<String> = Vec::new();
        let mut of_resource = false;
        for word in &self.target.scope.words {
            let plain = OpenIdScope::parse(word).is_some();
            of_resource |= !plain;
            let bare = !plain && !word.contains('/');
            words.push(if bare { format!("{resource}/{word}") } else { word.clone() });
        }
        if !of_resource {
            words.insert(0, format!("{resource}/.default"));
        }
        words.join(" ")
    }
}

/// The kinds of token a subject may be presented as; which of them is accepted is for policy to say.
fn subject_token_type(form: &Form) -> Result<TokenType, ParseError> {
    match TokenType::parse(form.required("subject_token_type")?) {
        Some(kind @ (TokenType::AccessToken | TokenType::IdToken | TokenType::Jwt)) => Ok(kind),
        _ => Err(ParseError::UnsupportedTokenType("subject_token_type")),
    }
}

fn actor_token(form: &Form) -> Result<Option<ActorToken>, ParseError> {
    match (form.one("actor_token")?, form.one("actor_token_type")?) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(ParseError::Invalid("actor_token_type")),
        (Some(_), None) => {
            Err(ParseError::Form(crate::form::FormError::Missing("actor_token_type")))
        }
        (Some(token), Some(urn)) => match TokenType::parse(urn) {
            Some(kind @ (TokenType::AccessToken | TokenType::Jwt)) => {
                Ok(Some(ActorToken { token: Jwt::new(token), token_type: kind }))
            }
            _ => Err(ParseError::UnsupportedTokenType("actor_token_type")),
        },
    }
}

/// We make access tokens, which are JWTs; the answer says `access_token` either way.
fn requested(form: &Form) -> Result<TokenType, ParseError> {
    match form.one("requested_token_type")?.map(TokenType::parse) {
        None | Some(Some(TokenType::AccessToken)) => Ok(TokenType::AccessToken),
        Some(Some(TokenType::Jwt)) => Ok(TokenType::Jwt),
        Some(_) => Err(ParseError::UnsupportedTokenType("requested_token_type")),
    }
}
