//! How long used and expired things stay on file, and how fast they leave it.

use stead_core::model::code::CodeGrant;
use stead_core::model::device::DeviceGrant;
use stead_core::model::refresh::RefreshGrant;
use stead_core::model::session::Session;
use stead_proto::time::{Seconds, Timestamp};

/// Clocks differ and the last token of a family may outlive what it came from: a day is added.
const GRACE: Seconds = Seconds(86_400);

/// A session that ended is shown for some days more.
const SESSION_GRACE: Seconds = Seconds(7 * 86_400);

/// How many expired things of a kind one commit takes along. More than one, so that the file does not
/// grow; few, so that nobody waits for it.
pub(crate) const SWEPT_AT_ONCE: usize = 16;

/// A code used twice ends its family, so it is known as long as the sign-in it was given for can live.
pub(crate) fn code(grant: &CodeGrant) -> Timestamp {
    grant.expires.max(grant.authorization.session_expires) + GRACE
}

/// A device code is recognised for a day after it matters, as a code is.
pub(crate) fn device(grant: &DeviceGrant) -> Timestamp {
    grant.matters_until() + GRACE
}

/// A refresh token used twice ends its family. Rotation does not move the end, so this is the family's.
pub(crate) fn refresh(grant: &RefreshGrant) -> Timestamp {
    grant.expires + GRACE
}

/// A use of what works once is known for longer than it counts, should a clock be set back.
pub(crate) fn once(until: Timestamp) -> Timestamp {
    until + GRACE
}

/// Until when a use counts that leaves the file then.
pub(crate) fn once_until(kept: Timestamp) -> Timestamp {
    kept - GRACE
}

/// When a session is no longer worth showing.
pub(crate) fn session(session: &Session) -> Timestamp {
    session.expires + SESSION_GRACE
}
