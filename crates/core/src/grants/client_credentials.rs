//! A client as itself (RFC 6749 §4.4): only with what it was given as itself, never with a user's rights.

use crate::client_auth::AuthenticatedClient;
use crate::denied::Denied;
use crate::grants::{Issue, Refused};
use crate::model::permission::Permission;
use crate::moment::Moment;
use crate::policy::Permit;
use crate::record::TokenEvent;
use crate::sts::Sts;
use stead_proto::grants::ClientCredentials;
use stead_proto::scope::{ScopeSet, Wanted};

/// Says what the client would get as itself.
pub(crate) async fn as_itself(
    sts: &Sts,
    client: &AuthenticatedClient,
    grant: &ClientCredentials,
    (event, moment): (&mut TokenEvent, &Moment),
) -> Result<Issue, Refused> {
    let audience = grant.target.resource.as_ref().ok_or(Denied::TargetMissing)?;
    event.resource = Some(audience.clone());
    let resource = sts.store.resource(audience).await?.ok_or(Denied::TargetUnknown)?;
    if !resource.enabled || resource.audience.is_none() {
        return Err(Denied::TargetUnknown.into());
    }
    let own = client.application().permissions.iter().filter(|one| one.as_itself());
    let permitted = own
        .filter(|one: &&Permission| resource.is_addressed_by(&one.towards))
        .fold(ScopeSet::default(), |all, one| all.union(&one.scopes));
    if permitted.is_empty() {
        return Err(Denied::EdgeMissing.into());
    }
    let roles = roles(&grant.target.scope.wanted, &permitted, &resource.offered())?;
    let lifetime = resource.tokens.lifetime.unwrap_or(sts.settings.access_token);
    let permit = Permit::of_application(client, &resource, roles, (lifetime, moment.now));
    Ok(Issue {
        permit: permit.ok_or(Denied::TargetUnknown)?,
        changes: Vec::new(),
        id_token: None,
        refresh: None,
        words: grant.target.scope.words.clone(),
        issued: None,
        client_info: false,
    })
}

fn roles(wanted: &Wanted, permitted: &ScopeSet, offered: &ScopeSet) -> Result<ScopeSet, Denied> {
    let granted = match wanted {
        Wanted::Default => permitted.intersection(offered),
        Wanted::Named(named) => {
            let unknown = named.missing_from(offered);
            if !unknown.is_empty() {
                return Err(Denied::ScopeUnknown(unknown));
            }
            let more = named.missing_from(permitted);
            if !more.is_empty() {
                return Err(Denied::ScopeNotPermitted(more));
            }
            named.clone()
        }
    };
    if granted.is_empty() { Err(Denied::ScopeEmpty) } else { Ok(granted) }
}
