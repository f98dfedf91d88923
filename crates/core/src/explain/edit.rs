//! The one edit of a resource file that would change a rule's answer.

use crate::denied::Denied;
use crate::model::managed::Managed;
use crate::model::permission::ConsentRule;
use crate::policy::{Draft, Facts};
use stead_proto::id::Audience;
use stead_proto::scope::{ScopeSet, Wanted};

/// What to write where, in words and TOML; `None` where no edit of a file helps.
pub(super) fn edit_for(denied: &Denied, facts: &Facts<'_>, draft: &Draft<'_>) -> Option<String> {
    let client = &facts.client.id;
    let place = place(&facts.client.managed);
    let towards = facts.target.resource.as_ref().map_or("", Audience::as_str);
    match denied {
        Denied::ClientDisabled => Some(format!("in application {client}{place}: enabled = true")),
        Denied::NotAResource => Some(format!("in application {client}{place}: audience = \"…\"")),
        Denied::ClientNotConfidential => Some(format!(
            "in application {client}{place}: kind = \"web-api\", and give it a credential"
        )),
        Denied::GrantNotAllowed | Denied::EdgeMissing => Some(format!(
            "in application {client}{place}, add:\n[[application.may_act]]\ntowards = \"{towards}\"\nscopes  = {}\nfor     = \"everyone\"",
            list(&wanted(facts))
        )),
        Denied::UserDisabled => {
            let user = facts.user?;
            Some(format!("in user {}{}: enabled = true", user.username, self::place(&user.managed)))
        }
        Denied::TargetUnknown => {
            Some(format!("register an application with audience = \"{towards}\", or enable it"))
        }
        Denied::EdgeNotForUser => not_for_user(facts),
        Denied::EdgeNotVia => Some(format!(
            "in application {client}{place}, in [[application.may_act]] towards {towards}: add \"{}\" to via",
            draft.subject?.first_client()
        )),
        Denied::EdgeRequires(scopes) => Some(format!(
            "in application {client}{place}, in [[application.may_act]] towards {towards}: remove {scopes} from requires, or have the front end ask for it"
        )),
        Denied::ScopeUnknown(scopes) => Some(format!(
            "in application {}{}: add {scopes} to scopes, or ask for one of {}",
            draft.resource?.id,
            self::place(&draft.resource?.managed),
            draft.resource?.offered()
        )),
        Denied::ScopeNotPermitted(scopes) => Some(format!(
            "in application {client}{place}, in [[application.may_act]] towards {towards}: add {scopes} to scopes"
        )),
        Denied::ScopeNotAssigned(scopes) => Some(format!(
            "in application {}{}, add:\n[[application.assign]]\nfor    = {{ user = \"{}\" }}\nscopes = {}",
            draft.resource?.id,
            self::place(&draft.resource?.managed),
            draft.user?.username,
            list(scopes)
        )),
        Denied::ConsentMissing(scopes) => consent(scopes, facts, draft),
        Denied::StepUpRequired(_) | Denied::EnrolmentRequired(_) => Some(format!(
            "the user signs in again; or in application {client}{place}, in [[application.may_act]] towards {towards}: relax acr or max_age"
        )),
        _ => None,
    }
}

fn not_for_user(facts: &Facts<'_>) -> Option<String> {
    use crate::model::permission::Whom;
    let user = facts.user?;
    let resource = facts.resource?;
    let mut edges =
        facts.client.may_act.iter().filter(|edge| resource.is_addressed_by(&edge.towards));
    let place = place(&user.managed);
    match edges.find_map(|edge| match &edge.applies_to {
        Whom::Group(group) => Some(group),
        _ => None,
    }) {
        Some(group) => Some(format!("in user {}{place}: add \"{group}\" to groups", user.username)),
        None => Some(format!(
            "in application {}{}, in [[application.may_act]] towards {}: for = {{ user = \"{}\" }}",
            facts.client.id,
            self::place(&facts.client.managed),
            facts.target.resource.as_ref()?,
            user.username
        )),
    }
}

fn consent(scopes: &ScopeSet, facts: &Facts<'_>, draft: &Draft<'_>) -> Option<String> {
    let client = &facts.client.id;
    let towards = facts.target.resource.as_ref()?;
    let entry = format!(
        "[[consent]]\nclient   = \"{client}\"\nresource = \"{towards}\"\nscopes   = {}\nfor      = \"everyone\"",
        list(scopes)
    );
    match draft.edge.as_deref()?.consent {
        ConsentRule::Admin => {
            Some(format!("an administrator consents; in a resource file, add:\n{entry}"))
        }
        _ => Some(format!(
            "the user consents at the next sign-in; or in a resource file, add:\n{entry}"
        )),
    }
}

/// The scopes asked by name, or what the resource offers.
fn wanted(facts: &Facts<'_>) -> ScopeSet {
    match (&facts.target.scope.wanted, facts.resource) {
        (Wanted::Named(named), _) => named.clone(),
        (Wanted::Default, Some(resource)) => resource.offered(),
        (Wanted::Default, None) => ScopeSet::default(),
    }
}

fn list(scopes: &ScopeSet) -> String {
    let quoted: Vec<String> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

fn place(managed: &Managed) -> String {
    match managed {
        Managed::File { file, line } => format!(" ({file}:{line})"),
        Managed::Api => String::new(),
    }
}
