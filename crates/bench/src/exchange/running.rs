//! A server that runs already, somewhere, with tokens that were given.

use super::point::Point;
use super::supply::{Asked, Supply};
use super::track::Track;
use crate::args::{Exchange, Running};
use crate::floor::Calibration;
use crate::load::Target;
use crate::progress::say;
use crate::world::basic;
use anyhow::{Context, ensure};
use http::Uri;
use std::fs;
use std::sync::Arc;
use stead_proto::secret::Jwt;

/// Measures exchanges of the given tokens, again and again, for each number of connections.
pub(super) async fn measure(args: &Exchange, running: &Running) -> anyhow::Result<Vec<Point>> {
    let (mut track, users) = track(args, running)?;
    let mut points = Vec::new();
    for &connections in &args.connections {
        let point = track.measure(connections, (users, 0)).await?;
        say(format!("  {}", point.line()));
        points.push(point);
    }
    Ok(points)
}

/// The way to a server that runs already, and how many tokens there are for it.
pub(super) fn track<'a>(args: &'a Exchange, running: &Running) -> anyhow::Result<(Track<'a>, u32)> {
    let endpoint: Uri = running.url.as_deref().unwrap_or_default().parse()?;
    let read = |file: &std::path::PathBuf| {
        fs::read_to_string(file).with_context(|| file.display().to_string())
    };
    let secret = read(running.secret_file.as_ref().context("name the client's --secret-file")?)?;
    let tokens = read(running.token_file.as_ref().context("name the --token-file")?)?;
    let tokens: Vec<Jwt> = tokens.split_whitespace().map(Jwt::new).collect();
    ensure!(!tokens.is_empty(), "there is no token in the --token-file");
    let asked = Asked {
        path: endpoint.path().to_owned(),
        authorization: basic(&running.client, secret.trim())?,
        resource: running.to.clone(),
        scope: running.scope.clone(),
    };
    let track = Track {
        args,
        target: Target::of_url(&endpoint, running.ca.as_deref())?,
        server: running.pid,
        disk: args.setup.dir.clone(),
        calibration: Arc::new(Calibration::of(args.algorithm.into())?),
        supply: Supply::given(&asked, &tokens)?,
        asked,
        exchanges: 0,
    };
    Ok((track, u32::try_from(tokens.len())?))
}
