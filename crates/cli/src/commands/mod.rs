//! The commands, one file each.

mod app;
mod audit;
mod backup;
mod bench;
mod check;
mod config;
mod consent;
mod doctor;
mod explain;
mod export;
mod fault;
mod gateway;
mod group;
mod init;
mod keys;
mod listing;
mod master_key;
mod migrate;
mod restore;
mod revoke;
mod session;
mod token;
mod user;

use crate::admin_client::AdminClient;
use crate::args::{Args, Command, Emulate, Everywhere, Token};
use crate::{client_config, demo, emulate, out, serve};
use anyhow::Context;
use clap::CommandFactory;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Runs one command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let everywhere = &args.everywhere;
    match args.command {
        Command::Check => check::run(everywhere),
        Command::Demo(what) => runtime()?.block_on(demo::run(&what)),
        Command::Emulate(Emulate::Entra(what)) => runtime()?.block_on(emulate::entra(&what)),
        Command::Init { dir } => init::run(&dir),
        Command::ClientConfig(what) => runtime()?.block_on(client_config::run(everywhere, &what)),
        Command::Backup(what) => runtime()?.block_on(backup::run(everywhere, &what)),
        Command::Restore(what) => runtime()?.block_on(restore::run(everywhere, &what)),
        Command::Doctor(what) => runtime()?.block_on(doctor::run(everywhere, what)),
        Command::Migrate { dry_run } => runtime()?.block_on(migrate::run(everywhere, dry_run)),
        Command::Config(which) => config::run(which),
        Command::Completion { shell } => completion(shell),
        Command::Gateway(what) => gateway::run(everywhere, what.instead),
        Command::Serve => runtime()?.block_on(serve::run(everywhere.server_file())),
        Command::Token(Token::Inspect(which)) => {
            runtime()?.block_on(token::inspect(&which, everywhere.json))
        }
        Command::Token(Token::Revoke { id, why }) => {
            ask(everywhere, async |client| revoke::state(client, "token", &id, &why).await)
        }
        Command::Explain(what) => ask(everywhere, async |client| explain::run(client, &what).await),
        Command::Audit(what) => ask(everywhere, async |client| audit::run(client, what).await),
        Command::App(what) => ask(everywhere, async |client| app::run(client, what).await),
        Command::User(what) => ask(everywhere, async |client| user::run(client, what).await),
        Command::Group(what) => ask(everywhere, async |client| group::run(client, what).await),
        Command::Consent(what) => ask(everywhere, async |client| consent::run(client, what).await),
        Command::Session(what) => ask(everywhere, async |client| session::run(client, what).await),
        Command::Keys(what) => ask(everywhere, async |client| keys::run(client, what).await),
        Command::MasterKey(what) => runtime()?.block_on(master_key::run(everywhere, what)),
        Command::Revoke(what) => ask(everywhere, async |client| revoke::run(client, &what).await),
        Command::Fault(what) => ask(everywhere, async |client| fault::run(client, what).await),
        Command::Bench(what) => runtime()?.block_on(bench::run(everywhere, &what)),
        Command::Export => ask(everywhere, async |client| export::run(client).await),
    }
}

/// Asks a running server.
fn ask(
    everywhere: &Everywhere,
    work: impl AsyncFnOnce(&AdminClient) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let client = AdminClient::connect(everywhere)?;
    runtime()?.block_on(work(&client))
}

fn runtime() -> anyhow::Result<Runtime> {
    Runtime::new().context("the runtime does not start")
}

fn completion(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "stead", &mut script);
    out::line(String::from_utf8(script)?.trim_end());
    Ok(ExitCode::SUCCESS)
}
