//! What was found: how bad it is, in a sentence, and what to do.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub about: Area,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found, in a sentence.
    pub what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// It does not work, or is not safe.
    Fail,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// `stead.toml` and the resource files.
    Configuration,
    /// This machine's clock.
    Clock,
    /// Folders, files and the disk they are on.
    Disk,
    /// Certificates.
    Tls,
    /// The database, the records, the master key.
    Store,
    /// Our own URL, and issuers elsewhere.
    Issuers,
    /// Whom a gateway asks for tokens, and whose it takes.
    Providers,
    /// What stands behind a gateway.
    Upstreams,
    /// Where a gateway listens.
    Listeners,
    /// What gateways share.
    Cache,
}

impl Verdict {
    /// As it is printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Area {
    /// As it is printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Tls => "tls",
            Self::Store => "store",
            Self::Issuers => "issuers",
            Self::Providers => "providers",
            Self::Upstreams => "upstreams",
            Self::Listeners => "listeners",
            Self::Cache => "cache",
        }
    }

    /// Here something is as it should be.
    pub(super) fn ok(self, what: impl Into<String>) -> Finding {
        Finding { about: self, verdict: Verdict::Ok, what: what.into(), todo: None }
    }

    /// Here something should be looked at.
    pub(super) fn warn(self, what: impl Into<String>, todo: impl Into<String>) -> Finding {
        let todo = Some(todo.into());
        Finding { about: self, verdict: Verdict::Warn, what: what.into(), todo }
    }

    /// Here something does not work.
    pub(super) fn fail(self, what: impl Into<String>, todo: impl Into<String>) -> Finding {
        let todo = Some(todo.into());
        Finding { about: self, verdict: Verdict::Fail, what: what.into(), todo }
    }
}
