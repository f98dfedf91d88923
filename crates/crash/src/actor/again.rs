//! After a restart: what was used works no more, what was revoked is dead, what was not is alive.

use super::tokens::exchange;
use super::{Actor, Used};
use crate::loss::Loss;
use crate::once::Once;
use crate::web::{Gone, Reply, Web, claims_of};
use crate::world::MIDDLE;
use serde_json::Value;
use std::time::Duration;
use stead_proto::id::FamilyId;
use tokio::time::Instant;

/// How long another server may take to hear of a revocation, on a machine that has much else to do.
const HEARSAY: Duration = Duration::from_secs(5);

impl Actor {
    /// Tries everything that must not be possible any more.
    pub(super) async fn look_again(&mut self, web: &Web) -> Result<(), Gone> {
        self.clock = (web.time().await?, Instant::now());
        if let Some(tokens) = self.tokens.iter().find(|it| !it.tried) {
            let alive = self.is_alive(web, &tokens.access).await?;
            if alive == Some(false) {
                let asked = format!("the question after a token of {}", self.user);
                web.ledger().lost(Loss::Unexpected { asked, answer: "inactive".to_owned() });
            }
        }
        while let Some(used) = self.used.pop_front() {
            self.use_again(web, used).await?;
        }
        for token in self.dead.clone() {
            self.must_be_dead(web, &token).await?;
        }
        Ok(())
    }

    /// Uses once more what was used. The ledger counts how often it was accepted.
    async fn use_again(&mut self, web: &Web, used: Used) -> Result<(), Gone> {
        match used {
            Used::Code(code, family) => {
                let reply = self.send_code(web, &code, &Once::code(&code.text)).await;
                self.family_after(web, &family, reply)?;
            }
            Used::Refresh(tokens) => {
                let once = Once::refresh(&tokens.refresh);
                let reply = self.send_refresh(web, &tokens, &once).await;
                self.family_after(web, &tokens.family, reply)?;
            }
            Used::Assertion(assertion) => {
                // Whatever else it may be refused for must not be the reason.
                if self.tokens.is_empty() {
                    self.redeem(web).await?;
                    self.redeem(web).await?;
                }
                let Some(subject) = self.tokens.first().map(|it| it.access.clone()) else {
                    return Ok(());
                };
                let claims = claims_of(&assertion).unwrap_or_default();
                let name = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
                exchange(web, &assertion, &subject, &Once::Assertion(name.to_owned())).await?;
            }
        }
        Ok(())
    }

    /// What was used again ended its family. Without an answer nobody knows: nothing of it is used any more.
    fn family_after(
        &mut self,
        web: &Web,
        family: &FamilyId,
        reply: Result<Reply, Gone>,
    ) -> Result<(), Gone> {
        match &reply {
            Ok(Reply::Refused(_)) => self.family_ended(web, family),
            Ok(Reply::Accepted(_)) => {}
            Ok(Reply::Unavailable) | Err(Gone) => self.tokens.retain(|it| it.family != *family),
        }
        reply.map(drop)
    }

    /// A token that descends from something revoked is dead, as introspection says it.
    pub(super) async fn must_be_dead(&self, web: &Web, token: &str) -> Result<(), Gone> {
        let mut alive = self.is_alive(web, token).await?;
        let asked = Instant::now();
        // Other servers hear of it within a second; a decision to issue does not wait for that.
        while alive == Some(true) && web.nodes().are_many() && asked.elapsed() < HEARSAY {
            alive = self.is_alive(web, token).await?;
        }
        if alive == Some(true) {
            web.ledger().lost(Loss::Alive(format!("a token of {}", self.user)));
        }
        Ok(())
    }

    /// Whether a token is alive; `None` if it cannot be said at present.
    async fn is_alive(&self, web: &Web, token: &str) -> Result<Option<bool>, Gone> {
        let pairs =
            [("client_id", MIDDLE), ("client_secret", &self.world.secret), ("token", token)];
        match web.ask("introspect", &pairs).await? {
            Reply::Accepted(body) => Ok(body.get("active").and_then(Value::as_bool)),
            Reply::Refused(_) | Reply::Unavailable => Ok(None),
        }
    }
}
