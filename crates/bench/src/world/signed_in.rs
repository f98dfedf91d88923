//! What a sign-in leaves on file until it ends: a session, and a refresh token at the front end.

use super::people::Person;
use crate::names::{API, DASHBOARD};
use anyhow::Context;
use stead_core::commit::Change;
use stead_core::model::code::Authorization;
use stead_core::model::refresh::{Continues, RefreshGrant};
use stead_core::model::session::Session;
use stead_proto::acr::{Acr, Amr};
use stead_proto::digest::sha256;
use stead_proto::id::{Audience, ClientId, FamilyId, SessionId};
use stead_proto::scope::{OpenIdScope, ScopeSet};
use stead_proto::secret::SecretHash;
use stead_proto::time::{Seconds, Timestamp};

/// How long a sign-in is good.
const SHIFT: Seconds = Seconds(8 * 3600);

/// What the front end asks for.
const ASKED: [&str; 4] = ["openid", "profile", "offline_access", "Reports.Read"];

/// One of many sign-ins, by its number; each of so many users has as many of them as everybody else.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignIn {
    pub(super) number: u32,
    pub(super) users: u32,
    pub(super) at: Timestamp,
}

impl SignIn {
    fn person(self) -> Person {
        Person(self.number % self.users.max(1))
    }

    fn id(self) -> SessionId {
        SessionId::from_random(self.bits("session"))
    }

    /// Puts its session on file.
    pub(super) fn session(self) -> Change {
        Change::PutSession(Session {
            id: self.id(),
            user: self.person().id(),
            secret: self.secret("cookie"),
            started: self.at,
            auth_time: self.at,
            acr: Acr::Password,
            amr: vec![Amr::Pwd],
            expires: self.at + SHIFT,
        })
    }

    /// Puts the refresh token that came of it on file.
    pub(super) fn refresh_token(self) -> anyhow::Result<Change> {
        let client = ClientId::parse(DASHBOARD).ok().context("a client's id cannot be read")?;
        let family = FamilyId::from_random(self.bits("family"));
        let authorization = Authorization {
            family: family.clone(),
            client: client.clone(),
            subject: self.person().id(),
            session: self.id(),
            session_expires: self.at + SHIFT,
            auth_time: self.at,
            acr: Acr::Password,
            amr: vec![Amr::Pwd],
            resource: Audience::parse(API).ok(),
            scopes: ScopeSet::parse("Reports.Read").ok().context("a scope cannot be read")?,
            openid: [OpenIdScope::Openid, OpenIdScope::Profile, OpenIdScope::OfflineAccess].into(),
            asked: ASKED.map(str::to_owned).into(),
            consents: Vec::new(),
            may_act: None,
            since: self.at,
        };
        let grant = RefreshGrant {
            family,
            client,
            continues: Continues::SignIn(Box::new(authorization)),
            issued: self.at,
            expires: self.at + SHIFT,
        };
        Ok(Change::PutRefresh(self.secret("refresh token"), Box::new(grant)))
    }

    fn secret(self, what: &str) -> SecretHash {
        SecretHash(sha256(format!("stead bench {what} {}", self.number).as_bytes()))
    }

    fn bits(self, what: &str) -> [u8; 16] {
        let SecretHash(hash) = self.secret(what);
        hash.as_bytes().split_first_chunk().map_or([0; 16], |(bits, _)| *bits)
    }
}
