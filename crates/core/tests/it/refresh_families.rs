//! Refresh tokens: each works once; a second use, or somebody else's, ends all that came of the same code
//! or exchange, and nothing besides.

use crate::tokens::{ALICE, SignIn, api, basic_of, block_on, scopes_of, works};
use crate::world::{World, edge, put, set};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;
use stead_core::denied::Denied;
use stead_core::model::permission::{ConsentRule, Edge};
use stead_core::model::revocation::Ancestor;
use stead_core::settings::Settings;
use stead_proto::error::Dialect;
use stead_proto::form;
use stead_proto::scope::OpenIdScope;
use stead_proto::secret::{Jwt, RefreshToken};
use stead_proto::time::Seconds;
use stead_proto::token_response::TokenResponse;

const OFFLINE: &[OpenIdScope] = &[OpenIdScope::OfflineAccess];

/// A world in which nobody has a grace, not even a page.
async fn world() -> World {
    let mut world = World::new().await;
    let settings = Settings { spa_refresh_grace: Seconds(0), ..Settings::default() };
    world.sts.settings = Arc::new(settings);
    let mut reports = api("reports", "Reports.Read Reports.Write");
    reports.may_act =
        vec![Edge { consent: ConsentRule::None, offline: true, ..edge("api://data", "Use") }];
    let mut other = api("other", "Use");
    other.may_act = reports.may_act.clone();
    world.write(vec![put(reports), put(other), put(api("data", "Use"))]).await;
    world.change("dashboard", |app| app.permissions[0].consent = ConsentRule::None).await;
    world
}

/// One family: who holds it, to whom its access tokens are addressed, all tokens ever issued.
struct Family {
    client: &'static str,
    resource: &'static str,
    refresh: Vec<RefreshToken>,
    access: Vec<Jwt>,
}

impl Family {
    fn of(client: &'static str, resource: &'static str, answer: TokenResponse) -> Self {
        let refresh = vec![answer.refresh_token.unwrap()];
        Self { client, resource, refresh, access: vec![answer.access_token] }
    }

    async fn of_sign_in(world: &World, session: &str, family: &str) -> Self {
        let sign_in = SignIn { session, family, openid: OFFLINE, ..ALICE };
        Self::of("dashboard", "reports", world.sign_in(&sign_in).await)
    }

    async fn of_exchange(world: &World, subject: &Jwt) -> Self {
        let who = ("reports", Dialect::Rfc8693);
        let target = ("api://data", "Use offline_access");
        Self::of("reports", "data", world.exchange(who, subject, target).await.unwrap())
    }

    async fn alive(&self, world: &World) -> Vec<bool> {
        let mut alive = Vec::new();
        for token in &self.access {
            alive.push(world.is_active(self.resource, token).await);
        }
        alive
    }
}

/// Uses tokens of one family in a random order; the model is one bit a token and one for the family.
async fn interleave(
    family: &mut Family,
    world: &World,
    uses: &[usize],
) -> Result<(), TestCaseError> {
    let (mut spent, mut ended) = (vec![false], false);
    for which in uses {
        let which = which % family.refresh.len();
        let token = family.refresh[which].clone();
        world.pass(1);
        let answer = world.refresh(family.client, &token).await;
        let works = !ended && !spent[which];
        prop_assert_eq!(answer.is_ok(), works, "{:?}", answer.err());
        ended |= spent[which];
        spent[which] |= works;
        if let Ok(answer) = answer {
            family.refresh.extend(answer.refresh_token);
            family.access.push(answer.access_token);
            spent.push(false);
        }
        prop_assert_eq!(family.refresh.len(), spent.len(), "each use hands out the next one");
        let alive = family.alive(world).await;
        prop_assert!(alive.iter().all(|alive| *alive != ended), "{alive:?}, ended: {ended}");
    }
    Ok(())
}

async fn families(uses: &[usize], of_exchange: bool) -> Result<(), TestCaseError> {
    let world = world().await;
    let mut sign_in = Family::of_sign_in(&world, "s-1", "f-1").await;
    let unrelated = Family::of_sign_in(&world, "s-2", "f-2").await;
    if of_exchange {
        let mut exchange = Family::of_exchange(&world, &sign_in.access[0]).await;
        interleave(&mut exchange, &world, uses).await?;
        prop_assert_eq!(sign_in.alive(&world).await, [true], "what it came from lives on");
        prop_assert!(world.refresh("dashboard", &sign_in.refresh[0]).await.is_ok());
    } else {
        interleave(&mut sign_in, &world, uses).await?;
    }
    prop_assert_eq!(unrelated.alive(&world).await, [true]);
    prop_assert!(world.refresh("dashboard", &unrelated.refresh[0]).await.is_ok());
    Ok(())
}

/// Mostly the newest token, as an honest client uses it; sometimes any.
fn uses() -> impl Strategy<Value = Vec<usize>> {
    vec(0usize..6, 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn after_a_reuse_nothing_of_the_family_works(uses in uses(), of_exchange in any::<bool>()) {
        block_on(families(&uses, of_exchange))?;
    }
}

#[tokio::test]
async fn an_honest_client_goes_on_for_as_long_as_it_likes() {
    let newest: Vec<usize> = (0..12).collect();
    families(&newest, false).await.unwrap();
    families(&newest, true).await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_in_the_hands_of_another_client_ends_its_family() {
    let world = world().await;
    let sign_in = Family::of_sign_in(&world, "s-1", "f-1").await;
    let family = Family::of_exchange(&world, &sign_in.access[0]).await;
    let stolen = world.refresh("other", &family.refresh[0]).await;
    assert_eq!(stolen.unwrap_err(), Denied::RefreshNotForClient);
    assert_eq!(family.alive(&world).await, [false]);
    assert!(world.refresh("reports", &family.refresh[0]).await.is_err());
    assert_eq!(sign_in.alive(&world).await, [true], "the user's own token is not to blame");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_token_used_twice_at_once_works_once_and_ends_its_own_family_only() {
    let world = world().await;
    let sign_in = Family::of_sign_in(&world, "s-1", "f-1").await;
    let family = Family::of_exchange(&world, &sign_in.access[0]).await;
    let basic = basic_of("reports");
    let token = family.refresh[0].expose().to_owned();
    let body = form::write(&[("grant_type", "refresh_token"), ("refresh_token", &token)]);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (sts, moment) = (world.sts.clone(), world.moment());
            let (basic, body) = (basic.clone(), body.clone());
            tokio::spawn(works(sts, (Some(basic), body), moment))
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(
        (family.alive(&world).await, sign_in.alive(&world).await),
        (vec![false], vec![true])
    );
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_along() {
    let world = world().await;
    let sign_in = Family::of_sign_in(&world, "s-1", "f-1").await;
    let family = Family::of_exchange(&world, &sign_in.access[0]).await;
    let basic = basic_of("reports");
    let body = form::write(&[("token", family.refresh[0].expose())]);
    world.sts.revoke(Some(&basic), body.as_bytes(), &world.moment()).await.unwrap();
    assert_eq!(
        (family.alive(&world).await, sign_in.alive(&world).await),
        (vec![false], vec![true])
    );
    assert!(world.refresh("reports", &family.refresh[0]).await.is_err());
}

#[tokio::test]
async fn a_client_that_was_revoked_loses_the_refresh_tokens_it_holds() {
    let world = world().await;
    let sign_in = Family::of_sign_in(&world, "s-1", "f-1").await;
    let family = Family::of_exchange(&world, &sign_in.access[0]).await;
    let reports = Ancestor::Client("reports".parse().unwrap());
    world.pass(1);
    world.revoke(reports.clone()).await;
    let refused = world.refresh("reports", &family.refresh[0]).await;
    assert_eq!(refused.unwrap_err(), Denied::SubjectTokenRevoked(reports));
}

#[tokio::test]
async fn what_was_granted_once_is_all_that_a_refresh_token_of_an_exchange_gives_again() {
    let world = world().await;
    world.write(vec![put(api("data", "Use More"))]).await;
    let wide = Edge { consent: ConsentRule::None, offline: true, ..edge("api://data", "Use More") };
    world.change("reports", |app| app.may_act = vec![wide]).await;
    let sign_in = Family::of_sign_in(&world, "s-1", "f-1").await;
    let mut token = Family::of_exchange(&world, &sign_in.access[0]).await.refresh.remove(0);
    let asked = async |token: &RefreshToken, scope: &str| {
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", token.expose()), ("scope", scope)];
        world.ask("reports", &form).await
    };
    for more in ["api://data/More", "api://data/Use api://data/More"] {
        let refused = asked(&token, more).await.unwrap_err();
        assert_eq!(refused, Denied::RefreshExceeds(set("More")), "{more}");
    }
    for same in ["api://data/Use", "api://data/.default", ""] {
        let answer = asked(&token, same).await.unwrap();
        assert_eq!(scopes_of(&world.claims(&answer.access_token)), set("Use"), "{same}");
        token = answer.refresh_token.unwrap();
    }
}
