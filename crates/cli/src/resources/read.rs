//! Applications out of files: each value typed, every mistake noted with its place.

use super::people::Usernames;
use super::{Page, raw};
use crate::document::At;
use crate::mistake::{Mistake, Mistakes, Place};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use stead_core::admin::Desired;
use stead_core::model::application::{
    Application, AssertionAudience, Kind, SubjectKind, TokenSettings,
};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{
    ActsAs, Assignment, BoundedBy, ConsentRule, Edge, KnownClients, Permission, Preauthorized, Whom,
};
use stead_core::model::tenant::Tenant;
use stead_proto::acr::Acr;
use stead_proto::jwt::Algorithm;
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::time::Seconds;

/// Reads one file, knowing the users in all of them.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) page: &'a Page<'a>,
    pub(super) usernames: &'a Usernames,
    pub(super) mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    /// Adds everything in the file.
    pub(super) fn add_to(&mut self, desired: &mut Desired) {
        let Some(file) = &self.page.document.said else { return };
        desired
            .applications
            .extend(file.application.iter().filter_map(|raw| self.application(raw)));
        desired.users.extend(file.user.iter().filter_map(|raw| self.user(raw)));
        desired.groups.extend(file.group.iter().filter_map(|raw| self.group(raw)));
        desired.consents.extend(file.consent.iter().filter_map(|raw| self.consent(raw)));
    }

    fn application(&mut self, raw: &At<raw::Application>) -> Option<Application> {
        let id = self.parsed(&raw.id);
        let audience = self.maybe(raw.audience.as_ref());
        let scopes = self.offered(raw);
        let credentials = raw.credentials.iter().filter_map(|raw| self.credential(raw)).collect();
        let permissions = raw.permission.iter().filter_map(|raw| self.permission(raw)).collect();
        let may_act = raw.may_act.iter().filter_map(|raw| self.edge(raw)).collect();
        let known_clients = self.known_clients(raw.known_clients.as_deref());
        let preauthorized =
            raw.preauthorized.iter().filter_map(|raw| self.preauthorized(raw)).collect();
        let assignments = raw.assign.iter().filter_map(|raw| self.assignment(raw)).collect();
        let tokens = self.tokens(&raw.tokens);
        Some(Application {
            id: id?,
            name: raw.name.as_ref().unwrap_or(&raw.id).to_string(),
            kind: kind(*raw.kind),
            enabled: raw.enabled,
            audience,
            scopes,
            redirect_uris: texts(&raw.redirect_uris),
            post_logout_redirect_uris: texts(&raw.post_logout_redirect_uris),
            credentials,
            assertion_audience: match raw.assertion_audience {
                Some(raw::AssertionAudience::Legacy) => AssertionAudience::Legacy,
                Some(raw::AssertionAudience::Issuer) | None => AssertionAudience::Issuer,
            },
            permissions,
            may_act,
            known_clients,
            preauthorized,
            assignments,
            tokens,
            managed: self.managed(raw),
        })
    }

    fn offered(&mut self, raw: &raw::Application) -> BTreeMap<Scope, String> {
        let scopes = raw.scopes.iter();
        scopes.filter_map(|(name, text)| Some((self.scope(name)?, (**text).clone()))).collect()
    }

    fn permission(&mut self, raw: &raw::Permission) -> Option<Permission> {
        let (towards, scopes) = (self.parsed(&raw.towards), self.scopes(&raw.scopes));
        let exchange_by = self.maybe(raw.exchange_by.as_ref());
        Some(Permission {
            towards: towards?,
            scopes,
            acts_as: match raw.acts_as {
                raw::ActsAs::User => ActsAs::User,
                raw::ActsAs::Itself => ActsAs::Itself,
            },
            consent: consent_rule(raw.consent),
            exchange_by,
        })
    }

    fn edge(&mut self, raw: &raw::MayAct) -> Option<Edge> {
        let (towards, scopes) = (self.parsed(&raw.towards), self.scopes(&raw.scopes));
        let applies_to = raw.whom.as_ref().map_or(Some(Whom::Everyone), |whom| self.whom(whom));
        let requires = self.scopes(&raw.requires);
        let via = raw.via.iter().filter_map(|id| self.parsed(id)).collect();
        let max_age = raw.max_age.as_ref().and_then(|age| self.lifetime(age));
        let acr = raw.acr.as_ref().and_then(|acr| self.acr(acr));
        Some(Edge {
            towards: towards?,
            scopes,
            applies_to: applies_to?,
            requires,
            via,
            consent: consent_rule(raw.consent),
            max_age,
            acr,
            offline: raw.offline,
            bounded_by: match raw.bounded_by {
                raw::BoundedBy::SubjectToken => BoundedBy::SubjectToken,
                raw::BoundedBy::Session => BoundedBy::Session,
            },
        })
    }

    fn known_clients(&mut self, said: Option<&[At<String>]>) -> KnownClients {
        said.map_or(KnownClients::All, |these| {
            KnownClients::Only(these.iter().filter_map(|id| self.parsed(id)).collect())
        })
    }

    fn preauthorized(&mut self, raw: &raw::Preauthorized) -> Option<Preauthorized> {
        let (client, scopes) = (self.parsed(&raw.client), self.scopes(&raw.scopes));
        Some(Preauthorized { client: client?, scopes })
    }

    fn assignment(&mut self, raw: &raw::Assign) -> Option<Assignment> {
        let (applies_to, scopes) = (self.whom(&raw.whom), self.scopes(&raw.scopes));
        Some(Assignment { applies_to: applies_to?, scopes })
    }

    fn tokens(&mut self, raw: &raw::Tokens) -> TokenSettings {
        TokenSettings {
            algorithm: raw
                .algorithm
                .as_ref()
                .and_then(|algorithm| self.parsed(algorithm))
                .unwrap_or(Algorithm::Es256),
            lifetime: raw.lifetime.as_ref().and_then(|lifetime| self.lifetime(lifetime)),
            subject: match raw.subject {
                raw::Subject::Public => SubjectKind::Public,
                raw::Subject::Pairwise => SubjectKind::Pairwise,
            },
            groups: raw.groups,
        }
    }

    pub(super) fn scopes(&mut self, said: &[At<String>]) -> ScopeSet {
        said.iter().filter_map(|scope| self.scope(scope)).collect()
    }

    fn scope(&mut self, said: &At<String>) -> Option<Scope> {
        Scope::parse(&**said).map_err(|bad| self.note(said, bad.to_string())).ok()
    }

    pub(super) fn whom(&mut self, raw: &raw::Whom) -> Option<Whom> {
        match raw {
            raw::Whom::Everyone => Some(Whom::Everyone),
            raw::Whom::Consented => Some(Whom::Consented),
            raw::Whom::Group(group) => self.parsed(group).map(Whom::Group),
            raw::Whom::User(said) => match self.usernames.id(said) {
                Some(id) => Some(Whom::User(id)),
                None => self.parsed(said).map(Whom::User),
            },
        }
    }

    fn lifetime(&mut self, said: &At<String>) -> Option<Seconds> {
        Seconds::parse(said).map_err(|bad| self.note(said, bad.to_string())).ok()
    }

    fn acr(&mut self, said: &At<String>) -> Option<Acr> {
        let acr = Acr::parse(said);
        if acr.is_none() {
            let known = Acr::ALL.map(Acr::as_str);
            let what = format!("`{}` is none of {}", **said, known.join(", "));
            self.mistakes.push(Mistake::at(self.place(said), what).meant(said, known));
        }
        acr
    }

    pub(super) fn maybe<T: FromStr<Err: Display>>(
        &mut self,
        said: Option<&At<String>>,
    ) -> Option<T> {
        said.and_then(|said| self.parsed(said))
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, said: &At<String>) -> Option<T> {
        said.parse().map_err(|bad: T::Err| self.note(said, bad.to_string())).ok()
    }

    pub(super) fn note<T>(&mut self, at: &At<T>, what: String) {
        self.mistakes.push(Mistake::at(self.place(at), what));
    }

    pub(super) fn place<T>(&self, at: &At<T>) -> Place {
        self.page.document.place(at)
    }

    pub(super) fn managed<T>(&self, at: &At<T>) -> Managed {
        let place = self.place(at);
        Managed::File { file: place.file().to_owned(), line: place.line() }
    }
}

fn texts(said: &[At<String>]) -> Vec<String> {
    said.iter().map(|text| (**text).clone()).collect()
}

fn kind(raw: raw::Kind) -> Kind {
    match raw {
        raw::Kind::Spa => Kind::Spa,
        raw::Kind::Web => Kind::Web,
        raw::Kind::WebApi => Kind::WebApi,
        raw::Kind::Native => Kind::Native,
        raw::Kind::Agent => Kind::Agent,
        raw::Kind::Service => Kind::Service,
    }
}

fn consent_rule(raw: raw::ConsentRule) -> ConsentRule {
    match raw {
        raw::ConsentRule::Admin => ConsentRule::Admin,
        raw::ConsentRule::User => ConsentRule::User,
        raw::ConsentRule::None => ConsentRule::None,
    }
}
