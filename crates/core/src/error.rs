//! Denied is theirs, failed is ours.

use crate::denied::Denied;
use crate::ports::StoreError;
use std::fmt;
use stead_proto::error::{Dialect, Trace};

/// How a request to an OAuth endpoint ends when it does not end well.
#[derive(Debug)]
pub enum TokenError {
    /// Refused, with a reason, on record.
    Denied {
        /// Why. Boxed: refusals are rarer than answers.
        denied: Box<Denied>,
        /// Whose words to say it in.
        dialect: Dialect,
        /// What the answer carries.
        trace: Trace,
    },
    /// We could not answer. The client hears only that.
    Failed(StoreError),
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { denied, .. } => denied.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TokenError {}

/// A decision on the way that ends in a refusal or in our own failure.
#[derive(Debug)]
pub enum Stop {
    /// Refused.
    Denied(Denied),
    /// We could not ask.
    Failed(StoreError),
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}
