//! A guide, read: what its reader does, in order.

/// What a page says that keeps it a promise: its commands are run by `cargo xtask guides`.
pub(crate) const PROMISE: &str = "<!-- cargo xtask guides runs every command of this page -->";

/// One thing the reader does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Runs commands.
    Run(String),
    /// Starts something that goes on running in a terminal of its own.
    Serve(String),
    /// Writes a file.
    Write { file: String, text: String },
    /// Compares what the last commands printed.
    Compare(String),
    /// Reads it: part of a program, which the documentation tests compile.
    Read,
}

/// The steps of a page, each with the line its block begins at. An error names a block that is none of these.
pub(crate) fn read(markdown: &str) -> Result<Vec<(usize, Step)>, String> {
    let mut steps = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let text = body.iter().flat_map(|line| [line, "\n"]).collect();
        let step = step(info, text).ok_or_else(|| {
            format!("line {}: a block of `{info}` is nothing a reader does", at + 1)
        })?;
        steps.push((at + 1, step));
    }
    Ok(steps)
}

fn step(info: &str, text: String) -> Option<Step> {
    match info.split_once(' ').unwrap_or((info, "")) {
        ("sh", "") => Some(Step::Run(text)),
        ("sh", "server") => Some(Step::Serve(text)),
        ("text", "") => Some(Step::Compare(text)),
        ("rust,no_run", "") => Some(Step::Read),
        (_, rest) => {
            let file = rest.strip_prefix("file=")?.to_owned();
            Some(Step::Write { file, text })
        }
    }
}

/// Whether the output holds the promised lines, in their order. `…` stands for anything.
pub(crate) fn promised(output: &str, lines: &str) -> Result<(), String> {
    let mut printed = output.lines();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        if !printed.any(|printed| is_like(printed.trim(), line.trim())) {
            return Err(format!("this line was promised and did not come: {line}"));
        }
    }
    Ok(())
}

/// Whether a line is as promised.
fn is_like(printed: &str, promised: &str) -> bool {
    let mut parts = promised.split('…');
    let Some(mut rest) = parts.next().and_then(|first| printed.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_its_blocks_in_their_order() {
        let page = "# Title\n\n```sh\necho 1\necho 2\n```\n\ntext\n\n```text\n1\n```\n```python file=a.py\nx = 1\n```\n```sh server\nserve\n```\n```rust,no_run\nf()\n```\n";
        let steps = read(page).unwrap();
        assert_eq!(
            steps,
            [
                (3, Step::Run("echo 1\necho 2\n".into())),
                (10, Step::Compare("1\n".into())),
                (13, Step::Write { file: "a.py".into(), text: "x = 1\n".into() }),
                (16, Step::Serve("serve\n".into())),
                (19, Step::Read),
            ]
        );
    }

    #[test]
    fn a_block_that_nobody_would_run_is_a_mistake() {
        assert_eq!(
            read("\n```python\nx\n```\n"),
            Err("line 2: a block of `python` is nothing a reader does".into())
        );
    }

    #[test]
    fn promised_lines_come_in_their_order_and_dots_stand_for_anything() {
        let output = "one\n  two is 2\nthree\n";
        assert_eq!(promised(output, "one\ntwo is …\n"), Ok(()));
        assert_eq!(promised(output, "…o is …\n\nthree"), Ok(()));
        assert!(promised(output, "three\none").is_err());
        assert!(promised(output, "two").is_err());
        assert!(promised(output, "two is … 3").is_err());
    }
}
