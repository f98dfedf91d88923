//! Who is calling: what a verified token says.

use crate::at_hand::AtHand;
use crate::whole::Whole;
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::sync::{Arc, OnceLock};
use stead_proto::claims::Lineage;
use stead_proto::delegation::Actor;
use stead_proto::digest::{Sha256, sha256};
use stead_proto::id::{Audience, ClientId, Issuer, SessionId, Subject, TokenId};
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::secret::Jwt;
use stead_proto::time::Timestamp;

/// Somebody whose token has been verified. Only a [`Verifier`](crate::Verifier) makes one (and whoever
/// [vouches](Self::from_verified) for a token themselves), so that nothing can be done on behalf of a name that
/// merely stood in a request.
///
/// Decide by [`subject`](Self::subject), [`scopes`](Self::scopes) and [`actor`](Self::actor). Earlier actors are
/// for the record only (RFC 8693 §4.1).
///
/// It cannot be deserialized:
///
/// ```compile_fail,E0277
/// let caller: stead::Caller = serde_json::from_str(r#"{"sub":"alice"}"#).unwrap();
/// ```
#[derive(Clone)]
pub struct Caller(Arc<Known>);

/// In this order: what acquiring looks at comes first.
#[repr(C)]
struct Known {
    key: KeyPart,
    token: Whole,
    claims: CallerClaims,
    scopes: ScopeSet,
}

#[repr(C)]
struct KeyPart {
    app_only: bool,
    at_hand: AtHand,
    /// Of the whole token; computed for those who acquire on its behalf.
    digest: OnceLock<Sha256>,
}

/// The claims a [`Caller`] is made of (RFC 9068 §2.2, RFC 8693 §4.1). Other claims are not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallerClaims {
    /// Who issued the token.
    pub iss: Issuer,
    /// Whom it speaks of.
    pub sub: Subject,
    /// To whom it is addressed.
    pub aud: AudienceClaim,
    /// Until when it is valid, in seconds since 1970.
    pub exp: i64,
    /// From when it is valid, in seconds since 1970.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// When it was issued, in seconds since 1970.
    #[serde(default)]
    pub iat: Option<i64>,
    /// Its own name.
    #[serde(default)]
    pub jti: Option<TokenId>,
    /// The client it was issued to.
    pub client_id: ClientId,
    /// What it allows.
    #[serde(default)]
    pub scope: Option<String>,
    /// The same as Entra names it.
    #[serde(default)]
    pub scp: Option<String>,
    /// The sign-in it comes from.
    #[serde(default)]
    pub sid: Option<SessionId>,
    /// How strongly the user signed in.
    #[serde(default)]
    pub acr: Option<String>,
    /// When the user signed in, in seconds since 1970.
    #[serde(default)]
    pub auth_time: Option<i64>,
    /// Who acts for the subject, the outermost last.
    #[serde(default)]
    pub act: Option<Actor>,
    /// The key its holder must prove, if it is bound to one.
    #[serde(default)]
    pub cnf: Option<serde_json::Value>,
    /// `app` in an app-only token.
    #[serde(default)]
    pub idtyp: Option<String>,
    /// The tenant.
    #[serde(default)]
    pub tid: Option<String>,
    /// The user as the tenant names them to every application.
    #[serde(default)]
    pub oid: Option<String>,
    /// The user's groups, where the issuer tells.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What it descends from, where the issuer tells as Stead does.
    #[serde(default, deserialize_with = "lineage")]
    pub lineage: Option<Lineage>,
    /// The name to show.
    #[serde(default)]
    pub name: Option<String>,
    /// The name the user signs in with.
    #[serde(default)]
    pub preferred_username: Option<String>,
}

/// `aud`: one name, or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum AudienceClaim {
    /// The only form taken unless a [`Trust`](super::Trust) says otherwise: one of several resources could pass the
    /// token on to the others.
    One(Audience),
    /// Several.
    Many(Vec<Audience>),
}

impl Caller {
    /// Vouches for a token that **you** have verified: signature, issuer, audience, times. For verifiers
    /// other than this crate's.
    #[must_use]
    pub fn from_verified(token: Jwt, claims: CallerClaims) -> Self {
        Self::new(Whole::new(token), claims)
    }

    pub(super) fn new(token: Whole, claims: CallerClaims) -> Self {
        let written = claims.scope.as_deref().or(claims.scp.as_deref()).unwrap_or_default();
        // A word that is no scope allows nothing; it is no reason to refuse the rest.
        let scopes =
            written.split_whitespace().filter_map(|word| Scope::parse(word).ok()).collect();
        let app_only = claims.idtyp.as_deref() == Some("app")
            || claims.sub.as_str() == claims.client_id.as_str();
        let key = KeyPart { app_only, at_hand: AtHand::default(), digest: OnceLock::new() };
        Self(Arc::new(Known { key, token, claims, scopes }))
    }

    /// Who issued the token. Names of users and clients mean something only together with it.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.claims().iss
    }

    /// The user: a stable id, never reused. In an app-only token, the application.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.claims().sub
    }

    /// What the token allows.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.0.scopes
    }

    /// The client the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.claims().client_id
    }

    /// Who acts for the subject now; nobody in a token that came straight from a sign-in.
    #[must_use]
    pub fn actor(&self) -> Option<&ClientId> {
        self.claims().act.as_ref().map(|actor| &actor.sub)
    }

    /// The application that calls: the actor, or else the client the token was issued to.
    #[must_use]
    pub fn calling_client(&self) -> &ClientId {
        self.actor().unwrap_or(self.client_id())
    }

    /// All who act or acted, from the outermost inwards. For the record: decide nothing by it.
    pub fn chain(&self) -> impl Iterator<Item = &Actor> {
        self.claims().act.iter().flat_map(Actor::iter)
    }

    /// How many actors there are.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.chain().count()
    }

    /// Whether the token speaks of an application alone: there is no user to act for.
    #[must_use]
    pub fn is_app_only(&self) -> bool {
        self.0.key.app_only
    }

    /// The sign-in the token comes from.
    #[must_use]
    pub fn sid(&self) -> Option<&SessionId> {
        self.claims().sid.as_ref()
    }

    /// How strongly the user signed in.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.claims().acr.as_deref()
    }

    /// When the user signed in.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.claims().auth_time.map(Timestamp::from_secs)
    }

    /// The name to show, if the token tells.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims().name.as_deref()
    }

    /// The name the user signs in with, if the token tells. It can change: keep nothing under it.
    #[must_use]
    pub fn preferred_username(&self) -> Option<&str> {
        self.claims().preferred_username.as_deref()
    }

    /// When the token ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_secs(self.claims().exp)
    }

    /// The key that its holder has to prove, if the token is bound to one that can be proved by `DPoP`
    /// (RFC 9449 §6.1), and to nothing else.
    pub(super) fn bound_to(&self) -> Option<Sha256> {
        let members = self.claims().cnf.as_ref()?.as_object()?;
        let key = members.get("jkt").filter(|_| members.len() == 1)?;
        Sha256::deserialize(key).ok()
    }

    /// Everything that was read.
    #[must_use]
    pub fn claims(&self) -> &CallerClaims {
        &self.0.claims
    }

    /// The token itself, to exchange. Do not send it to the next service, which is not its audience.
    #[must_use]
    pub fn token(&self) -> &Jwt {
        self.0.token.token()
    }

    /// SHA-256 of the whole token: what acquired tokens are kept under.
    pub(crate) fn digest(&self) -> &Sha256 {
        self.0.key.digest.get_or_init(|| sha256(self.token().expose().as_bytes()))
    }

    /// What was last acquired on its behalf.
    pub(crate) fn at_hand(&self) -> &AtHand {
        &self.0.key.at_hand
    }

    /// The token with its hash, to remember who was verified by it.
    pub(crate) fn whole(&self) -> &Whole {
        &self.0.token
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("subject", self.subject())
            .field("client_id", self.client_id())
            .field("actor", &self.actor())
            .field("scopes", self.scopes())
            .finish_non_exhaustive()
    }
}

/// Another issuer may mean something else by the name.
fn lineage<'de, D: Deserializer<'de>>(written: D) -> Result<Option<Lineage>, D::Error> {
    let written = serde_json::Value::deserialize(written)?;
    Ok(serde_json::from_value(written).ok())
}
