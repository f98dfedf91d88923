//! Sessions: begun, renewed, ended; and how strongly somebody signed in.

use crate::tab::{Tab, alices_browser, answered, error, granted, kind};
use crate::world::{NOON, World, put_user};
use stead_core::login::{Asked, Browser, Progress, Step, Visit, WhySignIn};
use stead_core::model::revocation::Ancestor;
use stead_core::model::session::Session;
use stead_core::model::user::PasswordHash;
use stead_core::ports::StoreError;
use stead_core::record::{Event, Outcome};
use stead_proto::acr::{Acr, Amr};
use stead_proto::claims::{IdTokenClaims, Profile, Ver};
use stead_proto::form::Form;
use stead_proto::id::{ClientId, SessionId};
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::time::Seconds;

#[tokio::test]
async fn kd_08_signing_in_again_keeps_the_session_and_changes_its_secret() {
    let world = World::new().await;
    let mut tab = Tab::open("openid", "");
    let first = tab.sign_in(&world, "alice").await;
    world.pass(60);
    let old_browser = tab.browser.clone();
    let second = tab.sign_in(&world, "alice").await;
    assert_eq!(
        second.session,
        Session {
            secret: second.secret.hash(),
            auth_time: NOON + Seconds(60),
            acr: Acr::Reauthenticated,
            amr: vec![Amr::Pwd],
            expires: NOON + Seconds(60 + 12 * 3600),
            ..first.session
        }
    );
    let silent = |browser: &Browser| Tab::open("openid", "prompt=none").in_browser(browser);
    assert_eq!(kind(&silent(&tab.browser).step(&world).await), "code");
    assert_eq!(error(silent(&old_browser).step(&world).await), "login_required");
}

#[tokio::test]
async fn a_password_that_was_changed_while_it_was_being_checked_lets_nobody_in() {
    let world = World::new().await;
    let as_checked = world.user("alice").await;
    let mut changed = as_checked.clone();
    changed.password = Some(PasswordHash::new("$argon2id$of-another"));
    world.write(vec![put_user(changed.clone())]).await;

    let form = Form::default();
    let (browser, progress) = (Browser::default(), Progress::default());
    let asked = Asked::Form(&form);
    let visit = Visit { asked, browser: &browser, progress: &progress };
    let refused = world.sts.password_proved(&as_checked, &visit, &world.moment()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(world.sts.store.sessions(None, 10).await.unwrap().is_empty());
    assert!(world.sts.password_proved(&changed, &visit, &world.moment()).await.is_ok());
}

#[tokio::test]
async fn kd_08_another_user_gets_another_session_and_the_first_one_ends() {
    let world = World::new().await;
    let mut tab = Tab::open("openid", "");
    let alices = tab.sign_in(&world, "alice").await;
    let stolen = tab.browser.clone();
    let bobs = tab.sign_in(&world, "bob").await;
    assert_ne!(bobs.session.id, alices.session.id);
    assert_eq!((bobs.session.acr, bobs.session.user), (Acr::Password, world.user("bob").await.id));
    let alices = Ancestor::Session(alices.session.id);
    assert_eq!(world.sts.store.revocations(&[alices]).await.unwrap().len(), 1);
    let silent = Tab::open("openid", "prompt=none").in_browser(&stolen);
    assert_eq!(error(silent.step(&world).await), "login_required");
}

#[tokio::test]
async fn a_session_that_ended_in_any_way_signs_nobody_in() {
    let silent = |browser: &Browser| Tab::open("openid", "prompt=none").in_browser(browser);
    for how in ["not at all", "expired", "disabled", "signed out everywhere", "ended"] {
        let world = World::new().await;
        let mut tab = Tab::open("openid", "");
        let session = tab.sign_in(&world, "alice").await.session;
        world.pass(1);
        match how {
            "expired" => world.pass(12 * 3600),
            "disabled" => {
                let mut alice = world.user("alice").await;
                alice.enabled = false;
                world.write(vec![put_user(alice)]).await;
            }
            "signed out everywhere" => world.revoke(Ancestor::User(session.user)).await,
            "ended" => world.revoke(Ancestor::Session(session.id)).await,
            _ => {}
        }
        let expected = if how == "not at all" { "code" } else { "refusal" };
        assert_eq!(kind(&silent(&tab.browser).step(&world).await), expected, "{how}");
    }
}

#[tokio::test]
async fn signing_in_after_being_signed_out_everywhere_begins_a_new_session() {
    let world = World::new().await;
    let mut tab = Tab::open("openid", "");
    let first = tab.sign_in(&world, "alice").await.session;
    world.revoke(Ancestor::User(first.user)).await;
    world.pass(1);
    let second = tab.sign_in(&world, "alice").await.session;
    assert_ne!(second.id, first.id);
    assert_eq!(kind(&tab.step(&world).await), "code");
}

#[tokio::test]
async fn su_02_a_stronger_sign_in_is_reached_by_proving_it_again_in_the_same_session() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    world.pass(60);
    let mut tab = Tab::open("openid", "acr_values=urn:stead:acr:reauth").in_browser(&browser);
    let Step::SignIn(page) = tab.step(&world).await else { panic!("it has to be proved again") };
    assert_eq!((page.why, page.login_hint.as_deref()), (WhySignIn::Again, Some("alice")));
    tab.sign_in(&world, "alice").await;
    let grant = granted(&world, &answered(tab.step(&world).await)).await;
    assert_eq!(grant.authorization.acr, Acr::Reauthenticated);
    assert_eq!(grant.authorization.auth_time, NOON + Seconds(60));

    let beyond = Tab::open("openid", "acr_values=urn:stead:acr:mfa").in_browser(&tab.browser);
    assert_eq!(kind(&beyond.step(&world).await), "sign in");
}

#[tokio::test]
async fn su_02_who_is_asked_for_a_fresh_proof_and_gives_it_is_not_asked_twice() {
    let world = World::new().await;
    let mut tab = Tab::open("openid", "acr_values=urn:stead:acr:reauth");
    assert_eq!(kind(&tab.step(&world).await), "sign in");
    tab.sign_in(&world, "alice").await;
    let grant = granted(&world, &answered(tab.step(&world).await)).await;
    assert_eq!(grant.authorization.acr, Acr::Reauthenticated);
}

#[tokio::test]
async fn oc_04_a_prompt_for_login_is_answered_with_a_later_sign_in() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    world.pass(5);
    let mut tab = Tab::open("openid", "prompt=login").in_browser(&browser);
    assert_eq!(kind(&tab.step(&world).await), "sign in");
    tab.sign_in(&world, "alice").await;
    let grant = granted(&world, &answered(tab.step(&world).await)).await;
    assert_eq!(grant.authorization.auth_time, NOON + Seconds(5));
}

#[tokio::test]
async fn oc_08_an_id_token_of_another_user_does_not_fit_this_session() {
    let world = World::new().await;
    let browser = alices_browser(&world, "openid").await;
    for (name, expected) in [("alice", "code"), ("bob", "refusal")] {
        let hint = id_token(&world, name, "dashboard", "s");
        let tab = Tab::open("openid", &format!("prompt=none&id_token_hint={hint}"));
        assert_eq!(kind(&tab.in_browser(&browser).step(&world).await), expected, "{name}");
    }
    let hint = id_token(&world, "bob", "dashboard", "s");
    let tab = Tab::open("openid", &format!("id_token_hint={hint}")).in_browser(&browser);
    let Step::SignIn(page) = tab.step(&world).await else { panic!("bob has to sign in") };
    assert_eq!((page.why, page.login_hint.as_deref()), (WhySignIn::First, Some("bob")));
}

#[tokio::test]
async fn a_sign_in_and_a_failed_one_are_on_record_but_not_a_strangers_typing() {
    let world = World::new().await;
    let alice = world.user("alice").await;
    let new = Tab::open("openid", "").sign_in(&world, "alice").await;
    let event = |session: Option<SessionId>| Event::SignIn {
        username: Some(alice.username.clone()),
        subject: Some(alice.id.clone()),
        session,
    };
    assert_eq!(world.last_record().await, (event(Some(new.session.id)), Outcome::Done));

    world.sts.sign_in_failed("ALICE", &world.moment()).await.unwrap();
    assert_eq!(world.last_record().await.0, event(None));
    assert_eq!(world.last_reason().await, "password-wrong");

    world.sts.sign_in_failed("hunter2", &world.moment()).await.unwrap();
    let nobody = Event::SignIn { username: None, subject: None, session: None };
    assert_eq!(world.last_record().await.0, nobody);
}

#[tokio::test]
async fn a_name_leads_to_its_user_only_while_they_could_sign_in() {
    let world = World::new().await;
    let found = |name: &'static str| async {
        let user = world.sts.account_for(name).await.unwrap();
        user.map(|user| user.username.to_string())
    };
    assert_eq!(found("Alice ").await.as_deref(), Some("alice"));
    assert_eq!(found("nobody").await, None);
    assert_eq!(found("").await, None);
    let mut alice = world.user("alice").await;
    alice.password = None;
    world.write(vec![put_user(alice)]).await;
    assert_eq!(found("alice").await, None);
}

/// An ID token of ours, an hour out of date.
pub(crate) fn id_token(world: &World, name: &str, client: &str, session: &str) -> String {
    let subject = stead_proto::id::Subject::parse(format!("id-of-{name}")).unwrap();
    let claims = IdTokenClaims {
        iss: world.sts.issuer.clone(),
        sub: subject.clone(),
        aud: ClientId::parse(client).unwrap(),
        exp: world.now().secs() - 3600,
        iat: world.now().secs() - 7200,
        auth_time: world.now().secs() - 7200,
        nonce: None,
        acr: Acr::Password,
        amr: vec![Amr::Pwd],
        sid: SessionId::parse(session).unwrap(),
        oid: subject,
        tid: world.sts.tenant.id.clone(),
        ver: Ver::V2,
        profile: Profile::default(),
    };
    let ring = world.sts.ring();
    let token = ring.signer(Algorithm::Es256).unwrap().sign(Typ::IdToken, &claims).unwrap();
    token.expose().to_owned()
}
