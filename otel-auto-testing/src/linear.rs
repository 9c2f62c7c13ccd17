//! Work that grows with its input, and not faster.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const SMALL: usize = 64 * 1024;
const LARGE: usize = 1024 * 1024;

/// Between the 16 of linear work and the 256 of quadratic work.
const FACTOR: u32 = 64;

/// On a busy machine a run may be held up; all of them are not.
const ATTEMPTS: u32 = 10;

/// What takes less is as likely to be the machine's work as ours.
const LEAST: Duration = Duration::from_micros(500);

/// Runs `work` on a text of 64 KiB and on one of 1 MiB, and compares.
///
/// The texts are the `pieces` of 0, 1, 2 and so on, one after the other. No time is asserted, only how it grows; on a
/// busy machine the quickest of up to ten runs counts.
///
/// # Panics
///
/// If the large text takes more than 64 times as long as the small one, which is 16 times shorter.
#[track_caller]
#[allow(clippy::panic)]
pub fn assert_linear<T>(pieces: impl Fn(usize) -> String, mut work: impl FnMut(&str) -> T) {
    let (small, large) = (text(&pieces, SMALL), text(&pieces, LARGE));
    let mut quickest = (Duration::MAX, Duration::MAX);
    let mut run = |text: &str| {
        let started = Instant::now();
        black_box(work(black_box(text)));
        started.elapsed()
    };
    for _ in 0..ATTEMPTS {
        quickest = (quickest.0.min(run(&small)), quickest.1.min(run(&large)));
        if quickest.1 <= FACTOR * quickest.0.max(LEAST) {
            return;
        }
    }
    let begin: String = small.chars().take(40).collect();
    let (of_small, of_large) = quickest;
    panic!("{begin:?}…: 64 KiB take {of_small:?}, 1 MiB takes {of_large:?}");
}

fn text(pieces: impl Fn(usize) -> String, length: usize) -> String {
    let mut text = String::with_capacity(length + 100);
    let mut number = 0;
    while text.len() < length {
        text.push_str(&pieces(number));
        number += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_a_text_once_is_linear() {
        assert_linear(|_| "a,b".to_owned(), |text| text.matches(',').count());
    }

    #[test]
    #[should_panic(expected = "64 KiB take")]
    fn what_reads_it_again_and_again_is_not() {
        let count = |text: &str| {
            let again = (0..text.len()).step_by(1_024);
            again.filter(|_| text.contains('\0')).count()
        };
        assert_linear(|_| "a".to_owned(), count);
    }
}
