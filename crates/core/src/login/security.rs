//! The page where users look after their own factors, and how they get to it.
//!
//! Whoever sees it can remove a factor with one press of a button. So it is shown only to those who proved
//! a moment ago who they are, with a second factor if they have one: a cookie stolen later shows nothing.

use super::next::Next;
use super::second_factor::{Challenged, Claimant, Who};
use super::session::SignedIn;
use super::{EnrolPage, Owner, SignInPage, Step, Visit, WhySignIn};
use crate::model::factors::Factors;
use crate::model::session::Session;
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::settings::SecondFactorRule;
use crate::sts::Sts;
use stead_proto::acr::{Acr, Amr};
use stead_proto::id::Username;
use stead_proto::time::{Seconds, Timestamp};

/// How long a proof is fresh enough to change factors.
const FRESH: Seconds = Seconds(600);

/// What this page is called where an application's name would stand.
const CALLED: &str = "your security page";

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityPage {
    /// The user's name.
    pub name: String,
    /// The name they sign in with.
    pub username: Username,
    /// What they can prove beside their password.
    pub factors: Factors,
}

/// Who is at this page.
#[derive(Debug)]
pub(super) struct AtHome {
    halfway: Option<Claimant>,
    present: Option<(SignedIn, Factors)>,
    rule: SecondFactorRule,
    now: Timestamp,
}

/// What happens next on the way to this page.
#[derive(Debug)]
pub(super) enum NextHere<'a> {
    SignIn(WhySignIn),
    SecondFactor(Who<'a>),
    Enrol(Who<'a>),
    Shown(Who<'a>, &'a Session),
}

impl AtHome {
    pub(super) fn next(&self) -> NextHere<'_> {
        if let Some(claimant) = &self.halfway {
            return match claimant.who().owes() {
                Next::SecondFactor(who) => NextHere::SecondFactor(who),
                _ => NextHere::Enrol(claimant.who()),
            };
        }
        let Some((SignedIn { session, user }, factors)) = &self.present else {
            return NextHere::SignIn(WhySignIn::First);
        };
        let who = Who { user, factors };
        if session.auth_time + FRESH <= self.now {
            NextHere::SignIn(WhySignIn::Again)
        } else if needed(self.rule, factors) <= Some(session.acr) {
            NextHere::Shown(who, session)
        } else if factors.enrolled() {
            NextHere::SecondFactor(who)
        } else {
            NextHere::SignIn(WhySignIn::Again)
        }
    }

    fn username(&self) -> Option<String> {
        self.present.as_ref().map(|(signed_in, _)| signed_in.user.username.to_string())
    }
}

/// Who has a second factor proves it here, whatever the rule elsewhere.
fn needed(rule: SecondFactorRule, factors: &Factors) -> Option<Acr> {
    rule.demands(factors).max(SecondFactorRule::WhenEnrolled.demands(factors))
}

impl Sts {
    /// What happens next on the way to the page, or the page.
    pub(super) async fn security(
        &self,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let here = self.at_home(visit, moment).await?;
        let offered = visit.progress.offered.is_some();
        Ok(match here.next() {
            NextHere::SignIn(why) => Step::SignIn(SignInPage {
                client_name: CALLED.to_owned(),
                resource_name: None,
                login_hint: here.username(),
                why,
            }),
            NextHere::SecondFactor(who) => Step::SecondFactor(who.page(CALLED)),
            NextHere::Enrol(who) => {
                Step::Enrol(EnrolPage { username: who.user.username.clone(), by_choice: false })
            }
            NextHere::Shown(who, _) if offered => {
                Step::Enrol(EnrolPage { username: who.user.username.clone(), by_choice: true })
            }
            NextHere::Shown(Who { user, factors }, _) => Step::Security(SecurityPage {
                name: user.name.clone(),
                username: user.username.clone(),
                factors: factors.clone(),
            }),
        })
    }

    pub(super) async fn challenged_for_security(
        &self,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Option<Challenged>, StoreError> {
        Ok(match self.at_home(visit, moment).await?.next() {
            NextHere::SecondFactor(who) => Some(who.challenged()),
            _ => None,
        })
    }

    pub(super) async fn owner_for_security(
        &self,
        visit: &Visit<'_>,
        moment: &Moment,
    ) -> Result<Option<Owner>, StoreError> {
        Ok(match self.at_home(visit, moment).await?.next() {
            NextHere::Enrol(who) => Some(Owner::of(who, &[Amr::Pwd])),
            NextHere::Shown(who, session) => Some(Owner::of(who, &session.amr)),
            _ => None,
        })
    }

    pub(super) fn needed_for_security(&self, factors: &Factors) -> Option<Acr> {
        needed(self.settings.second_factor, factors)
    }

    async fn at_home(&self, visit: &Visit<'_>, moment: &Moment) -> Result<AtHome, StoreError> {
        let present = match self.session_of(visit.browser, moment).await? {
            Some(signed_in) => {
                let factors = self.store.factors(&signed_in.user.id).await?;
                Some((signed_in, factors))
            }
            None => None,
        };
        let halfway = self.halfway(visit.progress, moment).await?;
        Ok(AtHome { halfway, present, rule: self.settings.second_factor, now: moment.now })
    }
}
