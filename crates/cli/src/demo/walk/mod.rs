//! `stead demo --check`: the journey without a browser, over the same HTTPS, in both dialects.

mod hop;
mod journey;

use super::files::PEOPLE_AND_PASSWORDS;
use super::place::Places;
use crate::out::{self, Tone, toned};
use anyhow::Context;
use hop::Hop;
use journey::Journey;
use std::fs;
use std::process::ExitCode;
use stead_server::Running;

/// The exchange as the page may ask for it.
pub(super) const DIALECTS: [(&str, &str); 2] =
    [("rfc8693", "RFC 8693 token exchange"), ("entra", "Entra's jwt-bearer")];

/// Walks it for every user in both dialects; the status is 0 only if all was as it must be.
pub(super) async fn check(identity: &Running, places: &Places) -> anyhow::Result<ExitCode> {
    let ca = identity.ca_certificate().context("the demo needs its development CA")?;
    let ca = reqwest::Certificate::from_pem(&fs::read(ca)?)?;
    let web = reqwest::Client::builder()
        .tls_certs_only([ca])
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut hops = Vec::new();
    for (dialect, title) in DIALECTS {
        out::line(format!("\n{}", toned(Tone::Strong, title)));
        for (user, password) in PEOPLE_AND_PASSWORDS {
            out::line(format!("  {user}"));
            let went =
                Journey::new(web.clone(), places, identity, dialect).of(user, password).await;
            went.iter().for_each(show);
            hops.extend(went);
        }
    }
    let right = hops.iter().filter(|hop| hop.is_right()).count();
    let wrong = hops.len() - right;
    out::line(format!("\n{right} hops as they must be, {wrong} not"));
    Ok(if wrong == 0 && right > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(hop: &Hop) {
    let mark = if hop.is_right() { toned(Tone::Good, "✓") } else { toned(Tone::Bad, "✗") };
    out::line(format!("    {mark} {hop}"));
}
