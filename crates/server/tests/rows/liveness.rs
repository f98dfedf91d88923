//! Everything that can end between a sign-in and what comes after it: the exchange, the refresh of either
//! token, introspection of either token (row KB-31). The clock stands still, so what ends, ends at once.

use crate::obo::{
    A, B, BOTH, Tried, allowed, application, ask, consent_to_reading, edge_to_b, refused, tried,
};
use reqwest::Method;
use serde_json::json;
use stead_core::admin::{Desired, DesiredPassword, DesiredUser};
use stead_core::model::permission::{Assignment, ConsentRule, Whom};
use stead_proto::id::{GroupId, Subject};
use stead_proto::scope::ScopeSet;
use stead_proto::secret::Password;
use testkit::{Answer, Auth, World};

/// `api-a` may go on after the user left, with an administrator's consent, for employees, whom `api-b`
/// gives what they may do.
fn files(t1: &mut Desired) {
    let edge = edge_to_b(t1);
    (edge.offline, edge.consent) = (true, ConsentRule::Admin);
    let employees = || Whom::Group(GroupId::parse("employees").unwrap());
    let read = ScopeSet::parse("B.read").unwrap();
    application(t1, "api-b").assignments =
        vec![Assignment { applies_to: employees(), scopes: read }];
    t1.consents.push(consent_to_reading(employees()));
}

/// Alice signed in, and `api-a` exchanged her token.
struct Journey {
    world: World,
    /// Her token for `api-a`, and the one after it.
    user: Answer,
    /// `api-a`'s token for `api-b`.
    exchanged: Answer,
}

impl Journey {
    /// Everything works: the twin of every refusal below.
    async fn begin() -> Self {
        let world = World::with(files).await;
        let scope = [("scope", "openid offline_access api://a/A.use")];
        let user = world.t1().tokens("alice", &scope).await;
        let form = BOTH[0].form(&user.access_token(), "api://b", "B.read offline_access");
        let exchanged = ask(world.t1(), A, &form).await;
        let mut journey = Self { world, user, exchanged };
        assert_eq!(journey.exchange().await, [allowed(), allowed()]);
        assert_eq!(journey.active().await, [true, true]);
        let (user, exchanged) =
            (journey.refresh_user().await.answer, journey.refresh_exchanged().await.answer);
        assert_eq!((user.status, exchanged.status), (200, 200), "{} {}", user.text, exchanged.text);
        (journey.user, journey.exchanged) = (user, exchanged);
        journey
    }

    /// What an exchange says now, in both dialects.
    async fn exchange(&self) -> [(u16, String, String); 2] {
        let token = self.user.access_token();
        let [entra, exchange] = BOTH.map(|dialect| dialect.form(&token, "api://b", "B.read"));
        [
            tried(&self.world, ask(self.world.t1(), A, &entra)).await.said(),
            tried(&self.world, ask(self.world.t1(), A, &exchange)).await.said(),
        ]
    }

    async fn refresh_user(&self) -> Tried {
        let token = self.user.member("refresh_token").as_str().unwrap().to_owned();
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        tried(&self.world, self.world.t1().token(Auth::Public("spa"), &pairs)).await
    }

    async fn refresh_exchanged(&self) -> Tried {
        let token = self.exchanged.member("refresh_token").as_str().unwrap().to_owned();
        let form = [("grant_type", "refresh_token".to_owned()), ("refresh_token", token)];
        tried(&self.world, ask(self.world.t1(), A, &form)).await
    }

    /// Whether introspection calls the two tokens active: the user's, asked by `api-a`, and the
    /// exchanged one, asked by `api-b`.
    async fn active(&self) -> [bool; 2] {
        let mut answers = Vec::new();
        for (client, of) in [(A, &self.user), (B, &self.exchanged)] {
            let answer = self.world.t1().introspect(client, &of.access_token()).await;
            assert!(answer.status == 200 || answer.status == 401, "{}", answer.text);
            if answer.member("active") != true && answer.status == 200 {
                assert_eq!(answer.json(), json!({ "active": false }));
            }
            answers.push(answer.member("active") == true);
        }
        [answers[0], answers[1]]
    }

    /// The files now say this besides.
    async fn files_say(&self, change: impl FnOnce(&mut Desired)) {
        let all = |t1: &mut Desired| {
            files(t1);
            change(t1);
        };
        self.world.files_say(all).await.unwrap();
    }

    /// A claim of the user's token.
    fn claim(&self, name: &str) -> String {
        self.user.claims()[name].as_str().unwrap().to_owned()
    }

    /// Everything that descends from the sign-in is dead, for this reason.
    async fn all_ended(&self, reason: &str) {
        let [entra, exchange] = self.exchange().await;
        assert_eq!(entra, refused(400, "invalid_grant", reason));
        assert_eq!(exchange, refused(400, "invalid_request", reason));
        assert_eq!(self.active().await, [false, false]);
        let dead = refused(400, "invalid_grant", reason);
        assert_eq!(self.refresh_user().await.said(), dead);
        assert_eq!(self.refresh_exchanged().await.said(), dead);
    }

    /// The exchange and its refresh are refused, and the user's own sign-in goes on.
    async fn exchange_ended(&self, [entra, exchange]: [&str; 2], refresh: &str, reason: &str) {
        assert_eq!(
            self.exchange().await,
            [refused(400, entra, reason), refused(400, exchange, reason)]
        );
        assert_eq!(self.refresh_exchanged().await.said(), refused(400, refresh, reason));
        assert_eq!(self.refresh_user().await.said(), allowed());
        assert!(self.active().await[0]);
    }
}

fn alice(t1: &mut Desired) -> &mut DesiredUser {
    t1.users.iter_mut().find(|one| one.user.id.as_str() == "user-alice").unwrap()
}

#[tokio::test]
async fn kb_31_a_user_disabled() {
    let journey = Journey::begin().await;
    journey.files_say(|t1| alice(t1).user.enabled = false).await;
    journey.all_ended("user-disabled").await;

    // Enabled again, nothing of before comes back.
    journey.files_say(|_| {}).await;
    journey.all_ended("subject-token-revoked").await;
}

#[tokio::test]
async fn kb_31_a_user_deleted() {
    let journey = Journey::begin().await;
    let gone = |t1: &mut Desired| t1.users.retain(|one| one.user.id.as_str() != "user-alice");
    journey.files_say(gone).await;
    journey.all_ended("user-unknown").await;
}

/// Stead locks nobody out for wrong passwords: attempts have to wait, and whoever is signed in stays so.
/// What an administrator can do at once is to sign the user out everywhere.
#[tokio::test]
async fn kb_31_a_user_signed_out_everywhere() {
    let journey = Journey::begin().await;
    let path = "/users/user-alice/sign-out";
    let (status, said) = journey.world.admin(Method::POST, path, None).await;
    assert!((200..300).contains(&status), "{status} {said}");
    journey.all_ended("subject-token-revoked").await;
}

#[tokio::test]
async fn kb_31_a_password_reset() {
    let journey = Journey::begin().await;
    let new = DesiredPassword::Plain(Password::new("another horse, another staple"));
    journey.files_say(|t1| alice(t1).password = Some(new)).await;
    journey.all_ended("subject-token-revoked").await;
}

#[tokio::test]
async fn kb_31_a_session_revoked() {
    let journey = Journey::begin().await;
    let path = format!("/sessions/{}", journey.claim("sid"));
    assert_eq!(journey.world.admin(Method::DELETE, &path, None).await.0, 204);
    journey.all_ended("subject-token-revoked").await;
}

#[tokio::test]
async fn kb_31_a_consent_withdrawn() {
    let journey = Journey::begin().await;
    journey.files_say(|t1| t1.consents.clear()).await;
    let errors = ["invalid_grant", "invalid_scope"];
    journey.exchange_ended(errors, "invalid_grant", "consent-missing").await;
    assert_eq!(journey.active().await, [true, false]);
}

#[tokio::test]
async fn kb_31_the_front_end_disabled() {
    let journey = Journey::begin().await;
    journey.files_say(|t1| application(t1, "spa").enabled = false).await;
    let reason = "subject-token-revoked";
    let [entra, exchange] = journey.exchange().await;
    assert_eq!(entra, refused(400, "invalid_grant", reason));
    assert_eq!(exchange, refused(400, "invalid_request", reason));
    assert_eq!(journey.active().await, [false, false]);
    let off = refused(401, "invalid_client", "client-disabled");
    assert_eq!(journey.refresh_user().await.said(), off);
    let dead = refused(400, "invalid_grant", reason);
    assert_eq!(journey.refresh_exchanged().await.said(), dead);
}

#[tokio::test]
async fn kb_31_the_middle_tier_disabled() {
    let journey = Journey::begin().await;
    journey.files_say(|t1| application(t1, "api-a").enabled = false).await;
    let off = refused(401, "invalid_client", "client-disabled");
    assert_eq!(journey.exchange().await, [off.clone(), off.clone()]);
    assert_eq!(journey.refresh_exchanged().await.said(), off);
    assert_eq!(journey.active().await, [false, false]);
}

#[tokio::test]
async fn kb_31_the_resource_disabled() {
    let journey = Journey::begin().await;
    journey.files_say(|t1| application(t1, "api-b").enabled = false).await;
    let errors = ["invalid_resource", "invalid_target"];
    journey.exchange_ended(errors, "invalid_target", "target-unknown").await;
    // It cannot ask itself any more; to the client that holds the token it is dead, too.
    let held = journey.world.t1().introspect(A, &journey.exchanged.access_token()).await;
    assert_eq!(held.json(), json!({ "active": false }));
    assert_eq!(journey.active().await, [true, false]);
}

/// What was issued before lives on to its end, an hour at most: edges, groups and assignments are asked
/// when a token is made.
#[tokio::test]
async fn kb_31_an_assignment_removed() {
    let journey = Journey::begin().await;
    let bob = || Whom::User(Subject::parse("user-bob").unwrap());
    let only_bob = |t1: &mut Desired| {
        application(t1, "api-b").assignments[0].applies_to = bob();
    };
    journey.files_say(only_bob).await;
    let errors = ["invalid_scope", "invalid_scope"];
    journey.exchange_ended(errors, "invalid_scope", "scope-not-assigned").await;
}

#[tokio::test]
async fn kb_31_a_group_removed() {
    let journey = Journey::begin().await;
    journey.files_say(|t1| alice(t1).user.groups.clear()).await;
    let errors = ["invalid_grant", "invalid_target"];
    journey.exchange_ended(errors, "invalid_grant", "edge-not-for-user").await;
}

#[tokio::test]
async fn kb_31_an_edge_removed() {
    let journey = Journey::begin().await;
    let without = |t1: &mut Desired| {
        t1.consents.clear();
        application(t1, "api-a").may_act.retain(|edge| edge.towards.as_str() != "api://b");
    };
    journey.files_say(without).await;
    let errors = ["invalid_resource", "invalid_target"];
    assert_eq!(journey.exchange().await, errors.map(|error| refused(400, error, "edge-missing")));
    // No edge of the client allows going on offline any more.
    let said = journey.refresh_exchanged().await.said();
    assert_eq!(said, refused(400, "unauthorized_client", "grant-not-allowed"));
    // The consent that went with it ended what rested on it.
    assert_eq!(journey.active().await, [true, false]);
}

/// A code or a refresh token is signed by nobody, so the user's own sign-in outlives the key.
#[tokio::test]
async fn kb_31_a_signing_key_revoked() {
    let journey = Journey::begin().await;
    let kid = journey.world.forge("t1").kid();
    let body = json!({ "kind": "key", "id": kid, "why": "it leaked" });
    let (status, said) = journey.world.admin(Method::POST, "/revocations", Some(body)).await;
    assert_eq!(status, 201, "{said}");
    let unknown_key = "subject-token-invalid";
    let [entra, exchange] = journey.exchange().await;
    assert_eq!(entra, refused(400, "invalid_grant", unknown_key));
    assert_eq!(exchange, refused(400, "invalid_request", unknown_key));
    assert_eq!(journey.active().await, [false, false]);
    let said = journey.refresh_exchanged().await.said();
    assert_eq!(said, refused(400, "invalid_grant", "subject-token-revoked"));
}

/// The token goes, and what was made from it; the sign-in stays.
#[tokio::test]
async fn kb_31_the_users_token_revoked() {
    let journey = Journey::begin().await;
    let token = journey.user.access_token();
    let form = BOTH[1].form(&token, "api://b", "B.read");
    let from_it = ask(journey.world.t1(), A, &form).await.access_token();
    let gone = journey.world.t1().post("revoke", Auth::Public("spa"), &[("token", &token)]).await;
    assert_eq!(gone.status, 200);
    let reason = "subject-token-revoked";
    let [entra, exchange] = journey.exchange().await;
    assert_eq!(entra, refused(400, "invalid_grant", reason));
    assert_eq!(exchange, refused(400, "invalid_request", reason));
    let asked = journey.world.t1().introspect(B, &from_it).await;
    assert_eq!(asked.json(), json!({ "active": false }));
    assert_eq!(journey.refresh_user().await.said(), allowed());
}
