use std::{
    io::{Read, Write},
    net::TcpListener,
    time::Instant,
};

use otel_auto_testing::receiver::{Behaviour, Receiver};

use super::*;

/// A port nobody listens on.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn probe(protocol: Protocol, base: &str, timeout: Duration) -> Probe {
    Probe::new(&Otlp {
        timeout: Some(timeout),
        ..at(protocol, base, Signal::Traces)
    })
}

#[test]
fn a_refused_connection_is_told_once_with_its_loss_and_recovery_once() {
    for protocol in PROTOCOLS {
        let base = free_port();
        let probe = probe(protocol, &base, SECOND / 4);
        for _ in 0..3 {
            probe.export(&["a", "b"]).unwrap_err();
        }
        let said = probe.said();
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(
            said[0].starts_with(&format!("otel-auto: traces do not reach {base}")),
            "{said:#?}"
        );
        assert!(
            said[0].ends_with("connection refused; is a collector listening there? (2 spans lost)"),
            "{said:#?}"
        );
        let address = base.trim_start_matches("http://").parse().unwrap();
        let _receiver = Receiver::builder().address(address).start();
        probe.export(&["c"]).unwrap();
        probe.export(&["d"]).unwrap();
        let said = probe.said();
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(
            said[0].ends_with("again, 6 spans lost in between"),
            "{said:#?}"
        );
    }
}

#[test]
fn a_receiver_that_starts_late_is_found_by_a_retry() {
    let base = free_port();
    let probe = probe(Protocol::HttpProtobuf, &base, 10 * SECOND);
    let address = base.trim_start_matches("http://").parse().unwrap();
    let starting = std::thread::spawn(move || {
        std::thread::sleep(SECOND / 4);
        Receiver::builder().address(address).start()
    });
    probe.export(&["work"]).unwrap();
    assert_eq!(starting.join().unwrap().spans().len(), 1);
}

#[test]
fn a_restarted_receiver_is_reached_by_the_next_export() {
    for protocol in PROTOCOLS {
        let receiver = Receiver::start();
        let probe = probe(protocol, &receiver.endpoint(), 5 * SECOND);
        probe.export(&["before"]).unwrap();
        receiver.stop();
        let again = Receiver::builder().address(receiver.address()).start();
        probe.export(&["after"]).unwrap();
        assert_eq!(again.spans()[0].name, "after");
        assert_eq!(probe.said(), [""; 0]);
    }
}

#[test]
fn an_unauthorised_export_is_not_retried_and_names_the_headers() {
    for protocol in PROTOCOLS {
        let receiver = Receiver::builder()
            .behaviour(Behaviour::refuse(401))
            .start();
        let said = probe(protocol, &receiver.endpoint(), SECOND).complaint();
        assert!(said.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{said}");
        assert_eq!(receiver.requests().len(), 1);
    }
}

#[test]
fn an_overloaded_receiver_is_asked_again_when_it_said_so() {
    for (protocol, status) in [
        (Protocol::HttpProtobuf, 503),
        (Protocol::Grpc, 429),
        (Protocol::Grpc, 503),
    ] {
        let receiver = Receiver::start();
        receiver.once(Behaviour::refuse(status).retry_after(SECOND));
        let probe = probe(protocol, &receiver.endpoint(), 5 * SECOND);
        let begin = Instant::now();
        probe.export(&["work"]).unwrap();
        assert!(begin.elapsed() >= SECOND);
        assert_eq!((receiver.requests().len(), receiver.spans().len()), (2, 1));
        assert_eq!(probe.said(), [""; 0], "a single failure is no news");
    }
}

#[test]
fn a_wish_beyond_the_timeout_ends_the_export_at_once() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::refuse(429).retry_after(60 * SECOND))
        .start();
    let begin = Instant::now();
    let said = probe(Protocol::HttpProtobuf, &receiver.endpoint(), 5 * SECOND).complaint();
    assert!(begin.elapsed() < 2 * SECOND);
    assert!(said.contains("429 Too Many Requests"), "{said}");
}

#[test]
fn exhausted_without_retry_info_is_not_retried_over_grpc() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::refuse(429))
        .start();
    let said = probe(Protocol::Grpc, &receiver.endpoint(), 5 * SECOND).complaint();
    assert!(
        said.contains(
            "RESOURCE_EXHAUSTED (gRPC code 8); it gets more than it takes (it says: refused)"
        ),
        "{said}"
    );
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn the_user_learns_of_a_lasting_failure_while_it_is_still_retried() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::refuse(503))
        .start();
    let probe = probe(
        Protocol::HttpProtobuf,
        &receiver.endpoint(),
        2 * SECOND + SECOND / 2,
    );
    let said = probe.complaint();
    assert!(
        said.ends_with("(it says: refused) (still trying, 1 span waiting)"),
        "{said}"
    );
    probe.exports.finish();
    assert_eq!(probe.said().len(), 1, "the loss itself is told at the end");
}

#[test]
fn a_partial_success_is_told_with_its_reason_and_is_no_error() {
    for protocol in PROTOCOLS {
        let receiver = Receiver::builder()
            .behaviour(Behaviour::partial(2, "too old"))
            .start();
        let probe = probe(protocol, &receiver.endpoint(), SECOND);
        probe.export(&["a", "b", "c"]).unwrap();
        let said = probe.said();
        assert_eq!(said.len(), 1);
        assert!(
            said[0].ends_with("rejected 2 spans of those sent: too old"),
            "{said:#?}"
        );
    }
}

#[test]
fn a_black_hole_ends_with_the_timeout_and_does_not_poison_the_connection() {
    for protocol in PROTOCOLS {
        let receiver = Receiver::builder()
            .behaviour(Behaviour::black_hole())
            .start();
        let probe = probe(protocol, &receiver.endpoint(), SECOND / 2);
        let begin = Instant::now();
        let said = probe.complaint();
        assert!(
            (SECOND / 2..2 * SECOND).contains(&begin.elapsed()),
            "{:?}",
            begin.elapsed()
        );
        assert!(said.contains("no answer within 500ms"), "{said}");
        receiver.behave(Behaviour::accept());
        probe.export(&["later"]).unwrap();
        assert_eq!(receiver.spans().len(), 1);
    }
}

#[test]
fn no_timeout_waits_for_a_slow_receiver() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::accept().delay(SECOND))
        .start();
    let settings = Otlp {
        timeout: None,
        ..at(Protocol::Grpc, &receiver.endpoint(), Signal::Traces)
    };
    Probe::new(&settings).export(&["work"]).unwrap();
}

#[test]
fn a_doubled_path_is_named() {
    let receiver = Receiver::builder()
        .behaviour(Behaviour::refuse(404))
        .start();
    let url = format!("{}/v1/traces", receiver.endpoint());
    let said = probe(Protocol::HttpProtobuf, &url, SECOND).complaint();
    assert!(
        said.contains("404 Not Found; the path is doubled"),
        "{said}"
    );
}

#[test]
fn http_to_a_grpc_port_is_told_what_it_met() {
    let receiver = Receiver::builder().http2_only().start();
    let said = probe(Protocol::HttpProtobuf, &receiver.endpoint(), SECOND).complaint();
    assert!(
        said.contains("it speaks gRPC or TLS") && !said.contains("https://127"),
        "{said}"
    );
}

#[test]
fn grpc_to_an_http_port_is_told_what_it_met() {
    let receiver = Receiver::builder().http1_only().start();
    let said = probe(Protocol::Grpc, &receiver.endpoint(), SECOND).complaint();
    assert!(
        said.contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"),
        "{said}"
    );
}

#[test]
fn an_unknown_host_is_named() {
    let said = probe(
        Protocol::HttpProtobuf,
        "http://nowhere.invalid:4318",
        SECOND / 4,
    )
    .complaint();
    assert!(
        said.contains("the host name \"nowhere.invalid\" was not found"),
        "{said}"
    );
}

/// Answers one connection with these bytes, after reading some.
fn answering(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 65_536]);
        let _ = stream.write_all(&bytes);
    });
    base
}

#[test]
fn an_endless_answer_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n".to_vec();
    answer.resize(9_000_000, b'x');
    let said = probe(Protocol::HttpProtobuf, &answering(answer), 5 * SECOND).complaint();
    assert!(said.contains("longer than 4 MiB"), "{said}");
}

#[test]
fn a_receiver_that_hangs_up_is_told_as_a_broken_connection() {
    let said = probe(Protocol::HttpProtobuf, &answering(Vec::new()), SECOND / 4).complaint();
    assert!(said.contains("the connection broke"), "{said}");
}

#[test]
fn every_refusal_is_one_sentence_with_the_place_the_loss_and_the_fix() {
    for (status, fix) in [
        (302, "give the final URL"),
        (401, "set OTEL_EXPORTER_OTLP_HEADERS"),
        (403, "set OTEL_EXPORTER_OTLP_HEADERS"),
        (404, "check the path"),
        (405, "check the path"),
        (413, "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
        (415, "set another OTEL_EXPORTER_OTLP_PROTOCOL"),
        (429, "it gets more than it takes"),
        (503, "it is not ready"),
    ] {
        let receiver = Receiver::builder()
            .behaviour(Behaviour::refuse(status).retry_after(60 * SECOND))
            .start();
        let said = probe(Protocol::HttpProtobuf, &receiver.endpoint(), SECOND).complaint();
        let place = format!(
            "otel-auto: traces do not reach {}/v1/traces: the receiver answered {status} ",
            receiver.endpoint()
        );
        assert!(said.starts_with(&place), "{said}");
        assert!(said.contains(fix), "{said}");
        assert!(said.contains("it asks to come back in 60s"), "{said}");
        assert!(said.ends_with("(1 span lost)"), "{said}");
    }
}

#[test]
fn a_partial_success_and_a_refusal_are_read_in_json_too() {
    let receiver = Receiver::start();
    let probe = Probe::new(&at(
        Protocol::HttpJson,
        &receiver.endpoint(),
        Signal::Traces,
    ));
    receiver.once(Behaviour::partial(3, "too old"));
    probe.export(&["a", "b", "c", "d"]).unwrap();
    let said = probe.said();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].contains("rejected 3 spans") && said[0].contains("too old"),
        "{said:#?}"
    );
    receiver.once(Behaviour::refuse(400));
    let said = probe.complaint();
    assert!(
        said.contains("400 Bad Request (it says: refused)"),
        "{said}"
    );
}
