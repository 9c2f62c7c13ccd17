use super::{Config, check, check_with};

const UNKNOWN: &str = "is none of always_on, always_off, traceidratio, parentbased_always_on, \
                       parentbased_always_off, parentbased_traceidratio; using parentbased_always_on";
const UNSUPPORTED: &str = "is not supported in this version; using parentbased_always_on";

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
            ("jaeger_remote", "parentbased_always_on", UNSUPPORTED),
            (
                "parentbased_jaeger_remote",
                "parentbased_always_on",
                UNSUPPORTED,
            ),
            ("xray", "parentbased_always_on", UNSUPPORTED),
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
