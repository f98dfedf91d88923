//! Whose turn it is: what the keys on file and the time say about who signs, what is published, and what is
//! to be done next.
//!
//! Nothing here is remembered. Any number of nodes that read the same keys at the same time say the same,
//! so none of them has to lead. What a node then does is a commit that expects the keys it was computed
//! from ([`Expected::Keys`](crate::commit::Expected)): of two that want to make the next key, one does.
//!
//! A key is published, `publish_ahead` later it takes over from the one before it, and it stays published
//! until the last token it signed has expired. When it stops is not written down: it is when the next one
//! begins.

use crate::model::key::StoredKey;
use crate::model::revocation::{Ancestor, Revocation};
use crate::settings::{KeyRules, LONGEST_TOKEN};
use stead_proto::id::KeyId;
use stead_proto::jwt::Algorithm;
use stead_proto::time::{Seconds, Timestamp};

/// What tokens are signed with. There is a key for each; the resource's setting picks one.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa];

/// How long a verifier may keep the published keys without asking again.
pub const KEPT_BY_VERIFIERS: Seconds = Seconds(300);

/// Within which time every node has noticed that the keys on file are others.
pub const NOTICED_BY_NODES: Seconds = Seconds(1);

/// The least time between a key's being published and its first signature: by then every verifier that asks
/// when it should has it. The minute more is for nodes to notice, and for clocks that differ.
pub const LEAST_AHEAD: Seconds = Seconds(KEPT_BY_VERIFIERS.0 + 60);

/// How long a key stays published after it stopped signing: longer than any token it may have signed.
const KEPT: Seconds = Seconds(LONGEST_TOKEN.0 + 3600);

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Published, not yet signing.
    Next,
    /// Signing.
    Signing,
    /// Signing no more; published while tokens it signed are alive.
    Verifying,
    /// Of no more use: the last token it signed has expired.
    Retired,
    /// Revoked: neither it nor what it signed counts.
    Revoked,
}

/// A key and its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLife {
    /// As it is on file.
    pub key: StoredKey,
    /// Where it is in its life.
    pub stage: Stage,
    /// When it stops signing, or stopped; `None` while no other is to take over.
    pub signs_until: Option<Timestamp>,
    /// When it stops being published, if it stops signing.
    pub published_until: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

/// What is to be done about the keys on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make a key and publish it.
    Make {
        /// To sign with this.
        algorithm: Algorithm,
        /// From then on.
        signs_from: Timestamp,
    },
    /// Let a published key sign earlier: it goes on file like this.
    Advance(StoredKey),
    /// Destroy the private part of a key that nothing needs any more: it goes on file like this.
    Forget(StoredKey),
}

/// How soon a new key is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// Once every verifier can know it.
    InTurn,
    /// At once, whoever knows it.
    AtOnce,
}

/// All keys at one instant.
#[derive(Debug, Clone)]
pub struct KeySchedule {
    lives: Vec<KeyLife>,
    now: Timestamp,
}

impl KeySchedule {
    /// What these keys are at this instant, in the order given. `facts` are those about them.
    #[must_use]
    pub fn new(on_file: Vec<StoredKey>, facts: &[Revocation], now: Timestamp) -> Self {
        let mut lives: Vec<KeyLife> = on_file
            .into_iter()
            .map(|key| KeyLife {
                revoked: revoked(&key.kid, facts),
                key,
                stage: Stage::Next,
                signs_until: None,
                published_until: None,
            })
            .collect();
        let ends: Vec<_> = lives.iter().map(|life| end_of(life, &lives)).collect();
        for (life, end) in lives.iter_mut().zip(ends) {
            life.signs_until = end;
            life.published_until = end.map(|end| end + KEPT);
        }
        let signing: Vec<KeyId> = ALGORITHMS
            .iter()
            .filter_map(|algorithm| signer(&lives, *algorithm, now))
            .map(|life| life.key.kid.clone())
            .collect();
        for life in &mut lives {
            life.stage = stage(life, signing.contains(&life.key.kid), now);
        }
        Self { lives, now }
    }

    /// Every key and where it is in its life.
    #[must_use]
    pub fn lives(&self) -> &[KeyLife] {
        &self.lives
    }

    /// The key that signs with this algorithm.
    #[must_use]
    pub fn signer(&self, algorithm: Algorithm) -> Option<&KeyLife> {
        self.of(algorithm).find(|life| life.stage == Stage::Signing)
    }

    /// The keys that everybody may know: those that will sign, sign, or signed what is still alive.
    pub fn published(&self) -> impl Iterator<Item = &KeyLife> {
        let published = [Stage::Next, Stage::Signing, Stage::Verifying];
        self.lives.iter().filter(move |life| published.contains(&life.stage))
    }

    /// What is to be done by now without anybody's asking.
    #[must_use]
    pub fn due(&self, rules: &KeyRules) -> Vec<Step> {
        let makes = ALGORITHMS.iter().filter_map(|algorithm| self.due_of(*algorithm, rules));
        makes.chain(self.spent()).collect()
    }

    /// What to do if somebody wants another key to sign; nothing if one is on its way already.
    #[must_use]
    pub fn rotation(&self, algorithm: Algorithm, haste: Haste, ahead: Seconds) -> Option<Step> {
        let signs_from = self.not_before_its_time(
            algorithm,
            match haste {
                Haste::InTurn => self.now + ahead,
                Haste::AtOnce => self.now,
            },
        );
        match (self.next(algorithm), haste) {
            (None, _) => Some(Step::Make { algorithm, signs_from }),
            (Some(_), Haste::InTurn) => None,
            (Some(next), Haste::AtOnce) => {
                Some(Step::Advance(StoredKey { signs_from, ..next.key.clone() }))
            }
        }
    }

    /// Whoever takes over begins after the one before, also where the clock was set back since. Where nobody
    /// signs, it begins after all.
    fn not_before_its_time(&self, algorithm: Algorithm, wanted: Timestamp) -> Timestamp {
        let last = match self.signer(algorithm) {
            Some(signer) => Some(signer.key.signs_from),
            None => self.of(algorithm).map(|life| life.key.signs_from).max(),
        };
        last.map_or(wanted, |last| wanted.max(Timestamp::from_millis(last.millis() + 1)))
    }

    /// The key that is the next to sign.
    fn next(&self, algorithm: Algorithm) -> Option<&KeyLife> {
        let next = self.of(algorithm).filter(|life| life.stage == Stage::Next);
        next.min_by_key(|life| order(&life.key))
    }

    fn of(&self, algorithm: Algorithm) -> impl Iterator<Item = &KeyLife> {
        self.lives.iter().filter(move |life| life.key.algorithm == algorithm)
    }

    fn due_of(&self, algorithm: Algorithm, rules: &KeyRules) -> Option<Step> {
        let Some(signer) = self.signer(algorithm) else {
            let signs_from = self.not_before_its_time(algorithm, self.now);
            return Some(Step::Make { algorithm, signs_from });
        };
        let turn = signer.key.signs_from + rules.rotate_every?;
        let soonest = self.now + rules.publish_ahead;
        let due = self.next(algorithm).is_none() && turn <= soonest;
        due.then_some(Step::Make { algorithm, signs_from: turn.max(soonest) })
    }

    /// Private parts that are of no more use, and only a danger.
    fn spent(&self) -> impl Iterator<Item = Step> {
        let ended = |life: &&KeyLife| matches!(life.stage, Stage::Retired | Stage::Revoked);
        let kept = self.lives.iter().filter(ended).filter(|life| life.key.sealed.is_some());
        kept.map(|life| Step::Forget(StoredKey { sealed: None, ..life.key.clone() }))
    }
}

/// When it was revoked, if it was.
fn revoked(kid: &KeyId, facts: &[Revocation]) -> Option<Timestamp> {
    let about = |fact: &&Revocation| matches!(&fact.about, Ancestor::Key(id) if id == kid);
    facts.iter().find(about).map(|fact| fact.at)
}

/// Keys of one algorithm sign in this order.
fn order(key: &StoredKey) -> (Timestamp, &KeyId) {
    (key.signs_from, &key.kid)
}

/// When another key takes over, or took over. One that was revoked before its turn never did.
fn end_of(life: &KeyLife, all: &[KeyLife]) -> Option<Timestamp> {
    let later = all.iter().filter(|other| {
        other.key.algorithm == life.key.algorithm && order(&other.key) > order(&life.key)
    });
    let had_its_turn = |other: &&KeyLife| other.revoked.is_none_or(|at| at >= other.key.signs_from);
    later.filter(had_its_turn).map(|other| other.key.signs_from).min()
}

/// The key whose turn it is, which is the first of those that have not ended. Where it is nobody's (the one
/// that signed was revoked, or the clock was set back), that is the one that comes soonest.
fn signer(lives: &[KeyLife], algorithm: Algorithm, now: Timestamp) -> Option<&KeyLife> {
    let able = lives.iter().filter(|life| {
        life.key.algorithm == algorithm
            && life.revoked.is_none()
            && life.key.sealed.is_some()
            && life.signs_until.is_none_or(|until| now < until)
    });
    able.min_by_key(|life| order(&life.key))
}

fn stage(life: &KeyLife, signs: bool, now: Timestamp) -> Stage {
    if life.revoked.is_some() {
        return Stage::Revoked;
    }
    let over = life.published_until.is_some_and(|until| until <= now);
    match life.signs_until {
        _ if over || life.key.sealed.is_none() => Stage::Retired,
        _ if signs => Stage::Signing,
        Some(until) if until <= now => Stage::Verifying,
        _ => Stage::Next,
    }
}

#[cfg(test)]
mod tests;
