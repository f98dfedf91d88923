//! What the gateway says of the resource behind it (RFC 9728): whose tokens it takes, and which scopes it has.

use crate::config::{Inbound, ProviderConfig, Route};
use crate::upstreams::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use http_body_util::{Either, Full};
use std::collections::BTreeSet;
use stead::verify::ProtectedResource;

/// The description, and where it is found.
#[derive(Debug)]
pub(crate) struct ResourceMetadata {
    path: String,
    url: String,
    said: Bytes,
}

impl ResourceMetadata {
    /// The description of the one resource that all routes together make up; none if the configuration gives it no URL.
    pub(crate) fn of<'p>(
        inbound: &Inbound,
        providers: impl Iterator<Item = &'p ProviderConfig>,
        routes: &[Route],
    ) -> Option<Self> {
        let resource = ProtectedResource::new(inbound.resource.as_ref()?);
        let url = resource.url()?;
        let trusted = providers.filter(|it| inbound.providers.contains(&it.name));
        let resource = trusted.fold(resource, |resource, it| resource.issuer(&it.issuer));
        let needed = routes.iter().filter_map(|route| route.require.as_ref());
        let scopes: BTreeSet<&String> = needed.flat_map(|require| &require.scopes).collect();
        let resource = scopes.into_iter().fold(resource, ProtectedResource::scope);
        let said = serde_json::to_vec(&resource).ok()?.into();
        Some(Self { path: resource.path(), url, said })
    }

    /// Where it is, for those who are refused.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The description, if it is asked for: by anybody, since whoever needs it has no token yet.
    pub(crate) fn answer(&self, method: &Method, path: &str) -> Option<Response<Body>> {
        if path != self.path || ![Method::GET, Method::HEAD].contains(method) {
            return None;
        }
        let mut response = Response::new(Either::Left(Full::new(self.said.clone())));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // For pages of any origin: one that is to sign its user in has to read this first.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        Some(response)
    }
}
