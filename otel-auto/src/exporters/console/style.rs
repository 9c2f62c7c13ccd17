//! How things are drawn: colours, and the bounds of a drawing.

use std::ffi::OsStr;
use std::io::IsTerminal;

/// Colours and bounds of a drawing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Style {
    /// Whether ANSI colours are used. Default: not.
    pub colour: bool,
    /// Widest line, in terminal cells, kept but for spans so deep that no room is left for their names; at least 60
    /// are used. Default: 120.
    pub width: usize,
    /// Levels below a root that are drawn; what is deeper is counted, and 24 is the most. Default: 16.
    pub max_depth: usize,
    /// Children drawn per span, and roots per trace; the rest is counted. Default: 50.
    pub max_children: usize,
    /// Rows of a table of metrics; the rest is counted. Default: 200.
    pub max_rows: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Paint {
    Red,
    Yellow,
    Dim,
    Bold,
}

impl Style {
    /// No colours.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            colour: false,
            width: 120,
            max_depth: 16,
            max_children: 50,
            max_rows: 200,
        }
    }

    /// Colours if stderr is a terminal and `NO_COLOR` is unset or empty.
    #[must_use]
    pub fn for_stderr() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self::plain().with_terminal(terminal, std::env::var_os("NO_COLOR").as_deref())
    }

    /// Colours if the output is a terminal and the value of `NO_COLOR` is absent or empty.
    #[must_use]
    pub fn with_terminal(mut self, terminal: bool, no_color: Option<&OsStr>) -> Self {
        self.colour = terminal && no_color.is_none_or(OsStr::is_empty);
        self
    }

    pub(super) fn paint(&self, text: &str, paint: impl Into<Option<Paint>>) -> String {
        let Some(paint) = paint.into().filter(|_| self.colour && !text.is_empty()) else {
            return text.to_owned();
        };
        let code = match paint {
            Paint::Red => 31,
            Paint::Yellow => 33,
            Paint::Dim => 2,
            Paint::Bold => 1,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    pub(super) fn width(&self) -> usize {
        self.width.max(60)
    }

    /// Drawing recurses once per level, and each level takes three cells.
    pub(super) fn depth(&self) -> usize {
        self.max_depth.min(24)
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::plain()
    }
}
