//! Where a quoted text or a comment ends. Each function takes the bytes after the opening and answers how many of
//! them belong to it, closing included; `None` means that it has no end, or not the same end in every dialect, so
//! that nothing after it can be trusted.

use super::Dialect;

/// Whether a backslash hides the quote after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    Plain,
    Escapes,
    /// Some dialects say yes, some no.
    Unsure,
}

/// A text in `quote`s, where a doubled quote stands for one.
pub(super) fn quoted(rest: &[u8], quote: u8, backslash: Backslash) -> Option<usize> {
    let mut bytes = rest.iter().copied().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == quote {
            if bytes.next_if(|&(_, next)| next == quote).is_none() {
                return Some(at + 1);
            }
        } else if byte == b'\\' && backslash != Backslash::Plain {
            // A pair of backslashes ends in the same place whether it is one character or two.
            let (_, escaped) = bytes.next()?;
            if escaped == quote && backslash == Backslash::Unsure {
                return None;
            }
        }
    }
    None
}

/// Whether a quote stands behind a backslash anywhere.
pub(super) fn has_escaped_quote(text: &[u8]) -> bool {
    let is_pair = |pair: &[u8]| matches!(pair, [b'\\', b'\'' | b'"']);
    // Most texts have no backslash at all, which is found out faster.
    text.contains(&b'\\') && text.windows(2).any(is_pair)
}

/// The length of the opening `$tag$`, if `text` starts with one.
pub(super) fn dollar_tag(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"$")?;
    let end = inner
        .iter()
        .position(|&byte| !is_word(byte) || byte == b'$')?;
    let valid = inner.get(end) == Some(&b'$') && !inner.first().is_some_and(u8::is_ascii_digit);
    valid.then_some(end + 2)
}

/// A comment up to the end of the line, which stays outside.
pub(super) fn line_comment(rest: &[u8], dialect: Dialect) -> Option<usize> {
    let newline = |byte: &u8| *byte == b'\n';
    let carriage = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    match dialect {
        Dialect::PostgreSql => Some(carriage.unwrap_or(rest.len())),
        Dialect::MySql | Dialect::Sqlite => {
            Some(rest.iter().position(newline).unwrap_or(rest.len()))
        }
        Dialect::Unknown => {
            let end = rest.iter().position(newline).unwrap_or(rest.len());
            // A lone carriage return ends the comment for some: what follows it must do no harm as code either.
            harmless(rest.get(carriage.unwrap_or(end)..end)?).then_some(end)
        }
    }
}

/// A comment for some dialects, code for others, up to the end of the line.
pub(super) fn doubtful_line_comment(rest: &[u8]) -> Option<usize> {
    let end = rest
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(rest.len());
    (end == rest.len() || harmless(rest.get(..end)?)).then_some(end)
}

/// A comment up to `*/`. Without an end it swallows all the rest, which is no doubt but a fact.
pub(super) fn block_comment(rest: &[u8], dialect: Dialect) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = 0;
    while let Some(pair) = rest.get(at..at + 2) {
        at += match pair {
            b"*/" if depth == 1 => return Some(at + 2),
            b"*/" => {
                depth -= 1;
                2
            }
            b"/*" if dialect == Dialect::PostgreSql => {
                depth += 1;
                2
            }
            b"/*" if dialect == Dialect::Unknown => return None,
            _ => 1,
        };
    }
    Some(rest.len())
}

/// A comment that MySQL may execute (`/*! .. */`, MariaDB also `/*M! .. */`): skipped by some servers, read as code
/// by others, so it must end in the same place for both.
pub(super) fn executable_comment(rest: &[u8]) -> Option<usize> {
    let end = rest.windows(2).position(|pair| pair == b"*/")?;
    let region = rest.get(..end)?;
    // `/*/`: as code, this is the start of another comment.
    (harmless(region) && !region.ends_with(b"/")).then_some(end + 2)
}

/// Whether `region` ends in the same state, outside of any literal, whether it is read as code or skipped.
pub(super) fn harmless(region: &[u8]) -> bool {
    let mut open = None;
    let mut previous = 0;
    for &byte in region {
        match open {
            _ if byte == b'\\' => return false,
            Some(quote) if quote == byte => open = None,
            Some(_) => {}
            None => match byte {
                b'\'' | b'"' => open = Some(byte),
                b'`' | b'$' | b'#' | b'[' | b']' => return false,
                b'-' | b'*' if matches!((previous, byte), (b'-', b'-') | (b'/', b'*')) => {
                    return false;
                }
                _ => {}
            },
        }
        previous = byte;
    }
    open.is_none()
}

/// Letters, digits, `_`, `$`, and everything outside ASCII, as the lexers of all dialects have it.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// As [`is_word`], for the first character.
pub(super) fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}
