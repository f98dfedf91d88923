//! Groups of users.

use super::condition::retried;
use super::mistake::Object;
use super::validate::mistakes_of_group;
use super::{Admin, AdminError, Put, lines, ours};
use crate::commit::{Change, Expected};
use crate::model::managed::Managed;
use crate::model::user::Group;
use crate::moment::Moment;
use stead_proto::id::GroupId;

fn object(id: &GroupId) -> Object {
    Object::new("group", id)
}

impl Admin<'_> {
    /// All groups, by id.
    pub async fn groups(&self) -> Result<Vec<Group>, AdminError> {
        Ok(self.sts.store.groups().await?)
    }

    /// One group.
    pub async fn group(&self, id: &GroupId) -> Result<Group, AdminError> {
        let groups = self.sts.store.groups().await?;
        groups
            .into_iter()
            .find(|group| group.id == *id)
            .ok_or_else(|| AdminError::NotFound(object(id)))
    }

    /// Adds a group, or replaces its entry.
    pub async fn put_group(&self, group: Group, moment: &Moment) -> Result<Put<Group>, AdminError> {
        retried(|| self.put_group_once(group.clone(), moment)).await
    }

    async fn put_group_once(
        &self,
        mut group: Group,
        moment: &Moment,
    ) -> Result<Put<Group>, AdminError> {
        let before = self.found_group(&group.id).await?;
        group.managed = Managed::Api;
        let mistakes = mistakes_of_group(&group);
        if !mistakes.is_empty() {
            return Err(AdminError::Invalid(mistakes));
        }
        if before.as_ref() != Some(&group) {
            let lines = lines::of_group(before.as_ref(), &group);
            let changes = vec![still(&group.id, before.as_ref()), Change::PutGroup(group.clone())];
            self.change(changes, lines, moment).await?;
        }
        Ok(Put::of(group, before.as_ref()))
    }

    /// Removes a group and all memberships in it. Nothing needs revoking: the rules ask for a user's
    /// groups each time.
    pub async fn delete_group(&self, id: &GroupId, moment: &Moment) -> Result<(), AdminError> {
        retried(|| self.delete_group_once(id, moment)).await
    }

    async fn delete_group_once(&self, id: &GroupId, moment: &Moment) -> Result<(), AdminError> {
        let group = self.found_group(id).await?;
        let group = group.ok_or_else(|| AdminError::NotFound(object(id)))?;
        let lines = vec![format!("group {id}: removed")];
        let changes = vec![still(id, Some(&group)), Change::DeleteGroup(id.clone())];
        self.change(changes, lines, moment).await
    }

    /// A group that is about to be changed, if there is one: as expected, and no file's.
    async fn found_group(&self, id: &GroupId) -> Result<Option<Group>, AdminError> {
        let groups = self.sts.store.groups().await?;
        let found = groups.into_iter().find(|group| group.id == *id);
        self.expects(|| object(id), found.as_ref())?;
        if let Some(group) = &found {
            ours(object(id), &group.managed)?;
        }
        Ok(found)
    }
}

pub(super) fn still(id: &GroupId, group: Option<&Group>) -> Change {
    Change::Expect(Box::new(Expected::Group(id.clone(), group.cloned())))
}
