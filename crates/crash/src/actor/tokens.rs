//! Codes become tokens, refresh tokens become others, tokens become tokens for what is behind.

use super::sign_in::VERIFIER;
use super::{Actor, Code, STOCK, Tokens, Used};
use crate::loss::Loss;
use crate::once::Once;
use crate::web::{Gone, Reply, Web, claims_of};
use crate::world::{BACK, MIDDLE, REDIRECT};
use serde_json::Value;
use stead_proto::id::FamilyId;
use tokio::join;

impl Actor {
    /// Redeems a code, now and then twice at the same time.
    pub(super) async fn redeem(&mut self, web: &Web) -> Result<(), Gone> {
        if self.codes.is_empty() {
            return self.get_code(web).await;
        }
        let code = self.codes.swap_remove(self.dice.usize(..self.codes.len()));
        if self.dice.u8(..8) == 0 {
            let once = Once::code(&code.text);
            let send = || self.send_code(web, &code, &once);
            let both = join!(send(), send());
            return self.used_twice(web, code.client, both);
        }
        let tokens = self.redeem_code(web, code).await?;
        self.keep(tokens);
        Ok(())
    }

    /// The tokens that came of a code, if any did.
    pub(super) async fn redeem_code(
        &mut self,
        web: &Web,
        code: Code,
    ) -> Result<Option<Tokens>, Gone> {
        let once = Once::code(&code.text);
        let reply = self.send_code(web, &code, &once).await;
        match reply {
            Ok(Reply::Accepted(body)) => {
                let tokens = self.got(web, code.client, &body);
                if let Some(tokens) = &tokens {
                    self.remember(Used::Code(code, tokens.family.clone()));
                }
                Ok(tokens)
            }
            Ok(Reply::Refused(body)) => {
                if !code.tried {
                    unexpected(web, format!("{once}, fresh"), &body);
                }
                Ok(None)
            }
            Ok(Reply::Unavailable) | Err(Gone) => {
                self.codes.push(Code { tried: true, ..code });
                reply.map(|_| None)
            }
        }
    }

    /// What was used by two at the same time was used by one, and nothing of it goes on.
    fn used_twice(
        &mut self,
        web: &Web,
        client: &'static str,
        both: (Result<Reply, Gone>, Result<Reply, Gone>),
    ) -> Result<(), Gone> {
        match (both.0?, both.1?) {
            (Reply::Accepted(body), Reply::Refused(_))
            | (Reply::Refused(_), Reply::Accepted(body)) => {
                if let Some(tokens) = self.got(web, client, &body) {
                    self.family_ended(web, &tokens.family);
                    self.bury(tokens.access);
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) async fn send_code(
        &self,
        web: &Web,
        code: &Code,
        once: &Once,
    ) -> Result<Reply, Gone> {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("client_id", code.client),
            ("client_secret", &self.world.secret),
            ("code", &code.text),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        web.form("token", &pairs, Some(once)).await
    }

    /// Refreshes, now and then twice at the same time.
    pub(super) async fn refresh(&mut self, web: &Web) -> Result<(), Gone> {
        if self.tokens.is_empty() {
            return self.redeem(web).await;
        }
        let tokens = self.tokens.swap_remove(self.dice.usize(..self.tokens.len()));
        let once = Once::refresh(&tokens.refresh);
        let twice = self.dice.u8(..12) == 0;
        let send = || self.send_refresh(web, &tokens, &once);
        if twice {
            let both = join!(send(), send());
            return self.used_twice(web, tokens.client, both);
        }
        let reply = send().await;
        match reply {
            Ok(Reply::Accepted(body)) => {
                let next = self.got(web, tokens.client, &body);
                self.remember(Used::Refresh(tokens));
                self.keep(next);
                Ok(())
            }
            Ok(Reply::Refused(body)) => {
                if !tokens.tried {
                    unexpected(web, format!("{once}, fresh"), &body);
                }
                Ok(())
            }
            Ok(Reply::Unavailable) | Err(Gone) => {
                // A second try that nobody answered may have ended the family: nothing of it is used any more.
                if !tokens.tried {
                    self.tokens.push(Tokens { tried: true, ..tokens });
                }
                reply.map(drop)
            }
        }
    }

    pub(super) async fn send_refresh(
        &self,
        web: &Web,
        tokens: &Tokens,
        once: &Once,
    ) -> Result<Reply, Gone> {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("client_id", tokens.client),
            ("client_secret", &self.world.secret),
            ("refresh_token", &tokens.refresh),
        ];
        web.form("token", &pairs, Some(once)).await
    }

    /// The middle tier exchanges a user's token, and proves itself with an assertion that works once; now and
    /// then it sends that twice at the same time.
    pub(super) async fn exchange(&mut self, web: &Web) -> Result<(), Gone> {
        if self.tokens.is_empty() {
            return self.redeem(web).await;
        }
        let of = self.dice.usize(..self.tokens.len());
        let Some(subject) = self.tokens.get(of).map(|it| it.access.clone()) else { return Ok(()) };
        let (name, assertion) = self.assertion();
        let once = Once::Assertion(name);
        let send = || exchange(web, &assertion, &subject, &once);
        let twice = self.dice.u8(..8) == 0;
        let reply = if twice {
            let (first, second) = join!(send(), send());
            match (first?, second?) {
                (Reply::Accepted(body), _) => Ok(Reply::Accepted(body)),
                (_, reply) => Ok(reply),
            }
        } else {
            send().await
        };
        match reply? {
            Reply::Accepted(_) => self.remember(Used::Assertion(assertion)),
            Reply::Refused(body) => {
                unexpected(web, format!("an exchange for {}", self.user), &body);
            }
            Reply::Unavailable => {}
        }
        Ok(())
    }

    /// A new assertion of the middle tier, and its name.
    fn assertion(&mut self) -> (String, String) {
        self.assertions += 1;
        let name = format!("{}-{}", self.user, self.assertions);
        let (said, heard) = self.clock;
        let now = said + i64::try_from(heard.elapsed().as_secs()).unwrap_or_default();
        let assertion = self.world.assertion(&name, now + self.world.good_for);
        (name, assertion)
    }

    /// The tokens of an answer; a refresh token in it is a promise.
    fn got(&self, web: &Web, client: &'static str, body: &Value) -> Option<Tokens> {
        let text = |name| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let (refresh, access) = (text("refresh_token"), text("access_token"));
        let (Some(refresh), Some(access)) = (refresh, access) else {
            unexpected(web, format!("a token request of {}", self.user), body);
            return None;
        };
        web.ledger().issued(Once::refresh(&refresh));
        let family = family_of(&access)?;
        Some(Tokens { client, refresh, access, family, tried: false })
    }

    fn keep(&mut self, tokens: Option<Tokens>) {
        self.tokens.extend(tokens);
        if self.tokens.len() > STOCK {
            self.tokens.swap_remove(0);
        }
    }
}

pub(super) async fn exchange(
    web: &Web,
    assertion: &str,
    subject: &str,
    once: &Once,
) -> Result<Reply, Gone> {
    let scope = format!("{BACK}/Rows.Read");
    let pairs = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("requested_token_use", "on_behalf_of"),
        ("assertion", subject),
        ("scope", scope.as_str()),
        ("client_id", MIDDLE),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    web.form("token", &pairs, Some(once)).await
}

pub(super) fn unexpected(web: &Web, asked: String, body: &Value) {
    web.ledger().lost(Loss::Unexpected { asked, answer: body.to_string() });
}

/// What an access token has in common with all that came of the same code.
fn family_of(access: &str) -> Option<FamilyId> {
    let claims = claims_of(access)?;
    let families = claims.get("lineage")?.get("families")?.as_array()?;
    FamilyId::parse(families.last()?.as_str()?).ok()
}
