//! The guides that promise to work: followed step by step in a folder of their own, a case each step.

use crate::guides::database::Database;
use crate::guides::page::{PROMISE, Step, promised, read};
use crate::guides::script::{outputs, script};
use crate::parts::demo_check;
use crate::process::{built, root, stead};
use crate::say;
use crate::tally::Tally;
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The ports that guides name. Free ones take their place, so that a guide can be followed beside a server.
const PORTS: [&str; 9] = ["6380", "8443", "9443", "8080", "8081", "9000", "9090", "9091", "9100"];

/// Follows those whose names have one of the words in them; all, if there are no words.
pub(crate) fn run(words: &[String]) -> Result<Tally, String> {
    if !demo_check::build() {
        return Ok(Tally::FAILED);
    }
    let mut pages = pages()?;
    pages.retain(|page| words.is_empty() || words.iter().any(|word| name_of(page).contains(word)));
    if pages.is_empty() {
        return Err("no such page of docs/guides says that its commands are run".to_owned());
    }
    pages.iter().map(|page| follow(page)).sum()
}

/// The pages that promise to work.
fn pages() -> Result<Vec<PathBuf>, String> {
    let folder = root().join("docs/guides");
    let entries = fs::read_dir(&folder).map_err(|error| format!("docs/guides: {error}"))?;
    let mut pages: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(PROMISE)))
        .collect();
    pages.sort();
    Ok(pages)
}

fn name_of(page: &Path) -> String {
    page.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn follow(page: &Path) -> Result<Tally, String> {
    let name = name_of(page);
    let mut text = fs::read_to_string(page).map_err(|error| format!("{name}: {error}"))?;
    for port in PORTS {
        text = text.replace(port, &free_port()?);
    }
    let database = Database::of(&text, &name)?;
    if let Some(database) = &database {
        text = database.named_in(&text);
    }
    let steps = read(&text).map_err(|why| format!("{name}: {why}"))?;
    let folder = empty_folder(&name)?;
    let mut reader = Command::new("bash");
    reader
        .args(["-c", &script(&steps)])
        .current_dir(&folder)
        .env("PATH", path(database.as_ref().map(Database::programs)))
        .env("BROWSER", root().join("tests/guides/browser"))
        .stdin(Stdio::null());
    if let Some(database) = &database {
        database.known_to(&mut reader);
    }
    let run = reader.output().map_err(|error| format!("bash could not be started: {error}"))?;
    let printed = outputs(&String::from_utf8_lossy(&run.stdout));
    let tally = judge(&name, &steps, &printed, run.status.success());
    if tally.failed > 0 {
        say::line(&String::from_utf8_lossy(&run.stderr));
    }
    Ok(tally)
}

/// A step passed if the script came past it; a comparison, if its lines were printed by the step before.
fn judge(name: &str, steps: &[(usize, Step)], printed: &[String], finished: bool) -> Tally {
    let reached = if finished { printed.len() } else { printed.len().saturating_sub(1) };
    let mut tally = Tally::default();
    let mut last = "";
    for (number, (line, step)) in steps.iter().enumerate() {
        let output = printed.get(number).map_or("", String::as_str);
        let verdict = match step {
            _ if number >= reached => Err(format!("it failed, having printed:\n{output}")),
            Step::Compare(lines) => promised(last, lines).map_err(|why| format!("{why}\n{last}")),
            Step::Run(_) | Step::Serve(_) | Step::Write { .. } | Step::Read => Ok(()),
        };
        if !matches!(step, Step::Compare(_) | Step::Read) {
            last = output;
        }
        tally += Tally::one(verdict.is_ok());
        match verdict {
            Ok(()) => say::line(&format!("ok      {name}.md:{line}")),
            Err(why) => {
                say::line(&format!("FAILED  {name}.md:{line}: {why}"));
                break;
            }
        }
    }
    tally
}

/// Where it is followed: empty at first, left as it is at the end, to be looked at.
fn empty_folder(name: &str) -> Result<PathBuf, String> {
    let folder = built().join("../guides").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// The reader's path, and the binary and a database's programs on it.
fn path(programs: Option<PathBuf>) -> OsString {
    let binary = stead().parent().map(Path::to_owned).unwrap_or_default();
    let here = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(binary).chain(programs).chain(std::env::split_paths(&here));
    std::env::join_paths(all).unwrap_or(here)
}

/// A free port. One port is put in the place of another after the next, so none that is named may stand in it, as
/// 9091 does in 39091.
fn free_port() -> Result<String, String> {
    loop {
        let bound =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|bound| bound.local_addr());
        let port = bound.map_err(|error| format!("no port: {error}"))?.port().to_string();
        if !PORTS.iter().any(|named| port.contains(named)) {
            return Ok(port);
        }
    }
}
