//! The shortcut to the token endpoint, past the router and its layers: most requests go there.
//!
//! What is answered is the same on either way, header by header; the same functions admit, read, answer
//! and name. Only finding the handler is left out, and a dozen boxed futures with it.

use crate::app::App;
use crate::client_address::TrustedProxies;
use crate::error::Unfit;
use crate::listen::Answer;
use crate::metrics::TOKEN;
use crate::oauth::{token, token_span};
use crate::routes::{self, admitted, expose_to_scripts};
use crate::telemetry::Watch;
use crate::wire_log::{self, WireLog};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method};
use std::net::IpAddr;
use stead_proto::form::MAX_BODY;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument;

/// The public endpoints: one at once, the others by the router.
#[derive(Debug, Clone)]
pub(crate) struct Shortcut {
    app: App,
    proxies: Option<TrustedProxies>,
    /// What stands on every answer.
    vouching: Option<(HeaderName, HeaderValue)>,
    router: Router,
    /// Whether it may be taken: an emulator that keeps what goes over the wire sees it at the router.
    open: bool,
}

impl Shortcut {
    /// The public endpoints. With proxies declared, nobody else is answered.
    pub(crate) fn new(
        app: App,
        proxies: Option<TrustedProxies>,
        vouching: Option<(HeaderName, HeaderValue)>,
        log: Option<WireLog>,
    ) -> Self {
        let router = routes::router(app.clone(), proxies.clone());
        let router = match vouching.clone() {
            Some((name, value)) => router.layer(SetResponseHeaderLayer::overriding(name, value)),
            None => router,
        };
        let open = log.is_none();
        let router = match log {
            Some(log) => router.layer(from_fn_with_state(log, wire_log::keep)),
            None => router,
        };
        Self { app, proxies, vouching, router, open }
    }
}

impl Answer for Shortcut {
    async fn answer(&self, request: Request, peer: Option<IpAddr>) -> Response {
        let Some(segment) = asks_for_token(&request).filter(|_| self.open) else {
            return self.router.answer(request, peer).await;
        };
        let segment = segment.to_owned();
        let watch = Watch::begin(&self.app, &request);
        let span = watch.span();
        let mut response = self.token(&segment, request, (peer, &watch)).instrument(span).await;
        watch.end(TOKEN, &Method::POST, &mut response);
        if let Some((name, value)) = &self.vouching {
            response.headers_mut().insert(name, value.clone());
        }
        response
    }
}

impl Shortcut {
    async fn token(
        &self,
        segment: &str,
        mut request: Request,
        (peer, watch): (Option<IpAddr>, &Watch),
    ) -> Response {
        if let Err(unfit) = admitted(self.proxies.as_ref(), peer, request.headers()) {
            return unfit.into_response();
        }
        DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
        let tenants = self.app.all_tenants();
        let mut response = match tenants.addressed(segment) {
            None => Unfit::UnknownTenant.into_response(),
            Some((tenant, named)) => {
                let span = token_span::begin(self.app.telemetry(), &watch.trace);
                token::answer((&tenant.sts, named), request, (&watch.moment, span)).await
            }
        };
        expose_to_scripts(response.headers_mut());
        response
    }
}

/// The tenant's segment, if this is a request to a token endpoint that needs no closer look.
fn asks_for_token(request: &Request) -> Option<&str> {
    if request.method() != Method::POST {
        return None;
    }
    let segment = request.uri().path().strip_prefix('/')?.strip_suffix("/oauth2/v2.0/token")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    (!segment.is_empty() && segment.bytes().all(plain)).then_some(segment)
}
