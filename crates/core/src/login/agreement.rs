//! What would be granted, and what somebody still has to agree to.
//!
//! A user agrees once, on one page, to what the client wants and, where the middle tier knows the client,
//! to what that will do for them behind it. `offline_access` is agreed to as a scope of the resource.

use super::asking::{Answer, Asking};
use super::session::SignedIn;
use super::target::Towards;
use super::{ConsentLine, ConsentPage, DevicePage, redirect};
use crate::denied::Denied;
use crate::error::Stop;
use crate::grants::sign_in::consents_towards;
use crate::model::application::Application;
use crate::model::consent::Consent;
use crate::model::permission::{ConsentRule, Edge, Whom};
use crate::model::revocation::Revocation;
use crate::model::user::User;
use crate::policy::assigned_to;
use crate::policy::beforehand::authorized_by_edge;
use crate::policy::front_end::{Entitlement, FrontEnd, entitled};
use crate::ports::StoreError;
use crate::sts::Sts;
use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;
use stead_proto::authorize::Prompt;
use stead_proto::delegation::MayAct;
use stead_proto::digest::sha256;
use stead_proto::id::{Audience, ClientId, ConsentId};
use stead_proto::scope::{OpenIdScope, Scope, ScopeSet};

/// What would be granted, and where agreeing to it stands.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    /// Scopes of the resource.
    pub(super) scopes: ScopeSet,
    /// The consents that are there and needed.
    pub(super) rests_on: Vec<ConsentId>,
    /// Who alone may exchange the tokens.
    pub(super) may_act: Option<MayAct>,
    /// What the client asks of the user.
    pub(super) own: Option<Ask>,
    /// What the middle tier asks of the user.
    pub(super) behind: Vec<Ask>,
}

/// One line of the page: what is shown of it, and what is put on file when the user agrees.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// Who would have the consent.
    pub(super) client: ClientId,
    /// What is shown.
    pub(super) line: ConsentLine,
    /// What nobody has agreed to yet.
    pub(super) lacks: ScopeSet,
}

impl Ask {
    /// What the record says of it: `api://x for y: A B`.
    pub(super) fn about(&self) -> String {
        format!("{} for {}: {}", self.line.audience, self.client, self.lacks)
    }

    /// Whether it is also about going on after the user left.
    pub(super) fn lasts(&self) -> bool {
        self.lacks.iter().any(is_offline)
    }
}

impl Agreement {
    /// Whether the client itself lacks a consent.
    pub(super) fn client_lacks(&self) -> bool {
        self.own.iter().any(|ask| !ask.lacks.is_empty())
    }

    /// Whether the client or the middle tier lacks one.
    pub(super) fn somebody_lacks(&self) -> bool {
        self.asks().any(|ask| !ask.lacks.is_empty())
    }

    /// The lines of the page.
    pub(super) fn asks(&self) -> impl Iterator<Item = &Ask> {
        self.own.iter().chain(&self.behind)
    }

    /// The page that asks.
    pub(super) fn page(&self, asking: &Asking, signed_in: &SignedIn) -> ConsentPage {
        let lines = self.asks().map(|ask| ask.line.clone());
        let offline = self.own.as_ref().is_some_and(Ask::lasts);
        ConsentPage {
            client_name: asking.client.name.clone(),
            redirect_host: match &asking.answer {
                Answer::Code(back, _) => Some(redirect::host(&back.redirect_uri)),
                Answer::Device(_) | Answer::ForEveryone(..) => None,
            },
            user_name: signed_in.user.name.clone(),
            username: signed_in.user.username.clone(),
            lines: lines.filter(|line| !line.scopes.is_empty()).collect(),
            openid: asking.request.target.scope.openid.clone(),
            offline,
            shown: self.fingerprint(asking, signed_in),
        }
    }

    /// The page that asks whether a device is the user's: all that it would get, agreed to or not.
    pub(super) fn device_page(&self, asking: &Asking, signed_in: &SignedIn) -> DevicePage {
        let towards = asking.aim.towards();
        let line = towards.map(|to| line(&to.resource, to.audience.clone(), None, &self.scopes));
        let openid = &asking.request.target.scope.openid;
        DevicePage {
            client_name: asking.client.name.clone(),
            user_code: asking.goes_to(),
            user_name: signed_in.user.name.clone(),
            username: signed_in.user.username.clone(),
            session: signed_in.session.id.clone(),
            line,
            openid: openid.clone(),
        }
    }

    /// Names this question to this user in this session: an answer to another one agrees to nothing.
    pub(super) fn fingerprint(&self, asking: &Asking, signed_in: &SignedIn) -> String {
        let asks: Vec<_> = self
            .asks()
            .map(|ask| (&ask.client, &ask.line.audience, &ask.line.scopes, &ask.lacks))
            .collect();
        let question = serde_json::json!([
            signed_in.user.id,
            signed_in.session.id,
            asking.client.id,
            asking.goes_to(),
            asking.request.target.scope.words,
            asks,
        ]);
        sha256(question.to_string().as_bytes()).to_string()
    }

    /// What the record says of it.
    pub(super) fn about(&self) -> Vec<String> {
        self.asks().filter(|ask| !ask.lacks.is_empty()).map(Ask::about).collect()
    }
}

impl Sts {
    /// What would be granted to this user's sign-in, and where agreeing to it stands.
    pub(super) async fn agreement(&self, asking: &Asking, user: &User) -> Result<Agreement, Stop> {
        let (entitlement, living) = self.entitlement(asking, user).await?;
        let mut lacks = entitlement.unagreed.clone();
        if entitlement.consent == ConsentRule::Admin && !lacks.is_empty() {
            return Err(Denied::ConsentMissing(lacks).into());
        }
        let mut rests_on = entitlement.consents;
        if let Some(offline) = offline_to_agree(asking, entitlement.consent) {
            match living.iter().find(|consent| consent.scopes.contains(&offline)) {
                Some(consent) if rests_on.contains(&consent.id) => {}
                Some(consent) => rests_on.push(consent.id.clone()),
                None => lacks = lacks.union(&iter::once(offline).collect()),
            }
        }
        let show_all = asking.request.prompt.contains(&Prompt::Consent);
        let shown = if show_all { &entitlement.scopes } else { &entitlement.unagreed };
        let own = (show_all || !lacks.is_empty()).then(|| Ask {
            client: asking.client.id.clone(),
            line: own_line(asking, entitlement.towards, shown),
            lacks,
        });
        let Some(towards) = asking.aim.towards() else {
            let scopes = ScopeSet::default();
            return Ok(Agreement { scopes, rests_on, may_act: None, own, behind: Vec::new() });
        };
        let scopes = entitlement.scopes;
        let behind = self.behind(asking, towards, &scopes, user).await?;
        Ok(Agreement { scopes, rests_on, may_act: entitlement.may_act, own, behind })
    }

    /// What the client may have for this user, and the consents there are for it.
    async fn entitlement(
        &self,
        asking: &Asking,
        user: &User,
    ) -> Result<(Entitlement, Vec<Arc<Consent>>), Stop> {
        let openid = &asking.request.target.scope.openid;
        let client = &asking.client;
        let Some(towards) = asking.aim.towards() else {
            let own =
                Entitlement::to_userinfo(&self.issuer, openid).ok_or(Denied::TargetUnknown)?;
            let (consents, facts) =
                consents_towards(self, (&client.id, &own.towards), user).await?;
            return Ok((own, living(consents, &facts, user)));
        };
        let (consents, facts) =
            consents_towards(self, (&client.id, &towards.audience), user).await?;
        let entitlement = entitled(&FrontEnd {
            client,
            user,
            resource: &towards.resource,
            wanted: &towards.wanted,
            consents: &consents,
            revocations: &facts,
        })?;
        Ok((entitlement, living(consents, &facts, user)))
    }

    /// What the middle tier would do for this user with what is granted, and needs the user's consent for.
    async fn behind(
        &self,
        asking: &Asking,
        towards: &Towards,
        granted: &ScopeSet,
        user: &User,
    ) -> Result<Vec<Ask>, StoreError> {
        let middle = &towards.resource;
        if !middle.known_clients.include(&asking.client.id) {
            return Ok(Vec::new());
        }
        let show_all = asking.request.prompt.contains(&Prompt::Consent);
        let (mut asks, mut seen) = (Vec::new(), BTreeSet::new());
        for edge in middle.may_act.iter().filter(|edge| leads_on(edge, asking, granted, user)) {
            let Some((resource, audience)) = self.open_resource(&edge.towards).await? else {
                continue;
            };
            // Of several edges towards a resource the exchange takes the first that fits.
            if !seen.insert(audience.clone()) || !awaits_user(edge) {
                continue;
            }
            let (consents, facts) = consents_towards(self, (&middle.id, &audience), user).await?;
            let living = living(consents, &facts, user);
            let agreed = living.iter().filter(|consent| counts(edge, consent));
            let agreed: ScopeSet =
                agreed.flat_map(|consent| consent.scopes.iter()).cloned().collect();
            let usable = edge.scopes.intersection(&assigned_to(user, &resource));
            let beforehand = authorized_by_edge(&middle.id, edge, &resource, &usable);
            let lacks = usable.missing_from(&agreed.union(&beforehand));
            let shown = if show_all { &usable } else { &lacks };
            let line = line(&resource, audience, Some(middle.name.clone()), shown);
            asks.push(Ask { client: middle.id.clone(), line, lacks });
        }
        asks.retain(|ask: &Ask| !ask.line.scopes.is_empty());
        Ok(asks)
    }
}

/// `offline_access`, if it is asked and not agreed to beforehand with everything else.
fn offline_to_agree(asking: &Asking, rule: ConsentRule) -> Option<Scope> {
    let asked = asking.request.target.scope.asks(OpenIdScope::OfflineAccess);
    let beforehand = rule == ConsentRule::None && asking.aim.towards().is_some();
    (asked && !beforehand).then(|| Scope::parse(OpenIdScope::OfflineAccess.as_str()).ok())?
}

/// The consents that speak for a user and were not withdrawn.
fn living(mut consents: Vec<Arc<Consent>>, facts: &[Revocation], user: &User) -> Vec<Arc<Consent>> {
    consents.retain(|consent| {
        consent.covers(user) && !facts.iter().any(|fact| fact.about.is_consent(&consent.id))
    });
    consents
}

/// Whether an edge of the middle tier leads on from what is granted here.
fn leads_on(edge: &Edge, asking: &Asking, granted: &ScopeSet, user: &User) -> bool {
    let via = edge.via.is_empty() || edge.via.contains(&asking.client.id);
    via && edge.may_be_for(user) && edge.requires.is_subset(granted)
}

/// Whether an edge waits for the user to agree.
fn awaits_user(edge: &Edge) -> bool {
    edge.consent == ConsentRule::User || edge.applies_to == Whom::Consented
}

/// Whether a consent counts for an edge; one for those who consented themselves takes nobody else's word.
fn counts(edge: &Edge, consent: &Consent) -> bool {
    edge.applies_to != Whom::Consented || !consent.by_admin()
}

fn own_line(asking: &Asking, audience: Audience, scopes: &ScopeSet) -> ConsentLine {
    let resource = asking.aim.towards().map_or(&asking.client, |towards| &towards.resource);
    line(resource, audience, None, scopes)
}

/// One line of the page; `offline_access` has a sentence of its own there.
pub(super) fn line(
    resource: &Application,
    audience: Audience,
    through: Option<String>,
    scopes: &ScopeSet,
) -> ConsentLine {
    let said = |scope: &Scope| resource.scopes.get(scope).map(|text| (scope.clone(), text.clone()));
    let scopes = scopes.iter().filter_map(said).collect();
    ConsentLine { resource_name: resource.name.clone(), audience, through, scopes }
}

fn is_offline(scope: &Scope) -> bool {
    scope.as_str() == OpenIdScope::OfflineAccess.as_str()
}
