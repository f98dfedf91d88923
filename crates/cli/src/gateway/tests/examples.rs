//! The files that people begin with: each is whole, short, and without a mistake, beside the secrets that it names.

use super::*;
use crate::args::Beginning;
use crate::private;
use clap::ValueEnum as _;
use std::path::Path;

/// As many lines as a real case may need.
const LONGEST: usize = 60;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

/// The file in a folder of its own, with everything in `secrets` that an application may prove itself by.
fn begun_with(text: &str) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["reports.example".to_owned()]).unwrap();
    let secrets = folder.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    for (name, holds) in [
        ("reports-api", "s3cret"),
        ("reports-api.crt", &made.cert.pem()),
        ("reports-api.key", &made.signing_key.serialize_pem()),
        ("token", "a.b.c"),
    ] {
        private::write(&secrets.join(name), holds).unwrap();
    }
    let file = folder.path().join("gateway.toml");
    fs::write(&file, text).unwrap();
    load(&file).map_err(|mistakes| mistakes.to_string())
}

fn without_a_word(text: &str, name: &str) -> GatewayConfig {
    let loaded = begun_with(text).unwrap_or_else(|mistakes| panic!("{name}: {mistakes}"));
    assert!(loaded.warnings.is_empty(), "{name}: {:?}", loaded.warnings);
    assert!(text.lines().count() <= LONGEST, "{name} is too long for a beginning");
    loaded.gateway
}

#[test]
fn there_is_a_file_to_begin_with_for_each_kind_of_provider() {
    let files = fs::read_dir(Path::new(EXAMPLES).join("providers")).unwrap();
    let mut names = Vec::new();
    for file in files.map(|file| file.unwrap().path()) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let config = without_a_word(&fs::read_to_string(&file).unwrap(), &name);
        let own = &config.providers[0].name;
        let mut ways = config.routes.iter().map(|route| &route.exchange);
        assert_eq!(ways.next(), Some(&Exchange::Forward), "{name}");
        let acquires =
            |way: &Exchange| matches!(way, Exchange::For { provider, .. } if provider == own);
        assert!(ways.len() > 0 && ways.all(acquires), "{name}");
        names.push(name);
    }
    names.sort();
    assert_eq!(names, ["auth0", "entra", "keycloak", "okta", "rfc8693", "stead"]);
}

#[test]
fn the_program_prints_every_file_to_begin_with() {
    for beginning in Beginning::value_variants() {
        let name = beginning.to_possible_value().unwrap().get_name().to_owned();
        let providers = Path::new(EXAMPLES).join("providers").join(format!("{name}.toml"));
        let file = Path::new(EXAMPLES).join(format!("{name}.toml"));
        let on_file = fs::read_to_string(providers).or_else(|_| fs::read_to_string(file)).unwrap();
        assert_eq!(beginning.text(), on_file, "{name}");
    }
    assert_eq!(Beginning::value_variants().len(), 7);
}

#[test]
fn there_is_a_file_for_proxies_that_ask() {
    let config = without_a_word(Beginning::ExtAuthz.text(), "ext-authz");
    assert!(config.listen.ext_authz.is_some() && config.listen.proxy.is_none());
    assert!(config.routes.iter().all(|route| route.upstream.is_none()));
}

#[test]
fn the_gateway_in_kubernetes_holds_no_secret_and_lets_nobody_out_but_the_pod() {
    let manifest = fs::read_to_string(Path::new(EXAMPLES).join("run/kubernetes.yaml")).unwrap();
    let (_, text) = manifest.split_once("gateway.toml: |\n").unwrap();
    let (text, _) = text.split_once("---\n").unwrap();
    let text = text.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
    let text = text.collect::<Vec<_>>().join("\n").replace("/var/run/secrets/stead/", "secrets/");
    let config = without_a_word(&text, "kubernetes");
    let client = config.providers[0].client.as_ref().unwrap();
    assert!(matches!(client.credential, CredentialConfig::TokenFile(_)), "{client:?}");
    assert_eq!(config.routes[0].exchange, Exchange::Handle);
    assert_eq!(config.egress[0].route.matching.host.as_deref(), Some("company-data"));
}
