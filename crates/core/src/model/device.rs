//! What a device asked for, until its user has answered and it has come for its tokens (RFC 8628).

use crate::model::code::Authorization;
use serde::{Deserialize, Serialize};
use stead_proto::device::UserCode;
use stead_proto::grants::Target;
use stead_proto::id::{ClientId, FamilyId};
use stead_proto::time::{Seconds, Timestamp};

/// How long a device waits between two polls, unless it was told to slow down.
pub const INTERVAL: Seconds = Seconds(5);

/// By how much more it waits each time it does not (RFC 8628 §3.5).
const SLOWER: Seconds = Seconds(5);

/// By how many milliseconds two polls may come closer together than they were sent.
const JITTER: i64 = 500;

/// A device's request on file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceGrant {
    /// What its user types.
    pub user_code: UserCode,
    /// The client it was given to.
    pub client: ClientId,
    /// What it asked for.
    pub target: Target,
    /// Whether it asked for Entra's `client_info`.
    pub client_info: bool,
    /// After this both codes are worth nothing.
    pub expires: Timestamp,
    /// How long it has to wait between two polls.
    pub interval: Seconds,
    /// When it polled last.
    pub polled: Option<Timestamp>,
    /// What has come of it.
    pub state: DeviceState,
}

/// What has come of a device's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Nobody has answered.
    Pending,
    /// A user agreed.
    Granted(Box<Authorization>),
    /// A user said no, or could not have what was asked.
    Refused,
    /// The device has its tokens, which are of this family.
    Spent {
        /// What ends if the code is used again.
        family: FamilyId,
        /// When the sign-in ends in any case.
        session_expires: Timestamp,
    },
}

/// One thing that happens to a device's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceChange {
    /// The device asked before anybody had answered.
    Polled(Timestamp),
    /// A user agreed.
    Granted(Box<Authorization>),
    /// A user said no, or could not have what was asked.
    Refused,
    /// The device got its tokens.
    Spent,
}

impl DeviceGrant {
    /// Until when somebody may ask about it: a code used twice ends its family, so it is known as long as
    /// the sign-in it was given for can live.
    #[must_use]
    pub fn matters_until(&self) -> Timestamp {
        let of_session = match &self.state {
            DeviceState::Granted(authorization) => authorization.session_expires,
            DeviceState::Spent { session_expires, .. } => *session_expires,
            DeviceState::Pending | DeviceState::Refused => self.expires,
        };
        of_session.max(self.expires)
    }

    /// Whether somebody can still answer it.
    #[must_use]
    pub fn waits(&self, now: Timestamp) -> bool {
        self.state == DeviceState::Pending && now < self.expires
    }

    /// Whether a poll comes before its time.
    #[must_use]
    pub fn too_soon(&self, now: Timestamp) -> bool {
        let next = |before: Timestamp| (before + self.interval).millis() - JITTER;
        self.polled.is_some_and(|before| now.millis() < next(before))
    }

    /// What is on file after this; `None` if what is on file stands against it.
    #[must_use]
    pub fn after(&self, change: &DeviceChange) -> Option<Self> {
        let mut next = self.clone();
        match (&self.state, change) {
            (_, DeviceChange::Polled(at)) => {
                if self.too_soon(*at) {
                    next.interval = Seconds(self.interval.0.saturating_add(SLOWER.0));
                }
                next.polled = Some(*at);
            }
            (DeviceState::Pending, DeviceChange::Granted(authorization)) => {
                next.state = DeviceState::Granted(authorization.clone());
            }
            (DeviceState::Pending, DeviceChange::Refused) => next.state = DeviceState::Refused,
            (DeviceState::Granted(authorization), DeviceChange::Spent) => {
                next.state = DeviceState::Spent {
                    family: authorization.family.clone(),
                    session_expires: authorization.session_expires,
                };
            }
            _ => return None,
        }
        Some(next)
    }
}
