//! Which measurements, each as the command that makes it.

/// One measurement of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name among the others.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What is typed after `stead bench`, but for rounds and seconds.
    pub command: String,
    /// For how long each of its rounds goes on, in seconds; those that have none take no rounds.
    pub seconds: Option<u32>,
}

impl Entry {
    /// The whole command, for whoever wants to measure it again.
    #[must_use]
    pub fn typed(&self) -> String {
        let seconds = self.seconds.map(|seconds| format!(" --seconds {seconds}"));
        format!("stead bench {}{}", self.command, seconds.unwrap_or_default())
    }
}

/// All of them, in the order of the page. The thorough ones grow to ten million records.
#[must_use]
pub fn matrix(thorough: bool) -> Vec<Entry> {
    let entry =
        |id, title, command: &str| Entry { id, title, command: command.into(), seconds: None };
    let others = [
        entry("memory", "What one more takes", "memory"),
        entry("verify", "The SDK verifies", "verify"),
        entry("cache", "Tokens the SDK has acquired before", "cache"),
    ];
    let gateway = Entry {
        id: "gateway",
        title: "The gateway beside nginx and Envoy",
        command: "gateway --envoy target/envoy/envoy/_bin/envoy".to_owned(),
        seconds: Some(if thorough { 5 } else { 2 }),
    };
    of_the_server(thorough).into_iter().chain(others).chain([gateway]).collect()
}

fn of_the_server(thorough: bool) -> Vec<Entry> {
    let most = if thorough { 10_000_000 } else { 1_000_000 };
    let entry = |id, title, command: &str| Entry {
        id,
        title,
        command: command.to_owned(),
        seconds: Some(if thorough { 5 } else { 2 }),
    };
    let records = format!("exchange --records 0,100000,{most} --rate none");
    vec![
        entry(
            "exchange-cold",
            "Exchanges of tokens that were not seen before",
            "exchange --connections 1,16,64,256",
        ),
        entry(
            "exchange-repeated",
            "Exchanges of tokens that were seen before",
            "exchange --subject-tokens repeated --connections 1,16,64,256",
        ),
        entry(
            "exchange-postgres-cold",
            "On PostgreSQL, not seen before",
            "exchange --store postgres --connections 16,64",
        ),
        entry(
            "exchange-postgres-repeated",
            "On PostgreSQL, seen before",
            "exchange --store postgres --subject-tokens repeated --connections 16,64",
        ),
        entry("exchange-eddsa-cold", "EdDSA, not seen before", "exchange --algorithm eddsa"),
        entry(
            "exchange-eddsa-repeated",
            "EdDSA, seen before",
            "exchange --algorithm eddsa --subject-tokens repeated",
        ),
        entry("exchange-rs256-cold", "RS256, not seen before", "exchange --algorithm rs256"),
        entry(
            "exchange-rs256-repeated",
            "RS256, seen before",
            "exchange --algorithm rs256 --subject-tokens repeated",
        ),
        entry("exchange-tls-cold", "Over TLS, not seen before", "exchange --transport tls"),
        entry(
            "exchange-tls-repeated",
            "Over TLS, seen before",
            "exchange --transport tls --subject-tokens repeated",
        ),
        entry(
            "exchange-million",
            "After a million exchanges",
            "exchange --subject-tokens repeated --warm-up 1000000 --rate none",
        ),
        entry(
            "exchange-users",
            "From one user to a million, beside 10,000 applications",
            "exchange --users 1,1000,1000000 --applications 10000 --rate none",
        ),
        entry("exchange-records", "With ever more records on file", &records),
        entry("login", "Signing in", "login --browsers 1,2,4,8"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Line;
    use clap::Parser;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_can_be_typed_and_every_name_is_there_once() {
        for thorough in [false, true] {
            let entries = matrix(thorough);
            for entry in &entries {
                let words = ["bench"].into_iter().chain(entry.command.split(' '));
                Line::try_parse_from(words).unwrap_or_else(|error| panic!("{entry:?}: {error}"));
            }
            let ids: BTreeSet<_> = entries.iter().map(|entry| entry.id).collect();
            assert_eq!(ids.len(), entries.len());
        }
    }
}
