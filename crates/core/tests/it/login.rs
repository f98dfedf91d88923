//! Authorization requests: from the query to the code, and every way to be turned down.

use crate::tab::{Tab, alices_browser, answered, error, granted, kind};
use crate::world::{CALLBACK, NOON, World, application, audience, permission, put, set};
use stead_core::login::{AccountChoice, SignInPage, Step, WhySignIn};
use stead_core::model::application::Kind;
use stead_core::model::code::Authorization;
use stead_core::model::permission::{Assignment, ConsentRule, Whom};
use stead_core::record::{Event, Outcome};
use stead_proto::acr::{Acr, Amr};
use stead_proto::authorize::AuthorizeOutcome;
use stead_proto::delegation::MayAct;
use stead_proto::id::ClientId;
use stead_proto::scope::OpenIdScope;
use stead_proto::time::Seconds;

#[tokio::test]
async fn a_user_signs_in_agrees_and_the_client_gets_a_code_for_exactly_that() {
    let world = World::new().await;
    world
        .change("dashboard", |app| {
            app.permissions[0].exchange_by = Some(ClientId::parse("reports").unwrap());
        })
        .await;
    let mut tab = Tab::open("openid+api://reports/Reports.Read", "nonce=n-1&login_hint=alice");
    let Step::SignIn(page) = tab.step(&world).await else { panic!("nobody is signed in") };
    assert_eq!(
        page,
        SignInPage {
            client_name: "The dashboard".into(),
            resource_name: Some("The reports".into()),
            login_hint: Some("alice".into()),
            why: WhySignIn::First,
        }
    );

    let response = tab.through(&world, "alice").await;

    let grant = granted(&world, &response).await;
    assert_eq!(grant.nonce.as_deref(), Some("n-1"));
    assert_eq!(grant.redirect_uri.as_deref(), Some(CALLBACK));
    assert_eq!(grant.expires, NOON + Seconds(60));
    let consents = world.sts.store.consents(None, None).await.unwrap();
    let session = grant.authorization.session.clone();
    assert_eq!(
        grant.authorization,
        Authorization {
            family: grant.authorization.family.clone(),
            client: ClientId::parse("dashboard").unwrap(),
            subject: world.user("alice").await.id,
            session,
            session_expires: NOON + Seconds(12 * 3600),
            auth_time: NOON,
            acr: Acr::Password,
            amr: vec![Amr::Pwd],
            resource: Some(audience("api://reports")),
            scopes: set("Reports.Read"),
            openid: [OpenIdScope::Openid].into(),
            asked: vec!["openid".into(), "api://reports/Reports.Read".into()],
            consents: consents.into_iter().map(|consent| consent.id).collect(),
            may_act: Some(MayAct { sub: ClientId::parse("reports").unwrap(), iss: None }),
            since: NOON,
        }
    );
    let (event, outcome) = world.last_record().await;
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(
        event,
        Event::Authorize {
            client: Some(ClientId::parse("dashboard").unwrap()),
            subject: Some(world.user("alice").await.id),
            resource: Some(audience("api://reports")),
        }
    );
}

#[tokio::test]
async fn oa_03_04_05_an_unknown_client_or_redirect_uri_is_shown_and_never_redirected() {
    let world = World::new().await;
    world.change("data", |app| app.enabled = false).await;
    let challenge = "response_type=code&code_challenge_method=S256\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&scope=openid";
    for (query, reason) in [
        (format!("client_id=nobody&redirect_uri={CALLBACK}"), "client-unproven"),
        (format!("client_id=data&redirect_uri={CALLBACK}"), "client-disabled"),
        ("client_id=dashboard&redirect_uri=https://evil.example".into(), "redirect-uri-unknown"),
        (format!("client_id=dashboard&redirect_uri={CALLBACK}/"), "redirect-uri-unknown"),
        (format!("redirect_uri={CALLBACK}"), "authorize-malformed"),
        ("client_id=dashboard&client_id=dashboard".into(), "authorize-malformed"),
    ] {
        let step = Tab::raw(&format!("{query}&{challenge}")).step(&world).await;
        let Step::ErrorPage(denied, _) = step else { panic!("{query}: {step:?}") };
        assert_eq!((denied.reason(), world.last_reason().await.as_str()), (reason, reason));
    }
    // The only registered one may be left out.
    let step = Tab::raw(&format!("client_id=dashboard&{challenge}")).step(&world).await;
    assert_eq!(kind(&step), "sign in");
    world.change("dashboard", |app| app.redirect_uris.push("https://other.example".into())).await;
    let step = Tab::raw(&format!("client_id=dashboard&{challenge}")).step(&world).await;
    assert_eq!(kind(&step), "error page");
}

#[tokio::test]
async fn what_is_wrong_beyond_that_the_client_hears_with_its_state_and_our_name() {
    let world = World::new().await;
    let tab = Tab::raw(&format!(
        "client_id=dashboard&redirect_uri={CALLBACK}&state=a%26b&response_mode=fragment&scope=openid"
    ));
    let response = answered(tab.step(&world).await);
    let location = response.location().unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}#error=invalid_request&")), "{location}");
    let said = response.parameters();
    assert!(said.contains(&("state", "a&b".into())));
    assert!(said.contains(&("iss", "https://id.example/t1/v2.0".into())));
    let page = "https://id.example/errors#authorize-malformed";
    assert!(said.contains(&("error_uri", page.into())));
    assert_eq!(world.last_reason().await, "authorize-malformed");
}

#[tokio::test]
async fn ri_03_a_resource_nobody_offers_is_an_invalid_target_before_anybody_signs_in() {
    let world = World::new().await;
    world.change("data", |app| app.enabled = false).await;
    for (scope, code, reason) in [
        ("api://nowhere/X", "invalid_target", "target-unknown"),
        ("api://data/Rows.Read", "invalid_target", "target-unknown"),
        ("api://reports/Nothing", "invalid_scope", "scope-unknown"),
        ("api://reports/Reports.Admin", "invalid_scope", "scope-not-permitted"),
        ("profile", "invalid_scope", "scope-empty"),
    ] {
        assert_eq!(error(Tab::open(scope, "").step(&world).await), code, "{scope}");
        assert_eq!(world.last_reason().await, reason, "{scope}");
    }
    let known = Tab::open("api://reports/Reports.Read", "").step(&world).await;
    assert_eq!(kind(&known), "sign in");
    world.change("data", |app| app.enabled = true).await;
    let without_permission = Tab::open("api://data/Rows.Read", "").step(&world).await;
    assert_eq!(error(without_permission), "invalid_target");
}

#[tokio::test]
async fn at_05_scopes_without_a_resource_mean_the_only_one_that_offers_them() {
    let world = World::new().await;
    let mut tab = Tab::open("Reports.Read", "");
    let grant = granted(&world, &tab.through(&world, "alice").await).await;
    assert_eq!(grant.authorization.resource, Some(audience("api://reports")));

    let mut twin = application("twin", Kind::WebApi);
    twin.audience = Some(audience("api://twin"));
    twin.scopes = [("Reports.Read".to_owned().try_into().unwrap(), "Read".to_owned())].into();
    world.write(vec![put(twin)]).await;
    world
        .change("dashboard", |app| app.permissions.push(permission("api://twin", "Reports.Read")))
        .await;
    assert_eq!(error(Tab::open("Reports.Read", "").step(&world).await), "invalid_scope");
    assert_eq!(kind(&Tab::open("Reports.Write", "").step(&world).await), "sign in");
    assert_eq!(error(Tab::open("Nothing", "").step(&world).await), "invalid_scope");
}

#[tokio::test]
async fn a_user_gives_no_more_than_they_have() {
    let world = World::new().await;
    world
        .change("reports", |app| {
            app.assignments = vec![Assignment {
                applies_to: Whom::User(stead_proto::id::Subject::parse("id-of-alice").unwrap()),
                scopes: set("Reports.Read"),
            }];
        })
        .await;
    let mut named = Tab::open("api://reports/Reports.Write", "");
    named.sign_in(&world, "alice").await;
    assert_eq!(error(named.step(&world).await), "invalid_scope");
    assert_eq!(world.last_reason().await, "scope-not-assigned");

    let mut all = Tab::open("api://reports/.default", "");
    let grant = granted(&world, &all.through(&world, "alice").await).await;
    assert_eq!(grant.authorization.scopes, set("Reports.Read"));
}

#[tokio::test]
async fn openid_alone_is_for_userinfo_and_needs_no_permission() {
    let world = World::new().await;
    world.change("dashboard", |app| app.permissions.clear()).await;
    let mut tab = Tab::open("openid+profile", "");
    tab.sign_in(&world, "alice").await;
    let grant = granted(&world, &answered(tab.step(&world).await)).await;
    assert_eq!(grant.authorization.resource, None);
    assert_eq!(grant.authorization.openid, [OpenIdScope::Openid, OpenIdScope::Profile].into());
}

#[tokio::test]
async fn bc_07_a_silent_request_is_answered_from_the_session_or_refused() {
    let world = World::new().await;
    let silent = || Tab::open("api://reports/Reports.Read", "prompt=none");
    assert_eq!(error(silent().step(&world).await), "login_required");

    let browser = alices_browser(&world, "api://reports/Reports.Read").await;
    assert_eq!(kind(&silent().in_browser(&browser).step(&world).await), "code");

    let more = Tab::open("api://reports/Reports.Write", "prompt=none").in_browser(&browser);
    assert_eq!(error(more.step(&world).await), "consent_required");
    let other = Tab::open("openid", "prompt=none&login_hint=bob").in_browser(&browser);
    assert_eq!(error(other.step(&world).await), "interaction_required");
}

#[tokio::test]
async fn client_info_names_the_account_when_it_is_asked_for() {
    let world = World::new().await;
    let mut tab = Tab::open("openid", "client_info=1");
    let AuthorizeOutcome::Code { account, .. } = tab.through(&world, "alice").await.outcome else {
        panic!("no code")
    };
    let json = stead_proto::digest::from_base64url(&account.unwrap().client_info).unwrap();
    let expected = r#"{"uid":"id-of-alice","utid":"0b7e1f0a-0000-4000-8000-000000000001"}"#;
    assert_eq!(String::from_utf8(json).unwrap(), expected);

    let AuthorizeOutcome::Code { account, .. } =
        Tab::open("openid", "").through(&world, "alice").await.outcome
    else {
        panic!("no code")
    };
    assert_eq!(account, None);
}

#[tokio::test]
async fn oc_06_an_account_is_chosen_before_anything_is_granted() {
    let world = World::new().await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    let browser = alices_browser(&world, "openid").await;
    let mut tab = Tab::open("openid", "prompt=select_account").in_browser(&browser);
    let Step::ChooseAccount(page) = tab.step(&world).await else { panic!("it has to be asked") };
    assert_eq!((page.name.as_str(), page.username.as_str()), ("alice Example", "alice"));

    tab.choose(AccountChoice::Another);
    assert_eq!(kind(&tab.step(&world).await), "sign in");
    tab.choose(AccountChoice::This(page.session));
    assert_eq!(kind(&tab.step(&world).await), "code");
}
