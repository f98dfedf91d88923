//! The run of one case: its emulator, its script, and whether every recorded answer kept the rules.

use crate::clients::case::{Case, Runs};
use crate::clients::emulator::Emulator;
use crate::clients::tools::Tools;
use crate::clients::wire;
use crate::process::{answers, root, stead};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a script may take. One that hangs is stopped, and has failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// With this status a script says that it cannot run here; its last line says why.
const CANNOT_RUN: i32 = 77;

/// Addresses of proxies: a case talks to this machine alone.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The library did what it should.
    Passed,
    /// It cannot be tried on this machine, and why.
    CannotRun(String),
    /// It did not, and why.
    Failed(String),
}

/// Runs a case in a world of its own. Its files stay until the next run, to be looked at.
pub(crate) fn run(case: &Case, tools: &Tools) -> Outcome {
    let outcome = fresh_folder(case).and_then(|folder| in_its_world(case, tools, &folder));
    outcome.unwrap_or_else(Outcome::Failed)
}

/// Where a case has its files.
pub(crate) fn folder(case: &Case) -> PathBuf {
    root().join("target/clients/cases").join(case.slug())
}

fn fresh_folder(case: &Case) -> Result<PathBuf, String> {
    let folder = folder(case);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn in_its_world(case: &Case, tools: &Tools, folder: &Path) -> Result<Outcome, String> {
    let emulator = Emulator::start(folder)?;
    let mut script = command(case, tools, &emulator)?;
    let ended = ended(&mut script, folder)?;
    drop(emulator);
    let outcome = outcome(ended, &last_line(folder));
    match (outcome, wire::faults(folder)?.first()) {
        (Outcome::Passed, Some(fault)) => Ok(Outcome::Failed(fault.clone())),
        (outcome, _) => Ok(outcome),
    }
}

fn command(case: &Case, tools: &Tools, emulator: &Emulator) -> Result<Command, String> {
    let mut command = match case.runs {
        Runs::Python => Command::new(&tools.python),
        Runs::Node | Runs::Browser => Command::new("node"),
    };
    command.arg(&case.path).current_dir(root());
    command.env("STEAD", stead()).env("STEAD_EMULATOR", emulator.description());
    command.env("CHROMIUM", &tools.chromium).env("PYTHONDONTWRITEBYTECODE", "1");
    let ca = emulator.ca()?;
    for name in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        command.env(name, &ca);
    }
    command.env_remove("SSL_CERT_DIR");
    for name in PROXIES {
        command.env_remove(name);
    }
    Ok(command)
}

/// Runs a script to its end, in a process group of its own: with it ends what it has started.
fn ended(script: &mut Command, folder: &Path) -> Result<Option<ExitStatus>, String> {
    let output = File::create(folder.join("output.txt")).map_err(|error| error.to_string())?;
    let errors = output.try_clone().map_err(|error| error.to_string())?;
    script.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    let child = script.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    let group = format!("-{}", child.id());
    let status = within_patience(child);
    answers(Command::new("kill").args(["-KILL", "--", &group]));
    Ok(status)
}

fn within_patience(mut child: Child) -> Option<ExitStatus> {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || done.send(child.wait()));
    is_done.recv_timeout(PATIENCE).ok()?.ok()
}

fn outcome(ended: Option<ExitStatus>, last_line: &str) -> Outcome {
    let Some(status) = ended else {
        return Outcome::Failed(format!("not done after {} seconds", PATIENCE.as_secs()));
    };
    match status.code() {
        Some(0) => Outcome::Passed,
        Some(CANNOT_RUN) if last_line.starts_with("cannot run: ") => {
            Outcome::CannotRun(last_line.to_owned())
        }
        _ => Outcome::Failed(last_line.to_owned()),
    }
}

fn last_line(folder: &Path) -> String {
    let output = fs::read(folder.join("output.txt")).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let last = output.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn exit(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    #[test]
    fn the_last_line_says_why_not() {
        assert_eq!(outcome(Some(exit(0)), "all well"), Outcome::Passed);
        assert_eq!(outcome(Some(exit(1)), "no token"), Outcome::Failed("no token".to_owned()));
        assert_eq!(outcome(None, ""), Outcome::Failed("not done after 120 seconds".to_owned()));
    }

    #[test]
    fn only_a_case_that_says_so_cannot_run() {
        let reason = "cannot run: port 443 needs root";
        assert_eq!(outcome(Some(exit(77)), reason), Outcome::CannotRun(reason.to_owned()));
        assert_eq!(outcome(Some(exit(77)), "oh"), Outcome::Failed("oh".to_owned()));
        assert_eq!(outcome(Some(exit(1)), reason), Outcome::Failed(reason.to_owned()));
    }
}
