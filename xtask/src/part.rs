//! The parts of the whole check, in their order.

use crate::parts::{
    browser, clients, crash, demo_check, deny, docs, fmt, guides, lint, tidy, unit,
};
use crate::setup;
use crate::tally::Tally;

/// How much is done to a server in the whole check: a little of everything.
const SHORT: &[&str] = &["--rounds", "4", "--outage", "3"];

/// One part of the whole check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Finds or installs what the other parts need.
    Setup,
    /// Is every file formatted?
    Fmt,
    /// Does clippy have nothing to say?
    Lint,
    /// Do all tests pass?
    Unit,
    /// Are the house rules kept?
    Tidy,
    /// Is the documentation without a warning?
    Docs,
    /// Are the dependencies' licenses and advisories in order?
    Deny,
    /// Does the journey hold without a browser?
    DemoCheck,
    /// Does it hold in one?
    Browser,
    /// Do the guides that promise it work, step by step?
    Guides,
    /// Do the libraries of others work, unmodified?
    Clients,
    /// Does what was promised hold when the server is killed?
    Crash,
}

impl Part {
    /// Every part.
    pub(crate) const ALL: [Self; 12] = [
        Self::Setup,
        Self::Fmt,
        Self::Lint,
        Self::Unit,
        Self::Tidy,
        Self::Docs,
        Self::Deny,
        Self::DemoCheck,
        Self::Browser,
        Self::Guides,
        Self::Clients,
        Self::Crash,
    ];

    /// What `cargo xtask test` runs. The house rules are tests and run with all others.
    pub(crate) const WHOLE: [Self; 11] = [
        Self::Setup,
        Self::Fmt,
        Self::Lint,
        Self::Unit,
        Self::Docs,
        Self::Deny,
        Self::DemoCheck,
        Self::Browser,
        Self::Clients,
        Self::Guides,
        Self::Crash,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Fmt => "fmt",
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Tidy => "tidy",
            Self::Docs => "docs",
            Self::Deny => "deny",
            Self::DemoCheck => "demo-check",
            Self::Browser => "browser",
            Self::Guides => "guides",
            Self::Clients => "clients",
            Self::Crash => "crash",
        }
    }

    /// What it does, for its heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Setup => {
                "set-up: finds or installs PostgreSQL, Chromium, Node and Python packages"
            }
            Self::Fmt => "format",
            Self::Lint => "lints: clippy, every warning an error",
            Self::Unit => "unit, integration and documentation tests, house rules",
            Self::Tidy => "house rules alone",
            Self::Docs => "documentation, every warning an error",
            Self::Deny => "licenses and advisories of dependencies",
            Self::DemoCheck => "the journey over HTTPS: stead demo --check",
            Self::Browser => "the journey in a browser",
            Self::Guides => "the guides, followed step by step",
            Self::Clients => "the client matrix: libraries of others, unmodified",
            Self::Crash => "proof by failure, in short: the server killed and robbed under load",
        }
    }

    /// Runs it. An error is one line that says what has to be installed first.
    pub(crate) fn run(self) -> Result<Tally, String> {
        match self {
            Self::Setup => Ok(setup::prepare()),
            Self::Fmt => Ok(fmt::run()),
            Self::Lint => Ok(lint::run()),
            Self::Unit => unit::run(),
            Self::Tidy => Ok(tidy::run()),
            Self::Docs => Ok(docs::run()),
            Self::Deny => Ok(deny::run()),
            Self::DemoCheck => Ok(demo_check::run()),
            Self::Browser => browser::run(),
            Self::Guides => guides::run(&[]),
            Self::Clients => clients::run(),
            Self::Crash => Ok(crash::run(SHORT)),
        }
    }
}
