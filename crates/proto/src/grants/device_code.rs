//! Polling with a device code (RFC 8628 §3.4).

use crate::form::Form;
use crate::grants::{ParseError, Target};
use crate::secret::DeviceCode;

/// A device code, and what is wanted for it.
#[derive(Debug, Clone)]
pub struct DeviceCodeGrant {
    /// The code. MSAL Python sends it as `code` too, which nobody reads.
    pub device_code: DeviceCode,
    /// What is wanted; nothing means what the device asked for at first.
    pub target: Target,
    /// Whether Entra's `client_info` is wanted.
    pub client_info: bool,
}

impl DeviceCodeGrant {
    pub(super) fn read(form: &Form) -> Result<Self, ParseError> {
        Ok(Self {
            device_code: DeviceCode::new(form.required("device_code")?),
            target: Target::read(form)?,
            client_info: form.one("client_info")? == Some("1"),
        })
    }
}
