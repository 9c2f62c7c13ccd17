//! The SQL of a query, without its binds.

use std::fmt::{self, Write as _};

use diesel::connection::DebugQuery;

/// What diesel writes between a query and its binds.
const BINDS: &str = " -- binds: ";

/// The SQL alone. SQL that holds diesel's own mark is cut there, which is as well.
pub(crate) fn sql(query: &dyn DebugQuery) -> String {
    let mut text = UpToBinds(String::new());
    // Stops with an error where the binds begin, and for a query that cannot be written.
    let _ = write!(text, "{query}");
    text.0
}

struct UpToBinds(String);

impl fmt::Write for UpToBinds {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        // The mark may come in pieces.
        let mut from = self.0.len().saturating_sub(BINDS.len());
        while !self.0.is_char_boundary(from) {
            from -= 1;
        }
        self.0.push_str(piece);
        match self.0.get(from..).and_then(|tail| tail.find(BINDS)) {
            Some(at) => {
                self.0.truncate(from + at);
                Err(fmt::Error)
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    #[derive(Debug)]
    struct Shown(&'static [&'static str]);

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|piece| f.write_str(piece))
        }
    }

    impl DebugQuery for Shown {}

    #[test]
    fn binds_are_cut_wherever_the_pieces_end() {
        for pieces in [
            &["SELECT ?", " -- binds: ", "[\"secret\"]"][..],
            &["SELECT ? -- binds: [\"secret\"]"],
            &["SELECT ? -", "- bi", "nds", ": [\"secret\"", "]"],
            &["SELECT ?", " -- binds: [\" -- binds: secret\"]"],
        ] {
            assert_eq!(sql(&Shown(pieces)), "SELECT ?");
        }
        assert_eq!(sql(&Shown(&["SELECT 'é…'", " "])), "SELECT 'é…' ");
    }

    #[test]
    fn a_query_that_cannot_be_written_is_no_panic() {
        struct Unwritable;
        impl fmt::Display for Unwritable {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        impl Debug for Unwritable {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        impl DebugQuery for Unwritable {}
        assert_eq!(sql(&Unwritable), "");
    }
}
