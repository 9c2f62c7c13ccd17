//! `host.*` and `os.*`.

use std::env::consts;

use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::resource::{
    HOST_ARCH, HOST_ID, HOST_NAME, OS_DESCRIPTION, OS_NAME, OS_TYPE, OS_VERSION,
};

use super::files::Files;

pub(super) fn detect(files: &Files, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new(HOST_ARCH, arch(consts::ARCH)));
    attributes.extend(name(files).map(|name| KeyValue::new(HOST_NAME, name)));
    attributes.extend(id(files).map(|id| KeyValue::new(HOST_ID, id)));
}

pub(super) fn detect_os(files: &Files, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new(OS_TYPE, os_type(consts::OS)));
    let release = files
        .read("/etc/os-release")
        .or_else(|| files.read("/usr/lib/os-release"));
    let release = release.unwrap_or_default();
    for (field, attribute) in [
        ("PRETTY_NAME", OS_DESCRIPTION),
        ("NAME", OS_NAME),
        ("VERSION_ID", OS_VERSION),
    ] {
        attributes.extend(os_release(&release, field).map(|value| KeyValue::new(attribute, value)));
    }
}

/// The convention's spelling; it lists no others, but allows them.
fn arch(rust: &'static str) -> &'static str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" | "arm64ec" => "arm64",
        "arm" => "arm32",
        "powerpc64" => "ppc64",
        "powerpc" => "ppc32",
        other => other,
    }
}

fn os_type(rust: &'static str) -> &'static str {
    match rust {
        "macos" | "ios" | "tvos" | "watchos" | "visionos" => "darwin",
        "dragonfly" => "dragonflybsd",
        "android" => "linux",
        other => other,
    }
}

fn name(files: &Files) -> Option<String> {
    files
        .line("/proc/sys/kernel/hostname")
        .or_else(|| files.line("/etc/hostname"))
}

/// Before its first boot a machine's id may be the word `uninitialized`.
fn id(files: &Files) -> Option<String> {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .into_iter()
        .filter_map(|path| files.line(path))
        .find(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A field of an os-release file, whose values are quoted as in a shell.
fn os_release(text: &str, field: &str) -> Option<String> {
    let value = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(field)?.strip_prefix('='))?;
    let value = value.trim();
    let unquoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value);
    (!unquoted.is_empty()).then(|| unquoted.replace('\\', ""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn architectures_and_systems_have_the_conventions_names() {
        for (rust, convention) in [
            ("x86_64", "amd64"),
            ("aarch64", "arm64"),
            ("arm", "arm32"),
            ("x86", "x86"),
            ("powerpc64", "ppc64"),
            ("powerpc", "ppc32"),
            ("s390x", "s390x"),
            ("riscv64", "riscv64"),
        ] {
            assert_eq!(arch(rust), convention);
        }
        for (rust, convention) in [
            ("linux", "linux"),
            ("macos", "darwin"),
            ("windows", "windows"),
            ("dragonfly", "dragonflybsd"),
        ] {
            assert_eq!(os_type(rust), convention);
        }
    }

    #[test]
    fn os_release_fields_are_unquoted_and_matched_whole() {
        let text = "PRETTY_NAME=\"Debian \\\"12\\\"\"\nNAME='Debian'\nVERSION_ID=12\nID=\n";
        assert_eq!(os_release(text, "PRETTY_NAME").unwrap(), "Debian \"12\"");
        assert_eq!(os_release(text, "NAME").unwrap(), "Debian");
        assert_eq!(os_release(text, "VERSION_ID").unwrap(), "12");
        assert_eq!(os_release(text, "ID"), None);
        assert_eq!(os_release(text, "VERSION"), None);
    }
}
