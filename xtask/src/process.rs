//! Other programs: started in the repository's root, said aloud, watched line by line.

use crate::say;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The folder that holds what was built, and this program among it.
pub(crate) fn built() -> PathBuf {
    let this = std::env::current_exe().unwrap_or_default();
    this.parent().map(Path::to_owned).unwrap_or_default()
}

/// The binary `stead`, as built beside this program.
pub(crate) fn stead() -> PathBuf {
    built().join(format!("stead{}", std::env::consts::EXE_SUFFIX))
}

/// Where pictures go.
pub(crate) fn screenshots() -> PathBuf {
    built().join("../screenshots")
}

/// `cargo` with these arguments: the very one that started this program.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(root());
    command
}

/// Runs it in full view, and says whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    say::line(&shown(command));
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => could_not_start(command, &error),
    }
}

/// Runs it in full view, shows each line of its output to `each` as well, and says whether it succeeded.
pub(crate) fn watched(command: &mut Command, each: impl FnMut(&str)) -> bool {
    say::line(&shown(command));
    match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => watch(child, each),
        Err(error) => could_not_start(command, &error),
    }
}

fn watch(mut child: Child, mut each: impl FnMut(&str)) -> bool {
    if let Some(output) = child.stdout.take() {
        for line in lines(output) {
            say::line(&line);
            each(&line);
        }
    }
    child.wait().is_ok_and(|status| status.success())
}

/// Lines of a program that may print anything: what is no UTF-8 is shown as �.
fn lines(output: impl Read) -> impl Iterator<Item = String> {
    BufReader::new(output)
        .split(b'\n')
        .map_while(Result::ok)
        .map(|line| String::from_utf8_lossy(&line).into_owned())
}

/// Whether it is there and succeeds; nothing of it is shown.
pub(crate) fn answers(command: &mut Command) -> bool {
    answer(command).is_some()
}

/// What it prints, if it is there and succeeds; nothing of it is shown.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("$ {}", words.join(" "))
}

fn could_not_start(command: &Command, error: &std::io::Error) -> bool {
    say::line(&format!("{} could not be started: {error}", command.get_program().display()));
    false
}
