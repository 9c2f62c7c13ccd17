//! Values that are bound to a query, recorded when the user asks for it.

use std::fmt::{self, Write};

use crate::{Attributes, semconv, sql};

/// The most parameters that are recorded of one query: what the end of the operation says needs room too, where a span
/// has no more than 128 attributes.
pub const MAX_PARAMETERS: usize = 64;

/// Takes the values that are bound to a query: `db.query.parameter.<key>`.
///
/// Only the first [`MAX_PARAMETERS`] are kept, each up to [`MAX_TEXT`](sql::MAX_TEXT) bytes.
#[derive(Debug)]
pub struct DbParameters<'a> {
    attributes: &'a mut Attributes,
    count: usize,
}

impl<'a> DbParameters<'a> {
    pub(super) fn new(attributes: &'a mut Attributes) -> Self {
        Self {
            attributes,
            count: 0,
        }
    }

    /// The value of the next placeholder, which has no name: its key is its index, from 0.
    pub fn add(&mut self, value: impl fmt::Display) {
        let index = self.count;
        self.put(format_args!("{index}"), &value);
    }

    /// The value of a placeholder by its name, without the character that marks it.
    pub fn named(&mut self, name: &str, value: impl fmt::Display) {
        self.put(format_args!("{name}"), &value);
    }

    fn put(&mut self, key: fmt::Arguments<'_>, value: &dyn fmt::Display) {
        if self.count < MAX_PARAMETERS {
            let mut text = Cut(String::new());
            // Stops where it is full; what was written stays.
            let _ = write!(text, "{value}");
            let key = format!("{}.{key}", semconv::DB_QUERY_PARAMETER);
            self.attributes.span_named(key, text.0);
        }
        self.count += 1;
    }
}

/// A text that takes no more than fits.
struct Cut(String);

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = sql::MAX_TEXT.saturating_sub(self.0.len());
        self.0.push_str(sql::cut(text, room));
        if text.len() > room {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// Tells the parameters, if they are wanted.
#[derive(Clone, Copy)]
pub(super) struct Tell<'a>(pub(super) &'a dyn Fn(&mut DbParameters<'_>));

impl fmt::Debug for Tell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
