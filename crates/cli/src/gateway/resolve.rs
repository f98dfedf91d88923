//! From what is written to what the gateway takes: addresses parsed, files read, names looked up.
//!
//! Everything here returns `None` where it has noted a mistake, and goes on, so that all mistakes are found at once.

use super::raw;
use crate::config::{self, Log, TelemetryReader};
use crate::document::{At, Document};
use crate::mistake::{Mistake, Mistakes};
use crate::resources::Input;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use stead::verify::ProtectedResource;
use stead_gateway::config::{GatewayConfig, Inbound, Listen, Patience, Secret, TlsFiles};
use stead_gateway::hygiene::headers::Strip;
use stead_proto::secret::ClientSecret;
use stead_telemetry::Collector;

mod api;
mod dpop;
mod egress;
mod provider;
mod route;
mod terms;
mod twice;

/// Resolves one file.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    document: &'a Document<'a, raw::File>,
    input: &'a Input,
    mistakes: &'a mut Mistakes,
    /// Whether each provider knows this service, by its name in the file.
    providers: BTreeMap<String, Known>,
    /// Whether the gateway itself forwards.
    forwards: bool,
    /// The files that were read on the way, and those that it shows.
    followed: Vec<PathBuf>,
}

/// What a route may ask of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Tokens.
    AsClient,
    /// Nothing: it only signs.
    Not,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        document: &'a Document<'a, raw::File>,
        input: &'a Input,
        mistakes: &'a mut Mistakes,
    ) -> Self {
        let (providers, followed) = (BTreeMap::new(), Vec::new());
        Self { document, input, mistakes, providers, forwards: false, followed }
    }

    /// All of it, or nothing if a mistake leaves a gap.
    pub(super) fn gateway(&mut self, file: &raw::File) -> Option<GatewayConfig> {
        let known = file.provider.iter().map(|(name, said)| (name.clone(), Known::of(said)));
        self.providers = known.collect();
        let listen = self.listen(file);
        self.addresses(file);
        let providers: Vec<_> =
            file.provider.iter().map(|(name, said)| self.provider(name, said)).collect();
        let inbound = self.inbound(&file.inbound);
        self.forwards = file.listen.is_some();
        self.hosts_without_proofs(file);
        let routes: Vec<_> = file.route.iter().map(|said| self.route(said)).collect();
        self.never_reached(&file.route, &routes);
        let api = optional(file.api.as_ref(), |said| self.api(said));
        let egress = optional(file.egress.as_ref(), |said| self.egress(said));
        let handles = self.handles(&file.handles);
        if file.route.is_empty() && (file.listen.is_some() || file.ext_authz.is_some()) {
            let what = "there is no route".to_owned();
            self.note(&file.inbound, what, "add [[route]] with `match`, `upstream` and `exchange`");
        }
        let patience = self.patience(&file.upstreams);
        let cache = self.cache(&file.cache);
        let when_down = self.when_down(&file.when_provider_is_down);
        let trust: Vec<_> = file.trust.ca_files.iter().map(|said| self.bytes(said)).collect();
        let trust = trust.into_iter().collect::<Option<Vec<_>>>().map(|all| all.concat());
        let telemetry = self.telemetry(&file.telemetry, trust.clone().unwrap_or_default());
        Some(GatewayConfig {
            listen: listen?,
            providers: providers.into_iter().collect::<Option<_>>()?,
            inbound: inbound?,
            routes: routes.into_iter().collect::<Option<_>>()?,
            egress: egress?.unwrap_or_default(),
            handles: handles?,
            api: api?,
            cache: cache?,
            when_down: when_down?,
            patience: patience?,
            trust: trust?,
            telemetry,
        })
    }

    /// The files whose contents count, beside this one.
    pub(super) fn followed(self) -> Vec<PathBuf> {
        self.followed
    }

    /// What to log.
    pub(super) fn log(&mut self, said: &config::raw::Log) -> Log {
        config::log(said, self.document, self.mistakes)
    }

    fn telemetry(&mut self, said: &config::raw::Telemetry, trust: Vec<u8>) -> Option<Collector> {
        let Self { document, input, mistakes, followed, .. } = self;
        followed.extend(said.headers_file.iter().map(|file| input.folder.join(file.as_str())));
        let mut reader = TelemetryReader { document, input, mistakes };
        reader.collector(said, ("stead-gateway", trust))
    }

    fn listen(&mut self, file: &raw::File) -> Option<Listen> {
        let help = "write it as 127.0.0.1:8080 or [::]:8080";
        let proxy = optional(file.listen.as_ref(), |said| self.parsed(said, help));
        let metrics = optional(file.metrics.as_ref(), |said| self.parsed(said, help));
        let tls = optional(file.tls.as_ref(), |said| self.tls(said));
        let ext_authz = optional(file.ext_authz.as_ref(), |said| self.loopback(&said.listen));
        let api = optional(file.api.as_ref(), |said| self.api_listen(said));
        let egress = optional(file.egress.as_ref(), |said| self.egress_listen(said));
        if file.listen.is_none() && file.ext_authz.is_none() && file.api.is_none() {
            let what = "it listens nowhere".to_owned();
            self.note(&file.inbound, what, "add `listen = \"127.0.0.1:8080\"` at the top");
        }
        if let (None, Some(said)) = (&file.listen, &file.tls) {
            self.note(said, "there is nothing to do HTTPS on".to_owned(), "add `listen`");
        }
        Some(Listen {
            proxy: proxy?,
            tls: tls?,
            ext_authz: ext_authz?,
            api: api?,
            egress: egress?,
            metrics: metrics?,
        })
    }

    fn tls(&mut self, said: &raw::Tls) -> Option<TlsFiles> {
        let (cert, key) = (self.existing(&said.cert_file), self.existing(&said.key_file));
        self.followed.extend(cert.iter().chain(&key).cloned());
        Some(TlsFiles { cert: cert?, key: key? })
    }

    /// Whoever can ask at this address gets tokens, so it has to be one that only this machine reaches.
    fn loopback(&mut self, said: &At<String>) -> Option<SocketAddr> {
        let help = "write it as 127.0.0.1:9001";
        let address: SocketAddr = self.parsed(said, help)?;
        if !address.ip().is_loopback() {
            self.note(said, "other machines could get tokens there".to_owned(), help);
            return None;
        }
        Some(address)
    }

    fn inbound(&mut self, said: &At<raw::Inbound>) -> Option<Inbound> {
        for name in &said.provider {
            self.known(name);
        }
        if said.provider.is_empty() || said.audience.is_empty() {
            let what = "nobody's tokens would be taken".to_owned();
            self.note(said, what, "name a provider and an audience");
        }
        let mut patterns = Vec::new();
        for pattern in &said.strip {
            if Strip::and([pattern.as_str()]).is_err() {
                let what = format!("no header is called `{}`", **pattern);
                self.note(pattern, what, "like x-user-id, or x-user-* for all that begin so");
            }
            patterns.push(pattern.as_str());
        }
        let dpop = optional(said.dpop.as_ref(), |said| self.dpop(said));
        let resource = optional(said.resource.as_ref(), |said| self.resource(said));
        Some(Inbound {
            resource: resource?,
            dpop: dpop?,
            providers: said.provider.iter().map(|name| name.to_string()).collect(),
            audiences: said.audience.iter().map(|audience| audience.to_string()).collect(),
            strip: Strip::and(patterns).ok()?,
        })
    }

    /// RFC 9728 §1.2: a URL without a fragment, and better without a query.
    fn resource(&mut self, said: &At<String>) -> Option<String> {
        if said.contains(['#', '?']) || ProtectedResource::new(said.as_str()).url().is_none() {
            let what = format!("`{}` is no URL that an API is known by", **said);
            self.note(said, what, "like https://api.example.com");
            return None;
        }
        Some(said.to_string())
    }

    fn patience(&mut self, said: &raw::Upstreams) -> Option<Patience> {
        let (connect, answer) = (self.duration(&said.connect), self.duration(&said.answer));
        let farewell = self.duration(&said.farewell);
        Some(Patience { connect: connect?, answer: answer?, farewell: farewell? })
    }

    fn duration(&mut self, said: &At<String>) -> Option<Duration> {
        let end = said.find(|c: char| !c.is_ascii_digit()).unwrap_or(said.len());
        let (number, unit) = said.split_at_checked(end).unwrap_or_default();
        let number: Option<u64> =
            number.parse().ok().filter(|number| (1..=86_400).contains(number));
        let length = match unit {
            "ms" => number.map(Duration::from_millis),
            "s" => number.map(Duration::from_secs),
            "m" => number.map(|minutes| Duration::from_secs(60 * minutes)),
            _ => None,
        };
        if length.is_none() {
            let what = format!("`{}` is no length of time", **said);
            self.note(said, what, "like 750ms, 30s or 5m");
        }
        length
    }

    /// The state of a provider that somebody names.
    fn known(&mut self, name: &At<String>) -> Option<Known> {
        let known = self.providers.get(name.as_str()).copied();
        if known.is_none() {
            let place = self.document.place(name);
            let mistake = Mistake::at(place, format!("there is no provider `{}`", **name))
                .help("add [provider.NAME]")
                .meant(name, self.providers.keys().map(String::as_str));
            self.mistakes.push(mistake);
        }
        known
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, said: &At<String>, help: &str) -> Option<T> {
        let parsed = said.parse();
        parsed.map_err(|bad: T::Err| self.note(said, format!("`{}`: {bad}", **said), help)).ok()
    }

    fn bytes(&mut self, said: &At<String>) -> Option<Vec<u8>> {
        self.followed.push(self.input.folder.join(said.as_str()));
        self.input.bytes(said, self.mistakes)
    }

    fn secret(&mut self, said: &At<String>) -> Option<Secret> {
        self.followed.push(self.input.folder.join(said.as_str()));
        self.input.secret(said, self.mistakes).map(|text| Secret(ClientSecret::new(text)))
    }

    fn existing(&mut self, said: &At<String>) -> Option<PathBuf> {
        let path = self.input.folder.join(said.as_str());
        if path.is_file() {
            return Some(path);
        }
        let what = format!("there is no file {}", path.display());
        self.note(said, what, "paths start at the folder of this file");
        None
    }

    fn bad_url(&mut self, said: &At<String>, is: &str, help: &str) {
        self.mistakes.push(Mistake::in_url(self.document.place(said), said, is).help(help));
    }

    fn note<T>(&mut self, at: &At<T>, what: String, help: &str) {
        self.mistakes.push(Mistake::at(self.document.place(at), what).help(help));
    }
}

/// Resolves what may be left out. `None` is a mistake, as everywhere here; `Some(None)` that nothing was said.
#[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
fn optional<T, U>(said: Option<&T>, resolve: impl FnOnce(&T) -> Option<U>) -> Option<Option<U>> {
    match said {
        Some(said) => resolve(said).map(Some),
        None => Some(None),
    }
}
