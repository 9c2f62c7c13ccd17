//! The operations of a query and their targets, in order of appearance.

use super::Dialect;
use super::tokens::{Kind, Token, Tokens};
use super::words::{self, Verb, is_any, verb};

/// The most characters [`summary`] returns; a longer summary ends with the last word that fits.
pub const MAX_SUMMARY: usize = 255;

/// Parentheses inside more than this many others are not looked into.
const MAX_DEPTH: usize = 64;

/// Names of common table expressions to remember; a query with more of them shows the others as tables.
const MAX_CTES: usize = 64;

/// A short text of low cardinality that says what a query does: `{operation} {target} {target} {operation} ..`.
///
/// Case and quotes are kept. No literal and no parameter gets in: a target that may be a string is left out. Names of
/// common table expressions are not targets. The second `SELECT` of a `UNION` is not repeated. Statements separated
/// by `;` follow each other. `None` if the text does not start like a statement.
///
/// ```
/// use otel_auto_core::sql::{Dialect, summary};
///
/// let query = "INSERT INTO shipping (id) SELECT id FROM orders WHERE id = 1";
/// assert_eq!(summary(query, Dialect::Unknown).as_deref(), Some("INSERT shipping SELECT orders"));
/// assert_eq!(summary("hello", Dialect::Unknown), None);
/// ```
#[must_use]
pub fn summary(sql: &str, dialect: Dialect) -> Option<String> {
    let mut tokens = Tokens::new(sql, dialect);
    let mut summary = Summary::default();
    while let Some(token) = tokens.next() {
        if token.is_blank() {
            continue;
        }
        if !summary.token(token, &mut tokens) || token.kind == Kind::Hidden {
            break;
        }
        summary.previous_distinct = token.is_word("DISTINCT");
    }
    (!summary.text.is_empty()).then_some(summary.text)
}

/// What the next token is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Expect {
    /// A statement, as at the start of the text and of a parenthesis.
    #[default]
    Statement,
    Nothing,
    Target,
    /// A target, but not behind a parenthesis, where the columns of a join would stand.
    TargetNotList,
    ObjectKind,
    /// The second keyword of the operation.
    Pair,
    CteName,
}

/// One nesting level of parentheses.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    expect: Expect,
    /// `FROM` names tables here, as it does not in `EXTRACT(YEAR FROM ..)`.
    query: bool,
    /// A `SELECT` here is a query of the statement, not a privilege or an action.
    may_select: bool,
    /// `USING` names tables here, as it does in `DELETE` and `MERGE`.
    using_tables: bool,
    /// A comma is followed by another target.
    tables: bool,
    /// A comma is followed by another common table expression.
    ctes: bool,
}

#[derive(Debug, Default)]
struct Summary<'a> {
    text: String,
    characters: usize,
    level: Level,
    outer: Vec<Level>,
    /// Open parentheses beyond [`MAX_DEPTH`].
    too_deep: usize,
    ctes: Vec<&'a str>,
    /// Behind `UNION`: the `SELECT` that follows was named already.
    joined: bool,
    previous_distinct: bool,
    /// Nothing counts before the next `;`.
    skipping: bool,
}

impl<'a> Summary<'a> {
    /// Takes one token. False when the summary is complete.
    fn token(&mut self, token: Token<'a>, tokens: &mut Tokens<'a>) -> bool {
        match token.kind {
            Kind::Symbol => return self.symbol(token),
            _ if self.skipping || self.too_deep > 0 => {}
            Kind::Word => return self.word(token, tokens),
            Kind::Name | Kind::NameOrText => return self.name(token, tokens),
            _ => self.forget_target(),
        }
        true
    }

    fn symbol(&mut self, token: Token<'_>) -> bool {
        match token.text {
            ";" if self.outer.is_empty() => self.next_statement(),
            "(" => self.open(),
            ")" => self.close(),
            _ if self.skipping || self.too_deep > 0 => {}
            "," if self.level.ctes => self.level.expect = Expect::CteName,
            "," if self.level.tables => self.level.expect = Expect::Target,
            // `SELECT DISTINCT (a)`, `CREATE DEFINER = a`: modifiers may hold anything.
            _ if self.level.expect == Expect::ObjectKind => {}
            _ => self.forget_target(),
        }
        true
    }

    fn forget_target(&mut self) {
        if !matches!(self.level.expect, Expect::ObjectKind | Expect::Statement) || self.text.is_empty() {
            self.level.expect = Expect::Nothing;
        }
    }

    fn next_statement(&mut self) {
        self.level = Level::default();
        self.ctes.clear();
        self.joined = false;
        self.skipping = false;
        self.too_deep = 0;
    }

    fn open(&mut self) {
        if self.outer.len() >= MAX_DEPTH {
            self.too_deep += 1;
            return;
        }
        let mut inner = Level { may_select: true, ..Level::default() };
        if self.level.expect == Expect::Target && self.level.query {
            // `FROM (a JOIN b)`, or a query in place of a table.
            inner = Level { expect: Expect::Target, query: true, tables: true, ..inner };
        }
        if !matches!(self.level.expect, Expect::Statement | Expect::ObjectKind) {
            self.level.expect = Expect::Nothing;
        }
        self.outer.push(self.level);
        self.level = inner;
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(outer) = self.outer.pop() {
            self.level = outer;
        }
    }

    fn word(&mut self, token: Token<'a>, tokens: &mut Tokens<'a>) -> bool {
        let word = token.text;
        if is_any(word, words::SET_OPERATORS) {
            self.joined = true;
            self.level.tables = false;
            self.level.expect = Expect::Statement;
            return true;
        }
        // In `FROM (SELECT ..` the parenthesis promised a table.
        let starts = match self.level.expect {
            Expect::Statement => verb(word),
            _ => None,
        };
        if is_any(word, &["SELECT"]) && (self.level.may_select || starts.is_some()) {
            return self.begin(word, Verb::Query);
        }
        match self.level.expect {
            Expect::Statement => match starts {
                _ if is_any(word, &["WITH"]) => self.level = Level { expect: Expect::CteName, ctes: true, ..self.level },
                // Inside of parentheses only what can stand in a common table expression starts a statement.
                Some(found) if self.outer.is_empty() || found == Verb::Change => return self.begin(word, found),
                _ if self.outer.is_empty() && self.text.is_empty() => return false,
                _ if self.joined || self.explaining() => {}
                _ => self.level.expect = Expect::Nothing,
            },
            Expect::CteName if is_any(word, &["RECURSIVE"]) => {}
            Expect::CteName => self.cte(word),
            Expect::ObjectKind => return self.object_kind(word),
            Expect::Pair => {
                self.skipping = true;
                return self.write(word);
            }
            Expect::Target | Expect::TargetNotList => {
                if is_any(word, words::BEFORE_TARGET) {
                    return true;
                }
                if !self.level.query && is_any(word, &["TABLE", "TABLES", "MATERIALIZED", "VIEW"]) {
                    return self.write(word);
                }
                return self.name(token, tokens);
            }
            Expect::Nothing => return self.clause(word),
        }
        true
    }

    /// Whether words between the operation and its statement are options, as `ANALYZE` behind `EXPLAIN`.
    fn explaining(&self) -> bool {
        self.outer.is_empty() && !self.text.is_empty()
    }

    /// A word in the middle of a statement.
    fn clause(&mut self, word: &str) -> bool {
        if self.level.ctes && verb(word).is_some_and(|verb| matches!(verb, Verb::Query | Verb::Change)) {
            self.level.ctes = false;
            return self.begin(word, verb(word).unwrap_or(Verb::Query));
        }
        if self.level.query {
            if is_any(word, words::AFTER_TABLES) {
                self.level.tables = false;
            } else if is_any(word, &["JOIN", "STRAIGHT_JOIN"]) || (is_any(word, &["FROM"]) && !self.previous_distinct) {
                self.level.expect = Expect::Target;
                self.level.tables = true;
            } else if self.level.using_tables && is_any(word, &["USING"]) {
                self.level.expect = Expect::TargetNotList;
                self.level.tables = true;
            } else if self.level.may_select && is_any(word, &["WITH"]) && !self.level.tables {
                self.level.expect = Expect::CteName;
                self.level.ctes = true;
            }
        }
        true
    }

    /// An operation.
    fn begin(&mut self, word: &str, verb: Verb) -> bool {
        let named = std::mem::take(&mut self.joined) && verb == Verb::Query;
        self.level = match verb {
            Verb::Query => Level { expect: Expect::Nothing, query: true, ..Level::default() },
            Verb::Change => Level {
                expect: Expect::Target,
                query: true,
                may_select: is_any(word, &["INSERT", "REPLACE", "UPSERT"]),
                using_tables: is_any(word, &["DELETE", "MERGE"]),
                // `UPDATE a, b SET`.
                tables: is_any(word, &["UPDATE", "DELETE"]),
                ..Level::default()
            },
            Verb::Define => Level { expect: Expect::ObjectKind, ..Level::default() },
            Verb::Name => Level { expect: Expect::Target, tables: is_any(word, &["TRUNCATE"]), ..Level::default() },
            Verb::Pair => Level { expect: Expect::Pair, ..Level::default() },
            Verb::Prefix => Level { may_select: true, ..Level::default() },
            Verb::Alone => {
                self.skipping = true;
                Level::default()
            }
        };
        named || self.write(word)
    }

    fn object_kind(&mut self, word: &str) -> bool {
        if !is_any(word, words::OBJECTS) {
            return true;
        }
        let body = is_any(word, words::WITH_BODY);
        let table = is_any(word, &["TABLE"]);
        self.level = Level { expect: Expect::Target, may_select: table, ..Level::default() };
        // The body follows the name, and its statements are not operations of this one.
        self.body_follows = body;
        self.write(word)
    }

    fn cte(&mut self, name: &'a str) {
        if self.ctes.len() < MAX_CTES {
            self.ctes.push(name);
        }
        self.level.expect = Expect::Nothing;
    }

    /// A name, with what qualifies it, where a target may stand.
    fn name(&mut self, first: Token<'a>, tokens: &mut Tokens<'a>) -> bool {
        match self.level.expect {
            Expect::CteName => {
                self.cte(first.text);
                return true;
            }
            Expect::Target | Expect::TargetNotList => {}
            Expect::Statement if self.outer.is_empty() && self.text.is_empty() => return false,
            _ => return true,
        }
        self.level.expect = Expect::Nothing;
        true
    }
}
