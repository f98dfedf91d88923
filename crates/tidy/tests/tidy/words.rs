//! What no file of the repository may say: where it was written, and where packages come from.

use crate::{files, none};

/// Hosts of package registries, in halves, so that this file does not say them.
const REGISTRIES: [[&str; 2]; 6] = [
    ["registry.npm", "js"],
    ["files.python", "hosted"],
    ["pypi.", "org"],
    ["deb.", "debian"],
    ["static.", "crates"],
    ["index.", "crates"],
];

/// Folders of one machine, likewise.
const MACHINES: [[&str; 2]; 3] = [["/ro", "ot/"], ["/ho", "me/"], ["/wo", "rk/"]];

#[test]
fn no_file_names_a_registry_or_a_machine() {
    let mut faults = Vec::new();
    for file in files() {
        for (place, line) in file.text.lines().enumerate() {
            if names_a_registry(line) || names_a_machine(line) {
                faults.push(format!("{}:{}: {}", file.path, place + 1, line.trim()));
            }
        }
    }
    none("a file names a package registry's host, or a path of somebody's machine", &faults);
}

#[test]
fn a_path_of_a_machine_is_told_from_a_path_of_a_url() {
    let [root, home, _] = MACHINES.map(|halves| halves.concat());
    assert!(names_a_machine(&format!("see {root}notes.txt")));
    assert!(names_a_machine(&format!("{home}alice")));
    assert!(!names_a_machine(&format!("https://example.com{home}alice")));
    assert!(!names_a_machine(&format!("in {home} and elsewhere")));
}

fn names_a_registry(line: &str) -> bool {
    REGISTRIES.iter().any(|halves| line.contains(&halves.concat()))
}

/// Whether a folder of a machine begins a path here: not in the midst of another path or of a URL.
fn names_a_machine(line: &str) -> bool {
    MACHINES.iter().map(|halves| halves.concat()).any(|folder| {
        let pieces: Vec<_> = line.split(folder.as_str()).collect();
        pieces.iter().zip(pieces.iter().skip(1)).any(|(before, after)| {
            let in_another = |c: char| c.is_ascii_alphanumeric() || "_.*".contains(c);
            let goes_on = |c: char| c.is_ascii_lowercase() || c == '.';
            !before.ends_with(in_another) && after.starts_with(goes_on)
        })
    })
}
