//! The world of one case: `stead emulate entra`, freshly started on a free port, and stopped again.

use crate::clients::wire;
use crate::process::{answers, stead};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// What it prints last, once all of it is there.
const READY: &str = "ready";

/// How long it may take to be there, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often another free port is tried. One is found before it is listened on: in between, another case may
/// have taken it.
const PORTS: usize = 5;

/// How it says that somebody was quicker.
const TAKEN: &str = "another program uses the port";

/// An emulator, running.
#[derive(Debug)]
pub(crate) struct Emulator {
    process: Child,
    folder: PathBuf,
}

impl Emulator {
    /// Starts one that keeps all its files in this folder, and waits until it is ready.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        let mut started = Self::start_once(folder);
        for _ in 1..PORTS {
            match &started {
                Err(why) if why.contains(TAKEN) => started = Self::start_once(folder),
                _ => break,
            }
        }
        started
    }

    fn start_once(folder: &Path) -> Result<Self, String> {
        let log = File::create(folder.join("emulator.log")).map_err(|error| error.to_string())?;
        let words = ["emulate", "entra", "--port", "0", "--dir"];
        let mut process = Command::new(stead())
            .args(words)
            .arg(folder)
            .arg("--record")
            .arg(folder.join(wire::RECORDED))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("the emulator cannot be started: {error}"))?;
        let ready = process.stdout.take().map(|printed| listen(printed, folder));
        let emulator = Self { process, folder: folder.to_owned() };
        let is_ready = ready.is_some_and(|ready| ready.recv_timeout(PATIENCE).is_ok());
        if is_ready { Ok(emulator) } else { Err(emulator.last_words()) }
    }

    /// The file that says what is where.
    pub(crate) fn description(&self) -> PathBuf {
        self.folder.join("emulator.json")
    }

    /// The certificate to trust.
    pub(crate) fn ca(&self) -> Result<PathBuf, String> {
        let text = fs::read_to_string(self.description()).map_err(|error| error.to_string())?;
        let description: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let ca = description.get("ca").and_then(serde_json::Value::as_str);
        ca.map(PathBuf::from).ok_or_else(|| "emulator.json names no `ca`".to_owned())
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("emulator.log")).unwrap_or_default();
        format!("the emulator did not start: {}", log.lines().last().unwrap_or("it said nothing"))
    }
}

impl Drop for Emulator {
    /// Stops it the way an operator does, so that everything recorded is on disk.
    fn drop(&mut self) {
        let asked = answers(Command::new("kill").arg(self.process.id().to_string()));
        if !asked {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Keeps what it prints in a file, to its end, and says when it is ready.
fn listen(printed: ChildStdout, folder: &Path) -> Receiver<()> {
    let (ready, is_ready) = mpsc::channel();
    let copy = File::create(folder.join("emulator.out"));
    thread::spawn(move || copy.map(|copy| keep(printed, copy, &ready)));
    is_ready
}

fn keep(printed: ChildStdout, mut copy: File, ready: &Sender<()>) {
    for line in BufReader::new(printed).lines().map_while(Result::ok) {
        let _ = writeln!(copy, "{line}");
        if line == READY {
            let _ = ready.send(());
        }
    }
}
