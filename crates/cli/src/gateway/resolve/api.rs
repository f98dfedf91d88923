//! The local token API: where it is, who may ask, what may be asked.

use super::{Known, Resolver};
use crate::document::At;
use crate::gateway::raw;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use stead_gateway::config::{
    ApiConfig, ApiListen, Loopback, OpenTo, Overrides, OwnTokens, Secret, SocketFile,
};
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
        let token = match &said.token_file {
            Some(file) => self.api_token(file).map(Some),
            None => Some(None),
        };
        for name in said.identity_providers.values() {
            self.known(name);
        }
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
            overrides: Overrides::Refused,
            identity_providers,
            downstream: Vec::new(),
        })
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
