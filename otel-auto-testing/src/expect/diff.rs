//! Expected beside captured, line by line.

use std::fmt;

use opentelemetry::Value;

use super::value::{ABSENT, Expected, shown};

pub(crate) const LEGEND: &str = "\n(- expected, + captured)\n";

/// The properties of one span, metric or record, those that were expected and those that were not spoken of.
#[derive(Default)]
pub(crate) struct Diff {
    rows: Vec<Row>,
}

struct Row {
    /// `-` expected, `+` captured, ` ` both, or captured and not spoken of.
    sign: char,
    label: String,
    value: String,
}

impl Diff {
    fn row(&mut self, sign: char, label: &str, value: impl fmt::Display) {
        self.rows.push(Row {
            sign,
            label: label.to_owned(),
            value: value.to_string(),
        });
    }

    /// Nobody expects anything of it.
    pub(crate) fn note(&mut self, label: &str, captured: impl fmt::Display) {
        self.row(' ', label, captured);
    }

    pub(crate) fn check(
        &mut self,
        label: &str,
        is_as_expected: bool,
        expected: impl fmt::Display,
        captured: impl fmt::Display,
    ) {
        if is_as_expected {
            self.row(' ', label, captured);
        } else {
            self.row('-', label, expected);
            self.row('+', label, captured);
        }
    }

    pub(crate) fn check_value(
        &mut self,
        label: &str,
        expected: Option<&Expected>,
        captured: Option<&Value>,
    ) {
        let shown = captured.map_or_else(|| ABSENT.to_owned(), shown);
        match expected {
            Some(expected) => self.check(label, expected.is(captured), expected, shown),
            None => self.note(label, shown),
        }
    }

    /// If anything is expected, it is to be equal.
    pub(crate) fn compare<T: PartialEq>(
        &mut self,
        label: &str,
        expected: Option<&T>,
        captured: &T,
        show: impl Fn(&T) -> String,
    ) {
        match expected {
            Some(expected) => {
                self.check(label, expected == captured, show(expected), show(captured));
            }
            None => self.note(label, show(captured)),
        }
    }

    /// The number of lines that are wrong; 0 if everything is as expected.
    pub(crate) fn wrong(&self) -> usize {
        self.rows.iter().filter(|row| row.sign != ' ').count()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.rows.iter().map(|row| row.label.chars().count());
        let width = widths.max().unwrap_or_default();
        for Row { sign, label, value } in &self.rows {
            let line = format!("  {sign} {label:width$}  {value}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Two texts, with the lines that only one of them has marked `-` (expected) and `+` (captured).
pub(crate) fn lines(expected: &str, captured: &str) -> String {
    let expected: Vec<&str> = expected.lines().collect();
    let captured: Vec<&str> = captured.lines().collect();
    // The length of the longest common part of what is left of both.
    let mut common = vec![vec![0_usize; captured.len() + 1]; expected.len() + 1];
    let at = |common: &[Vec<usize>], i: usize, j: usize| {
        common
            .get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or_default()
    };
    for (i, one) in expected.iter().enumerate().rev() {
        for (j, other) in captured.iter().enumerate().rev() {
            let length = if one == other {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = length;
            }
        }
    }
    let (mut out, mut i, mut j) = (String::new(), 0, 0);
    loop {
        let (one, other) = (expected.get(i), captured.get(j));
        let is_missing = other.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1);
        let (sign, line) = match (one, other) {
            (Some(line), Some(other)) if line == other => (' ', line),
            (Some(line), _) if is_missing => ('-', line),
            (_, Some(line)) => ('+', line),
            (_, None) => return out,
        };
        i += usize::from(sign != '+');
        j += usize::from(sign != '-');
        out.push_str(format!("  {sign} {line}").trim_end());
        out.push('\n');
    }
}
