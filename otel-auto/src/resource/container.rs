//! `container.id` and `k8s.*`.

use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::resource::{
    CONTAINER_ID, K8S_NAMESPACE_NAME, K8S_NODE_NAME, K8S_POD_NAME, K8S_POD_UID,
};

use super::files::Files;
use crate::config::resource::ResourceSettings;

const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

pub(super) fn detect(files: &Files, settings: &ResourceSettings, attributes: &mut Vec<KeyValue>) {
    let in_mounts = || {
        // A pod's containers share mounts of its sandbox, so in Kubernetes the id found there is another's.
        let mounts = if settings.kubernetes {
            None
        } else {
            files.read("/proc/self/mountinfo")
        };
        mounts.as_deref().and_then(id_in_mounts)
    };
    let id = files
        .read("/proc/self/cgroup")
        .as_deref()
        .and_then(id_in_cgroup)
        .or_else(in_mounts);
    attributes.extend(id.map(|id| KeyValue::new(CONTAINER_ID, id)));
}

pub(super) fn detect_kubernetes(
    files: &Files,
    settings: &ResourceSettings,
    attributes: &mut Vec<KeyValue>,
) {
    let namespace = if settings.kubernetes {
        files.line(NAMESPACE)
    } else {
        None
    };
    let found = [
        (K8S_NAMESPACE_NAME, namespace),
        (K8S_POD_NAME, settings.pod_name.clone()),
        (K8S_POD_UID, settings.pod_uid.clone()),
        (K8S_NODE_NAME, settings.node_name.clone()),
    ];
    attributes.extend(
        found
            .into_iter()
            .filter_map(|(key, value)| Some(KeyValue::new(key, value?))),
    );
}

/// The last part of a control group's path: the id bare (`/docker/<id>`), in a systemd scope
/// (`docker-<id>.scope`) or after the runtime's name (`…:cri-containerd:<id>`).
fn id_in_cgroup(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let name = line.rsplit('/').next()?.trim();
        let name = name.strip_suffix(".scope").unwrap_or(name);
        let id = name.rsplit([':', '-']).next()?;
        if is_id(id) {
            return Some(id.to_owned());
        }
        is_ecs_id(name).then(|| name.to_owned())
    })
}

/// With version 2 of control groups a container sees `/` as its path, but its host name's file is mounted from a
/// folder with the id.
fn id_in_mounts(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (_, after) = line
            .split_once("/containers/")
            .filter(|(_, after)| is_id(before_slash(after)))
            .or_else(|| {
                line.split_once("/overlay-containers/")
                    .filter(|(_, after)| is_id(before_slash(after)))
            })?;
        Some(before_slash(after).to_owned())
    })
}

fn before_slash(text: &str) -> &str {
    text.split('/').next().unwrap_or_default()
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

/// Amazon's container service: a task's id and the container's number.
fn is_ecs_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(task, number)| {
        task.len() == 32
            && is_hex(task)
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";

    #[test]
    fn a_container_id_is_found_in_every_form_of_control_group() {
        for line in [
            format!("12:memory:/docker/{ID}"),
            format!("0::/system.slice/docker-{ID}.scope"),
            format!(
                "1:name=systemd:/kubepods/besteffort/pod2f399ed7-c387-41ff-b4c9-b8f9ee7fbd11/{ID}"
            ),
            format!("1:cpu:/kubepods.slice/kubepods-pod2f.slice/cri-containerd-{ID}.scope"),
            format!("1:cpu:/kubepods.slice/kubepods-pod2f.slice/crio-{ID}.scope"),
            format!(
                "1:cpu:/system.slice/containerd.service/kubepods-pod2f.slice:cri-containerd:{ID}"
            ),
        ] {
            assert_eq!(
                id_in_cgroup(&format!("9:pids:/\n{line}\n")).as_deref(),
                Some(ID),
                "{line}"
            );
        }
        let ecs = "b2e1a1f2c3d4e5f60718293a4b5c6d7e-1234567890";
        assert_eq!(
            id_in_cgroup(&format!("9:memory:/ecs/task/{ecs}")).as_deref(),
            Some(ecs)
        );
    }

    #[test]
    fn a_control_group_outside_a_container_has_no_id() {
        for line in [
            "0::/",
            "0::/user.slice/user-1000.slice/session-2.scope",
            "4:memory:/x/69ebcdd97dda4c87c5a29792613902f6",
        ] {
            assert_eq!(id_in_cgroup(line), None, "{line}");
        }
    }

    #[test]
    fn a_container_id_is_found_in_docker_and_podman_mounts_but_a_sandbox_is_not_one() {
        let docker = format!(
            "474 456 254:1 /docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/vda1 rw"
        );
        let podman = format!(
            "983 961 0:56 /containers/storage/overlay-containers/{ID}/userdata/hostname /etc/hostname rw"
        );
        let sandbox = format!(
            "9 6 0:5 /lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{ID}/hostname /etc/hostname"
        );
        assert_eq!(id_in_mounts(&docker).as_deref(), Some(ID));
        assert_eq!(id_in_mounts(&podman).as_deref(), Some(ID));
        assert_eq!(id_in_mounts(&sandbox), None);
    }
}
