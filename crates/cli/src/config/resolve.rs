//! From what is written to what the server takes: addresses parsed, paths joined, choices made.

use super::{Log, TelemetryReader, TenantFiles, patterns, raw};
use crate::document::{At, Document};
use crate::mistake::{Mistake, Mistakes};
use crate::resources::{Input, guid};
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use stead_core::keys::LEAST_AHEAD;
use stead_core::model::tenant::Tenant;
use stead_core::settings::{KeyRules, LONGEST_TOKEN, SecondFactorRule, Settings};
use stead_proto::time::Seconds;
use stead_server::config::{
    AdminListen, InUrls, Listen, ServerConfig, Shutdown, StoreConfig, Tls, Trust,
};
use stead_telemetry::Collector;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How much a log may say, as people write it.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// Resolves one process file.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    pub(super) document: &'a Document<'a, raw::File>,
    pub(super) input: &'a Input,
    pub(super) mistakes: &'a mut Mistakes,
}

impl Resolver<'_> {
    /// The tenants and where their resources are; those that can be made out.
    pub(super) fn tenants(&mut self, file: &raw::File) -> Vec<TenantFiles> {
        if file.tenant.is_empty() {
            let help = "add [[tenant]] with a name and its resources";
            self.note(&file.public_url, "there is no tenant".to_owned(), help);
        }
        let mut seen: Vec<Tenant> = Vec::new();
        let mut all = Vec::new();
        for said in &file.tenant {
            let Some(tenant) = self.tenant(said) else { continue };
            let is_taken = |name: &str| seen.iter().any(|it| it.is_called(name));
            if is_taken(tenant.name.as_str()) || is_taken(tenant.id.as_str()) {
                let what = format!("two tenants are called `{}`", tenant.name);
                self.note(&said.name, what, "give each its own name and id");
            }
            seen.push(tenant.clone());
            let files = said.resources.iter().flat_map(|said| self.files(said)).collect();
            let administrators =
                said.administrators.as_ref().and_then(|group| self.parsed(group, "a group"));
            all.push(TenantFiles {
                tenant,
                in_urls: in_urls(said.issuer),
                second_factor: second_factor(said.second_factor),
                administrators,
                files,
            });
        }
        all
    }

    /// Everything else, or nothing if a mistake leaves a gap.
    pub(super) fn server(&mut self, file: &raw::File) -> Option<ServerConfig> {
        let data_dir = self.path(&file.data_dir);
        let under = |said: Option<&At<String>>, name: &str| match said {
            Some(said) => self.path(said),
            None => data_dir.join(name),
        };
        let sqlite = StoreConfig::Sqlite { file: under(file.store.path.as_ref(), "stead.db") };
        let master_key = under(file.keys.master_key_file.as_ref(), "master.key");
        let admin_token = under(file.admin.token_file.as_ref(), "admin.token");
        let public_url = self.public_url(&file.public_url);
        let listen = self.listen(&file.listen);
        let tls = self.tls(file, &data_dir);
        let trust = self.trust(&file.trust);
        let settings = self.settings(&file.tokens);
        let shutdown = self.shutdown(&file.shutdown);
        let keep_records = match &file.records.keep {
            Some(said) => self.lifetime(said).map(Some),
            None => Some(None),
        };
        let store = match &file.store.url {
            Some(url) => self.postgres(&file.store, url),
            None => self.only_sqlite(&file.store).then_some(sqlite),
        };
        let signing = self.signing(&file.signing);
        let telemetry = self.telemetry(file);
        Some(ServerConfig {
            public_url: public_url?,
            listen: listen?,
            tls: tls?,
            store: store?,
            data_dir,
            master_key,
            admin_token,
            trust: trust?,
            tenants: Vec::new(),
            settings: Settings { signing: signing?, ..settings? },
            keep_records: keep_records?,
            shutdown: shutdown?,
            telemetry,
            emulation: None,
        })
    }

    fn public_url(&mut self, said: &At<String>) -> Option<String> {
        let url = reqwest::Url::parse(said).ok().filter(|url| {
            url.scheme() == "https" && url.path() == "/" && url.query().is_none() && url.has_host()
        });
        if url.is_none() {
            let help = "write it as https://host or https://host:port";
            let place = self.document.place(said);
            let mistake = Mistake::in_url(place, said, "is no https URL without a path");
            self.mistakes.push(mistake.help(help));
        }
        url.map(|_| said.trim_end_matches('/').to_owned())
    }

    fn listen(&mut self, said: &raw::Listen) -> Option<Listen> {
        let https = self.parsed(&said.https, "write it as 127.0.0.1:8443 or [::]:8443");
        let admin = match said.admin.strip_prefix("unix:") {
            Some(socket) => Some(AdminListen::Unix(self.input.folder.join(socket))),
            None => self.loopback(&said.admin).map(AdminListen::Tcp),
        };
        let metrics = match &said.metrics {
            Some(said) => Some(self.parsed(said, "write it as 127.0.0.1:9090")?),
            None => None,
        };
        Some(Listen { https: https?, admin: admin?, metrics })
    }

    /// The admin API decides over everything, so nothing but this machine may reach it.
    fn loopback(&mut self, said: &At<String>) -> Option<SocketAddr> {
        let help = "write it as 127.0.0.1:8444, or as unix: and the path of a socket";
        let address: SocketAddr = self.parsed(said, help)?;
        if !address.ip().is_loopback() {
            self.note(said, "other machines could reach the admin API there".to_owned(), help);
            return None;
        }
        Some(address)
    }

    fn tls(&mut self, file: &raw::File, data_dir: &Path) -> Option<Tls> {
        const WAYS: &str =
            "write `development = true`, or `cert_file` and `key_file`, or `behind_proxy`";
        let said = &file.tls;
        let development = said.development.as_ref().filter(|wanted| ***wanted);
        match (development, &said.cert_file, &said.key_file, &said.behind_proxy) {
            (Some(_), None, None, None) => {
                Some(Tls::Development { dir: data_dir.join("ca"), only: Vec::new() })
            }
            (None, Some(cert), Some(key), None) => {
                let (cert, key) = (self.existing(cert), self.existing(key));
                Some(Tls::Files { cert: cert?, key: key? })
            }
            (None, None, None, Some(proxies)) => {
                let help = "write it as 10.0.0.1 or 10.0.0.0/8";
                let trusted =
                    proxies.iter().map(|proxy| self.parsed(proxy, help)).collect::<Vec<_>>();
                Some(Tls::BehindProxy { trusted: trusted.into_iter().collect::<Option<_>>()? })
            }
            (None, None, None, None) => {
                let what = "nothing says how HTTPS is done: [tls] is missing or empty".to_owned();
                self.note(&file.public_url, what, WAYS);
                None
            }
            _ => {
                let at = said.cert_file.as_ref().or(said.key_file.as_ref());
                let at = at.unwrap_or(&file.public_url);
                self.note(at, "[tls] says not exactly one way to do HTTPS".to_owned(), WAYS);
                None
            }
        }
    }

    pub(super) fn existing(&mut self, said: &At<String>) -> Option<PathBuf> {
        let path = self.path(said);
        if path.is_file() {
            return Some(path);
        }
        let what = format!("there is no file {}", path.display());
        self.note(said, what, "paths start at the folder of this file");
        None
    }

    fn trust(&mut self, said: &raw::Trust) -> Option<Trust> {
        let ca_files = said.ca_files.iter().map(|file| self.existing(file)).collect::<Vec<_>>();
        let key_hosts = said.key_hosts.iter().map(|host| self.host(host)).collect::<Vec<_>>();
        Some(Trust {
            ca_files: ca_files.into_iter().collect::<Option<_>>()?,
            key_hosts: key_hosts.into_iter().collect::<Option<_>>()?,
        })
    }

    /// The name of a host alone, as it stands in URLs.
    fn host(&mut self, said: &At<String>) -> Option<String> {
        let url = reqwest::Url::parse(&format!("https://{}/", **said)).ok();
        let host = url.as_ref().and_then(reqwest::Url::host_str).map(str::to_owned);
        let alone = host.filter(|host| *host == **said);
        if alone.is_none() {
            self.note(said, format!("`{}` is no host", **said), "write it as keys.example.com");
        }
        alone
    }

    fn shutdown(&mut self, said: &raw::Shutdown) -> Option<Shutdown> {
        let (delay, patience) = (self.span_of_time(&said.delay), self.span_of_time(&said.patience));
        let length = |Seconds(seconds)| Duration::from_secs(u64::from(seconds));
        Some(Shutdown { delay: length(delay?), patience: length(patience?) })
    }

    fn telemetry(&mut self, file: &raw::File) -> Option<Collector> {
        let trust = match &file.telemetry.otlp {
            Some(_) => self.bytes_of(&file.trust.ca_files)?,
            None => Vec::new(),
        };
        let Self { document, input, mistakes } = self;
        TelemetryReader { document, input, mistakes }.collector(&file.telemetry, ("stead", trust))
    }

    /// What these hold; of one that is not there, `trust` has said so.
    fn bytes_of(&mut self, files: &[At<String>]) -> Option<Vec<u8>> {
        let there = files.iter().filter(|file| self.input.folder.join(&***file).is_file());
        let each = there.map(|file| self.input.bytes(file, self.mistakes));
        Some(each.collect::<Option<Vec<_>>>()?.concat())
    }

    fn settings(&mut self, said: &raw::Tokens) -> Option<Settings> {
        let access_token = self.token_lifetime(&said.access);
        let exchanged_token = self.token_lifetime(&said.exchanged);
        let id_token = self.token_lifetime(&said.id);
        let code = self.lifetime(&said.code);
        let device_code = self.lifetime(&said.device_code);
        let refresh_token = self.lifetime(&said.refresh);
        let spa_refresh_token = self.lifetime(&said.spa_refresh);
        let spa_refresh_grace = self.span_of_time(&said.spa_refresh_grace);
        let session = self.lifetime(&said.session);
        let clock_skew = self.span_of_time(&said.clock_skew);
        let max_chain = usize::try_from(*said.max_chain).ok().filter(|n| (1..=8).contains(n));
        if max_chain.is_none() {
            let what = format!("a chain cannot have {} actors", *said.max_chain);
            self.note(&said.max_chain, what, "1 to 8");
        }
        Some(Settings {
            access_token: access_token?,
            exchanged_token: exchanged_token?,
            id_token: id_token?,
            code: code?,
            device_code: device_code?,
            refresh_token: refresh_token?,
            spa_refresh_token: spa_refresh_token?,
            spa_refresh_grace: spa_refresh_grace?,
            session: session?,
            max_chain: max_chain?,
            clock_skew: clock_skew?,
            ..Settings::default()
        })
    }

    /// No key signs before everybody can know it, and none is to give way before it has signed.
    fn signing(&mut self, said: &raw::Signing) -> Option<KeyRules> {
        let rotate_every = match said.rotate_every.as_str() {
            "never" => None,
            _ => Some(self.lifetime(&said.rotate_every)?),
        };
        let publish_ahead = self.lifetime(&said.publish_ahead)?;
        if publish_ahead < LEAST_AHEAD {
            let what = format!("{publish_ahead} is too short for everybody to learn of a key");
            let help = "6m or more: verifiers read the keys again after five minutes";
            self.note(&said.publish_ahead, what, help);
            return None;
        }
        if rotate_every.is_some_and(|every| every <= publish_ahead) {
            let what = format!("a key that signs for {} is too short-lived", *said.rotate_every);
            let help = format!("longer than signing.publish_ahead, {publish_ahead}; or never");
            self.note(&said.rotate_every, what, &help);
            return None;
        }
        Some(KeyRules { rotate_every, publish_ahead })
    }

    /// A lifetime: what lives for no time at all is of no use.
    fn lifetime(&mut self, said: &At<String>) -> Option<Seconds> {
        let length = self.span_of_time(said)?;
        if length == Seconds(0) {
            self.note(said, "this is no time at all".to_owned(), "like 90s, 10m, 8h or 30d");
            return None;
        }
        Some(length)
    }

    /// The lifetime of what is signed: keys are kept only so long after they were used.
    fn token_lifetime(&mut self, said: &At<String>) -> Option<Seconds> {
        let length = self.lifetime(said)?;
        if length > LONGEST_TOKEN {
            self.note(said, "a token lives for a day at most".to_owned(), "like 10m, 1h or 24h");
            return None;
        }
        Some(length)
    }

    fn span_of_time(&mut self, said: &At<String>) -> Option<Seconds> {
        let length = Seconds::parse(said).ok();
        if length.is_none() {
            self.note(
                said,
                format!("`{}` is no length of time", **said),
                "like 90s, 10m, 8h or 30d",
            );
        }
        length
    }

    /// What to log.
    pub(super) fn log(&mut self, said: &raw::Log) -> Log {
        log(said, self.document, self.mistakes)
    }

    fn tenant(&mut self, said: &raw::Tenant) -> Option<Tenant> {
        let in_a_path = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        let help = "letters, digits, `-`, `_` and `.`: it stands in URLs";
        if !said.name.chars().all(in_a_path) {
            self.note(&said.name, format!("`{}` will not do as a name", *said.name), help);
            return None;
        }
        let name = self.parsed(&said.name, help)?;
        let id = match &said.id {
            Some(id) => self.parsed(id, "a GUID"),
            None => guid(&["tenant", &said.name.to_lowercase()]).parse().ok(),
        };
        Some(Tenant { id: id?, name })
    }

    fn files(&mut self, said: &At<String>) -> Vec<PathBuf> {
        let mistake = |what: String| Mistake::at(self.document.place(said), what);
        let wrong = match patterns::files(&self.input.folder, said) {
            Ok(files) if files.is_empty() => {
                let help = "whatever such a file once put on file is removed";
                mistake(format!("no file fits `{}`", **said)).help(help).warning()
            }
            Ok(files) if files.iter().all(|file| file.exists()) => return files,
            Ok(_) => mistake(format!("there is no file {}", self.path(said).display()))
                .help("make it, or take it out of resources"),
            Err(error) => mistake(format!("{} cannot be read: {error}", self.path(said).display()))
                .help("name a folder that is there"),
        };
        self.mistakes.push(wrong);
        Vec::new()
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, said: &At<String>, help: &str) -> Option<T> {
        let parsed = said.parse();
        parsed.map_err(|bad: T::Err| self.note(said, format!("`{}`: {bad}", **said), help)).ok()
    }

    /// Relative paths start at the folder of the file they stand in.
    fn path(&self, said: &At<String>) -> PathBuf {
        self.input.folder.join(&**said)
    }

    pub(super) fn note<T>(&mut self, at: &At<T>, what: String, help: &str) {
        self.mistakes.push(Mistake::at(self.document.place(at), what).help(help));
    }
}

fn second_factor(said: raw::SecondFactor) -> SecondFactorRule {
    match said {
        raw::SecondFactor::WhenAsked => SecondFactorRule::WhenAsked,
        raw::SecondFactor::WhenEnrolled => SecondFactorRule::WhenEnrolled,
        raw::SecondFactor::Always => SecondFactorRule::Always,
    }
}

fn in_urls(said: raw::InUrls) -> InUrls {
    match said {
        raw::InUrls::Name => InUrls::Name,
        raw::InUrls::Id => InUrls::Id,
    }
}

/// What to log. A lone word that is no level would pass for the name of a module, and silence all others.
pub(crate) fn log<T>(said: &raw::Log, document: &Document<'_, T>, mistakes: &mut Mistakes) -> Log {
    let is_word = |it: &&str| it.chars().all(|c| c.is_alphanumeric() || c == '_');
    let words = said.level.split(',').map(str::trim).filter(is_word);
    let wrong = words.into_iter().find(|word| word.parse::<LevelFilter>().is_err());
    if wrong.is_some() || EnvFilter::try_new(&**said.level).is_err() {
        let what = format!("`{}` is no level of a log", wrong.unwrap_or(&said.level));
        let help = "write error, warn, info, debug or trace, or like info,stead_server=debug";
        let mistake = Mistake::at(document.place(&said.level), what).help(help);
        mistakes.push(mistake.meant(wrong.unwrap_or_default(), LEVELS));
    }
    Log { level: said.level.to_string(), format: said.format }
}
