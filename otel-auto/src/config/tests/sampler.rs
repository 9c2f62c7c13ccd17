use super::{Config, check, check_with};

const UNKNOWN: &str = "is none of always_on, always_off, traceidratio, jaeger_remote, parentbased_always_on, \
                       parentbased_always_off, parentbased_traceidratio, parentbased_jaeger_remote; \
                       using parentbased_always_on";
const XRAY: &str = "is the central sampler of AWS X-Ray, which is not supported in this version; \
                    using parentbased_always_on";

fn show(config: &Config) -> String {
    config.traces.sampler.to_string()
}

#[test]
fn samplers_are_read_in_any_case() {
    check(
        "OTEL_TRACES_SAMPLER",
        show,
        &[
            ("", "parentbased_always_on", ""),
            (" ALWAYS_OFF ", "always_off", ""),
            ("always_on", "always_on", ""),
            ("traceidratio", "traceidratio 1", ""),
            ("ParentBased_Always_Off", "parentbased_always_off", ""),
            ("parentbased_always_on", "parentbased_always_on", ""),
            ("parentbased_traceidratio", "parentbased_traceidratio 1", ""),
            ("Jaeger_Remote", "jaeger_remote http://localhost:14250", ""),
            (
                "parentbased_jaeger_remote",
                "parentbased_jaeger_remote http://localhost:14250",
                "",
            ),
            ("xray", "parentbased_always_on", XRAY),
            ("parentbased_", "parentbased_always_on", UNKNOWN),
            ("0.5", "parentbased_always_on", UNKNOWN),
        ],
    );
}

#[test]
fn a_ratio_is_a_number_from_0_to_1() {
    const WRONG: &str = "is not a number from 0 to 1; using 1";
    check_with(
        &[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")],
        "OTEL_TRACES_SAMPLER_ARG",
        show,
        &[
            ("", "parentbased_traceidratio 1", ""),
            (" 0.25 ", "parentbased_traceidratio 0.25", ""),
            ("0", "parentbased_traceidratio 0", ""),
            ("1", "parentbased_traceidratio 1", ""),
            ("1e-3", "parentbased_traceidratio 0.001", ""),
            ("1.0001", "parentbased_traceidratio 1", WRONG),
            ("-0.1", "parentbased_traceidratio 1", WRONG),
            ("NaN", "parentbased_traceidratio 1", WRONG),
            ("inf", "parentbased_traceidratio 1", WRONG),
            ("half", "parentbased_traceidratio 1", WRONG),
        ],
    );
}

#[test]
fn a_ratio_without_a_sampler_that_needs_it_is_not_read() {
    check(
        "OTEL_TRACES_SAMPLER_ARG",
        show,
        &[("half", "parentbased_always_on", "")],
    );
    let off = [("OTEL_TRACES_SAMPLER", "always_off")];
    check_with(
        &off,
        "OTEL_TRACES_SAMPLER_ARG",
        show,
        &[("0.5", "always_off", "")],
    );
}

#[test]
fn a_remote_sampler_takes_what_is_right_of_its_argument() {
    let show = |config: &Config| match &config.traces.sampler {
        super::super::sampler::Sampler::JaegerRemote(remote) => format!(
            "{} {} {}",
            remote.endpoint,
            remote.polling_interval.as_millis(),
            remote.initial_rate
        ),
        other => other.to_string(),
    };
    const DEFAULT: &str = "http://localhost:14250 60000 0.001";
    const USING: &str =
        "; using endpoint=http://localhost:14250,pollingIntervalMs=60000,initialSamplingRate=0.001";
    let wrong = |problem: &str| format!("{problem}{USING}");
    let cases = [
        ("", DEFAULT, String::new()),
        (
            " EndPoint = https://user:pw@c:1/x , PollingIntervalMs=100,initialSamplingRate=1 ",
            "https://c:1 100 1",
            String::new(),
        ),
        (
            "endpoint=c:14250,",
            "http://c:14250 60000 0.001",
            String::new(),
        ),
        (
            "initialSamplingRate=0",
            "http://localhost:14250 60000 0",
            String::new(),
        ),
        (
            "endpoint=http://c:+80",
            DEFAULT,
            wrong("has an endpoint that is not http://host:port"),
        ),
        (
            "initialSamplingRate=NaN",
            DEFAULT,
            wrong("has an initialSamplingRate that is not a number from 0 to 1"),
        ),
        (
            "pollingIntervalMs=99",
            DEFAULT,
            wrong("has a pollingIntervalMs that is not a whole number from 100 to 2147483647"),
        ),
        (
            "endpoint=ftp://c:1",
            DEFAULT,
            wrong("has an endpoint that is not http://host:port"),
        ),
        (
            "endpoint=http://c:0",
            DEFAULT,
            wrong("has an endpoint that is not http://host:port"),
        ),
        (
            "0.5,rate=1",
            DEFAULT,
            wrong(
                "has an item that is not key=value, \
                 has a key other than endpoint, pollingIntervalMs and initialSamplingRate",
            ),
        ),
    ];
    for (value, shown, warning) in &cases {
        check_with(
            &[("OTEL_TRACES_SAMPLER", "jaeger_remote")],
            "OTEL_TRACES_SAMPLER_ARG",
            show,
            &[(value, shown, warning)],
        );
    }
    let (_, warnings) = super::read(&[
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://me:secret@c:1,x"),
    ]);
    assert!(!warnings[0].contains("secret"), "{warnings:?}");
}
