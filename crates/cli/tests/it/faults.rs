//! Faults on purpose: set by command, seen on the wire, on record as what they are, and gone when cleared. A
//! server that emulates nobody has none.

use crate::emulated::{Emulated, refusal};
use crate::stead::Folder;
use serde_json::{Value, json};

#[tokio::test]
async fn each_kind_is_refused_as_it_would_be_in_earnest_and_the_same_request_is_answered_after_it()
{
    let emulated = Emulated::start();
    let token = emulated.user_token("alice", "wonderland", "").await;
    let none = || json!(null);
    for (kind, more, seen) in [
        ("consent-required", "", (400, None, "invalid_grant", json!("consent_required"), 65001)),
        ("blocked", "", (400, None, "invalid_grant", json!("message_only"), 53003)),
        ("user-disabled", "", (400, None, "invalid_grant", none(), 50057)),
        ("assertion-expired", "", (400, None, "invalid_grant", none(), 500_133)),
        ("throttled", "", (400, None, "temporarily_unavailable", none(), 50196)),
        ("overloaded", "--retry-after=7", (429, Some("7"), "temporarily_unavailable", none(), 0)),
        ("server-error", "", (500, None, "server_error", none(), 0)),
        ("server-unavailable", "", (503, None, "temporarily_unavailable", none(), 0)),
    ] {
        let set = ["fault", "set", kind, "--times", "1", "--client", "reports-api", more];
        let set: Vec<&str> = set.into_iter().filter(|word| !word.is_empty()).collect();
        let said = emulated.run(&set);
        assert!(said.ok, "{said:?}");
        let (status, after, error, suberror, number) = seen;
        let number = if number == 0 { Value::Null } else { json!(number) };
        let expected = (status, after.map(str::to_owned), [json!(error), suberror, number]);
        assert_eq!(refusal(emulated.exchange(&token).await).await, expected, "{kind}");
        assert!(emulated.exchange(&token).await.status().is_success(), "{kind} was for one time");
    }
    let records = emulated.run(&["audit", "list", "--denied", "--json"]);
    assert!(records.out.contains("on purpose: the user is disabled"), "{records:?}");
}

#[tokio::test]
async fn a_fault_strikes_whom_it_is_for_and_nobody_else_until_it_is_taken_back() {
    let emulated = Emulated::start();
    let alice = emulated.user_token("alice", "wonderland", "").await;
    let bob = emulated.user_token("bob", "blueprint", "").await;
    let set = ["fault", "set", "throttled", "--user", "alice", "--resource", "company-data"];
    assert!(emulated.run(&set).ok);
    for _ in 0..2 {
        assert_eq!(emulated.exchange(&alice).await.status().as_u16(), 400);
        assert!(emulated.exchange(&bob).await.status().is_success());
    }
    assert!(emulated.as_itself().await.status().is_success());
    let list = emulated.run(&["fault", "list"]);
    assert!(list.out.contains("throttled") && list.out.contains("api://company-data"), "{list:?}");
    assert!(emulated.run(&["fault", "clear", "1"]).ok);
    assert!(!emulated.run(&["fault", "clear", "1"]).ok);
    assert!(emulated.exchange(&alice).await.status().is_success());
}

#[tokio::test]
async fn a_step_up_on_purpose_is_met_by_signing_in_again_as_it_asks() {
    let emulated = Emulated::start();
    let weak = emulated.user_token("alice", "wonderland", "").await;
    let set = ["fault", "set", "step-up-required", "--resource", "api://company-data"];
    assert!(emulated.run(&set).ok);
    let refused: Value = emulated.exchange(&weak).await.json().await.unwrap();
    let claims = refused.get("claims").unwrap().as_str().unwrap();
    let asked = stead_proto::form::write(&[("claims", claims)]);
    let strong = emulated.user_token("alice", "wonderland", &format!("&{asked}")).await;
    assert!(emulated.exchange(&strong).await.status().is_success());
}

#[tokio::test]
async fn a_slow_answer_comes_after_others_that_were_asked_for_later() {
    let emulated = Emulated::start();
    let token = emulated.user_token("alice", "wonderland", "").await;
    assert!(emulated.run(&["fault", "set", "slow", "--user", "alice", "--delay", "60000"]).ok);
    let others = async {
        for _ in 0..5 {
            assert!(emulated.as_itself().await.status().is_success());
        }
    };
    tokio::select! {
        slow = emulated.exchange(&token) => panic!("it was not held up: {slow:?}"),
        () = others => {}
    }
    assert!(emulated.run(&["fault", "clear"]).ok);
    assert!(emulated.run(&["fault", "set", "slow", "--user", "alice", "--delay", "1"]).ok);
    assert!(emulated.exchange(&token).await.status().is_success());
}

#[tokio::test]
async fn keys_are_rotated_at_once_and_what_the_old_ones_signed_stays_good() {
    let emulated = Emulated::start();
    let keys = format!("/{}/discovery/v2.0/keys", emulated.said("/tenant_id"));
    let count = async |emulated: &Emulated| {
        emulated.get(&keys).await.get("keys").unwrap().as_array().unwrap().len()
    };
    let before = count(&emulated).await;
    let old = emulated.user_token("alice", "wonderland", "").await;
    assert!(emulated.run(&["fault", "set", "key-rotated"]).ok);
    assert_eq!(count(&emulated).await, 2 * before);
    let new = emulated.user_token("alice", "wonderland", "").await;
    assert_ne!(old.split('.').next(), new.split('.').next(), "the header names the key");
    assert!(emulated.exchange(&old).await.status().is_success());
}

#[test]
fn a_fault_that_makes_no_sense_is_refused() {
    let emulated = Emulated::start();
    for (more, why) in [
        (&["blocked", "--delay", "5"][..], "belongs to the kind slow"),
        (&["blocked", "--retry-after", "5"], "belongs to the kind overloaded"),
        (&["slow", "--delay", "600000"], "a minute is the longest"),
        (&["blocked", "--user", "nobody"], "there is no user nobody"),
        (&["blocked", "--client", "nobody"], "there is no application nobody"),
        (&["blocked", "--resource", "daemon"], "daemon is no resource"),
    ] {
        let said = emulated.run(&[&["fault", "set"], more].concat());
        assert!(!said.ok && said.err.contains(why), "{said:?}");
    }
    assert_eq!(emulated.run(&["fault", "list", "--json"]).out.trim(), "[]");
}

#[test]
fn a_server_that_emulates_nobody_has_no_faults() {
    let folder = Folder::started();
    let _server = folder.serve();
    for args in [
        &["fault", "set", "blocked"][..],
        &["fault", "set", "key-rotated"],
        &["fault", "list"],
        &["fault", "clear"],
    ] {
        let said = folder.run(args);
        assert!(!said.ok && said.err.contains("faults are for `stead emulate`"), "{said:?}");
    }
}
