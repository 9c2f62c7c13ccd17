//! Writes objects and lists, whatever they are about.

use std::fmt::Write as _;

/// An object that is being written. What has its default value is left out.
pub(super) struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

/// Writes `{…}`.
pub(super) fn object(out: &mut String, fill: impl FnOnce(&mut Object<'_>)) {
    out.push('{');
    fill(&mut Object {
        out,
        is_empty: true,
    });
    out.push('}');
}

impl Object<'_> {
    /// Begins a member whose value the caller writes.
    pub(super) fn member(&mut self, key: &str) -> &mut String {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            text(self.member(key), value);
        }
    }

    /// Up to 32 bits.
    pub(super) fn number(&mut self, key: &str, value: impl Into<i64>) {
        let value = value.into();
        if value != 0 {
            let _ = write!(self.member(key), "{value}");
        }
    }

    /// 64 bits: as a string, since many a reader's numbers are floats.
    pub(super) fn long(&mut self, key: &str, value: u64) {
        if value != 0 {
            long(self.member(key), value);
        }
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) {
        if value {
            self.member(key).push_str("true");
        }
    }

    pub(super) fn float(&mut self, key: &str, value: Option<f64>) {
        if let Some(value) = value {
            float(self.member(key), value);
        }
    }

    pub(super) fn hex(&mut self, key: &str, bytes: &[u8]) {
        if !bytes.is_empty() {
            let out = self.member(key);
            out.push('"');
            for byte in bytes {
                let _ = write!(out, "{byte:02x}");
            }
            out.push('"');
        }
    }

    pub(super) fn object<T>(
        &mut self,
        key: &str,
        value: Option<&T>,
        fill: impl FnOnce(&T, &mut Object<'_>),
    ) {
        if let Some(value) = value {
            object(self.member(key), |inner| fill(value, inner));
        }
    }

    pub(super) fn objects<T>(
        &mut self,
        key: &str,
        values: &[T],
        fill: impl Fn(&T, &mut Object<'_>),
    ) {
        self.list(key, values, |value, out| {
            object(out, |inner| fill(value, inner));
        });
    }

    pub(super) fn list<T>(&mut self, key: &str, values: &[T], write: impl Fn(&T, &mut String)) {
        if !values.is_empty() {
            list(self.member(key), values, write);
        }
    }
}

/// Writes `[…]`.
pub(super) fn list<T>(out: &mut String, values: &[T], write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (position, value) in values.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write(value, out);
    }
    out.push(']');
}

pub(super) fn long(out: &mut String, value: u64) {
    let _ = write!(out, "\"{value}\"");
}

pub(super) fn float(out: &mut String, value: f64) {
    let _ = if value.is_nan() {
        out.write_str("\"NaN\"")
    } else if value == f64::INFINITY {
        out.write_str("\"Infinity\"")
    } else if value == f64::NEG_INFINITY {
        out.write_str("\"-Infinity\"")
    } else {
        // The shortest form that comes back as the same number; with an exponent where it is long.
        write!(out, "{value:?}")
    };
}

pub(super) fn text(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
