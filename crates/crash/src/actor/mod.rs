//! One user and what clients do for them, one thing after another, until the server is gone.
//!
//! An actor alone touches its user, so that it always knows what may be: of what it did not hear the end of,
//! either; of everything else, one.

mod again;
mod consent;
mod revoke;
mod sign_in;
mod tokens;

use crate::web::{Gone, Web};
use crate::world::World;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use stead_core::model::revocation::Ancestor;
use stead_proto::id::FamilyId;
use tokio::sync::watch;
use tokio::time::Instant;
use visitor::Visitor;

/// How many tokens of each kind an actor holds on to.
const STOCK: usize = 12;

/// A code that was not seen to be redeemed.
#[derive(Debug, Clone)]
struct Code {
    text: String,
    client: &'static str,
    /// Whether somebody tried: then it may be spent already.
    tried: bool,
}

/// What came of a code or of a refresh.
#[derive(Debug, Clone)]
struct Tokens {
    client: &'static str,
    refresh: String,
    access: String,
    /// What it has in common with all that came of the same code.
    family: FamilyId,
    /// Whether the refresh token was sent once already.
    tried: bool,
}

/// What was accepted, and must not be again.
#[derive(Debug, Clone)]
enum Used {
    /// A code, and the family it began.
    Code(Code, FamilyId),
    /// A refresh token, with its family.
    Refresh(Tokens),
    /// An assertion.
    Assertion(String),
}

/// One user at one browser, and the clients that know them.
#[derive(Debug)]
pub struct Actor {
    user: String,
    world: Arc<World>,
    dice: fastrand::Rng,
    cookies: Vec<(String, String)>,
    session: Option<String>,
    codes: Vec<Code>,
    tokens: Vec<Tokens>,
    dead: VecDeque<String>,
    used: VecDeque<Used>,
    consent: consent::Consent,
    assertions: u64,
    /// What time it was for the server (in seconds since 1970), and when.
    clock: (i64, Instant),
}

impl Actor {
    /// An actor for the user of this number.
    #[must_use]
    pub fn new(number: usize, world: Arc<World>, seed: u64) -> Self {
        Self {
            user: format!("user-{number}"),
            world,
            dice: fastrand::Rng::with_seed(seed),
            cookies: Vec::new(),
            session: None,
            codes: Vec::new(),
            tokens: Vec::new(),
            dead: VecDeque::new(),
            used: VecDeque::new(),
            consent: consent::Consent::default(),
            assertions: 0,
            clock: (0, Instant::now()),
        }
    }

    /// Looks whether what was promised before holds, and goes on until the server is gone, or enough.
    pub async fn act(&mut self, web: &Web, enough: &watch::Receiver<bool>) {
        let mut began = false;
        while !web.nodes().is_empty() && !*enough.borrow() {
            // Where one server is gone, the next is asked.
            if began {
                _ = self.step(web).await;
            } else {
                began = self.look_again(web).await.is_ok();
            }
        }
    }

    /// One thing, drawn by lot among those that are possible.
    async fn step(&mut self, web: &Web) -> Result<(), Gone> {
        match self.dice.u8(..100) {
            0..=24 => self.get_code(web).await,
            25..=49 => self.redeem(web).await,
            50..=69 => self.refresh(web).await,
            70..=91 => self.exchange(web).await,
            92..=94 => self.revoke(web).await,
            _ => self.agree_or_withdraw(web).await,
        }
    }

    /// A browser with the cookies that this user has.
    fn browser(&self, web: &Web, origin: &str) -> Visitor {
        let visitor = Visitor::new(web.http(), origin);
        self.cookies.iter().for_each(|(name, value)| visitor.plant(name, value));
        visitor
    }

    fn keep_cookies(&mut self, visitor: &Visitor) {
        self.cookies = visitor.cookies().into_iter().collect();
    }

    /// What was used is to be used again after a restart.
    fn remember(&mut self, used: Used) {
        self.used.push_back(used);
        if self.used.len() > STOCK {
            self.used.pop_front();
        }
    }

    /// A token that was revoked is to be asked about again.
    fn bury(&mut self, token: String) {
        self.dead.push_back(token);
        if self.dead.len() > STOCK {
            self.dead.pop_front();
        }
    }

    /// Everything that came of the session has ended.
    fn session_ended(&mut self) {
        self.session = None;
        self.cookies.clear();
        self.codes.clear();
        for tokens in mem::take(&mut self.tokens) {
            self.bury(tokens.access);
        }
        if let Some(token) = self.consent.token_ended() {
            self.bury(token);
        }
    }

    /// Nobody knows whether the session has ended: nothing that came of it is used any more.
    pub(crate) fn session_may_have_ended(&mut self) {
        self.session = None;
        self.cookies.clear();
        self.codes.clear();
        self.tokens.clear();
        self.consent.token_ended();
    }

    /// Everything that came of one code has ended.
    fn family_ended(&mut self, web: &Web, family: &FamilyId) {
        web.ledger().revoked(Ancestor::Family(family.clone()));
        let tokens = mem::take(&mut self.tokens);
        let (ended, alive) = tokens.into_iter().partition(|it| it.family == *family);
        self.tokens = alive;
        let ended: Vec<Tokens> = ended;
        for tokens in ended {
            self.bury(tokens.access);
        }
    }
}
