//! Tables as Markdown.

use std::fmt::Write;

/// A row and a column for each that is given, with its name.
#[must_use]
pub fn table<'a, R: Copy, C: Copy>(
    title: &str,
    rows: impl IntoIterator<Item = (&'a str, R)>,
    columns: &[(impl AsRef<str>, C)],
    cell: impl Fn(R, C) -> String,
) -> String {
    let mut text = format!("| {title} |");
    for (name, _) in columns {
        let _ = write!(text, " {} |", name.as_ref());
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(columns.len()));
    for (name, row) in rows {
        let _ = write!(text, "\n| {name} |");
        for (_, column) in columns {
            let _ = write!(text, " {} |", cell(row, *column));
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
