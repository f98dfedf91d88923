//! Has the linker lay together what runs (`layout.ld`, which `cargo xtask layout` writes), and pack what has to be
//! relocated: so that little of the program is in memory. docs/adr/0039 says why.

use std::process::Command;

/// The first glibc that takes packed relocations.
const PACKED_SINCE: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout.ld");
    if said("PROFILE") != "release" || said("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    link_with(&format!("-T,{}/layout.ld", said("CARGO_MANIFEST_DIR")));
    // What is linked here needs about the glibc of here, in any case.
    if said("HOST") == said("TARGET") && glibc().is_some_and(|version| version >= PACKED_SINCE) {
        link_with("-z,pack-relative-relocs");
    }
}

/// What cargo says to a build script.
#[expect(clippy::disallowed_methods, reason = "cargo says it there and nowhere else")]
fn said(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn link_with(option: &str) {
    println!("cargo::rustc-link-arg-bin=stead=-Wl,{option}");
}

/// The version of this system's glibc, if it has one: `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = version.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
