//! Who asks for passkeys: the host of the public URL, and only on pages of exactly that URL.

use crate::flow::Place;
use crate::public_url::PublicUrl;
use stead_core::ports::StoreError;
use stead_proto::id::Subject;
use url::Url;
use webauthn_rs::prelude::{Uuid, Webauthn, WebauthnBuilder};

/// Who asks for passkeys.
#[derive(Debug)]
pub(crate) struct RelyingParty {
    pub(super) webauthn: Webauthn,
}

impl RelyingParty {
    /// The one at this URL. There is none where the URL names an address: browsers make passkeys for names.
    pub(crate) fn at(public_url: &PublicUrl) -> Option<Self> {
        let origin = Url::parse(&public_url.to_string()).ok()?;
        let webauthn = WebauthnBuilder::new(public_url.host(), &origin).ok()?.build().ok()?;
        Some(Self { webauthn })
    }
}

/// What authenticators know a user by: always the same, and nothing to anybody else (WebAuthn §14.6.1).
pub(super) fn handle(user: &Subject, place: &Place<'_>) -> Result<Uuid, StoreError> {
    let of = format!("{}\0{user}", place.tenant);
    let bits = place.master.pseudonym("passkey user", &of);
    bits.map(Uuid::from_bytes).map_err(|error| StoreError::Broken(error.to_string()))
}
