//! One pass over SQL text: every byte belongs to exactly one token, tokens end at character boundaries, nothing is
//! allocated, and no byte is looked at more than a fixed number of times.

use super::Dialect;
use super::quoting::{self, Backslash, is_word, starts_word};

/// What a token is, as far as telemetry must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    Comment,
    /// A keyword or a bare name.
    Word,
    /// A quoted name, quotes included.
    Name,
    /// SQLite's `"..."`: a name, or a string if there is no such column.
    NameOrText,
    /// A string, of text, bits or bytes.
    Text,
    /// A number with all that sticks to it, without sign.
    Number,
    /// `?`, `?1`, `$1`, `:name`, `@name`.
    Parameter,
    /// One character, or `::`.
    Symbol,
    /// All the rest of the text: a literal that does not end, or where nothing is certain any more.
    Hidden,
}

/// A range of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Space | Kind::Comment)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// The tokens of a text. Cloning it is a bookmark.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    sql: &'a str,
    at: usize,
    dialect: Dialect,
    /// What a backslash is in a string that says nothing of it.
    backslash: Backslash,
    /// Behind a name a dot is a separator, not the start of a number.
    after_name: bool,
    /// PostgreSQL: a string on the line after `E'..'` continues it, backslash escapes included.
    after_escape_string: bool,
    copying: Copying,
}

/// How much of `COPY .. FROM STDIN;` was read: behind it there is data, up to the end for all we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Copying {
    /// A statement may start.
    Start,
    Nothing,
    Verb,
    From,
    Stdin,
    Data,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(sql: &'a str, dialect: Dialect) -> Self {
        let (usual, other) = match dialect {
            Dialect::MySql => (Backslash::Escapes, Some(Backslash::Plain)),
            Dialect::PostgreSql => (Backslash::Plain, Some(Backslash::Escapes)),
            Dialect::Sqlite => (Backslash::Plain, None),
            Dialect::Unknown => (Backslash::Unsure, None),
        };
        // A mode of the server decides. Nearly always only one of them gives a text that can be read.
        let both = other.is_some_and(|other| {
            quoting::has_escaped_quote(sql.as_bytes())
                && Self::with(sql, dialect, other).are_readable()
        });
        Self::with(sql, dialect, if both { Backslash::Unsure } else { usual })
    }

    /// Whether a server could take them: all ends, and no backslash is outside of a literal.
    fn are_readable(mut self) -> bool {
        let mut depth = 0_usize;
        let readable = self.all(|token| {
            match token.text {
                "(" => depth += 1,
                ")" if depth == 0 => return false,
                ")" => depth -= 1,
                "\\" => return false,
                _ => {}
            }
            token.kind != Kind::Hidden
        });
        readable && depth == 0
    }

    fn with(sql: &'a str, dialect: Dialect, backslash: Backslash) -> Self {
        Self {
            sql,
            at: 0,
            dialect,
            backslash,
            after_name: false,
            after_escape_string: false,
            copying: Copying::Start,
        }
    }

    /// What follows the current position.
    pub(super) fn rest(&self) -> &'a str {
        self.sql.get(self.at..).unwrap_or_default()
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// What was read since `start`.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.sql.get(start..self.at).unwrap_or_default()
    }

    fn note_copy(&mut self, token: &Token<'_>) {
        self.copying = match self.copying {
            _ if token.is_blank() => self.copying,
            Copying::Stdin if token.is_symbol(";") => Copying::Data,
            _ if token.is_symbol(";") => Copying::Start,
            Copying::Start if token.is_word("COPY") => Copying::Verb,
            Copying::Start => Copying::Nothing,
            Copying::Verb if token.is_word("FROM") => Copying::From,
            Copying::From if token.is_word("STDIN") => Copying::Stdin,
            Copying::From => Copying::Verb,
            other => other,
        };
    }

    fn recognise(&self, rest: &[u8]) -> (Kind, usize) {
        let first = peek(rest, 0);
        let second = peek(rest, 1);
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                (Kind::Space, run(rest, |byte| is_space(*byte)))
            }
            _ if self.copying == Copying::Data => (Kind::Hidden, rest.len()),
            b'-' if second == b'-' => self.dashes(rest),
            b'#' if self.dialect == Dialect::MySql => {
                comment(1, rest, |rest| quoting::line_comment(rest, self.dialect))
            }
            b'#' if self.dialect == Dialect::Unknown => {
                comment(1, rest, quoting::doubtful_line_comment)
            }
            b'/' if second == b'*' => self.block(rest),
            b'\'' => string(rest, 0, self.backslash()),
            b'"' => self.double_quoted(rest),
            b'`' if self.dialect != Dialect::PostgreSql => self.backtick(rest),
            b'[' if matches!(self.dialect, Dialect::Sqlite | Dialect::Unknown) => {
                self.bracket(rest)
            }
            b'$' => self.dollar(rest),
            b'?' => (Kind::Parameter, 1 + run(tail(rest, 1), u8::is_ascii_digit)),
            b':' if second == b':' => (Kind::Symbol, 2),
            b':' if starts_word(second) => (Kind::Parameter, 1 + word(tail(rest, 1))),
            b'@' => variable(rest),
            b'.' if second.is_ascii_digit() && !self.after_name => (Kind::Number, number(rest)),
            b'0'..=b'9' => (Kind::Number, number(rest)),
            _ if starts_word(first) => self.word_or_prefix(rest),
            _ => (Kind::Symbol, 1),
        }
    }

    fn backslash(&self) -> Backslash {
        if self.after_escape_string && self.dialect == Dialect::PostgreSql {
            Backslash::Escapes
        } else {
            self.backslash
        }
    }

    fn double_quoted(&self, rest: &[u8]) -> (Kind, usize) {
        let (kind, backslash) = match self.dialect {
            Dialect::PostgreSql => (Kind::Name, Backslash::Plain),
            Dialect::Sqlite => (Kind::NameOrText, Backslash::Plain),
            Dialect::MySql | Dialect::Unknown => (Kind::Text, self.backslash),
        };
        closed(kind, 1, rest, |rest| quoting::quoted(rest, b'"', backslash))
    }

    /// Quotes a name, or is an operator.
    fn backtick(&self, rest: &[u8]) -> (Kind, usize) {
        if self.dialect == Dialect::Unknown {
            return plain_name(rest, b'`').unwrap_or((Kind::Hidden, rest.len()));
        }
        closed(Kind::Name, 1, rest, |rest| {
            quoting::quoted(rest, b'`', Backslash::Plain)
        })
    }

    /// Quotes a name, or indexes an array.
    fn bracket(&self, rest: &[u8]) -> (Kind, usize) {
        let inner = tail(rest, 1);
        if self.dialect == Dialect::Sqlite {
            let end = inner.iter().position(|&byte| byte == b']');
            return closed(Kind::Name, 1, rest, |_| end.map(|end| end + 1));
        }
        if let Some(name) = plain_name(rest, b']') {
            return name;
        }
        let end = run(inner, |byte| !matches!(byte, b'[' | b']'));
        let region = inner.get(..end).unwrap_or_default();
        if quoting::harmless(region) {
            (Kind::Symbol, 1)
        } else {
            (Kind::Hidden, rest.len())
        }
    }

    fn dashes(&self, rest: &[u8]) -> (Kind, usize) {
        // MySQL wants a space behind them, otherwise `1--1` is arithmetic.
        let sure = rest
            .get(2)
            .is_none_or(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control());
        match self.dialect {
            Dialect::MySql if !sure => (Kind::Symbol, 1),
            Dialect::Unknown if !sure => comment(2, rest, quoting::doubtful_line_comment),
            dialect => comment(2, rest, |rest| quoting::line_comment(rest, dialect)),
        }
    }

    fn block(&self, rest: &[u8]) -> (Kind, usize) {
        let inner = tail(rest, 2);
        let executable = inner.starts_with(b"!") || inner.starts_with(b"M!");
        if executable && matches!(self.dialect, Dialect::MySql | Dialect::Unknown) {
            return comment(2, rest, quoting::executable_comment);
        }
        comment(2, rest, |rest| quoting::block_comment(rest, self.dialect))
    }

    fn dollar(&self, rest: &[u8]) -> (Kind, usize) {
        let inner = tail(rest, 1);
        if self.dialect == Dialect::MySql {
            return (Kind::Word, word(rest));
        }
        if self.dialect != Dialect::Sqlite {
            if let Some(tag) = quoting::dollar_tag(rest) {
                return self.dollar_quoted(rest, tag);
            }
        }
        if peek(inner, 0).is_ascii_digit() {
            return (Kind::Parameter, 1 + run(inner, u8::is_ascii_digit));
        }
        if self.dialect != Dialect::PostgreSql && starts_word(peek(inner, 0)) {
            return (Kind::Parameter, 1 + word(inner));
        }
        (Kind::Symbol, 1)
    }

    fn dollar_quoted(&self, rest: &[u8], tag: usize) -> (Kind, usize) {
        let (Some(text), Some(opening)) = (self.rest().get(tag..), self.rest().get(..tag)) else {
            return (Kind::Hidden, rest.len());
        };
        let sure =
            |body: &str| self.dialect == Dialect::PostgreSql || quoting::harmless(body.as_bytes());
        match text.split_once(opening) {
            Some((body, _)) if sure(body) => (Kind::Text, body.len() + 2 * tag),
            _ => (Kind::Hidden, rest.len()),
        }
    }

    fn word_or_prefix(&self, rest: &[u8]) -> (Kind, usize) {
        let first = peek(rest, 0).to_ascii_lowercase();
        // Oracle's `q'[it's]'` ends where its own bracket says.
        let bracketed = |from| self.dialect == Dialect::Unknown && peek(rest, from) == b'\'';
        match (first, peek(rest, 1)) {
            (b'q', b'\'') if bracketed(1) => (Kind::Hidden, rest.len()),
            (b'n', b'q' | b'Q') if bracketed(2) => (Kind::Hidden, rest.len()),
            (b'e', b'\'') if self.dialect == Dialect::PostgreSql => {
                string(rest, 1, Backslash::Escapes)
            }
            (b'e' | b'n' | b'b' | b'x', b'\'') => string(rest, 1, self.backslash()),
            (b'u', b'&') if peek(rest, 2) == b'\'' => string(rest, 2, self.backslash()),
            _ => (Kind::Word, word(rest)),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let (kind, length) = self.recognise(rest.as_bytes());
        // Every token ends behind an ASCII character or in front of one; should that ever fail, hide the rest.
        let (kind, text) = match rest.get(..length) {
            Some(text) if !text.is_empty() => (kind, text),
            _ => (Kind::Hidden, rest),
        };
        let token = Token {
            kind,
            start: self.at,
            text,
        };
        self.at = token.end();
        self.note_copy(&token);
        self.after_name = matches!(kind, Kind::Word | Kind::Name | Kind::NameOrText);
        if !token.is_blank() {
            let continues = self.after_escape_string && text.starts_with('\'');
            self.after_escape_string =
                kind == Kind::Text && (continues || text.starts_with(['e', 'E']));
        }
        Some(token)
    }
}

/// A string whose quote stands behind a prefix of `prefix` bytes.
fn string(rest: &[u8], prefix: usize, backslash: Backslash) -> (Kind, usize) {
    closed(Kind::Text, prefix + 1, rest, |rest| {
        quoting::quoted(rest, b'\'', backslash)
    })
}

/// A quoted name that would be one without its quotes too, so that it holds no literal in any reading.
fn plain_name(rest: &[u8], close: u8) -> Option<(Kind, usize)> {
    let inner = tail(rest, 1);
    let length = word(inner);
    (starts_word(peek(inner, 0)) && peek(inner, length) == close)
        .then_some((Kind::Name, length + 2))
}

/// A token of `kind` that opens with `open` bytes, or everything if it does not end.
fn closed(
    kind: Kind,
    open: usize,
    rest: &[u8],
    end: impl FnOnce(&[u8]) -> Option<usize>,
) -> (Kind, usize) {
    match end(tail(rest, open)) {
        Some(length) => (kind, open + length),
        None => (Kind::Hidden, rest.len()),
    }
}

fn comment(open: usize, rest: &[u8], end: impl FnOnce(&[u8]) -> Option<usize>) -> (Kind, usize) {
    closed(Kind::Comment, open, rest, end)
}

/// `@name`, `@@name`, or the operator.
fn variable(rest: &[u8]) -> (Kind, usize) {
    let signs = if peek(rest, 1) == b'@' { 2 } else { 1 };
    let name = tail(rest, signs);
    if starts_word(peek(name, 0)) {
        (Kind::Parameter, signs + word(name))
    } else {
        (Kind::Symbol, 1)
    }
}

/// Everything that sticks to a digit, so that no part of an ill-formed number is left over.
fn number(rest: &[u8]) -> usize {
    let hexadecimal = matches!(rest.get(..2), Some(b"0x" | b"0X"));
    let mut previous = 0;
    let mut length = 0;
    for (at, &byte) in rest.iter().enumerate() {
        let sign = matches!(byte, b'+' | b'-') && matches!(previous, b'e' | b'E') && !hexadecimal;
        let exponent = sign && peek(rest, at + 1).is_ascii_digit();
        if !(exponent || byte == b'.' || (is_word(byte) && byte != b'$')) {
            break;
        }
        previous = byte;
        length = at + 1;
    }
    length
}

fn word(rest: &[u8]) -> usize {
    run(rest, |&byte| is_word(byte))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn run(bytes: &[u8], belongs: impl Fn(&u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|byte| !belongs(byte))
        .unwrap_or(bytes.len())
}

fn tail(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

/// A byte, or NUL, which starts nothing, behind the end.
fn peek(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}
