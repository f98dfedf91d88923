//! What is kept is no loss, and each sort of loss is found.

use super::*;
use std::sync::Arc;
use stead_core::commit::{Change, Commit};
use stead_core::model::code::CodeGrant;
use stead_core::model::revocation::Revocation;
use stead_proto::id::{TenantId, TraceId};
use stead_proto::time::Timestamp;
use stead_store::Memory;

const NOON: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A store that keeps what it is told, and a ledger of what it acknowledged.
struct World {
    store: Arc<dyn Store>,
    ledger: Ledger,
}

impl World {
    fn new() -> Self {
        let store = Memory::new().tenant(&TenantId::parse("t").unwrap());
        Self { store, ledger: Ledger::default() }
    }

    async fn commit(&self, name: &str, changes: Vec<Change>, outcome: Outcome) {
        let record = Record {
            at: NOON,
            trace_id: TraceId::parse("t").unwrap(),
            correlation_id: Some(name.to_owned()),
            event: Event::Change { by: "test".into(), changes: Vec::new() },
            outcome,
        };
        self.store.commit(Commit { changes, record }).await.unwrap();
    }

    /// A code on file, promised.
    async fn code(&self, text: &str) -> Once {
        let once = Once::code(text);
        let Once::Code(hash) = &once else { panic!("{once}") };
        let put = Change::PutCode(*hash, Box::new(grant()));
        self.commit("issue", vec![put], Outcome::Done).await;
        self.ledger.issued(once.clone());
        once
    }

    async fn found(&self) -> Vec<Loss> {
        Inspector::default().look(&*self.store, &self.ledger, Depth::All).await.unwrap()
    }
}

fn grant() -> CodeGrant {
    serde_json::from_str(
        r#"{
            "authorization": {
                "family": "f", "client": "c", "subject": "s", "session": "s",
                "session_expires": 1800003600000, "auth_time": 1800000000000,
                "acr": "urn:stead:acr:password", "amr": ["pwd"], "resource": null, "scopes": [],
                "openid": [], "asked": [], "consents": [], "may_act": null, "since": 1800000000000
            },
            "redirect_uri": null, "challenge": "c", "nonce": null, "expires": 1800000060000
        }"#,
    )
    .unwrap()
}

fn spend(once: &Once) -> Change {
    let Once::Code(hash) = once else { panic!("{once}") };
    Change::SpendCode(*hash, NOON)
}

#[tokio::test]
async fn promises_that_were_kept_are_no_losses() {
    let world = World::new();
    let (used, open) = (world.code("used").await, world.code("open").await);
    let name = world.ledger.begin(Some(&used));
    world.commit(&name, vec![spend(&used)], Outcome::Done).await;
    world.ledger.answered(&name, Answer::Accepted(None));
    let unheard = world.ledger.begin(Some(&open));
    world.commit(&unheard, vec![spend(&open)], Outcome::Done).await;
    world.code("never used").await;
    assert_eq!(world.found().await, []);
}

#[tokio::test]
async fn an_answer_without_its_record_is_a_loss() {
    let world = World::new();
    let name = world.ledger.begin(None);
    world.ledger.answered(&name, Answer::Accepted(None));
    let other = world.ledger.begin(None);
    world.ledger.answered(&other, Answer::Refused);
    let lost = |name, answered| Loss::Unrecorded { name, answered };
    assert_eq!(world.found().await, [lost(name, "accepted"), lost(other, "refused")]);
}

#[tokio::test]
async fn a_refusal_that_stands_on_record_as_done_is_a_loss() {
    let world = World::new();
    let name = world.ledger.begin(None);
    world.commit(&name, Vec::new(), Outcome::Done).await;
    world.ledger.answered(&name, Answer::Refused);
    let how = "refused, and done on record";
    assert_eq!(world.found().await, [Loss::Contradicted { name, how }]);
}

#[tokio::test]
async fn what_was_used_for_two_requests_was_used_twice_though_nobody_heard_of_one() {
    let world = World::new();
    let once = world.code("code").await;
    let names = [world.ledger.begin(Some(&once)), world.ledger.begin(Some(&once))];
    world.commit(&names[0], vec![spend(&once)], Outcome::Done).await;
    world.commit(&names[1], Vec::new(), Outcome::Done).await;
    world.ledger.answered(&names[0], Answer::Accepted(None));
    assert_eq!(world.found().await, [Loss::Twice { once, names: names.to_vec() }]);
}

#[tokio::test]
async fn what_was_used_and_is_fresh_and_what_was_handed_out_and_is_gone_are_losses() {
    let world = World::new();
    let fresh = world.code("used").await;
    let name = world.ledger.begin(Some(&fresh));
    world.commit(&name, Vec::new(), Outcome::Done).await;
    world.ledger.answered(&name, Answer::Accepted(None));
    let gone = Once::refresh("never put on file");
    world.ledger.issued(gone.clone());
    assert_eq!(world.found().await, [Loss::Fresh(fresh), Loss::Gone(gone)]);
}

#[tokio::test]
async fn a_revocation_is_looked_for() {
    let world = World::new();
    let [kept, lost] = ["kept", "lost"].map(|id| Ancestor::Token(TokenId::parse(id).unwrap()));
    let fact = Revocation { about: kept.clone(), at: NOON, why: "test".into() };
    world.commit("revoke", vec![Change::Revoke(fact)], Outcome::Done).await;
    world.ledger.revoked(kept);
    assert_eq!(world.found().await, []);
    world.ledger.revoked(lost.clone());
    assert_eq!(world.found().await, [Loss::Revocation(lost)]);
}

#[tokio::test]
async fn a_consent_and_a_session_that_are_gone_are_losses() {
    let world = World::new();
    let consent = ConsentId::parse("c").unwrap();
    world.ledger.consent(consent.clone(), Standing::Withdrawn);
    assert_eq!(world.found().await, []);
    world.ledger.consent(consent.clone(), Standing::Given);
    world.ledger.session("secret");
    let found = world.found().await;
    assert_eq!(found[0], Loss::Consent(consent));
    assert!(matches!(found[1..], [Loss::Session(_)]), "{found:?}");
}
