//! Verifying: tokens seen for the first time and again, beside the signature alone.

use super::clock::{apart, each_ns};
use crate::args::Verify;
use crate::floor::used;
use crate::issuer::{AUDIENCE, Issuer};
use crate::machine::Machine;
use crate::process;
use crate::progress::say;
use crate::report::{Section, Table, median, rounded};
use crate::world::Person;
use anyhow::{Context, ensure};
use aws_lc_rs::signature::ParsedPublicKey;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::path::Path;
use stead::Verifier;
use stead::verify::VerifierBuilder;
use stead_proto::digest::from_base64url;
use stead_proto::jwt::Algorithm;
use stead_proto::secret::Jwt;

/// How many tokens are verified between two looks at the clock, each in all three ways.
const AT_ONCE: usize = 20;
/// How often each of them is shown again.
const AGAIN: usize = 20;
/// Room for all of them.
const ROOM: u64 = 1 << 32;
/// Too little for one that is ready: all are at rest.
pub(super) const NONE_READY: u64 = 1_000;

/// What one algorithm costs. Medians of the batches.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cost {
    algorithm: String,
    /// How long a token is, in bytes.
    token_bytes: usize,
    /// The signature alone, in nanoseconds.
    signature_ns: f64,
    /// A token for the first time.
    cold_ns: f64,
    /// That, over the signature alone, in the same batch.
    cold_per_signature: f64,
    /// The same token again.
    repeated_ns: f64,
    /// The same token when it was at rest: its digest computed and found, its claims read again.
    resting_ns: f64,
    /// What a remembered token holds in memory, in bytes.
    remembered_bytes: f64,
}

/// Measures each algorithm.
pub async fn run(args: &Verify) -> anyhow::Result<Section> {
    let mut costs = Vec::new();
    for &algorithm in &args.algorithms {
        let algorithm = Algorithm::from(algorithm);
        say(format!("{algorithm}: {} tokens", args.tokens));
        costs.push(cost(algorithm, args.tokens).await?);
    }
    section(&costs, args.tokens)
}

async fn cost(algorithm: Algorithm, tokens: u32) -> anyhow::Result<Cost> {
    let issuer = Issuer::start(algorithm).await?;
    let key = issuer.raw_key()?;
    let builder = || -> anyhow::Result<VerifierBuilder> {
        let builder = Verifier::builder().provider(issuer.provider()?).audience(AUDIENCE);
        Ok(builder.memory_bytes(ROOM))
    };
    let verifier = builder()?.build()?;
    let resting = builder()?.ready_bytes(NONE_READY).build()?;
    // One more, that brings the keys.
    let tokens: Vec<Jwt> =
        (0..=tokens).map(|number| issuer.token(Person(number))).collect::<anyhow::Result<_>>()?;
    apart(async move || {
        let cost = measure(algorithm, &verifier, &key, &tokens).await?;
        Ok(Cost { resting_ns: at_rest(&resting, &tokens).await?, ..cost })
    })
    .await
}

async fn measure(
    algorithm: Algorithm,
    verifier: &Verifier,
    key: &ParsedPublicKey,
    tokens: &[Jwt],
) -> anyhow::Result<Cost> {
    let (first, tokens) = tokens.split_first().context("there is no token")?;
    verifier.verify(first).await?;
    let parts = tokens.iter().map(taken_apart).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut signature, mut cold, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    let before = process::memory(std::process::id())?.resident;
    for (tokens, parts) in tokens.chunks(AT_ONCE).zip(parts.chunks(AT_ONCE)) {
        let begun = used();
        for (text, made) in parts {
            ensure!(key.verify_sig(black_box(text), made).is_ok(), "a signature does not verify");
        }
        signature.push(each_ns(begun, parts.len()));
        let begun = used();
        verify_all(verifier, tokens).await?;
        cold.push(each_ns(begun, tokens.len()));
        let begun = used();
        for _ in 0..AGAIN {
            verify_all(verifier, tokens).await?;
        }
        repeated.push(each_ns(begun, tokens.len() * AGAIN));
    }
    let grown = process::memory(std::process::id())?.resident.saturating_sub(before);
    let ratios: Vec<f64> = cold.iter().zip(&signature).map(|(cold, alone)| cold / alone).collect();
    Ok(Cost {
        algorithm: algorithm.as_str().to_owned(),
        token_bytes: first.expose().len(),
        signature_ns: median(&signature),
        cold_ns: median(&cold),
        cold_per_signature: median(&ratios),
        repeated_ns: median(&repeated),
        resting_ns: 0.0,
        remembered_bytes: per(grown, u32::try_from(tokens.len())?),
    })
}

/// What a token costs that was verified before and is not ready.
async fn at_rest(verifier: &Verifier, tokens: &[Jwt]) -> anyhow::Result<f64> {
    verify_all(verifier, tokens).await?;
    let mut costs = Vec::new();
    for tokens in tokens.chunks(AT_ONCE) {
        let begun = used();
        verify_all(verifier, tokens).await?;
        costs.push(each_ns(begun, tokens.len()));
    }
    Ok(median(&costs))
}

async fn verify_all(verifier: &Verifier, tokens: &[Jwt]) -> anyhow::Result<()> {
    for token in tokens {
        black_box(verifier.verify(token).await?);
    }
    Ok(())
}

/// What is signed, and the signature.
fn taken_apart(token: &Jwt) -> anyhow::Result<(&[u8], Vec<u8>)> {
    let (text, signature) = token.expose().rsplit_once('.').context("a token without a dot")?;
    Ok((text.as_bytes(), from_base64url(signature).context("a signature is not base64url")?))
}

#[expect(clippy::cast_precision_loss, reason = "no memory is so large")]
pub(super) fn per(bytes: u64, many: u32) -> f64 {
    bytes as f64 / f64::from(many.max(1))
}

fn section(costs: &[Cost], tokens: u32) -> anyhow::Result<Section> {
    let mut table = Table::new(
        "Verifying an access token with the SDK",
        &[
            "algorithm",
            "token bytes",
            "signature µs",
            "first time µs",
            "÷ signature",
            "again ns",
            "from rest ns",
            "remembered bytes",
        ],
    );
    for cost in costs {
        table.rows.push(vec![
            cost.algorithm.clone(),
            cost.token_bytes.to_string(),
            rounded(cost.signature_ns / 1e3),
            rounded(cost.cold_ns / 1e3),
            rounded(cost.cold_per_signature),
            rounded(cost.repeated_ns),
            rounded(cost.resting_ns),
            format!("{:.0}", cost.remembered_bytes),
        ]);
    }
    let notes = vec![
            format!(
                "Processor time of one thread, medians of batches of {AT_ONCE} of {tokens} tokens. In each batch \
                 the same tokens are verified three times: their signatures alone, by the SDK for the first time, \
                 by the SDK again."
            ),
            "From rest is the same again by a verifier that keeps none ready: SHA-256 of the token, found among those whose \
             signatures were good, and its claims read and looked at anew."
                .to_owned(),
            "What a remembered token holds is how much the process grew, for each: the token, what it says, its \
             place."
                .to_owned(),
        ];
    let machine = Machine::here(Path::new("."));
    Section::new(("verify", "The SDK verifies"), machine, (notes, vec![table]), &costs)
}
