//! No two modules of a crate need each other, not even through others.

use crate::{files, none};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tidy::rust::{lines_in_use, words_after};
use tidy::tree::File;

/// Module → the modules it uses, each with one place where it does.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn no_modules_of_a_crate_go_round_in_a_circle() {
    let files = files();
    let faults: Vec<_> = crates(&files)
        .into_iter()
        .flat_map(|name| {
            circles(graph(&files, name)).into_iter().map(move |it| format!("{name}: {it}"))
        })
        .collect();
    none(
        "modules need each other: move what both need into a module of its own, and name things from their home",
        &faults,
    );
}

#[test]
fn a_circle_is_found_and_named_with_its_places() {
    let source = |path: &str, text: &str| File { path: path.into(), text: text.into() };
    let mut files = vec![
        source("crates/x/src/lib.rs", "use crate::a::A;\n"),
        source("crates/x/src/a.rs", "use crate::b::B;\n"),
        source("crates/x/src/b/mod.rs", "use crate::a::A;\n"),
    ];
    let found = circles(graph(&files, "x"));
    assert_eq!(found, ["a (crates/x/src/a.rs:1) → b (crates/x/src/b/mod.rs:1) → a"]);

    files.pop();
    assert_eq!(circles(graph(&files, "x")), Vec::<String>::new());
}

fn crates(files: &[File]) -> BTreeSet<&str> {
    files
        .iter()
        .filter_map(|file| Some(file.path.strip_prefix("crates/")?.split_once('/')?.0))
        .collect()
}

fn graph(files: &[File], name: &str) -> Graph {
    let source = format!("crates/{name}/src/");
    let inside: Vec<_> = files
        .iter()
        .filter(|file| file.is_rust())
        .filter_map(|file| Some((file, module(file.path.strip_prefix(&source)?)?)))
        .collect();
    let mut graph: Graph =
        inside.iter().map(|(_, module)| (module.clone(), BTreeMap::new())).collect();
    let known: BTreeSet<String> = graph.keys().cloned().collect();
    for (file, module) in inside {
        for (used, place) in uses(file) {
            if used != module && known.contains(&used) {
                graph.entry(module.clone()).or_default().entry(used).or_insert(place);
            }
        }
    }
    graph
}

/// The top-level module a file belongs to; `None` for the root, which re-exports, and for tests.
fn module(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".rs")?;
    let mut names = stem.split('/');
    let is_test = stem.split('/').any(|name| name == "tests");
    let top = names.next()?;
    (!is_test && !matches!(top, "lib" | "main" | "bin")).then(|| top.to_owned())
}

/// The top-level modules that a file names, and where.
fn uses(file: &File) -> Vec<(String, String)> {
    let lines = lines_in_use(&file.text);
    lines
        .iter()
        .flat_map(|line| {
            words_after(line.code, "crate::").into_iter().map(move |word| (word, line.number))
        })
        .map(|(word, number)| (word.to_owned(), format!("{}:{number}", file.path)))
        .collect()
}

/// Circles, each told, until none is left once one step of each is taken away.
fn circles(mut graph: Graph) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(circle) = circle(&graph) {
        told.push(tell(&graph, &circle));
        if let [from, to, ..] = circle.as_slice() {
            graph.entry(from.clone()).or_default().remove(to);
        }
    }
    told
}

fn circle(graph: &Graph) -> Option<Vec<String>> {
    let mut clean = BTreeSet::new();
    let found =
        graph.keys().find_map(|start| walk(graph, &mut vec![start.as_str()], &mut clean))?;
    Some(found.into_iter().map(str::to_owned).collect())
}

/// Follows every road from the end of this one. The answer is a road whose last module is its first.
fn walk<'a>(
    graph: &'a Graph,
    road: &mut Vec<&'a str>,
    clean: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    let here = *road.last()?;
    for next in graph.get(here)?.keys() {
        if let Some(begin) = road.iter().position(|module| module == next) {
            let circle = road.iter().skip(begin).copied().chain([next.as_str()]);
            return Some(circle.collect());
        }
        if !clean.contains(next.as_str()) {
            road.push(next);
            if let Some(found) = walk(graph, road, clean) {
                return Some(found);
            }
            road.pop();
        }
    }
    clean.insert(here);
    None
}

fn tell(graph: &Graph, circle: &[String]) -> String {
    let mut text = String::new();
    for (from, to) in circle.iter().zip(circle.iter().skip(1)) {
        let place = graph.get(from).and_then(|uses| uses.get(to)).unwrap();
        let _ = write!(text, "{from} ({place}) → ");
    }
    text + circle.last().unwrap()
}
