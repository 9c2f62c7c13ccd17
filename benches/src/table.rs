//! Tables of stacks and modes, as Markdown.

use std::fmt::Write;

use crate::{Mode, Stack};

/// A row for each stack but the bare one, a column for each mode.
#[must_use]
pub fn table(title: &str, modes: &[Mode], cell: impl Fn(Stack, Mode) -> String) -> String {
    let mut text = format!("| {title} |");
    for mode in modes {
        let _ = write!(text, " {} |", mode.name());
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(modes.len()));
    for stack in Stack::ALL.into_iter().filter(|stack| *stack != Stack::Bare) {
        let _ = write!(text, "\n| {} |", stack.name());
        for mode in modes {
            let _ = write!(text, " {} |", cell(stack, *mode));
        }
    }
    text.push('\n');
    text
}

/// The middle one. Sorts.
///
/// # Panics
///
/// If there are none.
#[must_use]
pub fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
