//! `db.query.text`: a command as one would type it, without its values.

use std::{fmt::Write as _, ops::ControlFlow};

use crate::table::{self, Shape};

/// No text is longer, but for the mark that it was cut.
const MAX_TEXT: usize = 1_024;
/// A longer key is rather a value.
const MAX_KEY: usize = 128;
const CUT: &str = "…";
const VALUE: &str = "?";

/// Collects the text of one command, or of several.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    piece: String,
    keys: bool,
}

impl Text {
    /// `keys`: are keys shown?
    pub(crate) fn new(keys: bool) -> Self {
        Self {
            text: String::with_capacity(64),
            piece: String::new(),
            keys,
        }
    }

    /// Adds a command. Breaks when the text is full.
    pub(crate) fn add(&mut self, arguments: &mut dyn Iterator<Item = &[u8]>) -> ControlFlow<()> {
        let Some(name) = arguments.next() else {
            return ControlFlow::Continue(());
        };
        let command = table::lookup(name);
        let separator = if self.text.is_empty() { "" } else { "; " };
        self.push(separator, command.name)?;
        let mut parts = Parts::new(command.shape);
        for argument in arguments {
            let mut piece = std::mem::take(&mut self.piece);
            piece.clear();
            self.write(&mut piece, parts.next(argument), argument);
            let flow = self.push(" ", &piece);
            self.piece = piece;
            flow?;
        }
        ControlFlow::Continue(())
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }

    fn push(&mut self, separator: &str, piece: &str) -> ControlFlow<()> {
        if self.text.len() + separator.len() + piece.len() > MAX_TEXT {
            self.text.push_str(CUT);
            return ControlFlow::Break(());
        }
        self.text.push_str(separator);
        self.text.push_str(piece);
        ControlFlow::Continue(())
    }

    fn write(&self, piece: &mut String, part: Part, argument: &[u8]) {
        let shown = match part {
            Part::Key if self.keys => std::str::from_utf8(argument)
                .ok()
                .filter(|key| key.len() <= MAX_KEY),
            Part::Word => word(argument),
            Part::Procedure => procedure(argument),
            Part::Count(count) => {
                let _ = write!(piece, "{count}");
                return;
            }
            Part::Key | Part::Value => None,
        };
        match shown {
            Some(text) if part == Part::Key && needs_quotes(text) => {
                let _ = write!(piece, "{text:?}");
            }
            Some(text) => piece.push_str(text),
            None => piece.push_str(VALUE),
        }
    }
}

/// The name of what an `EVALSHA` or `FCALL` calls.
pub(crate) fn called<'a>(arguments: &mut dyn Iterator<Item = &'a [u8]>) -> Option<&'a str> {
    let command = table::lookup(arguments.next()?);
    if !command.shape.head.starts_with('p') {
        return None;
    }
    procedure(arguments.next()?)
}

fn needs_quotes(key: &str) -> bool {
    key.is_empty()
        || key.contains(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\' | ';')
        })
}

fn word(argument: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(argument).ok()?;
    let is_word = text.len() <= 20
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    is_word.then_some(text)
}

fn procedure(argument: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(argument).ok()?;
    let is_name = text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some(text)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Word,
    Procedure,
    Count(usize),
    Value,
}

/// Says of each argument in turn what it is.
struct Parts {
    head: std::str::Bytes<'static>,
    tail: std::iter::Cycle<std::str::Bytes<'static>>,
    keys: usize,
}

impl Parts {
    fn new(shape: Shape) -> Self {
        Self {
            head: shape.head.bytes(),
            tail: shape.tail.bytes().cycle(),
            keys: 0,
        }
    }

    fn next(&mut self, argument: &[u8]) -> Part {
        if let Some(left) = self.keys.checked_sub(1) {
            self.keys = left;
            return Part::Key;
        }
        match self.head.next().or_else(|| self.tail.next()) {
            Some(b'k') => Part::Key,
            Some(b's') => Part::Word,
            Some(b'p') => Part::Procedure,
            Some(b'n') => match std::str::from_utf8(argument)
                .ok()
                .and_then(|count| count.parse().ok())
            {
                Some(count) => {
                    self.keys = count;
                    Part::Count(count)
                }
                None => Part::Value,
            },
            _ => Part::Value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(arguments: &[&[u8]], keys: bool) -> String {
        let mut text = Text::new(keys);
        let _ = text.add(&mut arguments.iter().copied());
        text.into_string()
    }

    fn typed(line: &str) -> String {
        let arguments: Vec<_> = line.split(' ').map(str::as_bytes).collect();
        text_of(&arguments, true)
    }

    #[test]
    fn values_are_replaced_and_keys_are_kept() {
        for (line, text) in [
            ("get user:1", "GET user:1"),
            ("SET user:1 secret EX 10", "SET user:1 ? ? ?"),
            (
                "HMSET myhash field1 Hello field2 World",
                "HMSET myhash field1 ? field2 ?",
            ),
            ("HSET h odd", "HSET h odd"),
            ("HMGET h a b", "HMGET h a b"),
            ("MSET a 1 b 2", "MSET a ? b ?"),
            ("MGET a b c", "MGET a b c"),
            ("LPUSH list x y", "LPUSH list ? ?"),
            (
                "ZUNIONSTORE out 2 a b WEIGHTS 1 2",
                "ZUNIONSTORE out 2 a b ? ? ?",
            ),
            ("EVAL return(1) 1 key secret", "EVAL ? 1 key ?"),
            (
                "EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 0 secret",
                "EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 0 ?",
            ),
            ("FCALL add_user many secret", "FCALL add_user ? ?"),
            ("OBJECT ENCODING key", "OBJECT ENCODING key"),
            ("XGROUP CREATE stream group $", "XGROUP CREATE stream ? ?"),
            ("BITOP AND out a b", "BITOP AND out a b"),
        ] {
            assert_eq!(typed(line), text);
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        for line in [
            "AUTH hunter2",
            "AUTH user hunter2",
            "HELLO 3 AUTH user hunter2",
            "CONFIG SET requirepass hunter2",
            "ACL SETUSER user on >hunter2",
            "MIGRATE host 6379 key 0 1000 AUTH hunter2",
            "SENTINEL SET master auth-pass hunter2",
            "MODULE.LOGIN hunter2",
            "GET\thunter2",
            "EVAL hunter2 0",
            "EVALSHA hunter2! 0",
            "CLIENT hunter2",
        ] {
            let text = typed(line);
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn keys_that_could_be_misread_are_quoted() {
        assert_eq!(
            text_of(&[b"DEL", b"", b"a b", b"c;d", "k\u{e9}y".as_bytes()], true),
            "DEL \"\" \"a b\" \"c;d\" k\u{e9}y"
        );
        assert_eq!(text_of(&[b"GET", b"\xff\x00"], true), "GET ?");
        assert_eq!(text_of(&[b"GET", &[b'x'; MAX_KEY + 1]], true), "GET ?");
    }

    #[test]
    fn keys_can_be_hidden() {
        assert_eq!(
            text_of(&[b"HSET", b"session:token", b"field", b"value"], false),
            "HSET ? ? ?"
        );
    }

    #[test]
    fn a_text_has_an_end() {
        let mut arguments = vec![&b"DEL"[..]];
        arguments.resize(5_000, b"key");
        let text = text_of(&arguments, true);
        assert!(text.len() <= MAX_TEXT + CUT.len(), "{}", text.len());
        assert!(text.ends_with(" key…"), "{text}");
    }

    #[test]
    fn only_scripts_and_functions_are_called() {
        let called_by = |line: &'static str| called(&mut line.split(' ').map(str::as_bytes));
        assert_eq!(called_by("FCALL add_user 0"), Some("add_user"));
        assert_eq!(called_by("evalsha 4a22 0"), Some("4a22"));
        assert_eq!(called_by("EVAL return 0"), None);
        assert_eq!(called_by("GET key"), None);
    }
}
