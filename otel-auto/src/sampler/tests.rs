#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry::{TraceId, trace::SpanKind};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};
use proptest::{collection::vec, prelude::any, prop_assert, proptest, sample::Index};
use prost::Message;

use super::{
    RemoteSampler,
    messages::{Answer, METHOD, Operation, Parameters, PerOperation, Probabilistic, RateLimiting},
    strategy::Strategy,
};
use crate::{
    config::jaeger::JaegerRemote,
    exporters::otlp::{Exports, Report},
};

fn share(rate: f64) -> Answer {
    Answer {
        probabilistic: Some(Probabilistic { rate }),
        ..Answer::default()
    }
}

fn rate(traces_per_second: i32) -> Answer {
    Answer {
        rate_limiting: Some(RateLimiting { traces_per_second }),
        ..Answer::default()
    }
}

fn per_operation(default_rate: f64, lower_bound: f64, operations: &[(&str, f64)]) -> Answer {
    let operations = operations.iter().map(|(name, rate)| Operation {
        name: (*name).to_owned(),
        probabilistic: Some(Probabilistic { rate: *rate }),
    });
    Answer {
        per_operation: Some(PerOperation {
            default_rate,
            lower_bound,
            operations: operations.collect(),
        }),
        ..Answer::default()
    }
}

/// How many of 1,000 traces are kept.
fn kept(strategy: &Strategy, name: &str, now: Instant) -> usize {
    // The multiplier spreads the ids over the whole range.
    (1..=1_000u128)
        .map(|n| TraceId::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)))
        .filter(|trace| strategy.decide(*trace, name, now) == SamplingDecision::RecordAndSample)
        .count()
}

#[test]
fn a_share_keeps_the_same_traces_as_traceidratio() {
    let now = Instant::now();
    let strategy = Strategy::new(&share(0.25), now).unwrap();
    let ratio = Sampler::TraceIdRatioBased(0.25);
    for n in (1..u64::MAX).step_by(1 << 54) {
        let trace = TraceId::from(u128::from(n));
        let expected = ratio.should_sample(None, trace, "", &SpanKind::Server, &[], &[]);
        assert_eq!(strategy.decide(trace, "any", now), expected.decision);
    }
    assert!((200..300).contains(&kept(&strategy, "any", now)));
}

#[test]
fn a_rate_holds_for_each_second_and_does_not_save_up() {
    let start = Instant::now();
    let strategy = Strategy::new(&rate(5), start).unwrap();
    assert_eq!(kept(&strategy, "any", start), 5);
    assert_eq!(kept(&strategy, "any", start), 0);
    let later = start + Duration::from_millis(400);
    assert_eq!(kept(&strategy, "any", later), 2);
    let much_later = start + Duration::from_secs(3600);
    assert_eq!(kept(&strategy, "any", much_later), 5);
    let none = Strategy::new(&rate(0), start).unwrap();
    assert_eq!(kept(&none, "any", much_later), 0);
}

#[test]
fn an_operation_has_its_own_share_and_a_lower_bound_and_the_others_the_default() {
    let start = Instant::now();
    let answer = per_operation(0.0, 2.0, &[("GET /rare", 0.0), ("GET /all", 1.0)]);
    let strategy = Strategy::new(&answer, start).unwrap();
    assert_eq!(kept(&strategy, "GET /rare", start), 2);
    assert_eq!(kept(&strategy, "GET /all", start), 1_000);
    assert_eq!(kept(&strategy, "GET /other", start), 0);
    // Below one a second: one now, one when the next is due.
    let slow = Strategy::new(&per_operation(1.0, 0.5, &[("slow", 0.0)]), start).unwrap();
    assert_eq!(kept(&slow, "slow", start), 1);
    assert_eq!(kept(&slow, "slow", start + Duration::from_secs(1)), 0);
    assert_eq!(kept(&slow, "slow", start + Duration::from_secs(2)), 1);
}

#[test]
fn an_answer_out_of_range_or_without_a_strategy_is_none() {
    let now = Instant::now();
    for wrong in [
        Answer::default(),
        share(1.5),
        share(-0.1),
        share(f64::NAN),
        rate(-1),
        per_operation(2.0, 1.0, &[]),
        per_operation(0.5, -1.0, &[]),
        per_operation(0.5, f64::INFINITY, &[]),
        per_operation(0.5, 1.0, &[("a", 7.0)]),
    ] {
        assert!(Strategy::new(&wrong, now).is_none(), "{wrong:?}");
    }
}

#[test]
fn the_wire_format_is_jaegers() {
    // Field numbers and types as in jaeger.api_v2's sampling.proto, encoded by hand.
    let expected = [
        0x22, 25, // operationSampling
        0x09, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, // defaultSamplingProbability 0.5
        0x1a, 14, // perOperationStrategies
        0x0a, 1, b'a', // operation
        0x12, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, // probabilisticSampling 1
    ];
    let answer = per_operation(0.5, 0.0, &[("a", 1.0)]);
    assert_eq!(answer.encode_to_vec(), expected);
}

proptest! {
    #[test]
    fn whatever_a_server_answers_is_a_strategy_within_bounds_or_none(
        default in any::<f64>(),
        lower_bound in any::<f64>(),
        operations in vec(("[a-z]{0,3}", any::<f64>(), any::<bool>()), 0..8),
        damages in vec((any::<Index>(), any::<u8>()), 0..4),
    ) {
        let fit = |rate: f64, fits: bool| if fits { rate.abs().fract() } else { rate };
        let operations: Vec<_> = operations
            .iter()
            .map(|(name, rate, fits)| (name.as_str(), fit(*rate, *fits)))
            .collect();
        let mut bytes = per_operation(fit(default, true), lower_bound, &operations).encode_to_vec();
        for (at, byte) in damages {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let now = Instant::now();
        let answer = Answer::decode(&*bytes).unwrap_or_default();
        if let Some(strategy) = Strategy::new(&answer, now) {
            for time in [now, now + Duration::from_secs(1), now] {
                strategy.decide(TraceId::from(7), "a", time);
            }
        }
        if let Some(Strategy::PerOperation { default, operations }) = Strategy::new(&answer, now) {
            prop_assert!((0.0..=1.0).contains(&default));
            prop_assert!(operations.len() <= answer.per_operation.unwrap().operations.len().min(2000));
        }
    }
}

type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A real gRPC server that gives `answers` one after the other, and the last one from then on.
fn service(answers: Vec<Option<Answer>>) -> (String, Asked) {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, answers) = (Arc::clone(&seen), answers.clone());
                let service = service_fn(move |request| {
                    let (seen, answers) = (Arc::clone(&seen), answers.clone());
                    async move { Ok::<_, Infallible>(answer(request, &seen, &answers).await) }
                });
                tokio::spawn(
                    http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
    });
    (endpoint, asked)
}

async fn answer(
    request: Request<Incoming>,
    seen: &Asked,
    answers: &[Option<Answer>],
) -> Response<impl hyper::body::Body<Data = Bytes, Error = Infallible> + use<>> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let question = Parameters::decode(&body[5..]).unwrap();
    let at = {
        let mut seen = seen.lock().unwrap();
        seen.push((path, question.service_name));
        (seen.len() - 1).min(answers.len() - 1)
    };
    let mut message = BytesMut::new();
    let status = match &answers[at] {
        Some(answer) => {
            let encoded = answer.encode_to_vec();
            message.put_u8(0);
            message.put_u32(encoded.len().try_into().unwrap());
            message.put_slice(&encoded);
            "0"
        }
        None => "14",
    };
    let trailers =
        HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())]);
    let body = Full::new(message.freeze()).with_trailers(async move { Some(Ok(trailers)) });
    Response::builder()
        .header("content-type", "application/grpc")
        .body(body)
        .unwrap()
}

fn samples(sampler: &RemoteSampler) -> bool {
    // Kept by any share but the smallest.
    let trace = TraceId::from(0x0100_0000);
    let result = sampler.should_sample(None, trace, "name", &SpanKind::Server, &[], &[]);
    result.decision == SamplingDecision::RecordAndSample
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < patience, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn settings(endpoint: String) -> JaegerRemote {
    JaegerRemote {
        endpoint,
        polling_interval: Duration::from_millis(100),
        initial_rate: 0.0,
    }
}

#[test]
fn a_strategy_comes_over_grpc_is_refreshed_and_outlives_wrong_answers() {
    let (endpoint, asked) = service(vec![
        Some(share(1.0)),
        None,
        Some(share(7.0)),
        Some(Answer::default()),
        Some(share(0.0)),
    ]);
    let exports = Exports::new(Report::to_stderr());
    let sampler = RemoteSampler::start(&settings(endpoint), "users".to_owned(), &exports).unwrap();
    wait("the first strategy", || samples(&sampler));
    let count = || asked.lock().unwrap().len();
    wait("three wrong answers", || count() >= 4 || !samples(&sampler));
    assert!(
        samples(&sampler) || count() > 4,
        "a wrong answer was heeded"
    );
    wait("the last strategy", || !samples(&sampler));
    assert!(count() >= 5);
    let questions = asked.lock().unwrap().clone();
    assert!(
        questions
            .iter()
            .all(|question| *question == (METHOD.to_owned(), "users".to_owned())),
        "{questions:?}"
    );
    exports.finish();
}

#[test]
fn without_a_service_the_initial_rate_holds_and_the_end_is_not_delayed() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    let exports = Exports::new(Report::to_stderr());
    let settings = JaegerRemote {
        initial_rate: 1.0,
        ..settings(endpoint)
    };
    let sampler = RemoteSampler::start(&settings, "users".to_owned(), &exports).unwrap();
    thread::sleep(Duration::from_millis(300));
    assert!(samples(&sampler));
    let started = Instant::now();
    exports.begin_shutdown(Duration::from_secs(2));
    exports.finish();
    assert!(started.elapsed() < Duration::from_secs(1));
}
