//! Work that grows with its input, and not faster.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const SMALL: usize = 64 * 1024;
const LARGE: usize = 1024 * 1024;

/// Between the 16 of linear work and the 256 of quadratic work.
const FACTOR: u32 = 64;

/// What takes less is as likely to be the machine's work as ours.
const LEAST: Duration = Duration::from_micros(500);

/// Runs `work` on a text of 64 KiB and on one of 1 MiB, and compares.
///
/// The texts are the `pieces` of 0, 1, 2 and so on, one after the other. No time is asserted, only how it grows; on a
/// busy machine the quickest of several runs counts.
///
/// # Panics
///
/// If the large text takes more than 64 times as long as the small one, which is 16 times shorter.
#[track_caller]
pub fn assert_linear<T>(pieces: impl Fn(usize) -> String, mut work: impl FnMut(&str) -> T) {
    let (small, large) = (text(&pieces, SMALL), text(&pieces, LARGE));
    let mut quickest = |runs: u32, text: &str| {
        let run = |_| {
            let started = Instant::now();
            black_box(work(black_box(text)));
            started.elapsed()
        };
        (0..runs).map(run).min().unwrap_or_default()
    };
    let (of_small, of_large) = (quickest(3, &small), quickest(2, &large));
    let begin: String = small.chars().take(40).collect();
    assert!(
        of_large <= FACTOR * of_small.max(LEAST),
        "{begin:?}…: 64 KiB take {of_small:?}, 1 MiB takes {of_large:?}"
    );
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
    fn what_compares_each_word_with_all_before_it_is_not() {
        let count = |text: &str| {
            let mut known: Vec<&str> = Vec::new();
            for word in text.split(' ').take(40_000) {
                if !known.contains(&word) {
                    known.push(word);
                }
            }
            known.len()
        };
        assert_linear(|number| format!("{number:06} "), count);
    }
}
