//! What the chosen cases need on this machine: found or installed before the first one starts.

use crate::clients::case::{Case, FOLDER, Runs};
use crate::setup::{chromium, node, python};
use std::path::PathBuf;

/// The programs that run cases. Those that no chosen case needs are not looked for.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    /// The Python that has the packages.
    pub(crate) python: PathBuf,
    /// The browser.
    pub(crate) chromium: PathBuf,
}

impl Tools {
    /// Finds or installs what these cases need.
    pub(crate) fn for_cases(cases: &[Case]) -> Result<Self, String> {
        let needs = |runs: Runs| cases.iter().any(|case| case.runs == runs);
        let mut tools = Self::default();
        if needs(Runs::Python) {
            tools.python = python::find_or_install()?;
        }
        if needs(Runs::Node) || needs(Runs::Browser) {
            node::find_or_install(FOLDER)?;
        }
        if needs(Runs::Browser) {
            tools.chromium = chromium::find_or_install()?;
        }
        Ok(tools)
    }
}
