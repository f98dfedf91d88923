//! The instant and the dice of one request: drawn once at the edge, passed in as values.

use std::fmt;
use stead_proto::device::UserCode;
use stead_proto::digest::{base64url, sha256};
use stead_proto::id::{ConsentId, FamilyId, SessionId, Subject, TokenId, TraceId};
use stead_proto::secret::{
    AuthorizationCode, ClientSecret, DeviceCode, RefreshToken, SessionSecret,
};
use stead_proto::time::Timestamp;

/// The randomness that one request may need, in pieces of 128 bits.
pub type Dice = [[u8; 16]; 9];

/// One instant and enough randomness for one request. `iat`, `exp`, the record and every check agree on it.
#[derive(Clone)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// What the client calls this request (`client-request-id`), already bounded and printable.
    pub correlation_id: Option<String>,
    dice: Dice,
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moment({}, {})", self.now, self.trace_id())
    }
}

impl Moment {
    /// An instant and fresh random bits.
    #[must_use]
    pub fn new(now: Timestamp, dice: Dice) -> Self {
        Self { now, correlation_id: None, dice }
    }

    /// The same, with the client's name for the request.
    #[must_use]
    pub fn called(mut self, correlation_id: Option<String>) -> Self {
        self.correlation_id = correlation_id;
        self
    }

    /// The same, as a part of something that somebody else has begun and named.
    #[must_use]
    pub fn within(mut self, trace: [u8; 16]) -> Self {
        let [ours, ..] = &mut self.dice;
        *ours = trace;
        self
    }

    /// The name of the request: ours, or that of what it is a part of.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from_random(self.trace_bits())
    }

    /// The same as its sixteen bytes.
    #[must_use]
    pub fn trace_bits(&self) -> [u8; 16] {
        let [trace, ..] = self.dice;
        trace
    }

    /// The id of the access token, if one is issued.
    #[must_use]
    pub fn token_id(&self) -> TokenId {
        let [_, token, ..] = self.dice;
        TokenId::from_random(token)
    }

    /// The id of a session, if one begins.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        let [_, _, session, ..] = self.dice;
        SessionId::from_random(session)
    }

    /// The id of a family, if one begins.
    #[must_use]
    pub fn family_id(&self) -> FamilyId {
        let [_, _, _, family, ..] = self.dice;
        FamilyId::from_random(family)
    }

    /// The id of a consent given in this request; several differ by their place.
    #[must_use]
    pub fn consent_id(&self, place: u8) -> ConsentId {
        let [_, _, _, _, consent, ..] = self.dice;
        ConsentId::from_random(mixed(consent, place))
    }

    /// The authorization code, if one is issued: 256 bits.
    #[must_use]
    pub fn code(&self) -> AuthorizationCode {
        let [.., a, b, _, _] = self.dice;
        AuthorizationCode::new(text_of(a, b))
    }

    /// The device code, if one is issued: 256 bits. No request issues one and an authorization code.
    #[must_use]
    pub fn device_code(&self) -> DeviceCode {
        let [.., a, b, _, _] = self.dice;
        DeviceCode::new(text_of(a, b))
    }

    /// The code that goes with it, for the user to type; several differ by their place.
    #[must_use]
    pub fn user_code(&self, place: u8) -> UserCode {
        let [.., code, _] = self.dice;
        UserCode::from_random(mixed(code, place))
    }

    /// The refresh token, if one is issued: 256 bits. No request issues a code and a refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> RefreshToken {
        let [.., a, b, _, _] = self.dice;
        RefreshToken::new(text_of(a, b))
    }

    /// The id of a user, if one is added without.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let [_, _, _, _, _, subject, ..] = self.dice;
        Subject::from_random(subject)
    }

    /// The client secret, if an administrator asks for one: 256 bits. No request does that and signs in.
    #[must_use]
    pub fn client_secret(&self) -> ClientSecret {
        let [.., a, b] = self.dice;
        ClientSecret::new(text_of(a, b))
    }

    /// The value of the session cookie, if one is set: 256 bits.
    #[must_use]
    pub fn session_secret(&self) -> SessionSecret {
        let [.., a, b] = self.dice;
        SessionSecret::new(text_of(a, b))
    }
}

/// Other bits for each place, out of the same.
fn mixed(bits: [u8; 16], place: u8) -> [u8; 16] {
    let mixed = sha256(&[bits.as_slice(), &[place]].concat());
    mixed.as_bytes().split_first_chunk::<16>().map_or(bits, |(bits, _)| *bits)
}

fn text_of(a: [u8; 16], b: [u8; 16]) -> String {
    base64url(&[a, b].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_request_draws_differs_from_name_to_name() {
        let dice = std::array::from_fn(|i| [u8::try_from(i).unwrap(); 16]);
        let moment = Moment::new(Timestamp::from_secs(0), dice);
        let drawn = [
            moment.trace_id().to_string(),
            moment.token_id().to_string(),
            moment.session_id().to_string(),
            moment.family_id().to_string(),
            moment.consent_id(0).to_string(),
            moment.consent_id(1).to_string(),
            moment.code().expose().to_owned(),
            moment.user_code(0).shown(),
            moment.user_code(1).shown(),
            moment.session_secret().expose().to_owned(),
        ];
        let distinct: std::collections::BTreeSet<_> = drawn.iter().collect();
        assert_eq!(distinct.len(), drawn.len());
        assert_eq!(moment.code().expose().len(), 43);
    }

    #[test]
    fn who_names_a_request_names_nothing_else_in_it() {
        let ours = Moment::new(Timestamp::from_secs(0), Dice::default());
        let theirs = ours.clone().within([7; 16]);
        assert_eq!(theirs.trace_id(), TraceId::from_random([7; 16]));
        assert_eq!((theirs.token_id(), theirs.session_id()), (ours.token_id(), ours.session_id()));
        assert_eq!(theirs.code().expose(), ours.code().expose());
    }
}
