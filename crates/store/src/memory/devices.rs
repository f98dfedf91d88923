//! Devices whose users sign in elsewhere, in a tenant's memory.

use super::state::{Leaving, State};
use crate::keeping;
use stead_core::commit::Conflict;
use stead_core::model::device::{DeviceChange, DeviceGrant};
use stead_proto::device::UserCode;
use stead_proto::secret::SecretHash;
use stead_proto::time::Timestamp;

impl State {
    pub(super) fn device_called(&self, code: &UserCode) -> Option<(SecretHash, DeviceGrant)> {
        let hash = *self.user_codes.get(code)?;
        self.devices.get(&hash).map(|grant| (hash, grant.clone()))
    }

    /// What is on file under a device code stays as it is. A user code is free again once what had it has
    /// expired.
    pub(super) fn put_device(
        &mut self,
        code: SecretHash,
        grant: DeviceGrant,
        now: Timestamp,
    ) -> Result<(), Conflict> {
        if self.devices.get(&code).is_some() {
            return Ok(());
        }
        let before = self.device_called(&grant.user_code);
        if before.is_some_and(|(_, held)| now < held.expires) {
            return Err(Conflict::UserCodeTaken);
        }
        self.leaving.put((keeping::device(&grant), Leaving::Device(code)), ());
        self.user_codes.put(grant.user_code.clone(), code);
        self.devices.put(code, grant);
        Ok(())
    }

    pub(super) fn change_device(
        &mut self,
        code: SecretHash,
        change: &DeviceChange,
    ) -> Result<(), Conflict> {
        let held = self.devices.get(&code).ok_or(Conflict::DeviceSettled)?;
        let next = held.after(change).ok_or(Conflict::DeviceSettled)?;
        let until = keeping::device(held);
        self.leaving.remove(&(until, Leaving::Device(code)));
        self.leaving.put((keeping::device(&next), Leaving::Device(code)), ());
        self.devices.put(code, next);
        Ok(())
    }

    /// Removes a device and its user code, if that is not another's by now.
    pub(super) fn forget_device(&mut self, code: &SecretHash) {
        let Some(held) = self.devices.remove(code) else { return };
        if self.user_codes.get(&held.user_code) == Some(code) {
            self.user_codes.remove(&held.user_code);
        }
    }
}
