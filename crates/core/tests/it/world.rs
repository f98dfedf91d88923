//! A tenant with Alice and Bob, a dashboard, the reports API behind it and the company data behind that.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};
use stead_core::chain::{Chain, RecordQuery};
use stead_core::commit::{Change, Commit};
use stead_core::keys::KeyRing;
use stead_core::model::application::{Application, Kind};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{ActsAs, ConsentRule, Edge, Permission};
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_core::model::tenant::Tenant;
use stead_core::model::user::{Group, PasswordHash, User};
use stead_core::moment::{Dice, Moment};
use stead_core::ports::{IssuerKeys, Keys};
use stead_core::record::{Event, Outcome, Record};
use stead_core::settings::Settings;
use stead_core::sts::Sts;
use stead_proto::digest::sha256;
use stead_proto::id::{
    Audience, ClientId, GroupId, Issuer, KeyId, Subject, TenantId, TenantName, Username,
};
use stead_proto::jwt::{Algorithm, JwkSet, KeySet, SigningKey};
use stead_proto::metadata::Endpoints;
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::time::Timestamp;
use stead_store::Memory;

/// The instant every world begins at: 2026-11-23T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_secs(1_795_435_200);

/// Where the dashboard gets its answers.
pub(crate) const CALLBACK: &str = "https://dashboard.example/cb";
/// Where its page is.
pub(crate) const ORIGIN: &str = "https://dashboard.example";

/// Keys are slow to make and tell no test from another.
static RING: LazyLock<Arc<KeyRing>> = LazyLock::new(|| {
    let signers: Vec<_> = [Algorithm::Es256, Algorithm::Rs256]
        .map(|algorithm| Arc::new(SigningKey::generate(algorithm).unwrap().0))
        .into();
    let published: JwkSet = signers.iter().map(|key| key.public_jwk()).collect();
    Arc::new(KeyRing::new(signers, published))
});

#[derive(Debug)]
struct TheseKeys;

#[async_trait::async_trait]
impl Keys for TheseKeys {
    fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&RING)
    }

    async fn complete(&self) -> Arc<KeyRing> {
        self.ring()
    }
}

/// Nobody else answers.
#[derive(Debug)]
struct NoIssuer;

#[async_trait::async_trait]
impl IssuerKeys for NoIssuer {
    async fn keys_of(&self, _: &Issuer, _: Option<&KeyId>) -> Option<Arc<KeySet>> {
        None
    }
}

/// One tenant's server, its clock and its dice.
pub(crate) struct World {
    pub(crate) sts: Sts,
    memory: Memory,
    now: Cell<Timestamp>,
    thrown: Cell<u64>,
}

impl World {
    /// A fresh one, at noon.
    pub(crate) async fn new() -> Self {
        let tenant = Tenant {
            id: TenantId::parse("0b7e1f0a-0000-4000-8000-000000000001").unwrap(),
            name: TenantName::parse("t1").unwrap(),
        };
        let endpoints = Endpoints::new("https://id.example", "t1");
        let memory = Memory::new();
        let sts = Sts {
            faults: None,
            issuer: Issuer::parse(endpoints.issuer()).unwrap(),
            store: memory.tenant(&tenant.id),
            administrators: None,
            keys: Arc::new(TheseKeys),
            issuer_keys: Arc::new(NoIssuer),
            proved: Arc::new(()),
            settings: Arc::new(Settings::default()),
            tenant,
            endpoints,
        };
        let world = Self { sts, memory, now: Cell::new(NOON), thrown: Cell::new(0) };
        let employees = Group {
            id: GroupId::parse("employees").unwrap(),
            description: String::new(),
            managed: Managed::Api,
        };
        let mut changes = vec![Change::PutGroup(employees)];
        changes.extend([user("alice", &["employees"]), user("bob", &[])].map(put_user));
        changes.extend([dashboard(), reports(), company_data()].map(put));
        world.write(changes).await;
        world
    }

    /// The same server on another node.
    pub(crate) fn node(&self, chain: Chain) -> Sts {
        Sts { store: self.memory.node(chain).tenant(&self.sts.tenant.id), ..self.sts.clone() }
    }

    /// A request of its own: this instant, fresh dice.
    pub(crate) fn moment(&self) -> Moment {
        self.thrown.set(self.thrown.get() + 1);
        let dice: Dice = std::array::from_fn(|die| {
            let thrown = sha256(format!("{}/{die}", self.thrown.get()).as_bytes());
            *thrown.as_bytes().first_chunk().unwrap()
        });
        Moment::new(self.now.get(), dice)
    }

    /// Lets seconds pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.pass_millis(seconds * 1000);
    }

    /// Lets less than a second pass.
    pub(crate) fn pass_millis(&self, millis: i64) {
        self.now.set(Timestamp::from_millis(self.now.get().millis() + millis));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// What an administrator writes.
    pub(crate) async fn write(&self, changes: Vec<Change>) {
        let event = Event::Change { by: "test".into(), changes: vec![] };
        let record = Record::new(event, Outcome::Done, &self.moment());
        self.sts.store.commit(Commit { changes, record }).await.unwrap();
    }

    /// Changes an application on file.
    pub(crate) async fn change(&self, id: &str, how: impl FnOnce(&mut Application)) {
        let id = ClientId::parse(id).unwrap();
        let found = self.sts.store.application(&id).await.unwrap().unwrap();
        let mut application = Arc::unwrap_or_clone(found);
        how(&mut application);
        self.write(vec![put(application)]).await;
    }

    /// States a fact, as of now.
    pub(crate) async fn revoke(&self, about: Ancestor) {
        let fact = Revocation { about, at: self.now(), why: "test".into() };
        self.write(vec![Change::Revoke(fact)]).await;
    }

    pub(crate) async fn user(&self, name: &str) -> User {
        let id = Subject::parse(format!("id-of-{name}")).unwrap();
        Arc::unwrap_or_clone(self.sts.store.user(&id).await.unwrap().unwrap())
    }

    /// The last record.
    pub(crate) async fn last_record(&self) -> (Event, Outcome) {
        let query = RecordQuery { limit: 1, ..RecordQuery::default() };
        let records = self.sts.store.records(&query).await.unwrap();
        let record = records.first().unwrap().record().unwrap();
        (record.event, record.outcome)
    }

    /// The reason of the last record, which is a refusal.
    pub(crate) async fn last_reason(&self) -> String {
        match self.last_record().await.1 {
            Outcome::Denied { reason, .. } => reason,
            Outcome::Done => panic!("the last record is no refusal"),
        }
    }
}

pub(crate) fn put(application: Application) -> Change {
    Change::PutApplication(Box::new(application))
}

pub(crate) fn put_user(user: User) -> Change {
    Change::PutUser(Box::new(user))
}

pub(crate) fn user(name: &str, groups: &[&str]) -> User {
    User {
        id: Subject::parse(format!("id-of-{name}")).unwrap(),
        username: Username::parse(name).unwrap(),
        name: format!("{name} Example"),
        enabled: true,
        groups: groups.iter().map(|group| GroupId::parse(*group).unwrap()).collect(),
        password: Some(PasswordHash::new("$argon2id$of-a-test")),
        email: None,
        email_verified: false,
        address: None,
        phone: None,
        managed: Managed::Api,
    }
}

pub(crate) fn application(id: &str, kind: Kind) -> Application {
    Application::new(ClientId::parse(id).unwrap(), format!("The {id}"), kind)
}

/// A permission that the user agrees to.
pub(crate) fn permission(towards: &str, scopes: &str) -> Permission {
    Permission {
        towards: audience(towards),
        scopes: set(scopes),
        acts_as: ActsAs::User,
        consent: ConsentRule::User,
        exchange_by: None,
    }
}

/// An edge that the user agrees to.
pub(crate) fn edge(towards: &str, scopes: &str) -> Edge {
    Edge::new(audience(towards), set(scopes))
}

pub(crate) fn audience(name: &str) -> Audience {
    Audience::parse(name).unwrap()
}

pub(crate) fn set(scopes: &str) -> ScopeSet {
    ScopeSet::parse(scopes).unwrap()
}

fn offered(scopes: &str) -> std::collections::BTreeMap<Scope, String> {
    set(scopes).iter().map(|scope| (scope.clone(), format!("Use {scope}"))).collect()
}

fn dashboard() -> Application {
    Application {
        redirect_uris: vec![CALLBACK.into()],
        post_logout_redirect_uris: vec!["https://dashboard.example/bye".into()],
        permissions: vec![permission("api://reports", "Reports.Read Reports.Write")],
        ..application("dashboard", Kind::Spa)
    }
}

fn reports() -> Application {
    Application {
        audience: Some(audience("api://reports")),
        scopes: offered("Reports.Read Reports.Write Reports.Admin"),
        ..application("reports", Kind::WebApi)
    }
}

fn company_data() -> Application {
    Application {
        audience: Some(audience("api://data")),
        scopes: offered("Rows.Read Rows.Write"),
        ..application("data", Kind::WebApi)
    }
}
