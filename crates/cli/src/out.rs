//! The one way to standard output and error: locked, coloured only for people, quiet when the reader has gone.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use stead_proto::time::Seconds;

/// Writes a line to standard output. A reader that closed its end (`| head`) has seen enough: what is being
/// done is done all the same, to its end and with its status. A disk that is full is a failure.
pub fn line(text: impl Display) {
    finish(&writeln!(io::stdout().lock(), "{text}"));
}

/// Writes a line to standard error. Where nobody listens, the status still speaks.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a value as indented JSON.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

fn finish(written: &io::Result<()>) {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            note(format!("the output cannot be written: {error}"));
            std::process::exit(1);
        }
        _ => {}
    }
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Beside the point.
    Quiet,
    /// Worth looking at.
    Strong,
}

/// Text in a colour, where standard output is a terminal and `NO_COLOR` is not set.
#[must_use]
pub fn toned(tone: Tone, text: impl Display) -> String {
    if !coloured(&io::stdout()) {
        return text.to_string();
    }
    let code = match tone {
        Tone::Good => "32",
        Tone::Bad => "31",
        Tone::Quiet => "2",
        Tone::Strong => "1",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Whether colours are welcome where this leads: to a terminal, and `NO_COLOR` is not set.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub fn coloured(stream: &impl IsTerminal) -> bool {
    let unwanted = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
    !unwanted && stream.is_terminal()
}

/// A length of time, in the largest unit that leaves something to say.
#[must_use]
pub fn rounded(Seconds(n): Seconds) -> String {
    match n {
        0..120 => format!("{n} s"),
        120..7200 => format!("{} min", n / 60),
        7200..172_800 => format!("{} h", n / 3600),
        _ => format!("{} days", n / 86_400),
    }
}

/// A table of text: columns as wide as their widest cell, the header first.
#[must_use]
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| name.to_uppercase()).collect();
    let width = |column: usize| {
        let cells = std::iter::once(&header).chain(rows).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let written = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(place, cell)| format!("{cell:0$}", width(place)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    std::iter::once(&header).chain(rows).map(written).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "x".to_owned()], vec!["länger".to_owned(), String::new()]];
        assert_eq!(table(&["id", "name"], &rows), "ID      NAME\na       x\nlänger");
    }
}
