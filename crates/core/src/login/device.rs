//! A request that is answered at a device (RFC 8628 §3.3): found by the code that its user typed, and
//! answered once.

use super::asking::{Answer, Asking, Halt};
use super::target::Aim;
use super::{DeviceEnd, Step};
use crate::commit::{Change, Commit, CommitError, Conflict};
use crate::denied::{Denied, Unproven};
use crate::error::Stop;
use crate::model::application::Application;
use crate::model::code::Authorization;
use crate::model::device::{DeviceChange, DeviceGrant};
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::authorize::SignInRequest;
use stead_proto::device::UserCode;
use stead_proto::grants::GrantKind;
use stead_proto::secret::SecretHash;

/// A device that waits for its answer.
#[derive(Debug)]
pub(super) struct Waiting {
    code: SecretHash,
    pub(super) user_code: UserCode,
}

impl Sts {
    /// What the device asked for that waits under this code. If it cannot be granted to anybody, the
    /// device hears that.
    pub(super) async fn asking_at_device(
        &self,
        user_code: &UserCode,
        moment: &Moment,
    ) -> Result<Asking, Halt> {
        let found = self.store.device_called(user_code).await?;
        let Some((code, held)) = found.filter(|(_, held)| held.waits(moment.now)) else {
            return Err(Halt::answered(self.nobody_waits(moment).await?));
        };
        let waiting = Waiting { code, user_code: user_code.clone() };
        match self.still_possible(&held).await {
            Ok((client, aim)) => {
                let request = SignInRequest::plain(held.target, held.client_info);
                Ok(Asking { client, answer: Answer::Device(waiting), request, aim })
            }
            Err(Stop::Denied(denied)) => {
                let client = Some(held.client);
                let event = Event::Device { client, subject: None, resource: None };
                Err(Halt::answered(self.refuse_device(&waiting, event, denied, moment).await?))
            }
            Err(Stop::Failed(error)) => Err(Halt::Failed(error)),
        }
    }

    /// What was possible when the device asked may not be any more.
    async fn still_possible(&self, held: &DeviceGrant) -> Result<(Application, Aim), Stop> {
        let client = self.store.application(&held.client).await?;
        let client = client.ok_or(Denied::ClientUnproven(Unproven::Unknown))?;
        if !client.enabled {
            return Err(Denied::ClientDisabled.into());
        }
        if !client.may_use(GrantKind::DeviceCode) {
            return Err(Denied::GrantNotAllowed.into());
        }
        let aim = self.aim(&client, &held.target).await?;
        Ok((Arc::unwrap_or_clone(client), aim))
    }

    /// Gives the device what its user agreed to.
    pub(super) async fn grant_device(
        &self,
        asking: &Asking,
        waiting: &Waiting,
        authorization: Authorization,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let event = asking.event(Some(&authorization.subject));
        let granted = DeviceChange::Granted(Box::new(authorization));
        let commit = Commit {
            changes: vec![Change::Device(waiting.code, granted)],
            record: Record::new(event, Outcome::Done, moment),
        };
        let end = DeviceEnd::Granted { client_name: asking.client.name.clone() };
        self.settle(commit, end, moment).await
    }

    /// Tells the device that it gets nothing.
    pub(super) async fn refuse_device(
        &self,
        waiting: &Waiting,
        event: Event,
        denied: Denied,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        let commit = Commit {
            changes: vec![Change::Device(waiting.code, DeviceChange::Refused)],
            record: Record::new(event, Outcome::from(&denied), moment),
        };
        self.settle(commit, DeviceEnd::Refused(denied, self.trace(moment)), moment).await
    }

    /// A device is answered once: whoever comes second finds that nobody waits.
    async fn settle(
        &self,
        commit: Commit,
        end: DeviceEnd,
        moment: &Moment,
    ) -> Result<Step, StoreError> {
        match self.store.commit(commit).await {
            Ok(_) => Ok(Step::DeviceAnswered(end)),
            Err(CommitError::Conflict(Conflict::DeviceSettled)) => self.nobody_waits(moment).await,
            Err(CommitError::Conflict(conflict)) => {
                Err(StoreError::Broken(format!("answering a device met a conflict: {conflict}")))
            }
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// A code was typed that no device waits for.
    pub async fn nobody_waits(&self, moment: &Moment) -> Result<Step, StoreError> {
        let event = Event::Device { client: None, subject: None, resource: None };
        self.keep(vec![], event, Outcome::from(&Denied::UserCodeUnknown), moment).await?;
        Ok(Step::UserCodeUnknown)
    }
}
