//! Who calls: users with genuine tokens, each asking for the same path.

use super::upstream::{ACTED, CAME};
use crate::issuer::Issuer;
use crate::load::{Question, Requests, wanted};
use crate::world::Person;
use std::ops::Range;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// What they ask for.
const PATH: &str = "/rows/42";

/// One request for each of these users.
pub(super) async fn asked(
    issuer: &Arc<Issuer>,
    users: Range<u32>,
) -> anyhow::Result<Vec<Question>> {
    let issuer = Arc::clone(issuer);
    let asked = move |number| {
        let token = issuer.token(Person(number))?;
        wanted(PATH, &format!("Bearer {}", token.expose()))
    };
    spawn_blocking(move || users.map(asked).collect()).await?
}

/// The same again and again, through somebody who acts for them.
pub(super) fn acted_for(all: Vec<Question>) -> Arc<Requests> {
    Arc::new(Requests { all, again: true, expected: ACTED })
}

/// The same again and again, through somebody who passes them on.
pub(super) fn passed_on(all: Vec<Question>) -> Arc<Requests> {
    Arc::new(Requests { all, again: true, expected: CAME })
}

/// Once.
pub(super) fn once(all: Vec<Question>) -> Arc<Requests> {
    Arc::new(Requests { all, again: false, expected: ACTED })
}
