//! Authorization codes: once, by their client, with the verifier (SPEC rows OA-18 to OA-21, PK-02 to PK-07).

use crate::tokens::{ALICE, SignIn, VERIFIER, api};
use crate::world::{CALLBACK, World, put};
use stead_core::commit::Change;
use stead_core::denied::Denied;
use stead_core::model::code::CodeGrant;
use stead_core::model::permission::ConsentRule;
use stead_proto::authorize::CodeChallenge;
use stead_proto::scope::OpenIdScope;
use stead_proto::secret::{AuthorizationCode, CodeVerifier};

async fn world() -> World {
    let world = World::new().await;
    world.write(vec![put(api("reports", "Reports.Read Reports.Write"))]).await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    world
}

/// The parameters of a sound redemption, with some replaced; empty ones are left out.
async fn redeem(
    world: &World,
    code: &AuthorizationCode,
    changes: &[(&str, &str)],
) -> Result<(), Denied> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        form.retain(|(sent, _)| sent != name);
        form.push((name, value));
    }
    form.retain(|(_, value)| !value.is_empty());
    world.ask("dashboard", &form).await.map(drop)
}

/// A code whose authorization request named the redirect URI.
async fn code(world: &World) -> AuthorizationCode {
    let code = AuthorizationCode::new(format!("a code, {}", world.moment().code().expose()));
    let grant = CodeGrant {
        authorization: ALICE.authorization(world.now()),
        redirect_uri: Some(CALLBACK.into()),
        challenge: CodeChallenge::of(&CodeVerifier::new(VERIFIER)),
        nonce: None,
        expires: world.now() + world.sts.settings.code,
    };
    world.write(vec![Change::PutCode(code.hash(), Box::new(grant))]).await;
    code
}

#[tokio::test]
async fn oa_18_a_code_used_twice_ends_all_that_came_of_it() {
    let world = world().await;
    let offline: &[OpenIdScope] = &[OpenIdScope::OfflineAccess];
    let sign_in = SignIn { openid: offline, ..ALICE };
    let code = world.code(&sign_in).await;
    let first = world.redeem("dashboard", &code).await.unwrap();
    let next = world.refresh("dashboard", &first.refresh_token.unwrap()).await.unwrap();
    let other = SignIn { session: "s-2", family: "f-2", openid: offline, ..ALICE };
    let unrelated = world.sign_in(&other).await;
    assert!(world.is_active("reports", &first.access_token).await);

    assert_eq!(world.redeem("dashboard", &code).await.unwrap_err(), Denied::CodeSpent);
    assert!(!world.is_active("reports", &first.access_token).await);
    assert!(!world.is_active("reports", &next.access_token).await);
    assert!(world.refresh("dashboard", &next.refresh_token.unwrap()).await.is_err());
    assert!(world.is_active("reports", &unrelated.access_token).await);
    assert!(world.refresh("dashboard", &unrelated.refresh_token.unwrap()).await.is_ok());
}

#[tokio::test]
async fn oa_20_pk_02_06_what_does_not_fit_is_refused_and_burns_the_code() {
    let short = VERIFIER.get(..42).unwrap();
    let long = "a".repeat(129);
    let rows: [(&[(&str, &str)], Denied); 8] = [
        (&[("code_verifier", "")], Denied::VerifierWrong),
        (
            &[("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")],
            Denied::VerifierWrong,
        ),
        (&[("code_verifier", short)], Denied::VerifierWrong),
        (&[("code_verifier", &long)], Denied::VerifierWrong),
        (&[("redirect_uri", "https://dashboard.example/other")], Denied::RedirectUriMismatch),
        (&[("redirect_uri", "https://dashboard.example/cb/")], Denied::RedirectUriMismatch),
        (&[("redirect_uri", "")], Denied::RedirectUriMismatch),
        (&[("resource", "api://data")], Denied::TargetUnknown),
    ];
    for (changes, expected) in rows {
        let world = world().await;
        let code = code(&world).await;
        assert_eq!(redeem(&world, &code, changes).await, Err(expected), "{changes:?}");
        let afterwards = redeem(&world, &code, &[]).await;
        assert_eq!(afterwards, Err(Denied::CodeSpent), "{changes:?} burns it");
    }
    let world = world().await;
    assert_eq!(redeem(&world, &code(&world).await, &[]).await, Ok(()), "the positive twin");
}

#[tokio::test]
async fn pk_07_the_verifier_of_another_sign_in_burns_the_code() {
    let world = world().await;
    let code = code(&world).await;
    let others = "another-verifier-another-verifier-another-1";
    assert_eq!(
        redeem(&world, &code, &[("code_verifier", others)]).await,
        Err(Denied::VerifierWrong)
    );
    assert_eq!(redeem(&world, &code, &[]).await, Err(Denied::CodeSpent));
}

#[tokio::test]
async fn oa_21_a_code_is_worth_nothing_after_a_minute() {
    let world = world().await;
    let (in_time, late) = (code(&world).await, code(&world).await);
    world.pass(59);
    assert_eq!(redeem(&world, &in_time, &[]).await, Ok(()));
    world.pass(1);
    assert_eq!(redeem(&world, &late, &[]).await, Err(Denied::CodeExpired));
}

#[tokio::test]
async fn a_code_is_no_use_to_another_client_and_nothing_to_its_own_afterwards() {
    let world = world().await;
    let stolen = code(&world).await;
    world.change("reports", |app| app.redirect_uris = vec![CALLBACK.into()]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", stolen.expose()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(world.ask("reports", &form).await.unwrap_err(), Denied::CodeNotForClient);
    assert_eq!(redeem(&world, &stolen, &[]).await, Err(Denied::CodeSpent));
    assert_eq!(
        redeem(&world, &AuthorizationCode::new("guess"), &[]).await,
        Err(Denied::CodeUnknown)
    );
}
