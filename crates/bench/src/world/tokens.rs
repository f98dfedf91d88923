//! Subject tokens, as many as are needed: one user signed in, and the others' tokens differ from theirs by
//! whose they are.
//!
//! A million sign-ins would take hours, for their passwords. What the server says in a token and how, is
//! taken from one that it issued; it is signed by the server's own key.

use super::people::Person;
use anyhow::{Context, anyhow};
use bytes::Bytes;
use std::sync::Arc;
use std::thread;
use stead_core::keys::KeyRing;
use stead_core::moment::Moment;
use stead_proto::claims::AccessTokenClaims;
use stead_proto::form;
use stead_proto::jwt::{Algorithm, Typ, Unverified};
use stead_proto::secret::Jwt;
use stead_server::moment::{Moments, SystemMoments};

/// A token that the server issued, and its keys.
#[derive(Debug, Clone)]
pub struct Pattern {
    claims: AccessTokenClaims,
    algorithm: Algorithm,
    ring: Arc<KeyRing>,
}

impl Pattern {
    /// Takes a token of the server as the pattern of others.
    pub fn of(issued: &str, ring: Arc<KeyRing>) -> anyhow::Result<Self> {
        let token = Jwt::new(issued);
        let parts = Unverified::parse(&token).map_err(|error| anyhow!("{error}"))?;
        let claims = serde_json::from_value(parts.claims_for_display().clone())
            .context("the server's token reads differently")?;
        Ok(Self { claims, algorithm: parts.header().alg(), ring })
    }

    /// A token for each of these people, made on all cores.
    pub fn tokens(&self, people: &[Person]) -> anyhow::Result<Vec<Jwt>> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = people.len().div_ceil(cores).max(1);
        thread::scope(|scope| {
            let shares = people.chunks(share);
            let made: Vec<_> = shares.map(|people| scope.spawn(|| self.share(people))).collect();
            let mut tokens = Vec::with_capacity(people.len());
            for share in made {
                tokens.extend(share.join().map_err(|_| anyhow!("tokens could not be made"))??);
            }
            Ok(tokens)
        })
    }

    fn share(&self, people: &[Person]) -> anyhow::Result<Vec<Jwt>> {
        people.iter().map(|person| self.token(*person, &SystemMoments.moment())).collect()
    }

    fn token(&self, person: Person, moment: &Moment) -> anyhow::Result<Jwt> {
        let mut claims = self.claims.clone();
        (claims.sub, claims.oid) = (person.id(), person.id());
        (claims.sid, claims.name) = (Some(person.session()), Some(person.name()));
        claims.preferred_username = Some(person.username()?);
        claims.jti = moment.token_id();
        claims.lineage.families = vec![person.family()];
        let lifetime = claims.exp - claims.iat;
        (claims.iat, claims.nbf) = (moment.now.secs(), moment.now.secs());
        claims.exp = claims.iat + lifetime;
        let key = self.ring.signer(self.algorithm).context("the server has no such key")?;
        key.sign(Typ::AccessToken, &claims).map_err(|error| anyhow!("{error}"))
    }
}

/// Exchanges of these tokens (RFC 8693 §2.1).
#[must_use]
pub fn forms(tokens: &[Jwt], resource: &str, scope: &str) -> Vec<Bytes> {
    let form = |token: &Jwt| {
        Bytes::from(form::write(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", token.expose()),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", resource),
            ("scope", scope),
        ]))
    };
    tokens.iter().map(form).collect()
}
