//! The floor: what the two signatures of an exchange cost, on one core, and nothing else.
//!
//! The primitives are called as [`stead_proto::jwt`] calls them, with keys parsed once, on a text as long as
//! a token. Processor time of the thread is counted, so that a neighbour on the machine does not count.

use anyhow::{Context, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::thread;
use std::time::Duration;
use stead_proto::jwt::Algorithm;

/// How often it is measured at a time; the median is taken.
const BATCHES: usize = 9;
/// How long one of these takes, at least.
const BATCH: Duration = Duration::from_millis(8);
/// How many signatures are made between two looks at the clock.
const AT_ONCE: u32 = 16;
/// How long the text is that is signed: header and claims of a subject token.
const TEXT: usize = 1024;

/// What signatures cost, in microseconds of one core.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// Making one.
    pub sign_us: f64,
    /// Verifying one.
    pub verify_us: f64,
}

impl Floor {
    /// Both, as an exchange needs them.
    #[must_use]
    pub fn both_us(self) -> f64 {
        self.sign_us + self.verify_us
    }

    /// Between two measurements.
    #[must_use]
    pub fn between(self, other: Self) -> Self {
        let middle = |a: f64, b: f64| f64::midpoint(a, b);
        Self {
            sign_us: middle(self.sign_us, other.sign_us),
            verify_us: middle(self.verify_us, other.verify_us),
        }
    }
}

/// A key pair, a text and its signature: what is needed to measure again and again.
#[derive(Debug)]
pub struct Calibration {
    signer: Signer,
    public: ParsedPublicKey,
    text: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Debug)]
enum Signer {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Calibration {
    /// Makes a key of this algorithm.
    pub fn of(algorithm: Algorithm) -> anyhow::Result<Self> {
        let signer = Signer::generate(algorithm)?;
        let public = signer.public()?;
        let text = vec![b'a'; TEXT];
        let signature = signer.sign(&text)?;
        Ok(Self { signer, public, text, signature })
    }

    /// Measures on a thread of its own, which stays on one core.
    pub fn measure(&self) -> anyhow::Result<Floor> {
        let measured = thread::scope(|scope| scope.spawn(|| self.measure_here()).join());
        measured.map_err(|_| anyhow!("the floor could not be measured"))?
    }

    fn measure_here(&self) -> anyhow::Result<Floor> {
        stay_here();
        Ok(Floor {
            sign_us: median_us(AT_ONCE, || self.signer.sign(&self.text).map(drop))?,
            verify_us: median_us(AT_ONCE, || self.verify())?,
        })
    }

    /// Verifies the signature, and nothing else.
    pub fn verify(&self) -> anyhow::Result<()> {
        let verified = self.public.verify_sig(black_box(&self.text), &self.signature);
        verified.ok().context("a signature does not verify")
    }
}

impl Signer {
    fn generate(algorithm: Algorithm) -> anyhow::Result<Self> {
        let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(signing).map(Self::P256),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Self::Ed25519),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Self::Rsa(Box::new(pair)))
            }
        };
        made.ok().context("a key cannot be made")
    }

    fn public(&self) -> anyhow::Result<ParsedPublicKey> {
        let parsed = match self {
            Self::P256(pair) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref())
            }
            Self::Ed25519(pair) => ParsedPublicKey::new(&ED25519, pair.public_key().as_ref()),
            Self::Rsa(pair) => {
                ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
            }
        };
        parsed.ok().context("a public key cannot be read")
    }

    fn sign(&self, text: &[u8]) -> anyhow::Result<Vec<u8>> {
        let signed = match self {
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), text).map(|made| made.as_ref().to_vec())
            }
            Self::Ed25519(pair) => pair.try_sign(text).map(|made| made.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut made = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut made).map(|()| made)
            }
        };
        signed.ok().context("a text cannot be signed")
    }
}

/// Keeps this thread on the core it is on. Where that is forbidden, it is measured all the same.
fn stay_here() {
    let mut here = CpuSet::new();
    here.set(sched_getcpu());
    if sched_getaffinity(None).is_ok() {
        _ = sched_setaffinity(None, &here);
    }
}

/// What one call costs in microseconds of this thread's processor time: the median of several batches. The
/// clock is asked after so many calls: asking costs a good part of a microsecond.
pub fn median_us(
    at_once: u32,
    mut work: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<f64> {
    let mut batches = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let (begun, mut calls) = (used(), 0_u32);
        let spent = loop {
            for _ in 0..at_once {
                work()?;
            }
            calls += at_once;
            let spent = used().saturating_sub(begun);
            if spent >= BATCH {
                break spent;
            }
        };
        batches.push(spent.as_secs_f64() * 1e6 / f64::from(calls));
    }
    Ok(crate::report::median(&batches))
}

/// The processor time of this thread.
pub(crate) fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanos.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_signs_what_it_then_verifies() {
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
            Calibration::of(algorithm).unwrap().verify().unwrap();
        }
    }

    #[test]
    fn between_two_floors_is_the_middle_of_both_parts() {
        let (low, high) =
            (Floor { sign_us: 10.0, verify_us: 30.0 }, Floor { sign_us: 20.0, verify_us: 50.0 });
        assert_eq!(low.between(high), Floor { sign_us: 15.0, verify_us: 40.0 });
        assert!((low.both_us() - 40.0).abs() < f64::EPSILON);
    }
}
