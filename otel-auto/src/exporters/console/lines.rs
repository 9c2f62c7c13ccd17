//! The lines of a tree, in aligned columns.

use super::style::{Paint, Style};
use super::text::{clean, right, width};

/// Smallest widths of the columns, so that traces drawn one after the other mostly align.
const MIN_LEFT: usize = 34;
const MIN_RESULT: usize = 5;
const MIN_DURATION: usize = 8;
const MIN_DETAILS: usize = 12;

/// One line; all texts are safe to write. A line without a duration is a remark, and in no column.
#[derive(Default)]
pub(super) struct Row {
    pub(super) prefix: String,
    pub(super) name: String,
    pub(super) aside: String,
    pub(super) result: String,
    pub(super) duration: String,
    pub(super) details: String,
    pub(super) error: bool,
}

/// Writes the lines, cutting details at the width of the style.
pub(super) fn align(rows: &[Row], style: &Style) -> String {
    let spans = || rows.iter().filter(|row| !row.duration.is_empty());
    let widest = |cell: fn(&Row) -> usize, min| spans().map(cell).max().unwrap_or(0).max(min);
    let left = widest(Row::left_width, MIN_LEFT);
    let result = widest(|row| width(&row.result), MIN_RESULT);
    let duration = widest(|row| width(&row.duration), MIN_DURATION);
    let before_details = left + 2 + result + 2 + duration + 3;
    let space = style
        .width()
        .saturating_sub(before_details)
        .max(MIN_DETAILS);

    let mut out = String::new();
    for row in rows {
        out.push_str(&style.paint(&row.prefix, Paint::Dim));
        out.push_str(&style.paint(&row.name, row.paint(Some(Paint::Bold))));
        if !row.aside.is_empty() {
            out.push_str("  ");
            out.push_str(&style.paint(&row.aside, Paint::Dim));
        }
        if !row.duration.is_empty() {
            out.push_str(&" ".repeat(left.saturating_sub(row.left_width()) + 2));
            out.push_str(&style.paint(&right(&row.result, result), row.paint(None)));
            out.push_str("  ");
            out.push_str(&right(&row.duration, duration));
        }
        if !row.details.is_empty() {
            let details = clean(&row.details, space);
            out.push_str("   ");
            out.push_str(&style.paint(&details, row.paint(Some(Paint::Dim))));
        }
        out.push('\n');
    }
    out
}

impl Row {
    fn left_width(&self) -> usize {
        let aside = if self.aside.is_empty() {
            0
        } else {
            2 + width(&self.aside)
        };
        width(&self.prefix) + width(&self.name) + aside
    }

    fn paint(&self, otherwise: Option<Paint>) -> Option<Paint> {
        if self.error {
            Some(Paint::Red)
        } else {
            otherwise
        }
    }
}
