//! Whether one application is sound.

use super::super::mistake::{Mistake, Object, Report};
use super::federated;
use super::uri::redirect_problem;
use super::world::World;
use crate::model::application::Application;
use crate::model::permission::{Assignment, Edge, KnownClients, Permission, Preauthorized, Whom};
use crate::settings::LONGEST_TOKEN;
use std::collections::BTreeSet;
use stead_proto::id::{Audience, ClientId, Subject};
use stead_proto::jwt::Algorithm;
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::time::Seconds;

/// Longest name or sentence that people read, in characters.
const MAX_TEXT: usize = 200;

/// Every mistake in an application, among the names that are known.
pub(in crate::admin) fn mistakes_of_application(
    application: &Application,
    world: &World,
) -> Vec<Mistake> {
    let object = Object::new("application", &application.id);
    let report = Report::on(object, &application.managed);
    let mut check = Check { application, world, report };
    check.identity();
    check.scopes();
    check.redirects("redirect_uris", &application.redirect_uris);
    check.redirects("post_logout_redirect_uris", &application.post_logout_redirect_uris);
    check.what_its_kind_rules_out();
    for (place, permission) in application.permissions.iter().enumerate() {
        check.permission(&format!("permission[{place}]"), permission);
    }
    for (place, edge) in application.may_act.iter().enumerate() {
        check.edge(&format!("may_act[{place}]"), edge);
    }
    check.known_clients();
    for (place, entry) in application.preauthorized.iter().enumerate() {
        check.preauthorized(&format!("preauthorized[{place}]"), entry);
    }
    for (place, assignment) in application.assignments.iter().enumerate() {
        check.assignment(&format!("assign[{place}]"), assignment);
    }
    check.tokens();
    federated::check(application, &mut check.report);
    check.report.done()
}

/// Whether people can read it.
pub(super) fn is_readable(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= MAX_TEXT
        && !text.chars().any(char::is_control)
}

struct Check<'a> {
    application: &'a Application,
    world: &'a World,
    report: Report,
}

impl Check<'_> {
    fn identity(&mut self) {
        self.report.expect(
            is_readable(&self.application.name),
            "name",
            "a name is 1 to 200 characters on one line",
        );
        let audience = self.application.audience.as_ref().map_or("", Audience::as_str);
        self.report.expect(
            !audience.contains(['#', '*']),
            "audience",
            "an audience has no fragment and no wildcard",
        );
        let as_user = Subject::from(&self.application.id);
        self.report.expect(
            !self.world.knows_user(&as_user),
            "id",
            "a user has this id: who acts and for whom could not be told apart",
        );
    }

    fn scopes(&mut self) {
        for (scope, sentence) in &self.application.scopes {
            let field = format!("scopes.{scope}");
            if scope.is_openid() || scope.as_str() == ".default" {
                self.report.say(&field, "the protocol has taken this name");
            }
            if !is_readable(sentence) {
                self.report.say(
                    &field,
                    "a scope comes with the sentence that users read, 1 to 200 characters",
                );
            }
        }
    }

    fn redirects(&mut self, field: &str, uris: &[String]) {
        let mut seen = BTreeSet::new();
        for (place, uri) in uris.iter().enumerate() {
            let problem =
                redirect_problem(uri).or((!seen.insert(uri)).then_some("it is written twice"));
            if let Some(problem) = problem {
                self.report.say(format!("{field}[{place}]"), format!("{uri}: {problem}"));
            }
        }
    }

    /// A program that keeps no secret acts neither as itself nor on anybody's behalf.
    fn what_its_kind_rules_out(&mut self) {
        if self.application.is_confidential() {
            return;
        }
        let application = self.application;
        self.report.expect(
            application.credentials.is_empty(),
            "credentials",
            "an application of this kind keeps no secret",
        );
        self.report.expect(
            application.may_act.is_empty(),
            "may_act",
            "an application of this kind proves nothing, so it acts on nobody's behalf",
        );
        self.report.expect(
            !application.permissions.iter().any(Permission::as_itself),
            "permission",
            "an application of this kind proves nothing, so it does not act as itself",
        );
    }

    fn permission(&mut self, field: &str, permission: &Permission) {
        self.towards(field, &permission.towards, &permission.scopes);
        if let Some(client) = &permission.exchange_by {
            self.client(&format!("{field}.exchange_by"), client);
        }
    }

    fn edge(&mut self, field: &str, edge: &Edge) {
        self.towards(field, &edge.towards, &edge.scopes);
        self.whom(&format!("{field}.for"), &edge.applies_to);
        for client in &edge.via {
            self.client(&format!("{field}.via"), client);
        }
        let own = self.application.offered();
        self.within(&format!("{field}.requires"), &edge.requires, &own, "the application itself");
    }

    fn known_clients(&mut self) {
        if let KnownClients::Only(these) = &self.application.known_clients {
            for client in these {
                self.client("known_clients", client);
            }
        }
    }

    fn preauthorized(&mut self, field: &str, entry: &Preauthorized) {
        self.client(&format!("{field}.client"), &entry.client);
        let own = self.application.offered();
        self.some(&format!("{field}.scopes"), &entry.scopes);
        self.within(&format!("{field}.scopes"), &entry.scopes, &own, "the application itself");
    }

    fn assignment(&mut self, field: &str, assignment: &Assignment) {
        self.whom(&format!("{field}.for"), &assignment.applies_to);
        self.report.expect(
            assignment.applies_to != Whom::Consented,
            &format!("{field}.for"),
            "only an edge is for whoever consented: scopes are assigned to everyone, a group or a user",
        );
        let own = self.application.offered();
        self.some(&format!("{field}.scopes"), &assignment.scopes);
        self.within(&format!("{field}.scopes"), &assignment.scopes, &own, "the application itself");
    }

    /// A resource that is known, and scopes it offers.
    fn towards(&mut self, field: &str, towards: &Audience, scopes: &ScopeSet) {
        self.some(&format!("{field}.scopes"), scopes);
        match self.world.offered_by(towards) {
            Some(offered) => {
                self.within(&format!("{field}.scopes"), scopes, offered, towards.as_str());
            }
            None => self.report.unknown(
                format!("{field}.towards"),
                format!("no application has the audience {towards}"),
                towards,
                self.world.audiences(),
            ),
        }
    }

    fn some(&mut self, field: &str, scopes: &ScopeSet) {
        self.report.expect(!scopes.is_empty(), field, "it names no scope");
    }

    fn within(&mut self, field: &str, scopes: &ScopeSet, offered: &ScopeSet, whose: &str) {
        for scope in scopes.missing_from(offered).iter() {
            self.report.unknown(
                field,
                format!("{whose} offers no scope {scope}"),
                scope,
                offered.iter().map(Scope::to_string),
            );
        }
    }

    fn client(&mut self, field: &str, client: &ClientId) {
        if !self.world.knows_client(client) {
            let message = format!("there is no application {client}");
            self.report.unknown(field, message, client, self.world.clients());
        }
    }

    fn whom(&mut self, field: &str, whom: &Whom) {
        if let Some((message, word, known)) = self.world.stranger(whom) {
            self.report.unknown(field, message, word, known);
        }
    }

    fn tokens(&mut self) {
        let tokens = &self.application.tokens;
        self.report.expect(
            tokens.algorithm != Algorithm::Ps256,
            "tokens.algorithm",
            "tokens are signed with ES256, EdDSA or RS256",
        );
        self.report.expect(
            tokens.lifetime != Some(Seconds(0)),
            "tokens.lifetime",
            "a token that lives for no time at all is of no use",
        );
        self.report.expect(
            tokens.lifetime.is_none_or(|lifetime| lifetime <= LONGEST_TOKEN),
            "tokens.lifetime",
            "a token lives for a day at most",
        );
    }
}
