//! Query text without its literals.

use std::borrow::Cow;

use super::Dialect;
use super::tokens::{Kind, Token, Tokens};
use super::words::{self, is_any};

/// The most bytes [`sanitize`] returns. Longer text is cut at the end of a token.
pub const MAX_TEXT: usize = 8 * 1024;

/// Replaces each literal by `?` and drops comments; everything else stays as it is, white space too.
///
/// Literals are strings, numbers with their sign, `TRUE` and `FALSE`, bits, bytes and the text of dates and
/// intervals (`DATE '2026-01-01'` becomes `DATE ?`). Parameters, names, `NULL` and keywords stay. `IN (1, 2, 3)` and
/// `IN ($1, $2, $3)` become `IN (?)`, so that a list is one text whatever its length; of several rows of literals behind
/// `VALUES` the first stays. A literal or a comment without end reaches to the end of the text. The result has at most
/// [`MAX_TEXT`] bytes, is borrowed where nothing had to change, and does not change when sanitised again.
///
/// ```
/// use std::borrow::Cow;
/// use otel_auto_core::sql::{Dialect, sanitize};
///
/// let text = sanitize("UPDATE t SET a = -1.5e3, b = 'it''s' -- why", Dialect::Unknown);
/// assert_eq!(text, "UPDATE t SET a = ?, b = ? ");
/// assert!(matches!(sanitize("SELECT a FROM t\nWHERE b = $1", Dialect::PostgreSql), Cow::Borrowed(_)));
/// ```
#[must_use]
pub fn sanitize(sql: &str, dialect: Dialect) -> Cow<'_, str> {
    sanitized(sql, dialect).0
}

/// The text of [`sanitize`], and whether it stands for literals: if not, it is the program's own.
pub(crate) fn sanitized(sql: &str, dialect: Dialect) -> (Cow<'_, str>, bool) {
    let mut tokens = Tokens::new(sql, dialect);
    let mut output = Output::new(sql);
    let mut context = Context::default();
    let mut rows: Option<Rows<'_>> = None;
    while let Some(token) = tokens.next() {
        if token.kind == Kind::Comment {
            output.gap = true;
            continue;
        }
        if context.secret && token.kind != Kind::Space {
            output.hide();
            break;
        }
        if !write(token, &tokens, &mut output, &context) {
            break;
        }
        if token.kind == Kind::Space {
            continue;
        }
        if token.is_symbol("(") && context.last_is_any(&["IN"]) {
            if let Some(list) = List::find(&tokens).filter(|list| !list.is_one_parameter()) {
                output.literals |= list.literals;
                tokens = list.end;
                if !output.replace("?") || !output.replace(")") {
                    break;
                }
            }
        } else if token.is_word("VALUES") {
            rows = Rows::find(&tokens);
        }
        if let Some(found) = rows.take_if(|rows| rows.first_end == token.end()) {
            tokens = found.last;
        }
        context.push(token);
    }
    let literals = output.literals;
    (output.finish(), literals)
}

/// Writes one token that is no comment. False when the text is full.
fn write(
    token: Token<'_>,
    following: &Tokens<'_>,
    output: &mut Output<'_>,
    context: &Context<'_>,
) -> bool {
    match token.kind {
        Kind::Text | Kind::Hidden => output.hide(),
        Kind::Number => {
            if context.sign_belongs_to_number(token.start) {
                output.take_back_sign();
            }
            output.hide()
        }
        Kind::NameOrText => {
            let mut rest = following.rest().bytes();
            // A number may start with the dot, and then `"..."` is a string in front of it.
            let qualifies =
                rest.next() == Some(b'.') && !rest.next().is_some_and(|b| b.is_ascii_digit());
            if !qualifies && !context.name_expected() {
                return output.hide();
            }
            // With its dot or not at all, or it would look like a value at the end of a cut text.
            output.fits(token.text.len() + 1) && output.copy(token)
        }
        Kind::Word if context.last_is_any(&["BY"]) && context.second_last_is("IDENTIFIED") => {
            output.hide()
        }
        Kind::Word if is_any(token.text, &["TRUE", "FALSE"]) => {
            let qualified = context.last_is_symbol(".") || following.rest().starts_with('.');
            if qualified {
                output.copy(token)
            } else {
                output.hide()
            }
        }
        _ => output.copy(token),
    }
}

/// The last tokens that were not blank.
#[derive(Debug, Default)]
struct Context<'a> {
    last: Option<Token<'a>>,
    second_last: Option<Token<'a>>,
    pragma: bool,
    /// The pragma sets a key.
    key: bool,
    /// A key follows, up to nobody knows where.
    secret: bool,
}

impl<'a> Context<'a> {
    fn push(&mut self, token: Token<'a>) {
        if token.kind == Kind::Word {
            self.key = self.pragma && is_any(token.text, words::KEYS);
            self.pragma |= token.is_word("PRAGMA");
        } else if token.is_symbol(";") {
            self.pragma = false;
            self.key = false;
        } else {
            self.secret = self.key && matches!(token.text, "=" | "(");
        }
        self.second_last = self.last.replace(token);
    }

    fn last_is_any(&self, words: &[&str]) -> bool {
        self.last
            .is_some_and(|last| last.kind == Kind::Word && is_any(last.text, words))
    }

    fn second_last_is(&self, word: &str) -> bool {
        self.second_last.is_some_and(|last| last.is_word(word))
    }

    fn last_is_symbol(&self, symbol: &str) -> bool {
        self.last.is_some_and(|last| last.is_symbol(symbol))
    }

    /// Whether no value can stand here, so that `"..."` is a name even in SQLite.
    fn name_expected(&self) -> bool {
        let distinct_from = self.last_is_any(&["FROM"]) && self.second_last_is("DISTINCT");
        self.last_is_symbol(".") || (self.last_is_any(words::BEFORE_NAME) && !distinct_from)
    }

    /// Whether the last token is a sign that touches the number and has no operand on its left. Behind another
    /// number (`99+100`) it counts as a sign too: that is what the convention's test cases want.
    fn sign_belongs_to_number(&self, number: usize) -> bool {
        let Some(sign) = self
            .last
            .filter(|last| last.is_symbol("-") || last.is_symbol("+"))
        else {
            return false;
        };
        if sign.end() != number {
            return false;
        }
        self.second_last.is_none_or(|left| match left.kind {
            Kind::Number | Kind::Text => left.end() == sign.start,
            Kind::Word => left.end() != sign.start && is_any(left.text, words::BEFORE_VALUE),
            Kind::Symbol => !matches!(left.text, ")" | "]" | "}" | "."),
            _ => false,
        })
    }
}

/// The text being written: the start of the input as long as it differs in nothing.
#[derive(Debug)]
struct Output<'a> {
    sql: &'a str,
    /// Where what is the same ends.
    same: usize,
    changed: Option<String>,
    /// A comment stood here.
    gap: bool,
    /// Some `?` stands for a literal.
    literals: bool,
    copied_sign: Option<usize>,
}

impl<'a> Output<'a> {
    fn new(sql: &'a str) -> Self {
        Self {
            sql,
            same: 0,
            changed: None,
            gap: false,
            literals: false,
            copied_sign: None,
        }
    }

    fn text(&self) -> &str {
        self.changed
            .as_deref()
            .unwrap_or_else(|| self.sql.get(..self.same).unwrap_or_default())
    }

    fn fits(&self, length: usize) -> bool {
        self.text().len() + usize::from(self.gap) + length <= MAX_TEXT
    }

    fn copy(&mut self, token: Token<'_>) -> bool {
        // In MySQL `--` may be two operators; a space behind them, where a comment was, would make them one.
        self.gap |= self.text().ends_with('-') && token.is_symbol("-");
        if !self.fits(token.text.len()) {
            return false;
        }
        if self.changed.is_none() && self.same == token.start && !self.gap {
            self.same = token.end();
        } else {
            self.push(token.text);
        }
        let start = self.text().len() - token.text.len();
        self.copied_sign = matches!(token.text, "-" | "+").then_some(start);
        true
    }

    /// Writes what stands for a literal.
    fn hide(&mut self) -> bool {
        self.literals = true;
        self.replace("?")
    }

    fn replace(&mut self, text: &str) -> bool {
        if !self.fits(text.len()) {
            return false;
        }
        self.push(text);
        self.copied_sign = None;
        true
    }

    fn push(&mut self, text: &str) {
        let blank = |char: char| char.is_ascii_whitespace();
        // What a comment kept apart stays apart.
        let gap = std::mem::take(&mut self.gap) && !text.starts_with(blank) && {
            let before = self.text();
            !before.is_empty() && !before.ends_with(blank)
        };
        let owned = self.owned();
        if gap {
            owned.push(' ');
        }
        owned.push_str(text);
    }

    fn owned(&mut self) -> &mut String {
        let same = self.sql.get(..self.same).unwrap_or_default();
        let capacity = self.sql.len().min(MAX_TEXT);
        self.changed.get_or_insert_with(|| {
            let mut text = String::with_capacity(capacity);
            text.push_str(same);
            text
        })
    }

    fn take_back_sign(&mut self) {
        if let Some(length) = self.copied_sign.take() {
            self.owned().truncate(length);
        }
    }

    fn finish(self) -> Cow<'a, str> {
        match self.changed {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(self.sql.get(..self.same).unwrap_or_default()),
        }
    }
}

/// A list with nothing but values in it.
#[derive(Debug)]
struct List<'a> {
    end: Tokens<'a>,
    parameters: usize,
    literals: bool,
}

impl<'a> List<'a> {
    /// The list that was opened just before `tokens`.
    ///
    /// What is looked at ahead holds no word but constants and types, and a list opens behind none of these, so no
    /// token is looked at ahead more than twice.
    fn find(tokens: &Tokens<'a>) -> Option<Self> {
        let mut list = Self {
            end: tokens.clone(),
            parameters: 0,
            literals: false,
        };
        let ahead = &mut list.end;
        // `IN ((1, 2), (3, 4))`: a row inside of the list.
        let mut in_row = false;
        loop {
            let mut token = significant(ahead)?;
            if token.is_symbol("(") && !in_row {
                in_row = true;
                continue;
            }
            if token.is_symbol("-") || token.is_symbol("+") {
                token = significant(ahead)?;
            }
            match token.kind {
                Kind::Parameter => list.parameters += 1,
                // No name stands between commas that is not one of a column.
                Kind::Text | Kind::Number | Kind::NameOrText => list.literals = true,
                Kind::Word if is_any(token.text, words::CONSTANTS) => list.literals = true,
                _ => return None,
            }
            let mut separator = significant(ahead)?;
            while separator.is_symbol("::") {
                significant(ahead).filter(|kind| kind.kind == Kind::Word)?;
                separator = significant(ahead)?;
            }
            if separator.is_symbol(")") && std::mem::take(&mut in_row) {
                separator = significant(ahead)?;
            }
            if separator.is_symbol(")") {
                return Some(list);
            }
            if !separator.is_symbol(",") {
                return None;
            }
        }
    }

    /// One parameter is as short as what would stand for it.
    fn is_one_parameter(&self) -> bool {
        self.parameters == 1 && !self.literals
    }
}

fn significant<'a>(tokens: &mut Tokens<'a>) -> Option<Token<'a>> {
    tokens.find(|token| !token.is_blank())
}

/// Rows of literals behind `VALUES`, two or more.
#[derive(Debug)]
struct Rows<'a> {
    first_end: usize,
    last: Tokens<'a>,
}

impl<'a> Rows<'a> {
    fn find(tokens: &Tokens<'a>) -> Option<Self> {
        let row = |tokens: &Tokens<'a>| {
            let mut ahead = tokens.clone();
            significant(&mut ahead).filter(|token| token.is_symbol("("))?;
            let list = List::find(&ahead)?;
            (list.parameters == 0).then_some(list.end)
        };
        let mut last = row(tokens)?;
        let first_end = last.position();
        loop {
            let mut ahead = last.clone();
            let comma = significant(&mut ahead).is_some_and(|token| token.is_symbol(","));
            match row(&ahead).filter(|_| comma) {
                Some(end) => last = end,
                None => break,
            }
        }
        (last.position() != first_end).then_some(Self { first_end, last })
    }
}
