use tonic::Code;

use crate::suite::{Rpc, Running, drain, start};

/// The names, in the order of the codes.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

const SERVER_ERRORS: [&str; 6] = [
    "UNKNOWN",
    "DEADLINE_EXCEEDED",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
];

async fn assert_recorded(running: &Running, code: i32) {
    let name = NAMES[usize::try_from(code).unwrap()];
    let (server, client) = running.pair().await;
    let points = (running.server_points(), running.client_points());
    assert_eq!((points.0.len(), points.1.len()), (1, 1));
    for (span, point, is_error) in [
        (&server, &points.0[0], SERVER_ERRORS.contains(&name)),
        (&client, &points.1[0], name != "OK"),
    ] {
        let error_type = if is_error { name } else { "" };
        assert_eq!(span.text("rpc.response.status_code"), name);
        assert_eq!(span.text("error.type"), error_type, "{name}");
        assert_eq!(span.is_error(), is_error, "{name}");
        assert_eq!(point.get("rpc.response.status_code"), name);
        assert_eq!(point.get("error.type"), error_type);
        assert_eq!(point.number(), 1.0);
        assert!((point.sum() - span.duration.as_secs_f64()).abs() < 1e-6);
        if is_error {
            let description = format!("it was {:?}, really", Code::from(code));
            use otel_auto_core::opentelemetry::trace::Status;
            assert_eq!(span.status, Status::error(description));
        }
    }
}

pub async fn every_code_is_recorded_as_the_answer_of_a_unary_call(rpc: &impl Rpc) {
    for code in 0..17 {
        let running = start(rpc).await;
        let message = if code == 0 {
            "fine".to_owned()
        } else {
            format!("code:{code}")
        };
        let answer = running.unary(&message).await;
        let got = answer.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(i32::from(got), code);
        assert_recorded(&running, code).await;
    }
}

pub async fn every_code_is_recorded_as_the_end_of_a_stream(rpc: &impl Rpc) {
    for code in 1..17 {
        let running = start(rpc).await;
        let stream = running
            .server_streaming(&format!("code:{code}"))
            .await
            .unwrap();
        let (messages, got) = drain(stream).await;
        assert_eq!((messages.len(), i32::from(got)), (2, code));
        assert_recorded(&running, code).await;
    }
}
