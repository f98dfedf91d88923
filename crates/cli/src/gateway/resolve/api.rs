//! The local token API: where it is, who may ask, what may be asked.

use super::route::nobody;
use super::{Known, Resolver, optional};
use crate::document::At;
use crate::gateway::raw;
use reqwest::Method;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use stead_gateway::config::{
    ApiConfig, ApiListen, Base, Downstream, Loopback, OpenTo, Overrides, OwnTokens, Secret,
    SocketFile, Speaks, Upstream,
};
use stead_gateway::hygiene::path::canonical;
use stead_proto::secret::ClientSecret;

/// The shortest token of the API, in characters.
const TOKEN: usize = 22;

impl Resolver<'_> {
    /// Where it listens.
    pub(super) fn api_listen(&mut self, said: &raw::Api) -> Option<ApiListen> {
        if let Some(path) = said.listen.strip_prefix("unix:") {
            return self.socket(said, path);
        }
        let help = "a socket, like unix:/run/stead/api.sock, or an address like 127.0.0.1:7164";
        let address: SocketAddr = self.parsed(&said.listen, help)?;
        let loopback = Loopback::new(address);
        if loopback.is_none() {
            self.note(&said.listen, "other machines could get tokens there".to_owned(), help);
        } else if said.token_file.is_none() {
            let what = "everybody on this machine could get tokens there".to_owned();
            self.note(&said.listen, what, "add `token_file`, or listen on a socket");
        }
        loopback.map(ApiListen::Loopback)
    }

    fn socket(&mut self, said: &raw::Api, path: &str) -> Option<ApiListen> {
        let path = self.input.folder.join(path);
        let folder = path.parent().unwrap_or(&self.input.folder);
        if path.file_name().is_none() || !(folder.as_os_str().is_empty() || folder.is_dir()) {
            let what = format!("there is no folder for {}", path.display());
            self.note(&said.listen, what, "paths start at the folder of this file");
            return None;
        }
        let open_to = match said.socket_for {
            raw::SocketFor::Owner => OpenTo::Owner,
            raw::SocketFor::Group => OpenTo::Group,
        };
        Some(ApiListen::Socket(SocketFile { path, open_to }))
    }

    /// What may be asked.
    pub(super) fn api(&mut self, said: &raw::Api) -> Option<ApiConfig> {
        let token = optional(said.token_file.as_ref(), |file| self.api_token(file));
        for name in said.identity_providers.values() {
            self.known(name);
        }
        let downstream: Vec<_> =
            said.downstream.iter().map(|(name, api)| self.downstream(name, api)).collect();
        let names = said.identity_providers.iter();
        let identity_providers: BTreeMap<_, _> =
            names.map(|(theirs, ours)| (theirs.clone(), ours.to_string())).collect();
        if !self.providers.values().any(|known| *known == Known::AsClient) {
            let what = "no provider knows this service, so that no token can be given".to_owned();
            self.note(&said.listen, what, "give a provider `client_id` and `auth`");
        }
        Some(ApiConfig {
            token: token?,
            own_tokens: if said.own_tokens { OwnTokens::Given } else { OwnTokens::Refused },
            overrides: if said.allow_overrides { Overrides::Taken } else { Overrides::Refused },
            identity_providers,
            downstream: downstream.into_iter().collect::<Option<_>>()?,
        })
    }

    fn downstream(&mut self, name: &str, said: &At<raw::Downstream>) -> Option<Downstream> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if !name.bytes().all(plain) {
            let what = format!("`{name}` cannot stand in a path");
            self.note(said, what, "letters, digits, `-`, `_` and `.`");
        }
        let exchange = self.pointed(&said.exchange, &said.exchange);
        let base = optional(said.base_url.as_ref(), |url| self.base(url, said.path.as_ref()));
        let method = optional(said.method.as_ref(), |method| self.method(method));
        let (provider, target) = exchange?;
        let (name, method) = (name.to_owned(), method?.unwrap_or(Method::GET));
        Some(Downstream { name, provider, target, base: base?, method })
    }

    fn base(&mut self, said: &At<String>, relative: Option<&At<String>>) -> Option<Base> {
        let help = "like https://graph.microsoft.com/v1.0";
        let url = reqwest::Url::parse(said)
            .ok()
            .filter(|url| url.query().is_none() && url.fragment().is_none() && nobody(url));
        let path = url.as_ref().and_then(|url| canonical(url.path()).ok().map(Cow::into_owned));
        let origin = url.map(|url| url.origin().ascii_serialization());
        let (Some(path), Some(origin)) = (path, origin.filter(|it| it.starts_with("http"))) else {
            self.bad_url(said, "is no place of an API", help);
            return None;
        };
        let upstream = Upstream { origin: origin.parse().ok()?, speaks: Speaks::Usual };
        let path = format!("{}/", path.trim_end_matches('/'));
        let relative = relative.map_or("", |it| it.trim_start_matches('/')).to_owned();
        Some(Base { upstream, path, relative })
    }

    fn api_token(&mut self, file: &At<String>) -> Option<Secret> {
        let token = self.input.secret(file, self.mistakes)?;
        if token.len() < TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = format!("the token in {} can be guessed, or cannot be sent", **file);
            self.note(file, what, "22 characters or more: openssl rand -hex 16");
            return None;
        }
        Some(Secret(ClientSecret::new(token)))
    }
}
