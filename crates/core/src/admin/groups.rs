//! Groups of users.

use super::mistake::Object;
use super::validate::mistakes_of_group;
use super::{Admin, AdminError, Put, lines, ours};
use crate::commit::Change;
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
    pub async fn put_group(
        &self,
        mut group: Group,
        moment: &Moment,
    ) -> Result<Put<Group>, AdminError> {
        let groups = self.sts.store.groups().await?;
        let before = groups.into_iter().find(|it| it.id == group.id);
        if let Some(before) = &before {
            ours(object(&before.id), &before.managed)?;
        }
        group.managed = Managed::Api;
        let mistakes = mistakes_of_group(&group);
        if !mistakes.is_empty() {
            return Err(AdminError::Invalid(mistakes));
        }
        if before.as_ref() != Some(&group) {
            let lines = lines::of_group(before.as_ref(), &group);
            self.change(vec![Change::PutGroup(group.clone())], lines, moment).await?;
        }
        Ok(Put::of(group, before.as_ref()))
    }

    /// Removes a group and all memberships in it. Nothing needs revoking: the rules ask for a user's
    /// groups each time.
    pub async fn delete_group(&self, id: &GroupId, moment: &Moment) -> Result<(), AdminError> {
        let group = self.group(id).await?;
        ours(object(id), &group.managed)?;
        let lines = vec![format!("group {id}: removed")];
        self.change(vec![Change::DeleteGroup(id.clone())], lines, moment).await
    }
}
