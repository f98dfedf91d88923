//! Revocations: of a family by its client, of a token or a session by an administrator.

use super::{Actor, Tokens};
use crate::web::{Gone, Reply, Web, claims_of};
use reqwest::Method;
use serde_json::{Value, json};
use stead_core::model::revocation::Ancestor;
use stead_proto::id::{SessionId, TokenId};

impl Actor {
    /// Revokes something, and asks at once whether it is dead.
    pub(super) async fn revoke(&mut self, web: &Web) -> Result<(), Gone> {
        if self.tokens.is_empty() {
            return self.redeem(web).await;
        }
        let tokens = self.tokens.swap_remove(self.dice.usize(..self.tokens.len()));
        match self.dice.u8(..8) {
            0..=3 => self.revoke_family(web, tokens).await,
            4..=6 => self.revoke_token(web, tokens).await,
            _ => self.end_session(web, tokens).await,
        }
    }

    /// RFC 7009: the client gives its refresh token back.
    async fn revoke_family(&mut self, web: &Web, tokens: Tokens) -> Result<(), Gone> {
        let pairs = [
            ("client_id", tokens.client),
            ("client_secret", &self.world.secret),
            ("token", &tokens.refresh),
        ];
        if let Reply::Accepted(_) = web.form("revoke", &pairs, None).await? {
            self.family_ended(web, &tokens.family);
            self.must_be_dead(web, &tokens.access).await?;
            self.bury(tokens.access);
        }
        Ok(())
    }

    async fn revoke_token(&mut self, web: &Web, tokens: Tokens) -> Result<(), Gone> {
        let Some(id) = claim(&tokens.access, "jti") else { return Ok(()) };
        let body = json!({ "kind": "token", "id": id, "why": "a test" });
        let reply = web.admin(Method::POST, "revocations", Some(&body)).await?;
        if let (Reply::Accepted(_), Ok(id)) = (reply, TokenId::parse(&id)) {
            web.ledger().revoked(Ancestor::Token(id));
            self.must_be_dead(web, &tokens.access).await?;
            self.bury(tokens.access);
        }
        Ok(())
    }

    async fn end_session(&mut self, web: &Web, tokens: Tokens) -> Result<(), Gone> {
        let Some(id) = claim(&tokens.access, "sid") else { return Ok(()) };
        let reply = web.admin(Method::DELETE, &format!("sessions/{id}"), None).await;
        match (reply, SessionId::parse(&id)) {
            (Ok(Reply::Accepted(_)), Ok(id)) => {
                web.ledger().revoked(Ancestor::Session(id));
                self.session_ended();
                self.must_be_dead(web, &tokens.access).await?;
                self.bury(tokens.access);
                Ok(())
            }
            (reply, _) => {
                self.session_may_have_ended();
                reply.map(drop)
            }
        }
    }
}

fn claim(token: &str, name: &str) -> Option<String> {
    claims_of(token)?.get(name).and_then(Value::as_str).map(str::to_owned)
}
