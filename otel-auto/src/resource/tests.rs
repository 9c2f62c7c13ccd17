#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use opentelemetry::Key;
use opentelemetry_sdk::Resource;

use super::{detect, detect_in, files::Files};
use crate::config::{Config, resource::Fallback};

const ID: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";

/// A folder of files in the place of the system's, removed at the end.
struct Machine(PathBuf);

impl Machine {
    fn with(files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("otel-auto-{}", uuid::Uuid::new_v4()));
        for (path, text) in files {
            let path = root.join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(root)
    }

    fn resource(&self, variables: &[(&str, &str)]) -> Resource {
        detect_in(&config(variables), &Files::under(&self.0))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn config(variables: &[(&str, &str)]) -> Config {
    let lookup = |name: &str| {
        variables
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let fallback = Fallback {
        service_name: Some("users"),
        service_version: Some("0.3.1"),
    };
    Config::from_env(&lookup, fallback).0
}

fn get(resource: &Resource, key: &'static str) -> Option<String> {
    resource.get(&Key::new(key)).map(|value| value.to_string())
}

#[test]
fn a_service_has_its_name_version_and_an_instance_of_its_own() {
    let [one, other] = [(); 2].map(|()| Machine::with(&[]).resource(&[]));
    assert_eq!(get(&one, "service.name").unwrap(), "users");
    assert_eq!(get(&one, "service.version").unwrap(), "0.3.1");
    assert_eq!(get(&one, "telemetry.sdk.name").unwrap(), "opentelemetry");
    assert_eq!(get(&one, "telemetry.sdk.language").unwrap(), "rust");
    assert!(get(&one, "telemetry.sdk.version").is_some());
    assert_eq!(get(&one, "telemetry.distro.name").unwrap(), "otel-auto");
    assert_eq!(
        get(&one, "telemetry.distro.version").unwrap(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(get(&one, "process.runtime.name").unwrap(), "rustc");
    assert_eq!(
        one.schema_url(),
        Some(opentelemetry_semantic_conventions::SCHEMA_URL)
    );
    let id: uuid::Uuid = get(&one, "service.instance.id").unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    assert_ne!(
        get(&one, "service.instance.id"),
        get(&other, "service.instance.id")
    );
}

#[test]
fn what_the_environment_says_wins_over_what_is_detected() {
    let machine = Machine::with(&[("/etc/hostname", "detected\n")]);
    let list = "service.instance.id=ns.pod.c,host.name=given,telemetry.distro.name=mine,deployment.environment.name=prod";
    let resource = machine.resource(&[
        ("OTEL_RESOURCE_ATTRIBUTES", list),
        ("OTEL_SERVICE_NAME", "orders"),
    ]);
    assert_eq!(get(&resource, "service.name").unwrap(), "orders");
    assert_eq!(get(&resource, "service.instance.id").unwrap(), "ns.pod.c");
    assert_eq!(get(&resource, "host.name").unwrap(), "given");
    assert_eq!(get(&resource, "telemetry.distro.name").unwrap(), "mine");
    assert_eq!(
        get(&resource, "deployment.environment.name").unwrap(),
        "prod"
    );
}

#[test]
fn a_host_is_described_from_its_files() {
    let machine = Machine::with(&[
        ("/etc/hostname", "box\n"),
        ("/etc/machine-id", "uninitialized\n"),
        (
            "/var/lib/dbus/machine-id",
            "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
        ),
        (
            "/etc/os-release",
            "PRETTY_NAME=\"Debian GNU/Linux 12\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n",
        ),
    ]);
    let resource = machine.resource(&[]);
    assert_eq!(get(&resource, "host.name").unwrap(), "box");
    assert_eq!(
        get(&resource, "host.id").unwrap(),
        "3d1219c7c4c5404aaa1f6d2a48adfda4"
    );
    assert_eq!(
        get(&resource, "os.description").unwrap(),
        "Debian GNU/Linux 12"
    );
    assert_eq!(get(&resource, "os.name").unwrap(), "Debian GNU/Linux");
    assert_eq!(get(&resource, "os.version").unwrap(), "12");
}

#[test]
fn a_process_is_described_without_its_arguments() {
    let stat = "42 (a) b) c) S 1 42 42 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 4 0 12345 1 2 3";
    let machine = Machine::with(&[
        ("/proc/self/stat", stat),
        ("/proc/stat", "cpu 1 2 3\nbtime 1709251199\nprocesses 9\n"),
        ("/proc/self/status", "Name:\tx\nUid:\t0\t1000\t1000\t1000\n"),
        (
            "/etc/passwd",
            "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/false\n",
        ),
    ]);
    let resource = machine.resource(&[]);
    assert_eq!(
        get(&resource, "process.pid").unwrap(),
        std::process::id().to_string()
    );
    assert_eq!(
        get(&resource, "process.creation.time").unwrap(),
        "2024-03-01T00:02:02.450Z"
    );
    assert_eq!(get(&resource, "process.owner").unwrap(), "app");
    assert!(get(&resource, "process.executable.name").is_some());
    for key in [
        "process.command_args",
        "process.command_line",
        "process.args_count",
    ] {
        assert_eq!(get(&resource, key), None);
    }
}

#[test]
fn a_container_is_known_by_its_control_group_or_outside_kubernetes_by_its_mounts() {
    let group = Machine::with(&[(
        "/proc/self/cgroup",
        &format!("0::/system.slice/docker-{ID}.scope\n"),
    )]);
    assert_eq!(get(&group.resource(&[]), "container.id").unwrap(), ID);

    let mounts = format!(
        "474 456 254:1 /docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/vda1 rw\n"
    );
    let mounted = Machine::with(&[
        ("/proc/self/cgroup", "0::/\n"),
        ("/proc/self/mountinfo", &mounts),
    ]);
    assert_eq!(get(&mounted.resource(&[]), "container.id").unwrap(), ID);
    assert_eq!(
        get(
            &mounted.resource(&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")]),
            "container.id"
        ),
        None
    );
}

#[test]
fn a_namespace_is_read_only_in_kubernetes_and_the_operators_list_wins() {
    let file = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
    let machine = Machine::with(&[(file, "shop\n")]);
    let pod = ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "users-7c9");
    let inside = ("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    let node = ("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "node-1");
    assert_eq!(get(&machine.resource(&[pod]), "k8s.namespace.name"), None);

    let resource = machine.resource(&[pod, node, inside]);
    assert_eq!(get(&resource, "k8s.namespace.name").unwrap(), "shop");
    assert_eq!(get(&resource, "k8s.pod.name").unwrap(), "users-7c9");
    assert_eq!(get(&resource, "k8s.node.name").unwrap(), "node-1");

    let list = (
        "OTEL_RESOURCE_ATTRIBUTES",
        "k8s.namespace.name=given,k8s.pod.name=other",
    );
    let resource = machine.resource(&[pod, inside, list]);
    assert_eq!(get(&resource, "k8s.namespace.name").unwrap(), "given");
    assert_eq!(get(&resource, "k8s.pod.name").unwrap(), "other");
}

#[test]
fn without_any_file_nothing_is_invented_and_nothing_fails() {
    let resource = Machine::with(&[]).resource(&[]);
    for key in [
        "host.name",
        "host.id",
        "os.version",
        "container.id",
        "process.creation.time",
        "process.owner",
    ] {
        assert_eq!(get(&resource, key), None, "{key}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn this_machine_is_detected_quickly_and_truly() {
    let start = std::time::Instant::now();
    let resource = detect(&config(&[]));
    // Far beyond what reading ten small files takes, and far below what a network or a child process may.
    assert!(start.elapsed() < Duration::from_secs(2));
    let kernel = Path::new("/proc/sys/kernel/hostname");
    assert_eq!(
        get(&resource, "host.name").unwrap(),
        fs::read_to_string(kernel).unwrap().trim()
    );
    assert_eq!(get(&resource, "os.type").unwrap(), "linux");

    let created = get(&resource, "process.creation.time").unwrap();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let this_year = 1970 + now / 31_556_952;
    let year: u64 = created.get(..4).unwrap().parse().unwrap();
    assert!(year.abs_diff(this_year) <= 1, "{created}");
}

#[test]
fn only_the_detectors_that_are_named_look_at_the_machine() {
    let machine = Machine::with(&[
        ("/etc/hostname", "box\n"),
        ("/etc/os-release", "NAME=Debian\n"),
        ("/proc/self/cgroup", &format!("0::/docker/{ID}\n")),
    ]);
    let all = [
        ("host", "host.name"),
        ("os", "os.name"),
        ("process", "process.pid"),
        ("service_instance", "service.instance.id"),
        ("container", "container.id"),
        ("k8s", "k8s.pod.name"),
        ("env", "given"),
    ];
    let with = |list| {
        let resource = machine.resource(&[
            ("OTEL_RUST_RESOURCE_DETECTORS", list),
            ("OTEL_RESOURCE_ATTRIBUTES", "given=1"),
            ("OTEL_SERVICE_NAME", "orders"),
            ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "pod"),
        ]);
        assert_eq!(get(&resource, "service.name").unwrap(), "orders");
        assert!(get(&resource, "telemetry.sdk.name").is_some());
        resource
    };
    for (name, _) in all {
        let resource = with(name);
        for (other, key) in all {
            assert_eq!(get(&resource, key).is_some(), other == name, "{name} {key}");
        }
    }
    let (none, every) = (with("none"), with("all"));
    for (_, key) in all {
        assert_eq!(get(&none, key), None, "{key}");
        assert!(get(&every, key).is_some(), "{key}");
    }
}

#[test]
fn disabled_keys_are_left_out_wherever_they_come_from_but_a_service_keeps_its_name() {
    let resource = Machine::with(&[("/etc/hostname", "box\n")]).resource(&[
        (
            "OTEL_RUST_RESOURCE_DISABLED_KEYS",
            "host.name,service.name,service.version,given",
        ),
        ("OTEL_RESOURCE_ATTRIBUTES", "given=1,kept=2"),
    ]);
    for key in ["host.name", "service.version", "given"] {
        assert_eq!(get(&resource, key), None, "{key}");
    }
    assert_eq!(get(&resource, "service.name").unwrap(), "users");
    assert_eq!(get(&resource, "kept").unwrap(), "2");
}
