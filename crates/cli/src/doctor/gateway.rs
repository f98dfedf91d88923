//! `stead doctor gateway`: what a gateway of this file stands on.

use super::finding::{Area, Finding};
use super::{certificate, clock, issuers, mistake};
use crate::gateway::{self, Loaded};
use std::path::Path;
use stead::Clock;
use stead_gateway::GatewayConfig;
use stead_gateway::config::{CredentialConfig, ProviderConfig};
use stead_gateway::examine::{self, Door, DoorStanding, Seen};

/// Looks at everything, as far as the file leads.
pub async fn examine_gateway(path: &Path) -> Vec<Finding> {
    let loaded = match gateway::load(path) {
        Ok(loaded) => loaded,
        Err(mistakes) => return mistakes.sorted().iter().map(mistake).collect(),
    };
    let Loaded { gateway, warnings, .. } = loaded;
    let mut found: Vec<Finding> = warnings.iter().map(mistake).collect();
    if found.is_empty() {
        let what = format!("{} and the files it names hold no mistake", path.display());
        found.push(Area::Configuration.ok(what));
    }
    found.extend(clocks(&gateway).await);
    found.extend(examine::doors(&gateway.listen).await.iter().map(door));
    if let Some(files) = &gateway.listen.tls {
        found.extend(certificate::in_files(&files.cert, &files.key));
    }
    found.extend(gateway.providers.iter().flat_map(credential));
    found.extend(upstreams(&gateway).await);
    found.extend(shared(&gateway).await);
    match examine::providers(gateway, &Clock::system()).await {
        Ok(seen) => found.extend(seen.iter().flat_map(provider)),
        Err(error) => {
            let todo = "no gateway starts with it";
            found.push(Area::Configuration.fail(error.to_string(), todo));
        }
    }
    found
}

/// This machine's clock, beside those of the providers.
async fn clocks(gateway: &GatewayConfig) -> Vec<Finding> {
    let issuers: Vec<&str> = gateway.providers.iter().map(|it| it.issuer.as_str()).collect();
    match issuers::clocks(&issuers, &gateway.trust).await {
        Ok(elsewhere) => clock::beside_others(&elsewhere),
        Err(error) => {
            let what = format!("nobody's clock can be asked for: {error:#}");
            vec![Area::Clock.fail(what, "put [trust] ca_files right")]
        }
    }
}

fn door(door: &Door) -> Finding {
    let Door { key, place, standing } = door;
    match standing {
        DoorStanding::Free => Area::Listeners.ok(format!("{place} is free for `{key}`")),
        DoorStanding::Ours => {
            Area::Listeners.ok(format!("{place}: a gateway runs there (`{key}`)"))
        }
        DoorStanding::Hidden => {
            let what = format!("{place}: somebody does HTTPS there already (`{key}`)");
            Area::Listeners
                .warn(what, "fine if it is this gateway; else end it, or change `listen`")
        }
        DoorStanding::Closed(why) => {
            let what = format!("{place} cannot be listened on (`{key}`): {why}");
            let todo = "end what is there, let this user make it, or choose another place";
            Area::Listeners.fail(what, todo)
        }
    }
}

/// The certificate that a provider is shown.
fn credential(provider: &ProviderConfig) -> Vec<Finding> {
    let shown = format!("the certificate that {} is shown", provider.name);
    match provider.client.as_ref().map(|client| &client.credential) {
        Some(CredentialConfig::Certificate { chain, pem, .. }) => {
            certificate::in_text(&shown, chain, pem.0.expose())
        }
        Some(CredentialConfig::Tls(both)) => {
            certificate::in_text(&shown, both.0.expose(), both.0.expose())
        }
        _ => Vec::new(),
    }
}

/// What requests go to, with a token or with a handle.
async fn upstreams(gateway: &GatewayConfig) -> Vec<Finding> {
    let ways_out = gateway.egress.iter().map(|target| &target.route);
    let found = examine::upstreams(gateway.routes.iter().chain(ways_out)).await;
    let told = |(origin, connected): (String, Result<(), String>)| match connected {
        Ok(()) => Area::Upstreams.ok(format!("{origin} can be connected to")),
        Err(why) => {
            let what = format!("{origin} cannot be connected to: {why}");
            Area::Upstreams.fail(what, "see whether the service runs, and `upstream`")
        }
    };
    found.into_iter().map(told).collect()
}

async fn shared(gateway: &GatewayConfig) -> Option<Finding> {
    let redis = gateway.cache.redis.as_ref()?;
    Some(match examine::redis(redis).await {
        Ok(()) => Area::Cache.ok(format!("{} answers and lets us in", redis.url)),
        Err(why) => {
            let what = format!("{} cannot be used: {why}", redis.url);
            let todo = "see whether it runs, `ca_file`, `user` and `password_file`; until then each gateway \
                        keeps its own tokens";
            Area::Cache.fail(what, todo)
        }
    })
}

fn provider(seen: &Seen) -> Vec<Finding> {
    let Seen { name, issuer, documents, credential } = seen;
    if let Err(why) = documents {
        let what = format!("{name}, {issuer}, cannot be had: {why}");
        let todo = "see whether it can be reached, `issuer`, and whether [trust] `ca_files` has who signed its certificate: without it nobody is let in";
        return vec![Area::Providers.fail(what, todo)];
    }
    let told = Area::Providers.ok(format!("{name}, {issuer}, answers and says its name"));
    let taken = credential.as_ref().map(|taken| match taken {
        Ok(()) => Area::Providers.ok(format!("{name} takes our credential")),
        Err(why) => {
            let what = format!("{name} does not take our credential: {why}");
            Area::Providers
                .fail(what, "see `client_id` and `auth`: no token is to be had like this")
        }
    });
    [Some(told), taken].into_iter().flatten().collect()
}
