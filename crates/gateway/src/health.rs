//! What a gateway shows of itself: `/healthz`, `/readyz` and `/metrics`.

use crate::metrics::{Stands, render};
use crate::plane::Plane;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use stead::Obo;
use stead::issuer::Standing;
use stead_telemetry::OPENMETRICS;

/// Fetches each provider's documents, so that the first request need not, and a monitor sees how each provider stands.
pub(crate) fn get_to_know(plane: &Plane) {
    for known in &plane.providers {
        let provider = known.provider.clone();
        let signs = plane.inbound.providers.contains(&known.config.name);
        // The provider remembers the outcome, good or bad.
        tokio::spawn(async move {
            if signs {
                let _ = provider.keys().await;
            } else {
                let _ = provider.metadata().await;
            }
        });
    }
}

/// Answers one request, while the configuration of this number is at work.
pub(crate) fn answer(plane: &Plane, generation: u32, path: &str) -> Response<Full<Bytes>> {
    match path {
        "/metrics" => metrics(plane, generation),
        "/healthz" => say(StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => ready(plane),
        _ => say(StatusCode::NOT_FOUND, String::new()),
    }
}

fn metrics(plane: &Plane, generation: u32) -> Response<Full<Bytes>> {
    let stands = Stands::default();
    for known in &plane.providers {
        let kept = known.obo().map_or(0, Obo::kept);
        stands.look_at(&known.config.name, &known.provider, kept);
    }
    let mut response = say(StatusCode::OK, render(stands, generation));
    let kind = HeaderValue::from_static(OPENMETRICS);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Ready once every provider has answered, or is known to be down: a gateway whose provider is down still serves what
/// needs no provider and what it has kept, and to restart it would help nobody.
fn ready(plane: &Plane) -> Response<Full<Bytes>> {
    let unknown = |standing: Standing| standing == Standing::Unknown;
    let waits = plane.providers.iter().find(|known| unknown(known.provider.standing()));
    match waits {
        None => say(StatusCode::OK, "ok\n".to_owned()),
        Some(known) => {
            let said = format!("waiting for the provider {}\n", known.config.name);
            say(StatusCode::SERVICE_UNAVAILABLE, said)
        }
    }
}

fn say(status: StatusCode, said: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(said));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
