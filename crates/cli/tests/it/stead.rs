//! A folder with a configuration in it, and the binary run there.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use tempfile::TempDir;

/// A folder of its own.
pub(crate) struct Folder(TempDir);

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) ok: bool,
    pub(crate) code: i32,
}

impl Folder {
    /// An empty one.
    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// One made by `stead init`, listening on ports that are free.
    pub(crate) fn started() -> Self {
        let folder = Self::empty();
        assert!(folder.run(&["init"]).ok);
        let file = folder.read("stead.toml");
        let file = file.replace("127.0.0.1:8443", "127.0.0.1:0").replace(
            "\"127.0.0.1:8444\"     # this machine only; or \"unix:data/admin.sock\"",
            "\"unix:data/admin.sock\"",
        );
        folder.write(
            "stead.toml",
            &file.replace("https://localhost:8443\"", "https://localhost:0\""),
        );
        folder
    }

    /// One whose server keeps everything in a PostgreSQL where nothing is yet.
    pub(crate) fn on_postgres() -> Self {
        let folder = Self::started();
        folder.keeps_in(&postgres_place());
        folder
    }

    /// Changes where everything is kept.
    pub(crate) fn keeps_in(&self, url: &str) {
        let file = self.read("stead.toml");
        let store = format!("[store]\nurl = \"{url}\"\n\n[[tenant]]");
        self.write("stead.toml", &file.replacen("[[tenant]]", &store, 1));
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Every file in it, to see that nothing was written.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = files_under(self.path());
        found.sort();
        found
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, "")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Said {
        let mut child = self.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read its input may have ended before all of it is written.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Said::from(child.wait_with_output().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stead"));
        command.args(args).current_dir(self.path()).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command whose output goes elsewhere.
    pub(crate) fn runs_into(&self, args: &[&str], out: impl Into<Stdio>) -> bool {
        self.command(args).stdin(Stdio::null()).stdout(out).status().unwrap().success()
    }

    /// Starts `stead serve` and waits until it says that it is ready.
    pub(crate) fn serve(&self) -> Server {
        Server::start(&mut self.command(&["serve"]))
    }

    /// Starts `stead gateway` and waits until it says that it is ready.
    pub(crate) fn gateway(&self) -> Server {
        Server::start(&mut self.command(&["gateway"]))
    }

    /// The same, with this in the environment.
    pub(crate) fn gateway_among(&self, environment: &[(&str, &str)]) -> Server {
        Server::start(self.command(&["gateway"]).envs(environment.iter().copied()))
    }

    /// Starts the emulator in this folder, and waits until it says that it is ready.
    pub(crate) fn emulate(&self, more: &[&str]) -> Server {
        let args = ["emulate", "entra", "--dir", ".", "--port", "0"];
        Server::start(&mut self.command(&[&args, more].concat()))
    }

    /// `stead serve`, where nobody reads its standard error.
    pub(crate) fn serve_unheard(&self) -> Server {
        let (_, unread) = std::io::pipe().unwrap();
        Server::start(self.command(&["serve"]).stderr(unread))
    }
}

/// A place in the PostgreSQL of the tests where nothing is yet.
pub(crate) fn postgres_place() -> String {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { private_postgres::shared().unwrap().place().await.unwrap() })
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            ok: output.status.success(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) announced: String,
    err: Receiver<String>,
    _out: BufReader<ChildStdout>,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let err =
            child.stderr.take().map_or_else(|| channel().1, |err| lines_of(BufReader::new(err)));
        let mut announced = String::new();
        while !announced.ends_with("ready\n") {
            if out.read_line(&mut announced).unwrap() == 0 {
                let why: Vec<String> = err.iter().collect();
                panic!("it does not start: {announced}{}", why.join("\n"));
            }
        }
        Self { child, announced, err, _out: out }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// What it says on standard error, up to the line that begins so.
    pub(crate) fn hears_until(&self, start: &str) -> Vec<String> {
        let mut heard = Vec::new();
        for line in &self.err {
            let last = line.starts_with(start);
            heard.push(line);
            if last {
                return heard;
            }
        }
        panic!("it ended without saying {start:?}: {heard:#?}");
    }

    /// Asks it to end, and waits for it.
    pub(crate) fn stop(self) -> bool {
        self.signal("-TERM");
        self.ended_well()
    }

    /// Waits for it to end.
    pub(crate) fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines as they come, read on a thread of their own so that the writer never waits.
fn lines_of(reader: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in reader.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
