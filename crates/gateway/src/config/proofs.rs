//! Tokens that are bound to a key of whoever sends them (DPoP, RFC 9449).

use super::Secret;
use stead::SetupError;
use stead::verify::Dpop;
use stead_proto::digest::sha256;

/// That they are taken, and what the proofs that come with them have to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofs {
    /// Where callers reach the gateway, like `https://api.example.com`: a proof is for a URL under it, whatever a
    /// request says of its host. Where there are several, the request's host says which of them, and
    /// its port where several are on one host.
    pub origins: Vec<String>,
    /// Whether tokens that are bound to no key are taken too.
    pub others: Others,
    /// What nonces are made of; without it proofs need none.
    pub nonces: Option<Secret>,
}

/// Whether tokens that are bound to no key are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They are.
    Taken,
    /// They are not.
    Refused,
}

impl Proofs {
    /// How they are looked at, with a memory of its own of those that were seen.
    pub fn dpop(&self) -> Result<Dpop, SetupError> {
        let (first, more) =
            self.origins.split_first().map_or(("", &[][..]), |(first, more)| (first, more));
        let mut dpop =
            more.iter().try_fold(Dpop::at(first)?, |dpop, origin| dpop.also_at(origin))?;
        if let Some(key) = &self.nonces {
            dpop = dpop.nonces(sha256(key.0.expose().as_bytes()).as_bytes());
        }
        Ok(match self.others {
            Others::Taken => dpop,
            Others::Refused => dpop.required(),
        })
    }
}
