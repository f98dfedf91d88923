//! Never a crossing: what a test needs that lets many users, targets and actors ask at once, while tokens run out and
//! are refused and the provider fails in every way.

use crate::answers::{given, says};
use crate::asked::Asked;
use axum::response::{Html, IntoResponse as _, Response};
use fastrand::Rng;
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;

/// How many users there are.
pub const USERS: usize = 200;
/// At how many places they want something.
pub const TARGETS: usize = 20;
/// Through how many others.
pub const ACTORS: usize = 5;
/// Run by this seed; another one is as good.
const SEED: u64 = 20_261_123;

/// A provider that does well three times in four.
pub fn moody(asked: &Asked) -> Response {
    // A number of its own for each question, so that the moods come in the same proportion, whoever asks first.
    let mut dice = Rng::with_seed(SEED ^ asked.number as u64);
    match dice.u8(0..32) {
        0 => says(500, json!({})),
        1 => says(503, json!({ "error": "temporarily_unavailable" })),
        2 => says(400, json!({ "error": "temporarily_unavailable" })),
        3 => Html("<html>Back soon</html>").into_response(),
        4 => says(200, json!({ "error": "invalid_grant" })),
        5 => says(400, json!({ "error": "interaction_required", "claims": "{}" })),
        6 => given(asked, &json!({ "sub": "somebody-else" })),
        7 => given(asked, &json!({ "aud": "api://data-x" })),
        _ => given(asked, &json!({})),
    }
}

/// What one of those who ask does next.
#[derive(Debug)]
pub struct Dice(Rng);

/// Who asks, and for what; each counted from zero.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Of [`USERS`].
    pub user: usize,
    /// Of [`TARGETS`].
    pub target: usize,
    /// Of [`ACTORS`].
    pub actor: usize,
}

impl Dice {
    /// Some users ask much more than others, so that several ask the same at once.
    pub fn draw(&mut self) -> Drawn {
        let user = self.0.usize(0..USERS).min(self.0.usize(0..USERS));
        Drawn { user, target: self.0.usize(0..TARGETS), actor: self.0.usize(0..ACTORS) }
    }

    /// Whether the token is refused where it is shown.
    pub fn is_refused(&mut self) -> bool {
        self.0.u8(0..8) == 0
    }

    /// How many seconds pass, if any do: tokens come near their end, and past it.
    pub fn seconds(&mut self) -> Option<i64> {
        (self.0.u8(0..32) == 0).then(|| self.0.i64(1..40))
    }
}

/// Lets so many ask at a time, each with dice of its own, and says what came of each.
pub async fn at_once<F>(many: usize, ask: impl Fn(Dice) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let seeds = (0..many).map(|task| SEED + task as u64);
    let all: JoinSet<_> = seeds.map(|seed| ask(Dice(Rng::with_seed(seed)))).collect();
    tokio::time::timeout(Duration::from_mins(5), all.join_all()).await.unwrap()
}
