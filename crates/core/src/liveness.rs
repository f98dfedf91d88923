//! What a subject descends from, for the one question of liveness ([`stead_proto::liveness`]).

use crate::model::revocation::{Ancestor, Revocation};
use crate::model::subject::SubjectFacts;
use stead_proto::time::Timestamp;

pub use stead_proto::liveness::{Descent, Fact};

impl Fact for Revocation {
    fn about(&self) -> &Ancestor {
        &self.about
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

impl SubjectFacts {
    /// What it descends from, as far as it is known here.
    #[must_use]
    pub fn descent(&self) -> Descent {
        Descent::of_lineage(&self.lineage, Some(&self.user), self.session.as_ref())
            .and_token(self.token.as_ref(), self.key.as_ref())
            .and_client(&self.obtained_by)
    }
}
