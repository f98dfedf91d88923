//! A server that can be started, stopped, killed and frozen.

use crate::folder::{Durability, Folder};
use crate::programs::Programs;
use crate::{GUARDED, GUARDED_PASSWORD, USER};
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

/// A running PostgreSQL. It is stopped and its folder removed when this is dropped.
#[derive(Debug)]
pub struct Server {
    programs: Programs,
    folder: Folder,
    port: u16,
    running: Option<Child>,
}

impl Server {
    /// Sets one up in a folder that does not exist yet, and starts it. Where root cannot become PostgreSQL's
    /// user in that place, the folder is made among the temporary files.
    pub fn start(folder: &Path, durability: Durability) -> Result<Self, String> {
        let programs = Programs::find().map_err(|missing| missing.to_string())?;
        let folder = reachable(&programs, folder);
        let port = free_port()?;
        let folder = Folder::set_up(&programs, &folder, durability, port)?;
        let mut server = Self { programs, folder, port, running: None };
        server.run()?;
        server.admit_the_guarded()?;
        Ok(server)
    }

    /// Where it is, for [`USER`]: `postgres://…`, without a database's name (it has one called as the user).
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// The port on the loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The authority of its certificate, which is for `localhost`, in PEM.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.ca()
    }

    /// What it logged.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.folder.log()
    }

    /// The number of its first process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    /// Starts it again after it was stopped or killed; returns once it answers.
    pub fn run(&mut self) -> Result<(), String> {
        let mut command = self.programs.ending_with_us("postgres");
        let log = File::options().create(true).append(true).open(self.folder.log());
        let log = log.map_err(|error| format!("{}: {error}", self.folder.log().display()))?;
        command.arg("-D").arg(self.folder.data()).current_dir("/").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(log);
        self.running = Some(outliving_threads(command)?);
        self.wait_until_it_answers()
    }

    /// Stops it as an operator does: connections are closed, nothing is lost.
    pub fn stop(&mut self) -> Result<(), String> {
        self.end("INT")
    }

    /// Ends it as a power cut does, as far as a signal can.
    pub fn kill(&mut self) -> Result<(), String> {
        self.end("QUIT")
    }

    /// Stops its first process from running: new connections hang. Those there are go on.
    pub fn freeze(&self) -> Result<(), String> {
        self.signal("STOP")
    }

    /// Lets it run again.
    pub fn thaw(&self) -> Result<(), String> {
        self.signal("CONT")
    }

    /// Has a statement executed by [`USER`], on the database `postgres`.
    pub fn execute(&self, sql: &str) -> Result<(), String> {
        let mut psql = self.programs.named("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", sql]);
        succeeds(psql.arg(self.url()).current_dir("/"))
    }

    fn end(&mut self, signal: &str) -> Result<(), String> {
        self.signal(signal)?;
        let Some(mut child) = self.running.take() else { return Ok(()) };
        child.wait().map(drop).map_err(|error| error.to_string())
    }

    fn signal(&self, signal: &str) -> Result<(), String> {
        let Some(pid) = self.pid() else { return Ok(()) };
        succeeds(Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]))
    }

    /// `pg_isready` asks for us.
    fn wait_until_it_answers(&mut self) -> Result<(), String> {
        // Each question takes some milliseconds, so that these are some tens of seconds.
        for _ in 0..2_000 {
            let mut asked = self.programs.named("pg_isready");
            asked.args(["--quiet", "--timeout", "10", "--dbname"]).arg(self.url());
            if succeeds(asked.current_dir("/")).is_ok() {
                return Ok(());
            }
            let ended = self.running.as_mut().is_none_or(|it| !matches!(it.try_wait(), Ok(None)));
            if ended {
                break;
            }
        }
        Err(format!("PostgreSQL did not start; see {}", self.folder.log().display()))
    }

    fn admit_the_guarded(&self) -> Result<(), String> {
        self.execute(&format!(
            "CREATE ROLE {GUARDED} SUPERUSER LOGIN PASSWORD '{GUARDED_PASSWORD}'"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Frozen, it would not hear of it.
        _ = self.thaw();
        _ = self.end("INT");
        self.folder.remove();
    }
}

/// Starts a program from a thread that does not end: the program is ended with the thread that started it.
fn outliving_threads(mut command: Command) -> Result<Child, String> {
    let (started, child) = mpsc::channel();
    thread::spawn(move || {
        _ = started.send(command.spawn().map_err(|error| format!("setpriv: {error}")));
        loop {
            thread::park();
        }
    });
    child.recv().map_err(|error| error.to_string())?
}

fn reachable(programs: &Programs, folder: &Path) -> PathBuf {
    let wanted = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let above = wanted.ancestors().skip(1).find(|above| above.is_dir());
    if above.is_some_and(|above| programs.can_reach(above)) {
        return wanted;
    }
    let name = format!("stead-postgres-{}", std::process::id());
    std::env::temp_dir().join(name)
}

fn free_port() -> Result<u16, String> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    bound.map(|address| address.port()).map_err(|error| format!("no port: {error}"))
}

fn succeeds(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or_else(said)
}
