//! One-time codes (RFC 6238): SHA-1, six digits, thirty seconds, which is what every app can show.
//!
//! The secret is sealed wherever it is kept. Here alone it is opened, to check a code or to show it once.

use crate::moment::random;
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use data_encoding::BASE32_NOPAD;
use form_urlencoded::byte_serialize;
use stead_core::model::factors::Sealed;
use stead_core::ports::StoreError;
use stead_proto::digest::constant_time_eq;
use stead_proto::secret::TotpSecret;
use stead_proto::time::Timestamp;
use stead_store::{MasterKey, MasterKeyError};

/// How long a code is shown, in seconds.
const STEP: u64 = 30;

/// 160 bits, as RFC 4226 §4 recommends.
const SECRET: usize = 20;

/// A secret for a new app.
pub(crate) fn offer(master: &MasterKey) -> Result<Sealed, StoreError> {
    seal(&random::<SECRET>(), master)
}

/// The secret, for the user's app to take over.
pub(crate) fn reveal(sealed: &Sealed, master: &MasterKey) -> Result<TotpSecret, StoreError> {
    let secret = master.open(MasterKey::TOTP, sealed.as_bytes()).map_err(|error| broken(&error))?;
    Ok(TotpSecret::new(BASE32_NOPAD.encode(&secret)))
}

/// The time step whose code was typed: this one, the one before or the one after (RFC 6238 §5.2).
pub(crate) fn step_of(
    typed: &str,
    sealed: &Sealed,
    now: Timestamp,
    master: &MasterKey,
) -> Result<Option<u64>, StoreError> {
    let secret = master.open(MasterKey::TOTP, sealed.as_bytes()).map_err(|error| broken(&error))?;
    let typed: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let this = u64::try_from(now.secs()).unwrap_or_default() / STEP;
    let near = [this, this.saturating_sub(1), this + 1];
    let fits = |step: &u64| constant_time_eq(code(&secret, *step).as_bytes(), typed.as_bytes());
    Ok(near.into_iter().find(fits))
}

/// The link that an app on the same device opens, and that the picture holds.
pub(crate) fn link(secret: &TotpSecret, issuer: &str, username: &str) -> String {
    let quoted =
        |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, username) = (quoted(issuer), quoted(username));
    let secret = secret.expose();
    format!(
        "otpauth://totp/{issuer}:{username}?secret={secret}&issuer={issuer}\
         &algorithm=SHA1&digits=6&period={STEP}"
    )
}

fn seal(secret: &[u8], master: &MasterKey) -> Result<Sealed, StoreError> {
    let sealed = master.seal(MasterKey::TOTP, secret, random()).map_err(|error| broken(&error))?;
    Ok(Sealed::new(sealed))
}

fn broken(error: &MasterKeyError) -> StoreError {
    StoreError::Broken(format!("the secret of one-time codes: {error}"))
}

/// HOTP with the time step as its counter (RFC 4226 §5.3).
fn code(secret: &[u8], step: u64) -> String {
    let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let cut = tag.get(offset..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(cut) & 0x7fff_ffff) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::time::Seconds;

    /// RFC 6238, appendix B, of whose eight digits the last six are shown here.
    #[test]
    fn the_vectors_of_the_standard() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(b"12345678901234567890", seconds / STEP), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_in_its_step_and_in_those_beside_it() {
        let master = MasterKey::ephemeral([7; 32]);
        let sealed = seal(b"12345678901234567890", &master).unwrap();
        let shown = Timestamp::from_secs(1_111_111_111);
        let step = Some(1_111_111_111 / STEP);
        let typed = |text: &str, at: Timestamp| step_of(text, &sealed, at, &master).unwrap();
        for (late, expected) in [(0, step), (30, step), (60, None)] {
            assert_eq!(typed("050471", shown + Seconds(late)), expected, "{late} s");
        }
        assert_eq!(typed("050471", Timestamp::from_secs(1_111_111_111 - 30)), step);
        assert_eq!(typed(" 050 471 ", shown), step);
        for wrong in ["", "050472", "50471", "0050471", "０５０４７１"] {
            assert_eq!(typed(wrong, shown), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_opens_under_its_own_key_and_says_itself_in_base32() {
        let master = MasterKey::ephemeral([7; 32]);
        let sealed = seal(b"12345678901234567890", &master).unwrap();
        let secret = reveal(&sealed, &master).unwrap();
        assert_eq!(secret.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            link(&secret, "A & B", "alice@example.com"),
            "otpauth://totp/A%20%26%20B:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=A%20%26%20B&algorithm=SHA1&digits=6&period=30"
        );
        assert!(reveal(&sealed, &MasterKey::ephemeral([8; 32])).is_err());
        assert_ne!(offer(&master).unwrap(), offer(&master).unwrap());
    }
}
