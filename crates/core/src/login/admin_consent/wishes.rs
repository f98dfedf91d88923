//! What an administrator can agree to for a client: its permissions, its edges, and the edges of the middle
//! tiers that know it.

use super::super::agreement::{Ask, line};
use crate::denied::Denied;
use crate::error::Stop;
use crate::model::application::Application;
use crate::model::consent::Given;
use crate::model::permission::{ConsentRule, Edge, Permission, Whom};
use crate::model::revocation::Ancestor;
use crate::policy::beforehand::{authorized, authorized_by_edge};
use crate::policy::refuse_missing;
use crate::ports::StoreError;
use crate::sts::Sts;
use stead_proto::id::{Audience, ClientId};
use stead_proto::scope::{OpenIdScope, Scope, ScopeRequest, ScopeSet, Wanted};

/// How far the request reaches.
enum Reach {
    /// To all that the client could ever need consent for.
    All,
    /// To this resource, and there to this.
    One(Box<Application>, Wanted),
}

impl Reach {
    /// What it reaches of a resource, within what is permitted.
    fn of(&self, resource: &Application, permitted: &ScopeSet) -> ScopeSet {
        let usable = permitted.intersection(&resource.offered());
        match self {
            Self::One(only, _) if only.id != resource.id => ScopeSet::default(),
            Self::One(_, Wanted::Named(named)) => usable.intersection(named),
            Self::All | Self::One(_, Wanted::Default) => usable,
        }
    }
}

/// One client's wish on one resource.
struct Wish {
    client: Application,
    resource: Application,
    audience: Audience,
    scopes: ScopeSet,
}

impl Sts {
    /// A line for each client and resource; what was agreed to for everyone before is shown again.
    pub(super) async fn asks_for_everyone(
        &self,
        client: &Application,
        scope: Option<&ScopeRequest>,
    ) -> Result<Vec<Ask>, Stop> {
        let reach = self.reach_of(client, scope).await?;
        let mut wishes = self.own_wishes(client, &reach).await?;
        wishes.extend(self.wishes_behind(client, &reach).await?);
        let offline = scope.is_some_and(|scope| scope.asks(OpenIdScope::OfflineAccess));
        let mut asks = Vec::new();
        for wish in merged(wishes) {
            asks.extend(self.line_of(client, wish, offline).await?);
        }
        Ok(asks)
    }

    /// The resource that is named, which the client needs a way to.
    async fn reach_of(
        &self,
        client: &Application,
        scope: Option<&ScopeRequest>,
    ) -> Result<Reach, Stop> {
        let Some(scope) = scope else { return Ok(Reach::All) };
        let named = scope.resource.as_ref().ok_or(Denied::TargetMissing)?;
        let (resource, _) = self.open_resource(named).await?.ok_or(Denied::TargetUnknown)?;
        let permitted = permitted(client, &resource);
        if permitted.is_empty() {
            return Err(Denied::EdgeMissing.into());
        }
        if let Wanted::Named(named) = &scope.wanted {
            refuse_missing(named, &resource.offered(), Denied::ScopeUnknown)?;
            refuse_missing(named, &permitted, Denied::ScopeNotPermitted)?;
        }
        Ok(Reach::One(Box::new(resource), scope.wanted.clone()))
    }

    async fn own_wishes(
        &self,
        client: &Application,
        reach: &Reach,
    ) -> Result<Vec<Wish>, StoreError> {
        let mut wishes = Vec::new();
        let asks = |one: &&Permission| !one.as_itself() && one.consent != ConsentRule::None;
        for permission in client.permissions.iter().filter(asks) {
            if let Some((resource, audience)) = self.open_resource(&permission.towards).await? {
                let scopes = reach.of(&resource, &permission.scopes);
                let scopes = scopes.missing_from(&authorized(&client.id, &resource, &scopes));
                wishes.push(Wish { client: client.clone(), resource, audience, scopes });
            }
        }
        for edge in client.may_act.iter().filter(|edge| is_for_administrators(edge)) {
            wishes.extend(self.wish_of(client, edge, reach).await?);
        }
        Ok(wishes)
    }

    /// What middle tiers do with what the client is permitted towards them.
    async fn wishes_behind(
        &self,
        client: &Application,
        reach: &Reach,
    ) -> Result<Vec<Wish>, StoreError> {
        let mut wishes = Vec::new();
        for permission in client.permissions.iter().filter(|one| !one.as_itself()) {
            let Some((middle, _)) = self.open_resource(&permission.towards).await? else {
                continue;
            };
            let granted = reach.of(&middle, &permission.scopes);
            if granted.is_empty() || !middle.known_clients.include(&client.id) {
                continue;
            }
            for edge in middle.may_act.iter().filter(|edge| leads_on(edge, &client.id, &granted)) {
                wishes.extend(self.wish_of(&middle, edge, &Reach::All).await?);
            }
        }
        Ok(wishes)
    }

    /// What an edge asks for.
    async fn wish_of(
        &self,
        client: &Application,
        edge: &Edge,
        reach: &Reach,
    ) -> Result<Option<Wish>, StoreError> {
        let Some((resource, audience)) = self.open_resource(&edge.towards).await? else {
            return Ok(None);
        };
        let scopes = reach.of(&resource, &edge.scopes);
        let beforehand = authorized_by_edge(&client.id, edge, &resource, &scopes);
        let scopes = scopes.missing_from(&beforehand);
        Ok(Some(Wish { client: client.clone(), resource, audience, scopes }))
    }

    /// The line of a wish, unless nothing of it is asked.
    async fn line_of(
        &self,
        client: &Application,
        wish: Wish,
        offline: bool,
    ) -> Result<Option<Ask>, StoreError> {
        let Wish { client: by, resource, audience, mut scopes } = wish;
        let own = by.id == client.id;
        if scopes.is_empty() {
            return Ok(None);
        }
        let through = (!own).then(|| by.name.clone());
        let line = line(&resource, audience.clone(), through, &scopes);
        if own && offline {
            let lasting = Scope::parse(OpenIdScope::OfflineAccess.as_str()).ok();
            scopes = scopes.union(&lasting.into_iter().collect());
        }
        let lacks = scopes.missing_from(&self.given_for_everyone(&by.id, &audience).await?);
        Ok(Some(Ask { client: by.id, line, lacks }))
    }

    /// What an administrator has agreed to for everyone, and nobody has withdrawn.
    async fn given_for_everyone(
        &self,
        client: &ClientId,
        resource: &Audience,
    ) -> Result<ScopeSet, StoreError> {
        let consents = self.store.consents(Some(client), Some(resource)).await?;
        let for_all = consents.iter().filter(|one| one.given == Given::ByAdmin(Whom::Everyone));
        let for_all: Vec<_> = for_all.collect();
        let about: Vec<Ancestor> =
            for_all.iter().map(|one| Ancestor::Consent(one.id.clone())).collect();
        let facts = self.store.revocations(&about).await?;
        let dead = |id| facts.iter().any(|fact| fact.about.is_consent(id));
        let living = for_all.iter().filter(|one| !dead(&one.id));
        Ok(living.fold(ScopeSet::default(), |all, one| all.union(&one.scopes)))
    }
}

/// All that a client may have of a resource, for its users or on their behalf.
fn permitted(client: &Application, resource: &Application) -> ScopeSet {
    let permissions = client.permissions.iter().filter(|one| !one.as_itself());
    let permissions = permissions.map(|one| (&one.towards, &one.scopes));
    let edges = client.may_act.iter().map(|edge| (&edge.towards, &edge.scopes));
    permissions
        .chain(edges)
        .filter(|(towards, _)| resource.is_addressed_by(towards))
        .fold(ScopeSet::default(), |all, (_, scopes)| all.union(scopes))
}

/// Whether an administrator's word counts for an edge.
fn is_for_administrators(edge: &Edge) -> bool {
    match edge.consent {
        ConsentRule::None => false,
        ConsentRule::User => edge.applies_to != Whom::Consented,
        ConsentRule::Admin => true,
    }
}

/// Whether an edge of a middle tier leads on from what a front end is granted.
fn leads_on(edge: &Edge, client: &ClientId, granted: &ScopeSet) -> bool {
    let via = edge.via.is_empty() || edge.via.contains(client);
    via && is_for_administrators(edge) && edge.requires.is_subset(granted)
}

/// One for each client and resource, in the order they came.
fn merged(wishes: Vec<Wish>) -> Vec<Wish> {
    let mut all: Vec<Wish> = Vec::new();
    for wish in wishes {
        let same = |other: &&mut Wish| {
            other.client.id == wish.client.id && other.resource.id == wish.resource.id
        };
        match all.iter_mut().find(same) {
            Some(other) => other.scopes = other.scopes.union(&wish.scopes),
            None => all.push(wish),
        }
    }
    all
}
