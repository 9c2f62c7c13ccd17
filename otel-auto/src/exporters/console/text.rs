//! Text for terminals: names and values come from anywhere, so control characters are shown and never sent, and
//! every text is cut to a number of cells.

use std::fmt::Write as _;

/// The text with control and direction characters escaped, cut with `…` to at most `max` cells.
pub(super) fn clean(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    // Where to cut so that `…` still fits.
    let mut cut = 0;
    // Marks of no width would let a text of one cell be of any length.
    for (count, c) in text.chars().enumerate() {
        let before = out.len();
        let cells = if is_unsafe(c) {
            let _ = write!(out, "{}", c.escape_default());
            out.len() - before
        } else {
            out.push(c);
            cells(c)
        };
        used += cells;
        if used > max || count > max.saturating_mul(4) {
            out.truncate(cut);
            if max > 0 {
                out.push('…');
            }
            return out;
        }
        if used < max {
            cut = out.len();
        }
    }
    out
}

/// The end of a text, for paths: `…/src/main.rs:14`.
pub(super) fn clean_end(text: &str, max: usize) -> String {
    let mut used = 1;
    let start = text.char_indices().rev().find(|&(_, c)| {
        used += if is_unsafe(c) { 10 } else { cells(c) };
        used > max
    });
    match start {
        Some((at, c)) => {
            let tail = text.get(at + c.len_utf8()..).unwrap_or_default();
            // Whole components, if one starts soon.
            let tail = tail
                .find('/')
                .and_then(|slash| tail.get(slash..))
                .unwrap_or(tail);
            clean(&format!("…{tail}"), max)
        }
        None => clean(text, max),
    }
}

/// How many terminal cells a text without control characters takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// Text, and spaces up to the width.
pub(super) fn left(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Spaces up to the width, and text.
pub(super) fn right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// `812 ns`, `3.1 µs`, `12.4 ms`, `1.24 s`, `2 m 05 s`.
pub(super) fn duration(nanos: u64) -> String {
    let n = nanos as f64;
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..999_950 => format!("{:.1} µs", n / 1e3),
        999_950..999_950_000 => format!("{:.1} ms", n / 1e6),
        999_950_000..59_995_000_000 => format!("{:.2} s", n / 1e9),
        _ => {
            let seconds = nanos.saturating_add(500_000_000) / 1_000_000_000;
            format!("{} m {:02} s", seconds / 60, seconds % 60)
        }
    }
}

/// `1 span`, `2 spans`.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// Characters that move the cursor, change the terminal, or turn the reading direction.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// An approximation of the Unicode width that is right for common scripts and emoji; a wrong one costs alignment.
fn cells(c: char) -> usize {
    match c {
        '\u{0300}'..='\u{036f}'
        | '\u{0483}'..='\u{0489}'
        | '\u{0591}'..='\u{05bd}'
        | '\u{0610}'..='\u{061a}'
        | '\u{064b}'..='\u{065f}'
        | '\u{0e31}'
        | '\u{0e34}'..='\u{0e3a}'
        | '\u{0e47}'..='\u{0e4e}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{200b}'..='\u{200d}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{231a}'..='\u{231b}'
        | '\u{26a1}'
        | '\u{2705}'
        | '\u{2728}'
        | '\u{274c}'
        | '\u{2b50}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{1fa70}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
