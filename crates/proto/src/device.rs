//! Device authorization (RFC 8628): what a device is given, and the code that its user types elsewhere.

use crate::secret::DeviceCode;
use crate::time::Seconds;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Letters that make no words and are not taken for one another (RFC 8628 §6.1).
const ALPHABET: [u8; 20] = *b"BCDFGHJKLMNPQRSTVWXZ";

/// How many letters a user code has: 34 bits, of which nobody may try more than a few.
const LETTERS: usize = 8;

/// Longest text looked at when a code is typed.
const MAX_TYPED: usize = 64;

/// The code a user types to say which device is theirs.
///
/// It is no secret of the device, but whoever learns one can answer for it: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserCode(String);

impl UserCode {
    /// Reads what somebody typed: in any case, with spaces and dashes wherever they like.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED {
            return None;
        }
        let told = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let letters: String = typed.chars().filter(told).map(|c| c.to_ascii_uppercase()).collect();
        let ours = letters.bytes().all(|letter| ALPHABET.contains(&letter));
        (ours && letters.len() == LETTERS).then_some(Self(letters))
    }

    /// A new code out of 128 random bits: so many more than it holds that no letter is likelier.
    #[must_use]
    pub fn from_random(bits: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(bits);
        let letters = (0..LETTERS).filter_map(|_| {
            let place = usize::try_from(rest % 20).ok()?;
            rest /= 20;
            ALPHABET.get(place).copied().map(char::from)
        });
        Self(letters.collect())
    }

    /// The letters alone, as they are on file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `WDJB-MJHT`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at_checked(LETTERS / 2).unwrap_or((&self.0, ""));
        format!("{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

impl TryFrom<String> for UserCode {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a user code")
    }
}

impl From<UserCode> for String {
    fn from(code: UserCode) -> Self {
        code.0
    }
}

/// What a device gets that asked for a sign-in (RFC 8628 §3.2).
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    /// What it polls with.
    pub device_code: DeviceCode,
    /// What it shows its user.
    pub user_code: UserCode,
    /// Where the user types that.
    pub verification_uri: String,
    /// How long both codes are good for.
    pub expires_in: Seconds,
    /// How long it waits between two polls.
    pub interval: Seconds,
}

/// The body on the wire.
#[derive(Serialize)]
pub struct DeviceBody<'a> {
    device_code: &'a str,
    user_code: String,
    verification_uri: &'a str,
    verification_uri_complete: String,
    expires_in: u32,
    interval: u32,
    message: String,
}

impl fmt::Debug for DeviceBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceBody")
            .field("verification_uri", &self.verification_uri)
            .finish_non_exhaustive()
    }
}

impl<'a> From<&'a DeviceAuthorization> for DeviceBody<'a> {
    /// MSAL shows the `message` as it is; Entra's has the same order of words.
    fn from(given: &'a DeviceAuthorization) -> Self {
        let (uri, code) = (given.verification_uri.as_str(), given.user_code.shown());
        Self {
            device_code: given.device_code.expose(),
            verification_uri: uri,
            verification_uri_complete: format!("{uri}?user_code={code}"),
            expires_in: given.expires_in.0,
            interval: given.interval.0,
            message: format!(
                "To sign in, open the page {uri} in a web browser and enter the code {code} to authenticate."
            ),
            user_code: code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_code_is_read_in_any_case_with_spaces_and_dashes() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        assert_eq!((code.as_str(), code.shown().as_str()), ("WDJBMJHT", "WDJB-MJHT"));
        for typed in
            ["wdjbmjht", " wdjb mjht\t", "WD-JB-MJ-HT", "wdjb\u{2013}mjht", "W D J B M J H T"]
        {
            assert_eq!(UserCode::parse(typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn what_could_be_no_code_is_none() {
        let long = "-".repeat(60) + "WDJBMJHT";
        for typed in
            ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1", "WDJB_MJHT", "ẆDJBMJHT", &long]
        {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn every_letter_comes_from_the_dice_and_debug_shows_none() {
        assert_eq!(UserCode::from_random([0; 16]).shown(), "BBBB-BBBB");
        let mut bits = [0; 16];
        bits[15] = 21;
        assert_eq!(UserCode::from_random(bits).shown(), "CCBB-BBBB");
        let high = UserCode::from_random([0xff; 16]);
        assert_eq!(UserCode::parse(&high.shown()), Some(high.clone()));
        assert_eq!(format!("{high:?}"), "UserCode(…)");
    }

    #[test]
    fn a_device_is_told_what_rfc_8628_and_msal_expect() {
        let given = DeviceAuthorization {
            device_code: DeviceCode::new("d"),
            user_code: UserCode::parse("WDJBMJHT").unwrap(),
            verification_uri: "https://id.example/t1/device".into(),
            expires_in: Seconds(900),
            interval: Seconds(5),
        };
        assert_eq!(
            serde_json::to_value(DeviceBody::from(&given)).unwrap(),
            json!({
                "device_code": "d",
                "user_code": "WDJB-MJHT",
                "verification_uri": "https://id.example/t1/device",
                "verification_uri_complete": "https://id.example/t1/device?user_code=WDJB-MJHT",
                "expires_in": 900,
                "interval": 5,
                "message": "To sign in, open the page https://id.example/t1/device in a web browser \
                            and enter the code WDJB-MJHT to authenticate.",
            })
        );
    }
}
