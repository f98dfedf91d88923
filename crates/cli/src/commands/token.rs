//! `stead token`: look into a token without trusting it, then prove it. Its signature is never printed.

use crate::args::Inspect;
use crate::member::Member;
use crate::out::{self, Tone};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::process::ExitCode;
use stead_proto::jwt::{
    Accept, AcceptTyp, Algorithm, HeaderTyp, JwkSet, KeySet, RsaDefault, Times, Unverified,
};
use stead_proto::secret::Jwt;
use stead_proto::time::{Seconds, Timestamp};
use stead_server::moment::{Moments, SystemMoments};

/// What became of the attempt to verify.
enum Verdict {
    Genuine(String),
    NotGenuine(String),
    NotAsked,
}

pub(super) async fn inspect(inspect: &Inspect, as_json: bool) -> anyhow::Result<ExitCode> {
    let token = read(&inspect.token)?;
    let parts = Unverified::parse(&token).context("this is not a token we would take")?;
    let now = SystemMoments.moment().now;
    let verdict =
        if inspect.offline { Verdict::NotAsked } else { verify(&parts, inspect, now).await };
    if as_json {
        let verified = matches!(verdict, Verdict::Genuine(_));
        out::json(&json!({
            "header": header(&parts), "claims": parts.claims_for_display(),
            "chain": chain(&parts.claims_for_display()),
            "verified": (!inspect.offline).then_some(verified), "verdict": words(&verdict),
        }))?;
    } else {
        show(&parts, now, &verdict)?;
    }
    let bad = matches!(verdict, Verdict::NotGenuine(_));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A token from the command line or, better, from standard input.
pub(super) fn read(said: &str) -> anyhow::Result<Jwt> {
    let mut text = said.to_owned();
    if said == "-" {
        text.clear();
        std::io::stdin().take(1 << 20).read_to_string(&mut text).context("standard input")?;
    }
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    if token.is_empty() {
        bail!("there is no token");
    }
    Ok(Jwt::new(token))
}

fn show(parts: &Unverified<'_>, now: Timestamp, verdict: &Verdict) -> anyhow::Result<()> {
    let claims = parts.claims_for_display();
    out::line(out::toned(Tone::Strong, "header"));
    out::json(&header(parts))?;
    out::line(out::toned(Tone::Strong, "claims"));
    out::json(&claims)?;
    out::line(out::toned(Tone::Strong, "times"));
    for name in ["auth_time", "iat", "nbf", "exp"] {
        if let Some(at) = claims.member(name).as_i64().map(Timestamp::from_secs) {
            out::line(format!("  {name:9}  {at}  {}", out::toned(Tone::Quiet, relative(at, now))));
        }
    }
    if let Some(chain) = chain(&claims) {
        out::line(out::toned(Tone::Strong, "who acts for whom"));
        out::line(format!("  {chain}"));
    }
    let (tone, mark) = match verdict {
        Verdict::Genuine(_) => (Tone::Good, "✓"),
        Verdict::NotGenuine(_) => (Tone::Bad, "✗"),
        Verdict::NotAsked => (Tone::Quiet, "·"),
    };
    out::line(format!("{} {}", out::toned(tone, mark), words(verdict)));
    Ok(())
}

fn words(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Genuine(why) | Verdict::NotGenuine(why) => why,
        Verdict::NotAsked => "not verified: anybody may have written this",
    }
}

fn header(parts: &Unverified<'_>) -> Value {
    let header = parts.header();
    let typ = match header.typ() {
        HeaderTyp::Known(typ) => Some(typ.as_str()),
        HeaderTyp::Other => Some("(unknown)"),
        HeaderTyp::Absent => None,
    };
    json!({ "alg": header.alg(), "kid": header.kid(), "typ": typ })
}

/// `company-data ← reports-api ← dashboard for alice`: the resource, who acts now, who acted before, for whom.
fn chain(claims: &Value) -> Option<String> {
    let whom = ["preferred_username", "name", "sub"]
        .iter()
        .find_map(|name| claims.member(name).as_str())?;
    let resource = claims.member("aud").as_str()?;
    let resource = resource.strip_prefix("api://").unwrap_or(resource);
    let mut hops = vec![resource];
    let way = claims.member("lineage").member("clients").as_array().into_iter().flatten();
    let actors = std::iter::successors(claims.get("act"), |act| act.get("act"));
    hops.extend(["client_id", "azp"].iter().find_map(|name| claims.member(name).as_str()));
    hops.extend(actors.filter_map(|act| act.member("sub").as_str()));
    hops.extend(way.rev().filter_map(Value::as_str));
    let mut seen = Vec::new();
    hops.retain(|hop| {
        !seen.contains(hop) && {
            seen.push(*hop);
            true
        }
    });
    Some(format!("{} for {whom}", hops.join(" ← ")))
}

fn relative(at: Timestamp, now: Timestamp) -> String {
    let (ahead, behind) = (at.left_at(now), now.left_at(at));
    if ahead == Seconds(0) {
        format!("{} ago", out::rounded(behind))
    } else {
        format!("in {}", out::rounded(ahead))
    }
}

async fn verify(parts: &Unverified<'_>, inspect: &Inspect, now: Timestamp) -> Verdict {
    match try_verify(parts, inspect, now).await {
        Ok(said) => Verdict::Genuine(said),
        Err(error) => Verdict::NotGenuine(format!("{error:#}")),
    }
}

async fn try_verify(
    parts: &Unverified<'_>,
    inspect: &Inspect,
    now: Timestamp,
) -> anyhow::Result<String> {
    let named = parts.issuer().context("it names no issuer")?;
    let issuer = inspect.issuer.as_deref().unwrap_or(named);
    if issuer != named {
        bail!("its issuer is {named}, not {issuer}");
    }
    let keys = published_keys(issuer, inspect).await.map_err(unverified)?;
    let typ = match parts.typ() {
        Some(typ) => AcceptTyp::Exactly(typ),
        None => AcceptTyp::OneOfOrUntyped(&[]),
    };
    let algorithms = &Algorithm::ALL;
    let accept = Accept { typ, algorithms, now, leeway: Seconds(0), times: Times::Required };
    parts.verify::<Value>(&keys, &accept)?;
    Ok(format!("genuine: signed by {issuer}, and its times are right"))
}

fn unverified(error: anyhow::Error) -> anyhow::Error {
    let reached = !error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect);
    error.context(if reached {
        "it cannot be verified"
    } else {
        "it cannot be verified, as its issuer cannot be reached (a CA that is not trusted here is named by --ca)"
    })
}

/// The keys that an issuer publishes, found as any client finds them.
async fn published_keys(issuer: &str, inspect: &Inspect) -> anyhow::Result<KeySet> {
    let mut builder = reqwest::Client::builder().https_only(true);
    if let Some(ca) = &inspect.ca {
        let pem = fs::read(ca).with_context(|| ca.display().to_string())?;
        for certificate in reqwest::Certificate::from_pem_bundle(&pem)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    let client = builder.build()?;
    let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document: Value = client.get(&discovery).send().await?.error_for_status()?.json().await?;
    if document.member("issuer").as_str() != Some(issuer) {
        bail!("{discovery} speaks of another issuer");
    }
    let address = document.member("jwks_uri").as_str().context("its issuer publishes no keys")?;
    let keys = client.get(address).send().await?.error_for_status()?.bytes().await?;
    Ok(KeySet::from_jwks(&JwkSet::parse(&keys, RsaDefault::Rs256)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_reads_from_the_resource_back_to_the_user() {
        let exchanged = json!({
            "aud": "api://company-data", "client_id": "reports-api", "preferred_username": "alice",
            "act": { "sub": "reports-api" }, "lineage": { "clients": ["dashboard", "reports-api"] },
        });
        assert_eq!(chain(&exchanged).unwrap(), "company-data ← reports-api ← dashboard for alice");
        let first = json!({ "aud": "api://reports-api", "client_id": "dashboard", "sub": "7" });
        assert_eq!(chain(&first).unwrap(), "reports-api ← dashboard for 7");
    }

    #[test]
    fn a_time_is_said_from_here() {
        let now = Timestamp::from_secs(1_000_000);
        assert_eq!(relative(now + Seconds(3600), now), "in 60 min");
        assert_eq!(relative(now - Seconds(5), now), "5 s ago");
    }
}
