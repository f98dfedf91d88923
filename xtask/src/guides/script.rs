//! A guide as one shell script: what its reader does, with a mark before each step.

use super::page::Step;
use std::fmt::Write;

/// Before the number of each step in the output.
const MARK: char = '\u{1e}';

const HEAD: &str = "set -euo pipefail
set -m
servers=()
trap 'for server in \"${servers[@]}\"; do kill -- -\"$server\" 2>/dev/null || true; done' EXIT
";

/// The script of these steps. What a reader compares is no command.
pub(crate) fn script(steps: &[(usize, Step)]) -> String {
    let mut script = HEAD.to_owned();
    for (number, (_, step)) in steps.iter().enumerate() {
        let _ = writeln!(script, "printf '{MARK}%s\\n' {number}");
        match step {
            Step::Run(commands) => script.push_str(commands),
            Step::Serve(commands) => script.push_str(&server(number, commands)),
            Step::Write { file, text } => script.push_str(&write(file, text)),
            Step::Compare(_) | Step::Read => {}
        }
    }
    script
}

/// Starts it, and waits as the reader does until it says that it is ready.
fn server(number: usize, commands: &str) -> String {
    format!(
        "( {commands} ) > server-{number}.log 2>&1 &
servers+=($!)
until grep -qs '^ready' server-{number}.log; do
  kill -0 $! 2>/dev/null || {{ cat server-{number}.log; exit 1; }}
  sleep 0.1
done
cat server-{number}.log
"
    )
}

fn write(file: &str, text: &str) -> String {
    format!("mkdir -p \"$(dirname '{file}')\"\ncat > '{file}' <<'END-OF-FILE'\n{text}END-OF-FILE\n")
}

/// What each step printed, as far as the script came.
pub(crate) fn outputs(printed: &str) -> Vec<String> {
    let parts = printed.split(MARK).skip(1);
    parts.map(|part| part.split_once('\n').map_or("", |(_, text)| text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn run(steps: &[(usize, Step)]) -> (bool, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new("bash")
            .args(["-c", &script(steps)])
            .current_dir(&folder)
            .output()
            .unwrap();
        (output.status.success(), outputs(&String::from_utf8(output.stdout).unwrap()))
    }

    #[test]
    fn steps_share_one_terminal_and_each_has_its_output() {
        let steps = [
            (1, Step::Run("export NAME=alice\n".into())),
            (2, Step::Write { file: "a/b.txt".into(), text: "$NAME\n".into() }),
            (3, Step::Serve("echo ready; sleep 60\n".into())),
            (4, Step::Run("echo $NAME; cat a/b.txt\n".into())),
        ];
        let (succeeded, outputs) = run(&steps);
        assert!(succeeded);
        assert_eq!(outputs, ["", "", "ready\n", "alice\n$NAME\n"]);
    }

    #[test]
    fn what_fails_is_the_last_step_that_has_output() {
        let steps = [(1, Step::Run("echo 1\n".into())), (2, Step::Run("false\necho 2\n".into()))];
        assert_eq!(run(&steps), (false, vec!["1\n".to_owned(), String::new()]));
    }
}
