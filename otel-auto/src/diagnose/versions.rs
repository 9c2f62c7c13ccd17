//! Crates that are there twice: each has globals of its own, and what one sets the other does not see.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use super::{Subject, check::Check};

/// Those with globals, or with types that must be the same on both sides.
const SINGLE: [&str; 6] = [
    "opentelemetry",
    "opentelemetry_sdk",
    "tracing",
    "tracing-core",
    "tracing-opentelemetry",
    "tracing-subscriber",
];
/// A lock file beyond this is not one.
const LONGEST: u64 = 8 * 1024 * 1024;
const HIGHEST: usize = 6;

pub(super) fn check(_: &Subject) -> Check {
    let mut check = Check::new("duplicate crates");
    let Some(path) = lock_file() else {
        check.note("no Cargo.lock near the executable: run `cargo tree -d` where it is built");
        return check;
    };
    let mut text = String::new();
    let read = fs::File::open(&path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    if read.is_err() {
        check.note(format!("{} cannot be read", path.display()));
        return check;
    }
    describe(&mut check, &path, &text);
    check
}

/// A hint only: the executable may be built from another lock file, and without every crate of it.
pub(super) fn describe(check: &mut Check, path: &Path, lock: &str) {
    let path = path.display();
    let mut twice = false;
    for (name, versions) in versions(lock) {
        if versions.len() > 1 {
            twice = true;
            check.problem(format!(
                "{path} has {name} {}: telemetry of one is not seen by the other; `cargo tree -d` says who wants which",
                versions.join(" and ")
            ));
        }
    }
    if !twice {
        check.good(format!("{path} has each of opentelemetry and tracing once"));
    }
}

fn versions(lock: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let Some(name) = value(line, "name") else {
            continue;
        };
        if let Some(version) = lines.next().and_then(|line| value(line, "version")) {
            if SINGLE.contains(&name) {
                found.entry(name).or_default().push(version);
            }
        }
    }
    found
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?
        .strip_prefix(" = \"")?
        .strip_suffix('"')
}

/// Above the manifest, as `cargo run` tells it, or above the executable in `target/`.
fn lock_file() -> Option<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let executable = std::env::current_exe().ok();
    [manifest, executable]
        .into_iter()
        .flatten()
        .find_map(|start| {
            let above = start.ancestors().take(HIGHEST);
            above
                .map(|folder| folder.join("Cargo.lock"))
                .find(|path| path.is_file())
        })
}
