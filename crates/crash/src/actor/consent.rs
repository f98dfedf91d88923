//! A user agrees on a page; an administrator withdraws it.

use super::{Actor, Code};
use crate::ledger::Standing;
use crate::web::{Gone, Reply, Web, claims_of};
use reqwest::Method;
use serde_json::Value;
use stead_core::model::revocation::Ancestor;
use stead_proto::id::ConsentId;

/// The front end that may do nothing before its user agreed.
const ASKING: &str = "asking";

/// What is known of the user's consent.
#[derive(Debug, Default)]
pub(super) struct Consent {
    given: Option<Given>,
}

/// A consent that was given, and a token that rests on it.
#[derive(Debug)]
struct Given {
    id: ConsentId,
    token: Option<String>,
}

impl Consent {
    /// The token is no longer alive, whatever the consent is; answers it.
    pub(super) fn token_ended(&mut self) -> Option<String> {
        self.given.as_mut().and_then(|given| given.token.take())
    }
}

impl Actor {
    /// Withdraws the user's consent if it was given, else gives it.
    pub(super) async fn agree_or_withdraw(&mut self, web: &Web) -> Result<(), Gone> {
        match self.consent.given.take() {
            Some(given) => self.withdraw(web, given).await,
            None => self.agree(web).await,
        }
    }

    async fn agree(&mut self, web: &Web) -> Result<(), Gone> {
        let Some(code) = self.authorize(web, ASKING).await? else { return Ok(()) };
        let code = Code { text: code, client: ASKING, tried: false };
        let Some(tokens) = self.redeem_code(web, code).await? else { return Ok(()) };
        let Some(id) = consent_of(&tokens.access) else { return Ok(()) };
        web.ledger().consent(id.clone(), Standing::Given);
        self.consent.given = Some(Given { id, token: Some(tokens.access) });
        Ok(())
    }

    async fn withdraw(&mut self, web: &Web, given: Given) -> Result<(), Gone> {
        web.ledger().consent(given.id.clone(), Standing::Open);
        // A code that was not answered may have been redeemed since; what came of it rests on the consent too.
        self.codes.retain(|code| code.client != ASKING);
        self.tokens.retain(|tokens| tokens.client != ASKING);
        let path = format!("consents/{}", given.id);
        if let Reply::Accepted(_) = web.admin(Method::DELETE, &path, None).await? {
            web.ledger().consent(given.id.clone(), Standing::Withdrawn);
            web.ledger().revoked(Ancestor::Consent(given.id));
            if let Some(token) = given.token {
                self.must_be_dead(web, &token).await?;
                self.bury(token);
            }
        }
        Ok(())
    }
}

/// The consent that a token rests on.
fn consent_of(access: &str) -> Option<ConsentId> {
    let claims = claims_of(access)?;
    let consents = claims.get("lineage")?.get("consents").and_then(Value::as_array)?;
    ConsentId::parse(consents.last()?.as_str()?).ok()
}
