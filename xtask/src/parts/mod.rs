//! One file a part. Each says what it runs and how it counts.

pub(crate) mod browser;
pub(crate) mod clients;
pub(crate) mod crash;
pub(crate) mod demo_check;
pub(crate) mod deny;
pub(crate) mod docs;
pub(crate) mod fmt;
pub(crate) mod guides;
pub(crate) mod lint;
pub(crate) mod tidy;
pub(crate) mod unit;
