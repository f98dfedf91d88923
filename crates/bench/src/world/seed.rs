//! Puts users, applications and records on file, through the same door as everybody: `Store::commit`.
//!
//! It is done in this process before the server is started, which alone may have the store open. The keys
//! that the server made are kept: tokens for its users are signed with them.

use super::people::{PASSWORD, Person};
use super::place::{LEDGER, Place};
use super::signed_in::SignIn;
use crate::names::{CLIENT, DASHBOARD, RESOURCE, SCOPE, TENANT};
use crate::progress::Progress;
use crate::stead::Stead;
use anyhow::{Context, anyhow};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use stead_core::commit::{Change, Commit};
use stead_core::keys::KeyRing;
use stead_core::model::application::{Application, Kind};
use stead_core::ports::{Passwords, Store};
use stead_core::record::{Event, Outcome, Record, TokenEvent};
use stead_core::sts::Sts;
use stead_proto::error::Dialect;
use stead_proto::grants::GrantKind;
use stead_proto::id::{Audience, ClientId, TenantName};
use stead_proto::secret::Password;
use stead_proto::time::Seconds;
use stead_server::moment::{Moments, SystemMoments};
use stead_server::passwords::Argon2Passwords;

/// How many users or applications one commit holds.
const AT_ONCE: u32 = 2_000;
/// How many records wait for the disk together.
const WAITING: usize = 4_096;

/// How much is to be on file, or is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// Users.
    pub users: u32,
    /// Applications, beside the three that take part.
    pub applications: u32,
    /// Records.
    pub records: u64,
    /// Sessions, beside the records of how they began.
    #[serde(default)]
    pub sessions: u32,
    /// Refresh tokens, each of a session.
    #[serde(default)]
    pub refresh_tokens: u32,
}

/// A store that holds what was wanted, and the keys of its server.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// How much is on file.
    pub on_file: Wanted,
    /// The server's keys.
    pub ring: Arc<KeyRing>,
    /// The authority of the server's certificate, if it speaks TLS.
    pub ca: Option<PathBuf>,
}

/// Puts on file what is missing. What is there already is left.
pub async fn seed(stead: &Stead, place: &Place, wanted: Wanted) -> anyhow::Result<Seeded> {
    let mut config = (stead.load)(&place.process_file())?;
    // Nobody is served yet, and the folder's own socket is the server's.
    config.listen.admin = stead_server::config::AdminListen::Tcp(([127, 0, 0, 1], 0).into());
    let running = stead_server::start(config, Arc::new(SystemMoments)).await?;
    let tenant = TenantName::parse(TENANT).ok().context("the tenant has no name")?;
    let sts = running.sts(&tenant).context("the tenant is not served")?;
    let ledger = Ledger::of(place);
    let mut on_file = ledger.read();
    let seeded = fill(&sts, &mut on_file, wanted).await;
    ledger.write(on_file)?;
    // One kind of key takes a while to make, and tokens of it may be what is measured.
    let (ring, ca) = (sts.keys.complete().await, running.ca_certificate());
    drop(sts);
    running.shutdown().await;
    seeded.map(|()| Seeded { on_file, ring, ca })
}

async fn fill(sts: &Sts, on_file: &mut Wanted, wanted: Wanted) -> anyhow::Result<()> {
    let password = Argon2Passwords.hash(&Password::new(PASSWORD))?;
    let mut progress = Progress::of("users on file", wanted.users.into());
    while on_file.users < wanted.users {
        let until = wanted.users.min(on_file.users + AT_ONCE);
        let mut users: Vec<_> = (on_file.users..until)
            .map(|number| Person(number).on_file(&password))
            .collect::<anyhow::Result<_>>()?;
        users.sort_by(|a, b| a.id.cmp(&b.id));
        let changes = users.into_iter().map(|user| Change::PutUser(Box::new(user)));
        commit(&*sts.store, changes.collect(), "users for a measurement").await?;
        on_file.users = until;
        progress.at(until.into());
    }
    while on_file.applications < wanted.applications {
        let until = wanted.applications.min(on_file.applications + AT_ONCE);
        let changes = (on_file.applications..until)
            .map(|number| Ok(Change::PutApplication(Box::new(bystander(number)?))))
            .collect::<anyhow::Result<_>>()?;
        commit(&*sts.store, changes, "applications for a measurement").await?;
        on_file.applications = until;
    }
    let sign_in = |number| SignIn { number, users: wanted.users, at: SystemMoments.moment().now };
    while on_file.sessions < wanted.sessions {
        let until = wanted.sessions.min(on_file.sessions + AT_ONCE);
        let changes = (on_file.sessions..until).map(|number| sign_in(number).session());
        commit(&*sts.store, changes.collect(), "sessions for a measurement").await?;
        on_file.sessions = until;
    }
    while on_file.refresh_tokens < wanted.refresh_tokens {
        let until = wanted.refresh_tokens.min(on_file.refresh_tokens + AT_ONCE);
        let changes = (on_file.refresh_tokens..until).map(|number| sign_in(number).refresh_token());
        let changes = changes.collect::<anyhow::Result<_>>()?;
        commit(&*sts.store, changes, "refresh tokens for a measurement").await?;
        on_file.refresh_tokens = until;
    }
    let mut progress = Progress::of("records on file", wanted.records);
    while on_file.records < wanted.records {
        let until = wanted.records.min(on_file.records + 50_000);
        append(&*sts.store, on_file.records..until).await?;
        on_file.records = until;
        progress.at(until);
    }
    Ok(())
}

async fn commit(store: &dyn Store, changes: Vec<Change>, what: &str) -> anyhow::Result<()> {
    let event = Event::Change { by: "bench".to_owned(), changes: vec![what.to_owned()] };
    let record = Record::new(event, Outcome::Done, &SystemMoments.moment());
    store.commit(Commit { changes, record }).await.map_err(|error| anyhow!("{error}"))?;
    Ok(())
}

/// Records as exchanges leave them, many waiting together as under load.
async fn append(store: &dyn Store, numbers: std::ops::Range<u64>) -> anyhow::Result<()> {
    stream::iter(numbers)
        .map(|number| async move {
            let record = exchanged(Person(u32::try_from(number % 1000)?))?;
            let commit = Commit { changes: Vec::new(), record };
            store.commit(commit).await.map_err(|error| anyhow!("{error}"))?;
            anyhow::Ok(())
        })
        .buffer_unordered(WAITING)
        .try_for_each(async |()| Ok(()))
        .await
}

fn exchanged(person: Person) -> anyhow::Result<Record> {
    let moment = SystemMoments.moment();
    let (client, dashboard) = (client(CLIENT)?, client(DASHBOARD)?);
    let event = TokenEvent {
        grant: Some(GrantKind::OnBehalfOf),
        dialect: Some(Dialect::Rfc8693),
        client: Some(client.clone()),
        subject: Some(person.id()),
        session: Some(person.session()),
        through: vec![dashboard],
        resource: Audience::parse(RESOURCE).ok(),
        edge: Some(RESOURCE.to_owned()),
        asked: SCOPE.to_owned(),
        granted: SCOPE.to_owned(),
        from: Some(moment.token_id()),
        token: Some(SystemMoments.moment().token_id()),
        expires: Some(moment.now + Seconds(3600)),
        ..TokenEvent::default()
    };
    Ok(Record::new(Event::Token(Box::new(event)), Outcome::Done, &moment))
}

/// An application that takes no part.
fn bystander(number: u32) -> anyhow::Result<Application> {
    let id = client(&format!("bystander-{number}"))?;
    let audience = Audience::parse(format!("api://bystander-{number}")).ok();
    let application = Application::new(id, format!("Bystander {number}"), Kind::WebApi);
    Ok(Application { audience, ..application })
}

fn client(id: &str) -> anyhow::Result<ClientId> {
    ClientId::parse(id).ok().context("a client's id cannot be read")
}

/// How much is on file in a folder that is used again.
struct Ledger(PathBuf);

impl Ledger {
    fn of(place: &Place) -> Self {
        Self(place.path().join(LEDGER))
    }

    fn read(&self) -> Wanted {
        let text = fs::read(&self.0).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn write(&self, on_file: Wanted) -> anyhow::Result<()> {
        fs::write(&self.0, serde_json::to_vec(&on_file)?)
            .with_context(|| self.0.display().to_string())
    }
}
