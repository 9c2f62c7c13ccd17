//! `db.query.text`: a command as one would type it, without its values.

use std::{fmt::Write as _, ops::ControlFlow};

use crate::table::{self, Shape};

/// No text is longer, but for the mark that it was cut.
const MAX_TEXT: usize = 1_024;
/// A longer key is rather a value.
const MAX_KEY: usize = 128;
const CUT: &str = "…";
const VALUE: &str = "?";
/// Commands that passwords are sent with. Their values are never shown.
const SECRET: &[&str] = &[
    "ACL", "AUTH", "CONFIG", "HELLO", "MIGRATE", "MODULE", "SENTINEL",
];

/// What is shown of a command's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Nothing,
    Keys,
    All,
}

impl Shown {
    pub(crate) fn new(keys: bool, sanitize: bool) -> Self {
        match (keys, sanitize) {
            (false, _) => Self::Nothing,
            (true, true) => Self::Keys,
            (true, false) => Self::All,
        }
    }
}

/// Collects the text of one command, or of several.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    piece: String,
    shown: Shown,
}

impl Text {
    pub(crate) fn new(shown: Shown) -> Self {
        Self {
            text: String::with_capacity(64),
            piece: String::new(),
            shown,
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
        let values = self.shown == Shown::All && !SECRET.contains(&command.name);
        let mut parts = Parts::new(command.shape);
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            let part = match parts.next(argument, arguments.peek().is_none()) {
                Part::Streams => return self.streams(argument, &mut arguments, values),
                part => part,
            };
            self.argument(part, argument, values)?;
        }
        ControlFlow::Continue(())
    }

    /// `STREAMS` and what follows.
    fn streams(
        &mut self,
        word: &[u8],
        arguments: &mut dyn Iterator<Item = &[u8]>,
        values: bool,
    ) -> ControlFlow<()> {
        self.argument(Part::Word, word, values)?;
        let arguments: Vec<_> = arguments.collect();
        let keys = arguments.len() / 2;
        for (index, argument) in arguments.into_iter().enumerate() {
            let part = if index < keys { Part::Key } else { Part::Value };
            self.argument(part, argument, values)?;
        }
        ControlFlow::Continue(())
    }

    fn argument(&mut self, part: Part, argument: &[u8], values: bool) -> ControlFlow<()> {
        let mut piece = std::mem::take(&mut self.piece);
        piece.clear();
        let part = if part == Part::Value && values {
            Part::Key
        } else {
            part
        };
        self.write(&mut piece, part, argument);
        let flow = self.push(" ", &piece);
        self.piece = piece;
        flow
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
            Part::Key if self.shown != Shown::Nothing => std::str::from_utf8(argument)
                .ok()
                .filter(|key| key.len() <= MAX_KEY),
            Part::Word => word(argument),
            Part::Procedure => procedure(argument),
            Part::Count(count) => {
                let _ = write!(piece, "{count}");
                return;
            }
            Part::Key | Part::Value | Part::Streams => None,
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
pub(crate) fn called(arguments: &mut dyn Iterator<Item = &[u8]>) -> Option<String> {
    let command = table::lookup(arguments.next()?);
    if !command.shape.head.starts_with('p') {
        return None;
    }
    procedure(arguments.next()?).map(str::to_owned)
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
    /// The word before the keys of streams.
    Streams,
}

/// Says of each argument in turn what it is.
struct Parts {
    head: std::str::Bytes<'static>,
    tail: std::iter::Cycle<std::str::Bytes<'static>>,
    keys: usize,
    rest: Option<u8>,
}

impl Parts {
    fn new(shape: Shape) -> Self {
        Self {
            head: shape.head.bytes(),
            tail: shape.tail.bytes().cycle(),
            keys: 0,
            rest: None,
        }
    }

    fn next(&mut self, argument: &[u8], is_last: bool) -> Part {
        if let Some(left) = self.keys.checked_sub(1) {
            self.keys = left;
            return Part::Key;
        }
        let mark = self
            .rest
            .or_else(|| self.head.next())
            .or_else(|| self.tail.next());
        match mark {
            Some(mark @ b'l') => {
                self.rest = Some(mark);
                if is_last { Part::Value } else { Part::Key }
            }
            Some(mark @ b'x') => {
                self.rest = Some(mark);
                if argument.eq_ignore_ascii_case(b"STREAMS") {
                    Part::Streams
                } else {
                    Part::Value
                }
            }
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

    fn text_of(arguments: &[&[u8]], shown: Shown) -> String {
        let mut text = Text::new(shown);
        let _ = text.add(&mut arguments.iter().copied());
        text.into_string()
    }

    fn typed(line: &str) -> String {
        let arguments: Vec<_> = line.split(' ').map(str::as_bytes).collect();
        text_of(&arguments, Shown::Keys)
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
            ("BLPOP a b 5", "BLPOP a b ?"),
            ("BRPOP 5", "BRPOP ?"),
            ("JSON.MSET a $ 1 b $ 2", "JSON.MSET a ? ? b ? ?"),
            ("MIGRATE host 6379 key 0 1000", "MIGRATE ? ? key ? ?"),
            (
                "XREAD COUNT 2 BLOCK 5 streams a b 0 1",
                "XREAD ? ? ? ? streams a b ? ?",
            ),
            ("XREAD COUNT 2", "XREAD ? ?"),
            ("XREAD STREAMS", "XREAD STREAMS"),
            (
                "XREADGROUP GROUP streams me STREAMS a b > >",
                "XREADGROUP ? ? ? STREAMS a b ? ?",
            ),
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
            text_of(
                &[b"DEL", b"", b"a b", b"c;d", "k\u{e9}y".as_bytes()],
                Shown::Keys
            ),
            "DEL \"\" \"a b\" \"c;d\" k\u{e9}y"
        );
        assert_eq!(text_of(&[b"GET", b"\xff\x00"], Shown::Keys), "GET ?");
        assert_eq!(
            text_of(&[b"GET", &[b'x'; MAX_KEY + 1]], Shown::Keys),
            "GET ?"
        );
    }

    #[test]
    fn keys_can_be_hidden() {
        assert_eq!(
            text_of(
                &[b"HSET", b"session:token", b"field", b"value"],
                Shown::Nothing
            ),
            "HSET ? ? ?"
        );
    }

    #[test]
    fn values_are_shown_where_that_is_asked_for_but_no_passwords() {
        let shown = |line: &str| {
            let arguments: Vec<_> = line.split(' ').map(str::as_bytes).collect();
            text_of(&arguments, Shown::new(true, false))
        };
        assert_eq!(shown("SET user:1 it's EX 10"), "SET user:1 \"it's\" EX 10");
        assert_eq!(
            shown("XREAD COUNT 2 STREAMS a 0"),
            "XREAD COUNT 2 STREAMS a 0"
        );
        assert_eq!(shown("AUTH user hunter2"), "AUTH ? ?");
        assert_eq!(
            shown("MIGRATE h 1 key 0 9 AUTH hunter2"),
            "MIGRATE ? ? key ? ? ? ?"
        );
        assert_eq!(Shown::new(false, false), Shown::Nothing);
    }

    #[test]
    fn a_text_has_an_end() {
        let mut arguments = vec![&b"DEL"[..]];
        arguments.resize(5_000, b"key");
        let text = text_of(&arguments, Shown::Keys);
        assert!(text.len() <= MAX_TEXT + CUT.len(), "{}", text.len());
        assert!(text.ends_with(" key…"), "{text}");
    }

    #[test]
    fn only_scripts_and_functions_are_called() {
        let called_by = |line: &'static str| called(&mut line.split(' ').map(str::as_bytes));
        assert_eq!(called_by("FCALL add_user 0"), Some("add_user".to_owned()));
        assert_eq!(called_by("evalsha 4a22 0"), Some("4a22".to_owned()));
        assert_eq!(called_by("EVAL return 0"), None);
        assert_eq!(called_by("GET key"), None);
    }
}
