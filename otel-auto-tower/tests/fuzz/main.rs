//! Hostile bytes over HTTP/1.1 and HTTP/2, to a real server with the layer: it goes on answering, nothing panics, nothing
//! stays open, and what reaches a metric comes from closed sets.
//!
//! Each run is the same. `PROPTEST_RNG_SEED` and `PROPTEST_CASES` search elsewhere and further.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod headers;
mod http1;
mod http2;
mod server;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, RngSeed, TestError, TestRunner, contextualize_config},
};
use server::Server;

const CASES: u32 = 1_000;
/// Longer than most answers take.
const SOON: Duration = Duration::from_millis(8);

/// What is done to the bytes of a well-formed beginning, and how the client leaves.
#[derive(Debug, Clone)]
struct Damage {
    flips: Vec<(Index, u8)>,
    cut: Option<Index>,
    leaving: Leaving,
}

#[derive(Debug, Clone, Copy)]
enum Leaving {
    /// At once, whatever is still to come.
    AtOnce,
    /// After a short look at the answer.
    Soon,
    /// When the server has closed, which is told that nothing more will be sent, or after a longer look.
    Last,
}

fn damage() -> impl Strategy<Value = Damage> {
    let flips = prop_oneof![
        4 => Just(Vec::new()),
        1 => prop::collection::vec(any::<(Index, u8)>(), 1..4),
    ];
    let cut = prop::option::weighted(0.2, any::<Index>());
    let leaving = prop_oneof![
        2 => Just(Leaving::AtOnce),
        3 => Just(Leaving::Soon),
        2 => Just(Leaving::Last),
    ];
    (flips, cut, leaving).prop_map(|(flips, cut, leaving)| Damage {
        flips,
        cut,
        leaving,
    })
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        for (at, byte) in &self.flips {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = &self.cut {
            bytes.truncate(cut.index(bytes.len()));
        }
    }
}

/// Sends the bytes and leaves. That the server closes meanwhile is one of its right answers.
fn send(server: &Server, bytes: &[u8], leaving: Leaving) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = [0; 4_096];
    match leaving {
        Leaving::AtOnce => {}
        Leaving::Soon => drop(stream.read(&mut answer)),
        Leaving::Last => {
            let _ = stream.shutdown(Shutdown::Write);
            // Some answers have no end.
            let enough = Instant::now() + 4 * SOON;
            while Instant::now() < enough && stream.read(&mut answer).is_ok_and(|read| read > 0) {}
        }
    }
}

/// Sends each case's bytes to one server, and looks at what is left after each and after all.
fn fuzz(bytes: impl Strategy<Value = Vec<u8>>) {
    let server = Server::start();
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(4),
        // What stays open after one case would fail all others.
        max_shrink_iters: 0,
        ..Config::default()
    };
    let config = contextualize_config(config);
    let cases = config.cases;
    let mut runner = TestRunner::new(config);
    let result = runner.run(&(bytes, damage()), |(mut bytes, damage)| {
        damage.apply(&mut bytes);
        send(&server, &bytes, damage.leaving);
        server.check().map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => server.check_all(cases),
        Err(TestError::Fail(reason, (bytes, damage))) => {
            panic!("{reason}\n{damage:?}\n{}", bytes.escape_ascii())
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn hostile_http1_leaves_nothing_behind() {
    fuzz(http1::connection());
}

#[test]
fn hostile_http2_leaves_nothing_behind() {
    fuzz(http2::connection());
}
