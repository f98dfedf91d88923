//! What was agreed to, at the end: given to a device that waits for it, or on file under an authorization
//! code (RFC 6749 §4.1.2); or a mere yes, where an administrator agreed for everybody.

use super::Step;
use super::agreement::Agreement;
use super::asking::{Answer, Asking, Back, Terms};
use super::session::SignedIn;
use crate::commit::Change;
use crate::model::code::{Authorization, CodeGrant};
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::Outcome;
use crate::sts::Sts;
use stead_proto::authorize::{AuthorizeOutcome, SignedInAccount};
use stead_proto::token_response::ClientInfo;

impl Sts {
    /// Gives the client what the user agreed to.
    pub(super) async fn grant(
        &self,
        asking: &Asking,
        signed_in: &SignedIn,
        agreement: &Agreement,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let authorization = || authorization(asking, signed_in, agreement, moment);
        match &asking.answer {
            Answer::Code(back, terms) => {
                self.give_code(asking, (back, terms), authorization(), moment).await
            }
            Answer::Device(waiting) => {
                self.grant_device(asking, waiting, authorization(), moment).await
            }
            // It is on record since it was agreed to.
            Answer::ForEveryone(back, petition) => {
                Ok(self.send_back(back, self.agreed_for_everyone(&asking.client.id, petition)))
            }
        }
    }

    async fn give_code(
        &self,
        asking: &Asking,
        (back, terms): (&Back, &Terms),
        authorization: Authorization,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let code = moment.code();
        let (subject, session) = (authorization.subject.clone(), authorization.session.clone());
        let grant = CodeGrant {
            authorization,
            redirect_uri: terms.redirect_uri.clone(),
            challenge: terms.challenge.clone(),
            nonce: terms.nonce.clone(),
            expires: moment.now + self.settings.code,
        };
        let changes = vec![Change::PutCode(code.hash(), Box::new(grant))];
        self.keep(changes, asking.event(Some(&subject)), Outcome::Done, moment).await?;
        let account = ClientInfo { uid: subject, utid: self.tenant.id.clone() };
        let account = asking
            .request
            .client_info
            .then(|| SignedInAccount { client_info: account.encoded(), session_state: session });
        Ok(self.send_back(back, AuthorizeOutcome::Code { code, account }))
    }
}

fn authorization(
    asking: &Asking,
    signed_in: &SignedIn,
    agreement: &Agreement,
    moment: &Moment,
) -> Authorization {
    let SignedIn { session, user } = signed_in;
    let scope = &asking.request.target.scope;
    Authorization {
        family: moment.family_id(),
        client: asking.client.id.clone(),
        subject: user.id.clone(),
        session: session.id.clone(),
        session_expires: session.expires,
        auth_time: session.auth_time,
        acr: session.acr,
        amr: session.amr.clone(),
        resource: asking.aim.audience().cloned(),
        scopes: agreement.scopes.clone(),
        openid: scope.openid.clone(),
        asked: scope.words.clone(),
        consents: agreement.rests_on.clone(),
        may_act: agreement.may_act.clone(),
        since: moment.now,
    }
}
