use super::{Config, check_with, read};

const ON: [(&str, &str); 1] = [("OTEL_RUST_ENTITIES_ENABLED", "true")];
const INSTEAD: &str = "leaving out what is malformed, and using the last of several";

fn show(config: &Config) -> String {
    let name = config.resource.service_name.clone();
    let name = (!name.starts_with("unknown_service")).then(|| format!("service.name={name}"));
    let rest = config.resource.attributes.iter();
    name.into_iter()
        .chain(rest.map(|(key, value)| format!("{key}={value}")))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn entities_are_flattened_into_attributes() {
    check_with(
        &ON,
        "OTEL_ENTITIES",
        show,
        &[
            ("", "", ""),
            (
                "service{service.name=my-app}[service.namespace=shop]@https://opentelemetry.io/schemas/1.21.0;\
                 host{host.id=123}[host.name=web-1]",
                "service.name=my-app service.namespace=shop host.name=web-1 host.id=123",
                "",
            ),
            (
                ";service{service.name=app1};; host { host.id = h } [ ] ;",
                "service.name=app1 host.id=h",
                "",
            ),
            (
                "service{service.name=my%2Capp}[config=key%3Dvalue%5Bprod%5D]",
                "service.name=my,app config=key=value[prod]",
                "",
            ),
        ],
    );
}

#[test]
fn each_rule_of_errors_is_followed() {
    let warned = |problem: &str| format!("{problem}; {INSTEAD}");
    for (value, shown, problem) in [
        (
            "host{host.id=1};invalid{syntax;os{os.type=linux}",
            "host.id=1 os.type=linux",
            "has no `}` in entity 2",
        ),
        (
            "service{};host{host.id=123}",
            "host.id=123",
            "has no identifying attribute in entity 1",
        ),
        ("{a=b}", "", "has no legal type in entity 1"),
        ("a", "", "has no `{` in entity 1"),
        ("a{b=c}[d=e", "", "has no `]` in entity 1"),
        ("a{b=c}x", "", "has something after its end in entity 1"),
        ("a{b}", "", "has an attribute without `=` in entity 1"),
        ("a{=c}", "", "has no legal key in entity 1"),
        ("a{b=%zz}", "", "has a `%` that encodes nothing in entity 1"),
        (
            "a{b=c=d}",
            "",
            "has a reserved character that is not percent-encoded in entity 1",
        ),
        (
            "a{b=c}[v=1];a{b=c}[v=2]",
            "v=2 b=c",
            "has entity \"a\" more than once",
        ),
        (
            "service{service.name=app1};service{service.name=app2}",
            "service.name=app2",
            "has entity \"service\" more than once",
        ),
        (
            "a{b=c}@invalid-url",
            "b=c",
            "has a schema URL that is none, in entity 1",
        ),
        (
            "a{x=1}[v=1];b{y=2}[v=2]",
            "x=1 v=2 y=2",
            "has two values of \"v\"",
        ),
    ] {
        check_with(
            &ON,
            "OTEL_ENTITIES",
            show,
            &[(value, shown, &warned(problem))],
        );
    }
}

#[test]
fn the_list_of_attributes_wins_over_entities() {
    let (config, warnings) = read(&[
        ON[0],
        ("OTEL_ENTITIES", "service{service.name=a}[x=1,y=2]"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=b,x=3"),
    ]);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(show(&config), "service.name=b y=2 x=3");
}

#[test]
fn entities_need_their_flag_and_are_mentioned_without_it() {
    let (config, warnings) = read(&[("OTEL_ENTITIES", "a{b=c};x")]);
    assert_eq!((show(&config).as_str(), warnings.len()), ("", 0));
    assert_eq!(
        config.ineffective,
        ["OTEL_ENTITIES has no effect: OTEL_RUST_ENTITIES_ENABLED is not `true`"]
    );
}

#[test]
fn ever_more_entities_are_cut_off() {
    let many: String = (0..1000).map(|n| format!("e{n}{{k{n}=v}};")).collect();
    let (config, warnings) = read(&[ON[0], ("OTEL_ENTITIES", &many)]);
    assert_eq!(config.resource.attributes.len(), 128);
    assert!(warnings[0].contains("more than 128"), "{warnings:?}");
}
