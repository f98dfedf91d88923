//! What callgrind wrote → which functions of a program ran.
//!
//! A file of its counts names each object and each function once, with a number, and by the number alone from then on:
//! `ob=(3) /path/of/stead`, `fn=(17) _RNv…`, later `fn=(17)`.

use super::Names;
use std::collections::HashMap;

/// The functions of the program of this name that ran.
pub(super) fn functions(counts: &str, program: &str) -> Names {
    let (mut objects, mut functions) = (Numbered::default(), Numbered::default());
    let (mut names, mut ours) = (Names::new(), false);
    for line in counts.lines() {
        let Some((what, said)) = line.split_once('=') else { continue };
        match what {
            "ob" => ours = objects.name(said).is_some_and(|path| is_program(path, program)),
            "cob" => _ = objects.name(said),
            "fn" => names.extend(functions.name(said).filter(|_| ours).and_then(known_as)),
            "cfn" => _ = functions.name(said),
            _ => {}
        }
    }
    names
}

/// Names by their numbers.
#[derive(Default)]
struct Numbered<'t>(HashMap<&'t str, &'t str>);

impl<'t> Numbered<'t> {
    fn name(&mut self, said: &'t str) -> Option<&'t str> {
        let (number, name) = said.strip_prefix('(')?.split_once(')')?;
        match name.trim() {
            "" => self.0.get(number).copied(),
            name => {
                self.0.insert(number, name);
                Some(name)
            }
        }
    }
}

/// A program has one stretch of code for callgrind. What an earlier layout has put before it belongs to nobody.
fn is_program(path: &str, program: &str) -> bool {
    path == "???" || path.rsplit('/').next() == Some(program)
}

/// Without the number of a recursion; nothing of what callgrind made up a name for, such as `(below main)`.
fn known_as(name: &str) -> Option<String> {
    let name = name.split('\'').next()?;
    let is_symbol = |letter: char| letter.is_ascii_alphanumeric() || "_.$".contains(letter);
    let is_named = !name.starts_with(|letter: char| letter.is_ascii_digit());
    (is_named && name.chars().all(is_symbol)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: &str = "\
events: Ir
ob=(1) /lib/libc.so.6
fn=(1) malloc
1 20
ob=(2) /target/release/stead
fn=(2) _RNvC5stead4main
2 7
cob=(1)
cfn=(3) free
calls=1 0
3 5
cfn=(4) _RNvC5stead3run'2
calls=1 0
fn=(4)
4 9
fn=(5) (below main)
1 1
fn=(6) 0x0000000000012340
1 1
ob=(3) ???
fn=(7) sqlite3Step
1 1
ob=(1)
fn=(3)
5 5
";

    #[test]
    fn what_the_program_itself_ran_is_named_once() {
        let laid = "sqlite3Step";
        let expected = ["_RNvC5stead3run", "_RNvC5stead4main", laid].map(str::to_owned);
        assert_eq!(functions(COUNTS, "stead"), Names::from(expected));
        assert_eq!(functions(COUNTS, "nginx"), Names::from([laid.to_owned()]));
    }
}
