//! What an honest authenticator's answers prove, and what a lying one's do not.

use super::*;
use crate::flow::{BrowserId, Place};
use crate::public_url;
use http::HeaderMap;
use std::net::SocketAddr;
use stead_core::denied::PasskeyFault;
use stead_core::login::PasskeyProof;
use stead_core::model::factors::Passkey;
use stead_core::model::user::User;
use stead_proto::acr::Amr;
use stead_proto::id::{CredentialId, Subject, TenantId};
use stead_proto::time::{Seconds, Timestamp};
use stead_store::MasterKey;
use testkit::PasskeyDevice;

const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);
const ORIGIN: &str = "https://id.example.com";

/// Everything around one ceremony.
struct Scene {
    rp: RelyingParty,
    master: MasterKey,
    tenant: TenantId,
    browser: BrowserId,
}

impl Scene {
    fn new() -> Self {
        Self {
            rp: relying_party(ORIGIN).unwrap(),
            master: MasterKey::ephemeral([7; 32]),
            tenant: TenantId::parse("t1").unwrap(),
            browser: BrowserId::of(&HeaderMap::new()),
        }
    }

    fn place(&self) -> Place<'_> {
        Place { master: &self.master, tenant: &self.tenant, browser: &self.browser, now: NOON }
    }

    /// Alice with a passkey of this authenticator.
    fn alice(&self, device: &mut PasskeyDevice) -> (User, Passkey) {
        let alice = user("alice");
        let asked = self.rp.ask_new(&alice, &[], &self.place()).unwrap();
        let answer = device.create(&asked.options);
        let enrolled = self.rp.enrolled(&asked.sealed, &answer, &alice.id, &self.place()).unwrap();
        let passkey = on_file(enrolled);
        (alice, passkey)
    }

    /// What this answer to a question for anybody proves of Alice.
    fn prove(
        &self,
        (alice, passkey): (&User, &Passkey),
        answer: impl FnOnce(&str) -> String,
    ) -> Result<PasskeyProof, PasskeyFault> {
        let asked = self.rp.ask_anybody(&self.place()).unwrap();
        let answer = answer(&asked.options);
        let assertion = Assertion::read(&asked.sealed, &answer, &self.place())?;
        self.rp.check(assertion, &alice.id, passkey, &self.place())
    }
}

fn relying_party(url: &str) -> Option<RelyingParty> {
    let bound = SocketAddr::from(([127, 0, 0, 1], 4711));
    RelyingParty::at(&public_url::resolved(url, bound).unwrap())
}

fn user(name: &str) -> User {
    let user = serde_json::json!({ "id": name, "username": name, "name": name, "enabled": true });
    serde_json::from_value(user).unwrap()
}

fn on_file(new: Enrolled) -> Passkey {
    Passkey {
        id: new.passkey,
        name: "Laptop".to_owned(),
        credential: new.credential,
        enrolled: NOON,
        last_used: None,
    }
}

/// How an authenticator is made to lie.
type Lie = fn(&mut PasskeyDevice);

#[test]
fn passkeys_are_for_hosts_with_a_name() {
    for (url, possible) in
        [(ORIGIN, true), ("https://localhost:8443", true), ("https://127.0.0.1:8443", false)]
    {
        assert_eq!(relying_party(url).is_some(), possible, "{url}");
    }
}

#[test]
fn an_honest_answer_proves_who_is_there_and_the_counter_is_kept() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    let (alice, passkey) = scene.alice(&mut device);
    let proof = scene.prove((&alice, &passkey), |asked| device.get(asked)).unwrap();
    assert_eq!((&proof.passkey, proof.key), (&passkey.id, Amr::Hwk));
    assert_ne!(proof.credential, passkey.credential);

    let later = Passkey { credential: proof.credential, ..passkey.clone() };
    scene.prove((&alice, &later), |asked| device.get(asked)).unwrap();
    device.manners.step = -1;
    let copied = scene.prove((&alice, &later), |asked| device.get(asked));
    assert_eq!(copied, Err(PasskeyFault::Counter));
}

#[test]
fn a_synchronised_passkey_says_so_and_may_count_nothing() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    (device.manners.synced, device.manners.step) = (true, 0);
    let (alice, passkey) = scene.alice(&mut device);
    let proof = scene.prove((&alice, &passkey), |asked| device.get(asked)).unwrap();
    assert_eq!(proof.key, Amr::Swk);
    device.manners.synced = false;
    let changed = scene.prove((&alice, &passkey), |asked| device.get(asked));
    assert_eq!(changed, Err(PasskeyFault::Changed));
}

#[test]
fn no_lie_proves_anything() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    let (alice, passkey) = scene.alice(&mut device);
    let honest = device.manners.clone();
    let lies: [(Lie, PasskeyFault); 6] = [
        (|it| it.manners.origin = "https://evil.example".into(), PasskeyFault::OtherOrigin),
        (|it| it.manners.origin = format!("{ORIGIN}:8443"), PasskeyFault::OtherOrigin),
        (|it| it.manners.framed = true, PasskeyFault::OtherOrigin),
        (|it| it.manners.host = Some("example.com".into()), PasskeyFault::OtherHost),
        (|it| it.manners.verified = false, PasskeyFault::NotVerified),
        (|it| it.keys[0].user = vec![7; 16], PasskeyFault::OtherUser),
    ];
    for (lie, fault) in lies {
        device.manners = honest.clone();
        lie(&mut device);
        let proof = scene.prove((&alice, &passkey), |asked| device.get(asked));
        assert_eq!(proof, Err(fault));
    }
}

#[test]
fn an_answer_that_was_changed_or_is_none_proves_nothing() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    let (alice, passkey) = scene.alice(&mut device);
    let mut prove = |change: fn(String) -> String| {
        scene.prove((&alice, &passkey), |asked| change(device.get(asked)))
    };
    assert!(prove(|answer| answer).is_ok());
    let padded = |answer: String| format!("{answer}{}", " ".repeat(16 * 1024));
    assert_eq!(prove(padded), Err(PasskeyFault::TooLong));
    for broken in ["", "{}", "[]", "null", "{\"id\":1}"] {
        let answered = scene.prove((&alice, &passkey), |_| broken.to_owned());
        assert_eq!(answered, Err(PasskeyFault::Malformed), "{broken}");
    }
    let resigned = prove(|answer| {
        let mut answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let data = answer["response"]["authenticatorData"].as_str().unwrap().to_owned();
        answer["response"]["signature"] = data.into();
        answer.to_string()
    });
    assert!(resigned.is_err());
}

#[test]
fn an_answer_fits_its_own_question_only_in_its_own_place_and_time() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    let (alice, passkey) = scene.alice(&mut device);
    let asked = scene.rp.ask_anybody(&scene.place()).unwrap();
    let other = scene.rp.ask_anybody(&scene.place()).unwrap();
    let answer = device.get(&asked.options);
    let check = |sealed: &str, place: &Place<'_>| {
        let assertion = Assertion::read(sealed, &answer, place)?;
        scene.rp.check(assertion, &alice.id, &passkey, place).map(|proof| proof.once.key)
    };
    assert!(check(&asked.sealed, &scene.place()).is_ok());
    assert_eq!(check(&other.sealed, &scene.place()), Err(PasskeyFault::OtherChallenge));
    let late = Place { now: NOON + Seconds(30 * 60), ..scene.place() };
    let (elsewhere, stranger) = (BrowserId::of(&HeaderMap::new()), TenantId::parse("t2").unwrap());
    let moved = Place { browser: &elsewhere, ..scene.place() };
    let abroad = Place { tenant: &stranger, ..scene.place() };
    for (sealed, place) in [
        ("", scene.place()),
        (&asked.sealed, late),
        (&asked.sealed, moved),
        (&asked.sealed, abroad),
    ] {
        assert_eq!(check(sealed, &place), Err(PasskeyFault::NotAsked));
    }
    let enrolment = scene.rp.ask_new(&alice, &[], &scene.place()).unwrap();
    assert_eq!(check(&enrolment.sealed, &scene.place()), Err(PasskeyFault::NotAsked));
}

#[test]
fn a_user_who_is_asked_by_name_answers_with_a_passkey_of_their_own() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    let (alice, passkey) = scene.alice(&mut device);
    let known = std::slice::from_ref(&passkey);
    let ask = |whom: &str| {
        let whom = Subject::parse(whom).unwrap();
        scene.rp.ask_user(&whom, known, &scene.place()).unwrap()
    };
    let mut answer = |asked: &Question| {
        let answer = device.get(&asked.options);
        let assertion = Assertion::read(&asked.sealed, &answer, &scene.place())?;
        scene.rp.check(assertion, &alice.id, &passkey, &scene.place())
    };
    assert!(answer(&ask("alice")).is_ok());
    assert_eq!(answer(&ask("bob")), Err(PasskeyFault::OtherUser));
}

#[test]
fn a_passkey_is_added_for_who_was_asked_once_per_device_and_only_verified() {
    let (scene, mut device) = (Scene::new(), PasskeyDevice::at(ORIGIN));
    let (alice, passkey) = scene.alice(&mut device);
    let asked = scene.rp.ask_new(&alice, std::slice::from_ref(&passkey), &scene.place()).unwrap();
    let options: serde_json::Value = serde_json::from_str(&asked.options).unwrap();
    let excluded = options["excludeCredentials"][0]["id"].as_str().unwrap();
    assert_eq!(CredentialId::parse(excluded).unwrap(), passkey.id);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");

    let answer = device.create(&asked.options);
    let enrolled =
        |who: &str| scene.rp.enrolled(&asked.sealed, &answer, &user(who).id, &scene.place());
    assert_eq!(enrolled("bob"), Err(PasskeyFault::OtherUser));
    assert_ne!(enrolled("alice").unwrap().passkey, passkey.id);
    device.manners.verified = false;
    let unverified = device.create(&asked.options);
    let refused = scene.rp.enrolled(&asked.sealed, &unverified, &alice.id, &scene.place());
    assert_eq!(refused, Err(PasskeyFault::NotVerified));
}

#[test]
fn what_authenticators_know_a_user_by_says_nothing_and_stays() {
    let scene = Scene::new();
    let handle = |name: &str| {
        let asked = scene.rp.ask_new(&user(name), &[], &scene.place()).unwrap();
        let options: serde_json::Value = serde_json::from_str(&asked.options).unwrap();
        options["user"]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(handle("alice"), handle("alice"));
    assert_ne!(handle("alice"), handle("bob"));
    assert_eq!(handle("alice").len(), 22);
}
