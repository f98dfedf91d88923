//! Changing what is on file: what is checked, what ends with it, what the record says.

use crate::world::{World, application, audience, edge, permission, set, user};
use stead_core::admin::consents::NewConsent;
use stead_core::admin::{Admin, AdminError, By, Put};
use stead_core::commit::Conflict;
use stead_core::model::application::{Application, Credential, Kind};
use stead_core::model::managed::Managed;
use stead_core::model::permission::Whom;
use stead_core::model::revocation::Ancestor;
use stead_core::model::user::{Group, PasswordHash, User};
use stead_core::record::Event;
use stead_proto::id::{ClientId, GroupId, Subject};
use stead_proto::time::Seconds;

fn admin(world: &World) -> Admin<'_> {
    Admin::new(&world.sts, By::Admin("ada".into()))
}

fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

fn id_of(name: &str) -> Subject {
    Subject::parse(format!("id-of-{name}")).unwrap()
}

fn in_a_file(line: usize) -> Managed {
    Managed::File { file: "apps.toml".into(), line }
}

/// What was revoked, newest first.
async fn revoked(world: &World) -> Vec<(Ancestor, String)> {
    let facts = world.sts.store.all_revocations(10).await.unwrap();
    facts.into_iter().map(|fact| (fact.about, fact.why)).collect()
}

/// What the last record says was changed, and by whom.
async fn last_change(world: &World) -> (String, Vec<String>) {
    match world.last_record().await.0 {
        Event::Change { by, changes } => (by, changes),
        other => panic!("the last record is no change: {other:?}"),
    }
}

fn mistakes(result: Result<impl Sized, AdminError>) -> Vec<String> {
    match result {
        Err(AdminError::Invalid(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("not a list of mistakes: {other}"),
        Ok(_) => panic!("nothing was found wrong"),
    }
}

#[tokio::test]
async fn a_new_edge_is_put_on_file_and_said_in_the_record() {
    let world = World::new().await;
    let before = admin(&world).application(&client("reports")).await.unwrap();
    let after = Application { may_act: vec![edge("api://data", "Rows.Read")], ..before };
    let put = admin(&world).put_application(after.clone(), &world.moment()).await.unwrap();
    assert_eq!(put, Put::Replaced(after.clone()));
    assert_eq!(admin(&world).application(&client("reports")).await.unwrap(), after);
    assert_eq!(
        last_change(&world).await,
        (
            "admin:ada".to_owned(),
            vec![
                "application reports: may_act added towards api://data (Rows.Read) for everyone"
                    .to_owned()
            ]
        )
    );
}

#[tokio::test]
async fn putting_the_same_again_changes_nothing_and_records_nothing() {
    let world = World::new().await;
    let same = admin(&world).application(&client("reports")).await.unwrap();
    let before = world.sts.store.heads().await.unwrap();
    admin(&world).put_application(same, &world.moment()).await.unwrap();
    assert_eq!(world.sts.store.heads().await.unwrap(), before);
}

#[tokio::test]
async fn every_mistake_of_an_application_is_said_at_once() {
    let world = World::new().await;
    let mut wrong = application("new", Kind::Spa);
    wrong.redirect_uris = vec!["http://evil.example/cb".into()];
    wrong.permissions = vec![permission("api://reports", "Reports.Raed")];
    wrong.may_act = vec![edge("api://nobody", "X")];
    wrong.tokens.lifetime = Some(Seconds(0));
    let head = world.sts.store.heads().await.unwrap();
    assert_eq!(
        mistakes(admin(&world).put_application(wrong, &world.moment()).await),
        [
            "application new, redirect_uris[0]: http://evil.example/cb: http is for this very machine only \
             (localhost, 127.0.0.1, [::1]): use https",
            "application new, may_act: an application of this kind proves nothing, so it acts on nobody's behalf",
            "application new, permission[0].scopes: api://reports offers no scope Reports.Raed",
            "application new, may_act[0].towards: no application has the audience api://nobody",
            "application new, tokens.lifetime: a token that lives for no time at all is of no use",
        ]
    );
    assert_eq!(world.sts.store.heads().await.unwrap(), head);
}

#[tokio::test]
async fn a_token_is_set_to_live_for_a_day_at_most() {
    let world = World::new().await;
    let mut new = application("new", Kind::Web);
    new.tokens.lifetime = Some(Seconds(86_401));
    assert_eq!(
        mistakes(admin(&world).put_application(new.clone(), &world.moment()).await),
        ["application new, tokens.lifetime: a token lives for a day at most"]
    );
    new.tokens.lifetime = Some(Seconds(86_400));
    assert!(admin(&world).put_application(new, &world.moment()).await.is_ok());
}

#[tokio::test]
async fn an_unknown_scope_comes_with_those_that_are_offered() {
    let world = World::new().await;
    let mut wrong = application("new", Kind::Web);
    wrong.permissions = vec![permission("api://data", "Rows.Raed")];
    let Err(AdminError::Invalid(found)) =
        admin(&world).put_application(wrong, &world.moment()).await
    else {
        panic!("nothing was found wrong")
    };
    assert_eq!(found[0].word.as_deref(), Some("Rows.Raed"));
    assert_eq!(found[0].candidates, ["Rows.Read", "Rows.Write"]);
}

#[tokio::test]
async fn kb_21_a_name_that_is_anothers_but_for_a_slash_or_case_is_refused() {
    let world = World::new().await;
    for name in ["api://data", "api://data/", "api://DATA", "reports", "id-of-nobody"] {
        let mut twin = application("twin", Kind::WebApi);
        twin.audience = Some(audience(name));
        let result = admin(&world).put_application(twin, &world.moment()).await;
        if name == "id-of-nobody" {
            assert!(matches!(result, Ok(Put::Added(_))), "{name}");
        } else {
            assert_eq!(mistakes(result).len(), 1, "{name}");
        }
    }
    let issuer = world.sts.issuer.as_str().to_owned();
    let mut server = application("server", Kind::WebApi);
    server.audience = Some(audience(&issuer));
    let found = mistakes(admin(&world).put_application(server, &world.moment()).await);
    assert_eq!(found, ["application server, audience: it is the name of this server"]);
    let named = application(&issuer, Kind::WebApi);
    let found = mistakes(admin(&world).put_application(named, &world.moment()).await);
    assert_eq!(found, [format!("application {issuer}, id: it is the name of this server")]);
}

#[tokio::test]
async fn kb_27_a_client_is_not_called_like_a_user() {
    let world = World::new().await;
    let wrong = application("id-of-alice", Kind::WebApi);
    assert_eq!(mistakes(admin(&world).put_application(wrong, &world.moment()).await).len(), 1);
    let wrong = User { id: Subject::parse("reports").unwrap(), ..user("dave", &[]) };
    assert_eq!(mistakes(admin(&world).put_user(wrong, &world.moment()).await).len(), 1);
    let right = user("dave", &["employees"]);
    assert!(admin(&world).put_user(right, &world.moment()).await.is_ok());
}

#[tokio::test]
async fn disabling_an_application_ends_its_tokens_in_the_same_commit_and_enabling_does_not() {
    let world = World::new().await;
    let id = client("reports");
    let head = world.sts.store.heads().await.unwrap()[0].head.seq;
    let stopped = admin(&world).disable_application(&id, &world.moment()).await.unwrap();
    assert!(!stopped.enabled);
    assert_eq!(revoked(&world).await, [(Ancestor::Client(id.clone()), "disabled".to_owned())]);
    assert_eq!(world.sts.store.heads().await.unwrap()[0].head.seq, head + 1);
    assert_eq!(last_change(&world).await.1, ["application reports: disabled"]);

    admin(&world).enable_application(&id, &world.moment()).await.unwrap();
    assert_eq!(revoked(&world).await.len(), 1);
}

#[tokio::test]
async fn deleting_an_application_withdraws_what_was_consented_to_it() {
    let world = World::new().await;
    let consent = give(&world).await;
    admin(&world).delete_application(&client("dashboard"), &world.moment()).await.unwrap();
    assert!(matches!(admin(&world).consent(&consent).await, Err(AdminError::NotFound(_))));
    assert_eq!(
        revoked(&world).await,
        [(Ancestor::Client(client("dashboard")), "deleted".to_owned())]
    );
    assert!(matches!(
        admin(&world).application(&client("dashboard")).await,
        Err(AdminError::NotFound(_))
    ));
}

async fn give(world: &World) -> stead_proto::id::ConsentId {
    let new = NewConsent {
        client: client("dashboard"),
        resource: audience("api://reports"),
        scopes: set("Reports.Read"),
        whom: Whom::Everyone,
    };
    admin(world).give_consent(new, &world.moment()).await.unwrap().id
}

#[tokio::test]
async fn withdrawing_a_consent_removes_it_and_ends_what_rests_on_it() {
    let world = World::new().await;
    let id = give(&world).await;
    assert_eq!(admin(&world).consents(None, None).await.unwrap().len(), 1);
    admin(&world).withdraw_consent(&id, &world.moment()).await.unwrap();
    assert_eq!(admin(&world).consents(None, None).await.unwrap(), []);
    assert_eq!(revoked(&world).await, [(Ancestor::Consent(id), "withdrawn".to_owned())]);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_as_a_hash_until_it_is_removed() {
    let world = World::new().await;
    let id = client("reports");
    let moment = world.moment();
    let new = admin(&world).add_secret(&id, Some(Seconds(60)), &moment).await.unwrap();
    assert_eq!(new.secret.expose().len(), 43);
    let on_file = admin(&world).application(&id).await.unwrap().credentials;
    let expires = Some(world.now() + Seconds(60));
    assert_eq!(on_file, [Credential::Secret { hash: new.secret.hash(), expires }]);
    let (_, lines) = last_change(&world).await;
    assert!(!lines.concat().contains(new.secret.expose()), "{lines:?}");

    // An entry that is put again keeps it.
    let again = application("reports", Kind::WebApi);
    let put = admin(&world).put_application(again, &world.moment()).await.unwrap().item();
    assert_eq!(put.credentials, on_file);

    assert!(admin(&world).remove_credential(&id, "secret-other", &world.moment()).await.is_err());
    admin(&world).remove_credential(&id, &new.name, &world.moment()).await.unwrap();
    assert_eq!(admin(&world).application(&id).await.unwrap().credentials, []);
}

#[tokio::test]
async fn a_public_application_gets_no_secret() {
    let world = World::new().await;
    let result = admin(&world).add_secret(&client("dashboard"), None, &world.moment()).await;
    assert_eq!(mistakes(result).len(), 1);
}

#[tokio::test]
async fn a_new_password_and_disabling_shut_a_user_out_and_a_new_group_does_not() {
    let world = World::new().await;
    let alice = world.user("alice").await;
    let moved = User { groups: [].into(), ..alice.clone() };
    admin(&world).put_user(moved, &world.moment()).await.unwrap();
    assert_eq!(last_change(&world).await.1, ["user alice: group removed employees"]);
    assert_eq!(revoked(&world).await, []);

    let hash = PasswordHash::new("$argon2id$new");
    admin(&world).set_password(&alice.id, hash, &world.moment()).await.unwrap();
    let about = Ancestor::User(alice.id.clone());
    assert_eq!(revoked(&world).await, [(about.clone(), "password changed".to_owned())]);
    assert_eq!(last_change(&world).await.1, ["user alice: password changed"]);

    world.pass(1);
    admin(&world).disable_user(&alice.id, &world.moment()).await.unwrap();
    assert!(revoked(&world).await.contains(&(about, "disabled".to_owned())));
    assert!(!world.user("alice").await.enabled);
}

#[tokio::test]
async fn a_user_name_is_had_once_in_whatever_case() {
    let world = World::new().await;
    let mut twin = user("dave", &[]);
    twin.username = "ALICE".parse().unwrap();
    let result = admin(&world).put_user(twin, &world.moment()).await;
    let Err(AdminError::Conflict(conflict)) = result else { panic!("{result:?}") };
    assert_eq!(conflict, Conflict::UsernameTaken { by: id_of("alice") });
}

#[tokio::test]
async fn what_a_file_manages_is_changed_in_the_file_only() {
    let world = World::new().await;
    world.change("reports", |it| it.managed = in_a_file(7)).await;
    let id = client("reports");
    let error = admin(&world).disable_application(&id, &world.moment()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "application reports is managed by a file: change it at apps.toml:7"
    );
    assert!(admin(&world).add_secret(&id, None, &world.moment()).await.is_err());
    assert!(admin(&world).delete_application(&id, &world.moment()).await.is_err());
    // What stops something at once is not kept from anybody.
    admin(&world).revoke(Ancestor::Client(id), "its secret leaked", &world.moment()).await.unwrap();
}

#[tokio::test]
async fn revoking_says_why_and_by_whom_and_refuses_what_nobody_is_called() {
    let world = World::new().await;
    let bob = Ancestor::User(id_of("bob"));
    admin(&world).revoke(bob.clone(), "left", &world.moment()).await.unwrap();
    assert_eq!(revoked(&world).await, [(bob.clone(), "left".to_owned())]);
    let expected = Event::Revoked { by: "admin:ada".into(), about: bob };
    assert_eq!(world.last_record().await.0, expected);

    let nobody = Ancestor::User(id_of("nobody"));
    let result = admin(&world).revoke(nobody, "left", &world.moment()).await;
    assert!(matches!(result, Err(AdminError::NotFound(_))));
    let result = admin(&world).revoke(Ancestor::User(id_of("bob")), " ", &world.moment()).await;
    assert_eq!(mistakes(result).len(), 1);
}

#[tokio::test]
async fn a_group_comes_and_goes_with_its_memberships() {
    let world = World::new().await;
    let id = GroupId::parse("auditors").unwrap();
    let group = Group { id: id.clone(), description: "They look".into(), managed: Managed::Api };
    let put = admin(&world).put_group(group.clone(), &world.moment()).await.unwrap();
    assert_eq!(put, Put::Added(group));
    let bob = User { groups: [id.clone()].into(), ..world.user("bob").await };
    admin(&world).put_user(bob, &world.moment()).await.unwrap();
    admin(&world).delete_group(&id, &world.moment()).await.unwrap();
    assert!(world.user("bob").await.groups.is_empty());
    assert!(matches!(admin(&world).group(&id).await, Err(AdminError::NotFound(_))));
}

#[tokio::test]
async fn the_chain_of_records_is_whole_over_many_pages() {
    let world = World::new().await;
    for _ in 0..1100 {
        world.write(vec![]).await;
    }
    let found = admin(&world).verify_records().await.unwrap();
    assert_eq!(found.broken, None);
    assert_eq!(found.verified, found.chains[0].head.seq);
    assert!(found.verified > 1100);
}
