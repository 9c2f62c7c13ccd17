use super::{Config, check, check_with, read};
use crate::config::resource::Fallback;

fn attributes(config: &Config) -> String {
    let pairs: Vec<_> = config
        .resource
        .attributes
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(" ")
}

fn with_fallback(variables: &[(&str, &str)]) -> (String, Option<String>) {
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
    let (config, warnings) = Config::from_env(&lookup, fallback);
    assert_eq!(warnings, []);
    (
        config.resource.service_name,
        config.resource.service_version,
    )
}

#[test]
fn a_service_is_named_by_its_variable_then_by_attributes_then_by_its_package_then_by_its_executable()
 {
    let name = ("OTEL_SERVICE_NAME", " from-name ");
    let list = (
        "OTEL_RESOURCE_ATTRIBUTES",
        "service.name=from-list,service.version=9",
    );
    assert_eq!(
        with_fallback(&[name, list]),
        ("from-name".to_owned(), Some("9".to_owned()))
    );
    assert_eq!(
        with_fallback(&[list]),
        ("from-list".to_owned(), Some("9".to_owned()))
    );
    assert_eq!(
        with_fallback(&[]),
        ("users".to_owned(), Some("0.3.1".to_owned()))
    );
    let empty = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=,service.version=");
    assert_eq!(
        with_fallback(&[empty]),
        ("users".to_owned(), Some("0.3.1".to_owned()))
    );

    let (config, _) = read(&[]);
    let executable = std::env::current_exe().unwrap();
    let executable = executable.file_name().unwrap().to_str().unwrap();
    assert_eq!(
        config.resource.service_name,
        format!("unknown_service:{executable}")
    );
    assert_eq!(config.resource.service_version, None);
}

#[test]
fn resource_attributes_are_percent_decoded() {
    check(
        "OTEL_RESOURCE_ATTRIBUTES",
        attributes,
        &[
            ("", "", ""),
            (" a = b , c=d ", "a=b c=d", ""),
            ("a=b%2Cc,k%3D=v%20w", "a=b,c k==v w", ""),
            ("a=b=c", "a=b=c", ""),
            ("a=Gr%C3%BC%C3%9Fe,b=Grüße", "a=Grüße b=Grüße", ""),
            ("a=1,b=2,a=3,", "b=2 a=3", ""),
            ("a=", "a=", ""),
            ("service.version=1@sha256:ab,x=y", "x=y", ""),
        ],
    );
}

#[test]
fn a_malformed_pair_discards_all_resource_attributes() {
    check(
        "OTEL_RESOURCE_ATTRIBUTES",
        attributes,
        &[
            (
                "a=1,b",
                "",
                "has \"b\", which is not key=value; all of it is ignored",
            ),
            (
                "a=1,=2,c=3",
                "",
                "has \"=2\", which is not key=value; all of it is ignored",
            ),
            (
                "0",
                "",
                "has \"0\", which is not key=value; all of it is ignored",
            ),
        ],
    );
    let warning = "has \"b\", which is not key=value; all of it is ignored";
    let name = |c: &Config| c.resource.service_name.clone();
    let set = [("OTEL_SERVICE_NAME", "users")];
    check_with(
        &set,
        "OTEL_RESOURCE_ATTRIBUTES",
        name,
        &[("service.name=x,b", "users", warning)],
    );
}

#[test]
fn a_percent_sign_that_encodes_nothing_keeps_its_pair_as_written_and_the_others_decoded() {
    const KEPT: &str = "using these as they are written";
    check(
        "OTEL_RESOURCE_ATTRIBUTES",
        attributes,
        &[
            (
                "k8s.pod.name=p,note=100% sure,a=%2C",
                "k8s.pod.name=p note=100% sure a=,",
                &format!("has a `%` that encodes nothing, in note; {KEPT}"),
            ),
            (
                "a=5%,b=%zz,c=%2",
                "a=5% b=%zz c=%2",
                &format!("has a `%` that encodes nothing, in a, b, c; {KEPT}"),
            ),
            (
                "a=%ff",
                "a=%ff",
                &format!("has a `%` that encodes nothing, in a; {KEPT}"),
            ),
        ],
    );
}

#[test]
fn the_operators_variables_are_kept_for_the_resource() {
    let (config, warnings) = read(&[
        ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "users-7c9"),
        ("OTEL_RESOURCE_ATTRIBUTES_POD_UID", "2f39"),
        ("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", " node-1 "),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
    ]);
    assert!(warnings.is_empty() && config.resource.kubernetes);
    assert_eq!(config.resource.pod_name.as_deref(), Some("users-7c9"));
    assert_eq!(config.resource.pod_uid.as_deref(), Some("2f39"));
    assert_eq!(config.resource.node_name.as_deref(), Some("node-1"));
}
