//! The OTLP exporter's variables: nine for all signals, and the same nine for each.

use super::*;

/// The OTLP variables of one signal, or of all.
#[derive(Debug)]
pub(crate) struct OtlpVariables {
    pub(crate) endpoint: &'static Variable<Url>,
    pub(crate) protocol: &'static Variable<Choice>,
    pub(crate) headers: &'static Variable<Headers>,
    pub(crate) compression: &'static Variable<Choice>,
    pub(crate) timeout: &'static Variable<Timeout>,
    pub(crate) certificate: &'static Variable<File>,
    pub(crate) client_key: &'static Variable<File>,
    pub(crate) client_certificate: &'static Variable<File>,
    pub(crate) insecure: &'static Variable<Flag>,
}

macro_rules! otlp {
    ($set:ident, $section:ident = $title:literal, $($prefix:literal)?;
     endpoint $endpoint:literal $endpoint_doc:literal, protocol $protocol:literal, timeout $timeout:expr,
     compression $compression:literal, insecure $insecure:literal, doc $doc:literal) => {
        pub(crate) static $set: OtlpVariables = {
            macro_rules! variable {
                ($name:literal, $kind:expr, $text:literal) => {
                    &Variable {
                        name: concat!("OTEL_EXPORTER_OTLP_", $($prefix,)? $name),
                        kind: $kind,
                        doc: concat!($text, $doc),
                    }
                };
            }
            OtlpVariables {
                endpoint: variable!("ENDPOINT", Url($endpoint), $endpoint_doc),
                protocol: variable!("PROTOCOL", Choice($protocol), "`http/protobuf`, `http/json` or `grpc`"),
                headers: variable!("HEADERS", Headers(""), "Headers of every request"),
                compression: variable!("COMPRESSION", Choice($compression), "`none` or `gzip`"),
                timeout: variable!("TIMEOUT", Timeout($timeout), "For one export, with its retries"),
                certificate: variable!("CERTIFICATE", File(""), "Trusted certificates (PEM), instead of the system's"),
                client_key: variable!("CLIENT_KEY", File(""), "The client's private key (PEM), for mutual TLS"),
                client_certificate: variable!("CLIENT_CERTIFICATE", File(""), "The client's certificates (PEM), for mutual TLS"),
                insecure: variable!("INSECURE", Flag($insecure), "`true` leaves TLS out where a gRPC endpoint has no scheme"),
            }
        };

        pub(crate) static $section: Section = Section {
            title: $title,
            variables: &[
                $set.endpoint,
                $set.protocol,
                $set.headers,
                $set.compression,
                $set.timeout,
                $set.certificate,
                $set.client_key,
                $set.client_certificate,
                $set.insecure,
            ],
        };
    };
}

otlp! { ALL, OTLP_ALL_SIGNALS = "OTLP, all signals",;
endpoint "http://localhost:4318" "The receiver (for gRPC by default `http://localhost:4317`). For HTTP a base, to which `v1/traces`, `v1/metrics` or `v1/logs` is appended",
protocol "http/protobuf", timeout Some(10_000), compression "none", insecure "false", doc "." }
otlp! { OF_TRACES, OTLP_TRACES = "OTLP, traces", "TRACES_";
endpoint "" "The receiver's whole URL, used as it is",
protocol "", timeout None, compression "", insecure "", doc "; for traces, instead of the general variable." }
otlp! { OF_METRICS, OTLP_METRICS = "OTLP, metrics", "METRICS_";
endpoint "" "The receiver's whole URL, used as it is",
protocol "", timeout None, compression "", insecure "", doc "; for metrics, instead of the general variable." }
otlp! { OF_LOGS, OTLP_LOGS = "OTLP, logs", "LOGS_";
endpoint "" "The receiver's whole URL, used as it is",
protocol "", timeout None, compression "", insecure "", doc "; for logs, instead of the general variable." }
