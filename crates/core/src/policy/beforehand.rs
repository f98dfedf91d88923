//! What nobody has to agree to: scopes for which a resource has authorized a client beforehand. The one place
//! where that is decided, for permissions and for edges alike.

use crate::model::application::Application;
use crate::model::permission::{Edge, Whom};
use stead_proto::id::ClientId;
use stead_proto::scope::ScopeSet;

/// Of these scopes of a resource, those for which it has authorized a client beforehand.
pub(crate) fn authorized(client: &ClientId, resource: &Application, scopes: &ScopeSet) -> ScopeSet {
    let theirs = resource.preauthorized.iter().filter(|entry| entry.client == *client);
    theirs.fold(ScopeSet::default(), |all, entry| all.union(&entry.scopes.intersection(scopes)))
}

/// The same, by way of an edge. One that is for whoever consented stays for those: that is not asked for
/// the resource's sake.
pub(crate) fn authorized_by_edge(
    client: &ClientId,
    edge: &Edge,
    resource: &Application,
    scopes: &ScopeSet,
) -> ScopeSet {
    match edge.applies_to {
        Whom::Consented => ScopeSet::default(),
        Whom::Everyone | Whom::Group(_) | Whom::User(_) => authorized(client, resource, scopes),
    }
}
