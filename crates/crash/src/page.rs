//! `docs/reference/failure.md`, from a run.

use crate::report::Verdict;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What stands above the table.
const PREFACE: &str = "# What is left after a failure

Written by `cargo xtask crash --write docs/reference/failure.md`. A real `stead serve` is under load: twelve users whose
clients redeem codes, refresh, exchange, revoke, agree and withdraw over HTTP, and write down what was acknowledged. While
that goes on, what stands in the table is done to the server, or to its database; afterwards everything that was acknowledged
is looked for. *Lost* counts answers without a record, what works once and worked twice, revocations, consents and sessions
that are gone, breaks of the chain, and answers that must not be. How it is done, and what it does not prove:
[decision 25](../adr/0025-proof-by-failure.md).
";

/// What stands below it.
const COMMENTS: &str = "
## What clients see meanwhile

- While the store cannot be written to, nothing is issued, revoked or agreed: the answer is 503 with `Retry-After`, and the
  answer to MSAL for a user is 400 `temporarily_unavailable` (AADSTS90033), since after a 503 MSAL would ask no more for any
  of the client's users. Discovery documents and keys are served as before, so whoever verifies tokens notices nothing.
- `/readyz` says 503 for as long, `/healthz` 200. Nothing has to be restarted: the first commit that succeeds ends it.
- A request that was not answered may have been done or not. A client that repeats it with the same code or refresh token is
  refused if it was done, and the tokens that came of it end with that, as with any code that is used twice.
- After the clock was set back, what was used stays used for a day at least, and what was revoked by name stays revoked. What
  had merely expired is valid again until it expires once more; tokens of the time before are not valid yet. Whoever signs a
  user out everywhere, disables them or changes their password also ends the sessions that began in the hour ahead, by their
  names. To disable an application ends what began earlier by the same clock: what it was given in the hour ahead has to be
  ended by the session it came from.
";

/// On what the run was made.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// The processor, and how many there are.
    pub processor: String,
    /// The kernel.
    pub kernel: String,
    /// When, as in ISO 8601.
    pub date: String,
    /// What the server says it is: its version, and how it was built.
    pub server: String,
}

impl Machine {
    /// This one, now, with this server.
    #[must_use]
    pub fn here(stead: &Path) -> Self {
        let all = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = all.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let model = model.map_or("a processor", |(_, model)| model);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            processor: format!("{cores} × {model}"),
            kernel: format!("Linux {}", said(Command::new("uname").arg("-r"))),
            date: said(Command::new("date").args(["--utc", "+%FT%TZ"])),
            server: said(Command::new(stead).arg("--version")),
        }
    }
}

/// What a program prints; of one that cannot be asked, nothing.
fn said(command: &mut Command) -> String {
    let printed = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&printed).trim().to_owned()
}

/// The page.
#[must_use]
pub fn page(verdicts: &[Verdict], machine: &Machine, seed: u64) -> String {
    let mut text = PREFACE.to_owned();
    let Machine { processor, kernel, date, server } = machine;
    // Writing to a `String` cannot fail.
    let _ = write!(
        text,
        "\n{date} · {server} · {processor} · {kernel} · seed {seed}\n\n\
         | store | what was done | rounds | accepted | refused | turned away | unanswered | lost |\n\
         |---|---|---:|---:|---:|---:|---:|---:|\n"
    );
    let (noticed, done): (Vec<_>, Vec<_>) = verdicts.iter().partition(|it| it.is_about_noticing());
    for it in done {
        let lost =
            if it.failure.is_some() { "not known".to_owned() } else { it.losses.len().to_string() };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {lost} |",
            it.store,
            it.case,
            it.rounds,
            it.answers.accepted,
            it.answers.refused,
            it.answers.unavailable,
            it.answers.none
        );
    }
    if !noticed.is_empty() {
        text.push_str("\nWould a loss be noticed? The same run robbed a store, and looked:\n\n");
        text.push_str("| store | what was taken | noticed |\n|---|---|---|\n");
    }
    for it in noticed {
        let found = if it.is_bad() { "no" } else { "yes" };
        let taken = it.case.trim_start_matches(crate::report::NOTICED);
        let _ = writeln!(text, "| {} | {taken} | {found} |", it.store);
    }
    text + COMMENTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Kind;

    fn machine() -> Machine {
        Machine {
            processor: "2 × a processor".to_owned(),
            kernel: "Linux 6".to_owned(),
            date: "2026-11-23T09:15:16Z".to_owned(),
            server: "stead 1.0 (release build)".to_owned(),
        }
    }

    #[test]
    fn a_page_has_a_row_a_case_and_says_what_was_lost() {
        let mut kept = Verdict::new("kill -9 under load", Kind::Sqlite);
        kept.rounds = 200;
        let mut lost = Verdict::new("disk full, and room again", Kind::Sqlite);
        lost.losses.push("a code".to_owned());
        let mut noticed = Verdict::new("noticed: sessions taken away", Kind::Sqlite);
        noticed.noticed(&[]);
        let page = page(&[kept, lost, noticed], &machine(), 7);
        assert!(page.contains("\n2026-11-23T09:15:16Z · stead 1.0 (release build) · "), "{page}");
        assert!(page.contains("| sqlite | kill -9 under load | 200 | 0 | 0 | 0 | 0 | 0 |\n"));
        assert!(page.contains("| sqlite | disk full, and room again | 0 | 0 | 0 | 0 | 0 | 1 |\n"));
        assert!(page.contains("| sqlite | sessions taken away | no |\n"), "{page}");
    }
}
