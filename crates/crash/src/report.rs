//! What came of it: a line a case for people, one object for machines.

use crate::load::Crowd;
use crate::loss::Loss;
use crate::web::Counts;
use crate::world::Kind;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// How many losses are written out; of more, only how many there are.
const SHOWN: usize = 20;

/// What the name of a case begins with that is about being noticed.
pub(crate) const NOTICED: &str = "noticed: ";

/// What came of a case.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// What was done.
    pub case: String,
    /// On which store.
    pub store: Kind,
    /// How many times.
    pub rounds: u32,
    /// How the clients were answered.
    pub answers: Counts,
    /// What was lost, in words.
    pub losses: Vec<String>,
    /// What more there is to say.
    pub notes: Vec<String>,
    /// Why it could not be brought to its end.
    pub failure: Option<String>,
}

impl Verdict {
    /// Of a case that was not run yet.
    #[must_use]
    pub fn new(case: impl Into<String>, store: Kind) -> Self {
        Self {
            case: case.into(),
            store,
            rounds: 0,
            answers: Counts::default(),
            losses: Vec::new(),
            notes: Vec::new(),
            failure: None,
        }
    }

    /// The same, once the case was run.
    pub async fn of(mut self, case: impl AsyncFnOnce(&mut Self) -> anyhow::Result<()>) -> Self {
        if let Err(error) = case(&mut self).await {
            self.failed(&error);
        }
        self
    }

    /// A round went by, and this was lost in it.
    pub fn round(&mut self, crowd: &Crowd, losses: &[Loss]) {
        self.rounds += 1;
        self.answers = crowd.answers.counts();
        self.losses.extend(losses.iter().map(ToString::to_string));
    }

    /// Something worth saying.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// It could not be brought to its end.
    pub fn failed(&mut self, error: &anyhow::Error) {
        self.failure = Some(format!("{error:#}"));
    }

    /// Losses were to be noticed here.
    pub fn noticed(&mut self, losses: &[Loss]) {
        self.rounds = 1;
        match losses.first() {
            Some(first) => self.notes.push(format!("{} noticed, such as: {first}", losses.len())),
            None => self.failure = Some("nobody noticed".to_owned()),
        }
    }

    /// Where the evidence lies.
    pub fn evidence(&mut self, folder: &Path) {
        self.notes.push(format!("the server's folder is kept: {}", folder.display()));
    }

    /// Whether this was about the harness itself.
    #[must_use]
    pub fn is_about_noticing(&self) -> bool {
        self.case.starts_with(NOTICED)
    }

    /// Whether something was lost, or nothing could be learned.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        !self.losses.is_empty() || self.failure.is_some()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_bad() { "FAILED" } else { "ok" };
        let Counts { accepted, refused, unavailable, none } = self.answers;
        write!(f, "{mark:<7} {} · {}", self.store, self.case)?;
        if accepted > 0 {
            write!(
                f,
                " · {} rounds, {accepted} accepted, {refused} refused, {unavailable} unavailable, {none} without an answer",
                self.rounds
            )?;
        }
        for note in &self.notes {
            write!(f, "\n        {note}")?;
        }
        for loss in self.losses.iter().take(SHOWN) {
            write!(f, "\n        LOST: {loss}")?;
        }
        if self.losses.len() > SHOWN {
            write!(f, "\n        and {} more", self.losses.len() - SHOWN)?;
        }
        match &self.failure {
            Some(failure) => write!(f, "\n        {failure}"),
            None => Ok(()),
        }
    }
}
