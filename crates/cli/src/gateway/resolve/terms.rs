//! How all providers are treated: what is kept of their tokens, what is done while they do not answer.

use super::{Resolver, optional};
use crate::document::At;
use crate::gateway::raw;
use crate::mistake::Mistake;
use std::ops::RangeInclusive;
use std::time::Duration;
use stead::Seconds;
use stead_gateway::config::{Breaker, Cache, Redis, Secret, Tries, WhenDown};

/// Megabytes that may be kept.
const MEGABYTES: RangeInclusive<u32> = 1..=65_536;

/// The fewest characters of what is drawn at random.
const DRAWN: usize = 32;

/// How long a shared cache is waited for, unless said otherwise.
const SHARED: Duration = Duration::from_millis(20);

impl Resolver<'_> {
    pub(super) fn cache(&mut self, said: &raw::Cache) -> Option<Cache> {
        let megabytes = self.within(&said.megabytes, MEGABYTES);
        let (margin, ahead) = (self.seconds(&said.margin), self.seconds(&said.refresh_ahead));
        if margin > ahead {
            let what = "the next token would be fetched when this one is of no use any more";
            self.note(&said.refresh_ahead, what.to_owned(), "more than `margin`");
        }
        let redis = optional(said.redis.as_ref(), |redis| self.redis(redis));
        let bytes = u64::from(megabytes?) * 1024 * 1024;
        Some(Cache { bytes, margin: margin?, refresh_ahead: ahead?, redis: redis? })
    }

    fn redis(&mut self, said: &raw::Redis) -> Option<Redis> {
        let url = self.redis_url(&said.url);
        let key = self.drawn(&said.key_file);
        let patience = optional(said.timeout.as_ref(), |timeout| self.duration(timeout));
        if let (Some(user), None) = (&said.user, &said.password_file) {
            let what = "nobody is let in by a name alone".to_owned();
            self.note(user, what, "add `password_file = \"…\"`");
        }
        let password = optional(said.password_file.as_ref(), |file| self.secret(file));
        let roots = optional(said.ca_file.as_ref(), |file| self.bytes(file));
        let redis = Redis {
            url: url?,
            user: said.user.as_ref().map(|user| user.to_string()),
            password: password?,
            roots: roots?,
            key: key?,
            patience: patience?.unwrap_or(SHARED),
        };
        self.redis_trust(said, redis)
    }

    /// What somebody drew at random.
    pub(super) fn drawn(&mut self, file: &At<String>) -> Option<Secret> {
        let key = self.secret(file)?;
        if key.0.expose().len() < DRAWN {
            let what = "this can be guessed".to_owned();
            self.note(file, what, "put there what `openssl rand -base64 32` says");
            return None;
        }
        Some(key)
    }

    fn redis_url(&mut self, said: &At<String>) -> Option<String> {
        let kinds = ["redis", "rediss", "redis+unix", "unix"];
        let url = reqwest::Url::parse(said).ok();
        let url = url.filter(|url| kinds.contains(&url.scheme()));
        let bare = |url: &reqwest::Url| {
            url.password().is_none() && url.username().is_empty() && url.query().is_none()
        };
        let (what, help) = match url {
            Some(url) if bare(&url) => return Some(said.to_string()),
            Some(_) => (
                "who reads this file reads who gets in there",
                "write the URL without a password or user: these are `password_file` and `user`",
            ),
            None => ("this is no Redis that can be asked", "like rediss://cache.internal:6379/"),
        };
        let mistake = Mistake::at(self.document.place(said), what).help(help).on_a_secret();
        self.mistakes.push(mistake);
        None
    }

    /// The same, if its certificate authorities can be trusted.
    fn redis_trust(&mut self, said: &raw::Redis, redis: Redis) -> Option<Redis> {
        let (Some(file), Err(_)) = (&said.ca_file, redis.server()) else { return Some(redis) };
        let (what, help) = if redis.url.starts_with("rediss://") {
            ("these are no certificate authorities", "certificates in PEM")
        } else {
            ("nobody shows a certificate there", "TLS is `rediss://`")
        };
        self.note(file, what.to_owned(), help);
        None
    }

    pub(super) fn when_down(&mut self, said: &raw::WhenProviderIsDown) -> Option<WhenDown> {
        let timeout = self.duration(&said.timeout);
        let tries = match self.within(&said.retries, 0..=1) {
            Some(0) => Some(Tries::One),
            retries => retries.map(|_| Tries::Two),
        };
        let failures = self.within(&said.breaker.failures, 1..=10_000);
        let open_for = self.seconds(&said.breaker.open_for);
        let breaker = failures.zip(open_for);
        let breaker = breaker.map(|(failures, open_for)| Breaker { failures, open_for });
        let serve_cached = said.serve_cached;
        Some(WhenDown { timeout: timeout?, tries: tries?, breaker: breaker?, serve_cached })
    }

    fn within(&mut self, said: &At<u32>, range: RangeInclusive<u32>) -> Option<u32> {
        if range.contains(&**said) {
            return Some(**said);
        }
        let (from, to) = range.into_inner();
        self.note(said, format!("{} is not possible", **said), &format!("{from} to {to}"));
        None
    }

    /// A length in whole seconds.
    fn seconds(&mut self, said: &At<String>) -> Option<Seconds> {
        let length = self.duration(said)?;
        let whole = u32::try_from(length.as_secs()).ok().filter(|_| length.subsec_nanos() == 0);
        if whole.is_none() {
            self.note(said, format!("`{}` is no number of seconds", **said), "like 30s or 5m");
        }
        whole.map(Seconds)
    }
}
