//! AWS X-Ray.

use opentelemetry::Context;
use otel_auto_core::propagation::Propagator::Xray;

use crate::carrier::{extract, inject, local, parent};

#[test]
fn a_header_is_read() {
    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const PARENT: &str = "Parent=53995c3f42cd8ad8";
    let is = |flags: &str| format!("5759e988bd862e3fe1be46a994272793 53995c3f42cd8ad8 {flags}");
    let none = || "none".to_owned();
    for (case, header, expected) in [
        ("sampled", format!("{ROOT};{PARENT};Sampled=1"), is("01")),
        (
            "not sampled",
            format!("{ROOT};{PARENT};Sampled=0"),
            is("00"),
        ),
        ("asked for", format!("{ROOT};{PARENT};Sampled=?"), is("00")),
        ("nothing said", format!("{ROOT};{PARENT}"), is("00")),
        (
            "any order, white space",
            format!("Sampled=1 ; {PARENT} ;\t{ROOT}"),
            is("01"),
        ),
        (
            "parts of others",
            format!(
                "Self=1-67891234-12456789abcdef012345678;{ROOT};{PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5;x"
            ),
            is("01"),
        ),
        (
            "a load balancer's, without a parent",
            ROOT.to_owned(),
            none(),
        ),
        ("no root", format!("{PARENT};Sampled=1"), none()),
        (
            "another version",
            format!("Root=2-5759e988-bd862e3fe1be46a994272793;{PARENT}"),
            none(),
        ),
        (
            "a time too short",
            format!("Root=1-759e988-bd862e3fe1be46a994272793;{PARENT}"),
            none(),
        ),
        ("an id too long", format!("{ROOT}1;{PARENT}"), none()),
        (
            "no dash",
            format!("Root=1-5759e988bd862e3fe1be46a994272793;{PARENT}"),
            none(),
        ),
        (
            "zeros",
            format!("Root=1-00000000-000000000000000000000000;{PARENT}"),
            none(),
        ),
        (
            "upper case",
            format!("{ROOT};Parent=53995C3F42CD8AD8"),
            none(),
        ),
        (
            "a parent of zeros",
            format!("{ROOT};Parent=0000000000000000"),
            none(),
        ),
        (
            "a parent too short",
            format!("{ROOT};Parent=53995c3f42cd8ad"),
            none(),
        ),
        ("empty", String::new(), none()),
        (
            "too long",
            format!("{ROOT};{PARENT};{}", "x".repeat(1_024)),
            none(),
        ),
    ] {
        let context = extract(Xray, &[("X-Amzn-Trace-Id", &header)]);
        assert_eq!(parent(&context), expected, "{case}: {header:?}");
    }
}

#[test]
fn a_span_is_written() {
    for flags in [0, 1] {
        assert_eq!(
            inject(Xray, &local(&Context::new(), flags)).text(),
            format!(
                "x-amzn-trace-id: Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled={flags}"
            )
        );
    }
    assert_eq!(inject(Xray, &Context::new()).text(), "");
}
