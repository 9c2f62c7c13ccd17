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
    summarise(sql, dialect, MAX_SUMMARY)
}

/// The summary of what a batch's operations share: [`summary`] behind `BATCH `, or `BATCH` alone. No longer than
/// [`MAX_SUMMARY`] either.
///
/// ```
/// use otel_auto_core::sql::{Dialect, batch_summary};
///
/// let query = "INSERT INTO orders VALUES ($1, $2)";
/// assert_eq!(batch_summary(query, Dialect::PostgreSql), "BATCH INSERT orders");
/// ```
#[must_use]
pub fn batch_summary(sql: &str, dialect: Dialect) -> String {
    const BATCH: &str = "BATCH";
    match summarise(sql, dialect, MAX_SUMMARY - BATCH.len() - 1) {
        Some(summary) => format!("{BATCH} {summary}"),
        None => BATCH.to_owned(),
    }
}

fn summarise(sql: &str, dialect: Dialect, limit: usize) -> Option<String> {
    let mut tokens = Tokens::new(sql, dialect);
    let mut summary = Summary {
        limit,
        ..Summary::default()
    };
    while let Some(token) = tokens.next() {
        if token.is_blank() {
            continue;
        }
        if !summary.token(token, &mut tokens) || token.kind == Kind::Hidden {
            break;
        }
        summary.after_distinct = token.is_word("DISTINCT");
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
    /// A target, but not a parenthesis, which would hold the columns of a join.
    BareTarget,
    ObjectKind,
    /// The second keyword of the operation.
    Pair,
    CteName,
}

/// One nesting level of parentheses.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    expect: Expect,
    /// Words to pass over in front of a target.
    before: &'static [&'static str],
    /// `FROM` names tables here, as it does not in `EXTRACT(YEAR FROM ..)`.
    query: bool,
    /// A `SELECT` may follow the target: `INSERT INTO .. SELECT`, `CREATE TABLE .. AS SELECT`.
    may_select: bool,
    /// `USING` names tables here, as in `DELETE` and `MERGE`.
    using_tables: bool,
    /// A comma is followed by another target.
    tables: bool,
    /// A comma is followed by another common table expression.
    ctes: bool,
    /// The kind of the target is part of the operation.
    kind: bool,
    /// Behind `EXPLAIN`: options, then a statement. Behind `DESCRIBE`: the same, or a target.
    explain: bool,
    after: After,
}

/// What comes behind the first target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum After {
    #[default]
    Clauses,
    /// Nothing of interest up to the next `;`.
    Skip,
    /// A body with statements of its own, up to the end.
    Stop,
}

#[derive(Debug, Default)]
struct Summary<'a> {
    text: String,
    /// The most characters of it.
    limit: usize,
    characters: usize,
    level: Level,
    outer: Vec<Level>,
    /// Open parentheses beyond [`MAX_DEPTH`].
    too_deep: usize,
    ctes: Vec<&'a str>,
    /// Behind `UNION`: the `SELECT` that follows was named already.
    joined: bool,
    /// What is joined are the rows of `VALUES`.
    values: bool,
    /// `IS DISTINCT FROM` names no table.
    after_distinct: bool,
    skipping: bool,
}

impl<'a> Summary<'a> {
    /// Takes one token. False when the summary is complete.
    fn token(&mut self, token: Token<'a>, tokens: &mut Tokens<'a>) -> bool {
        match token.kind {
            Kind::Symbol => self.symbol(token.text),
            _ if self.skipping || self.too_deep > 0 => {}
            Kind::Word => return self.word(token, tokens),
            Kind::Name | Kind::NameOrText => return self.name(token, tokens),
            _ => self.no_target(),
        }
        true
    }

    fn symbol(&mut self, symbol: &str) {
        match symbol {
            ";" if self.outer.is_empty() => self.next_statement(),
            "(" => self.open(),
            ")" => self.close(),
            _ if self.skipping || self.too_deep > 0 => {}
            "," if self.level.ctes => self.level.expect = Expect::CteName,
            "," if self.level.tables => self.level.expect = Expect::Target,
            _ => self.no_target(),
        }
    }

    /// What stands here is no target, nor does it start a statement.
    fn no_target(&mut self) {
        let waits = match self.level.expect {
            Expect::ObjectKind => true,
            Expect::Statement => self.outer.is_empty(),
            _ => false,
        };
        if !waits {
            self.level.expect = Expect::Nothing;
        }
    }

    fn next_statement(&mut self) {
        self.level = Level::default();
        self.ctes.clear();
        self.joined = false;
        self.skipping = false;
    }

    fn open(&mut self) {
        if self.outer.len() >= MAX_DEPTH {
            self.too_deep += 1;
            return;
        }
        let mut inner = Level::default();
        if self.level.expect == Expect::Target && self.level.query {
            // `FROM (a JOIN b)`, or a query in place of a table.
            inner = Level {
                expect: Expect::Target,
                before: words::BEFORE_TABLE,
                query: true,
                tables: true,
                ..inner
            };
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
        match self.level.expect {
            Expect::Statement => return self.statement(word),
            Expect::ObjectKind => return self.object_kind(word),
            Expect::Pair => {
                self.skipping = true;
                return self.write(word);
            }
            Expect::CteName if is_any(word, &["RECURSIVE"]) => {}
            Expect::CteName => self.cte(word),
            Expect::Target
                if self.level.query
                    && !self.outer.is_empty()
                    && is_any(word, &["SELECT", "WITH", "VALUES"]) =>
            {
                self.level = Level::default();
                return self.statement(word);
            }
            Expect::Target if self.level.explain && starts_query(word) => {
                self.level = Level {
                    explain: true,
                    ..Level::default()
                };
                return self.statement(word);
            }
            Expect::Target | Expect::BareTarget if is_any(word, self.level.before) => {}
            Expect::Target if self.level.kind && is_any(word, words::KINDS) => {
                return self.write(word);
            }
            Expect::Target | Expect::BareTarget => return self.name(token, tokens),
            Expect::Nothing => return self.clause(word),
        }
        true
    }

    /// A word where a statement may start.
    fn statement(&mut self, word: &str) -> bool {
        if is_any(word, words::SET_OPERATORS) {
            return self.clause(word);
        }
        if is_any(word, &["WITH"]) {
            self.level.expect = Expect::CteName;
            self.level.ctes = true;
            return true;
        }
        self.values = is_any(word, &["VALUES"]) || (self.values && self.joined);
        let found = verb(word).filter(|found| match self.outer.last() {
            // In parentheses: a query, or what a common table expression may do besides.
            Some(outer) => is_any(word, &["SELECT"]) || (outer.ctes && *found == Verb::Change),
            None if self.level.explain => {
                matches!(found, Verb::Query | Verb::Change | Verb::Define)
            }
            None => true,
        });
        match found {
            Some(found) => self.begin(word, found),
            None if self.text.is_empty() && self.outer.is_empty() => false,
            None => {
                // Options of `EXPLAIN` and the `ALL` of `UNION ALL` come first.
                if !self.level.explain && !self.joined {
                    self.level.expect = Expect::Nothing;
                }
                true
            }
        }
    }

    /// A word in the middle of a statement.
    fn clause(&mut self, word: &str) -> bool {
        let level = &mut self.level;
        if is_any(word, words::SET_OPERATORS) {
            level.tables = false;
            level.expect = Expect::Statement;
            self.joined = true;
        } else if level.ctes || level.may_select {
            match verb(word) {
                Some(Verb::Query) if is_any(word, &["SELECT"]) => {
                    return self.begin(word, Verb::Query);
                }
                Some(Verb::Change) if level.ctes && !level.may_select => {
                    return self.begin(word, Verb::Change);
                }
                _ if is_any(word, &["WITH"]) => {
                    level.expect = Expect::CteName;
                    level.ctes = true;
                }
                _ => {}
            }
        } else if !level.query || is_any(word, words::AFTER_TABLES) {
            level.tables = false;
        } else if is_any(word, &["JOIN"])
            // Else it is an option of `SELECT`.
            || (is_any(word, &["STRAIGHT_JOIN"]) && level.tables)
            || (is_any(word, &["FROM"]) && !self.after_distinct)
        {
            level.expect = Expect::Target;
            level.tables = true;
        } else if level.using_tables && is_any(word, &["USING"]) {
            // `MERGE .. USING (SELECT ..)` needs no target either: the query names its own.
            level.expect = Expect::BareTarget;
            level.tables = true;
        }
        true
    }

    /// An operation.
    fn begin(&mut self, word: &str, verb: Verb) -> bool {
        let values = std::mem::take(&mut self.values);
        let repeated = std::mem::take(&mut self.joined) && is_any(word, &["SELECT"]) && !values;
        self.values = is_any(word, &["VALUES"]);
        let level = Level::default();
        self.level = match verb {
            Verb::Query => Level {
                expect: Expect::Nothing,
                query: true,
                before: words::BEFORE_TABLE,
                ..level
            },
            Verb::Change => Level {
                expect: Expect::Target,
                before: words::BEFORE_CHANGED,
                query: true,
                may_select: is_any(word, &["INSERT", "REPLACE", "UPSERT"]),
                using_tables: is_any(word, &["DELETE", "MERGE"]),
                tables: is_any(word, &["UPDATE", "DELETE"]),
                ..level
            },
            Verb::Define => Level {
                expect: Expect::ObjectKind,
                tables: is_any(word, &["DROP"]),
                ..level
            },
            Verb::Name => Level {
                expect: Expect::Target,
                before: words::BEFORE_NAMED,
                tables: is_any(word, &["TRUNCATE"]),
                kind: is_any(word, words::WITH_KIND),
                explain: is_any(word, &["DESCRIBE", "DESC"]),
                after: if is_any(word, &["TRUNCATE"]) {
                    After::Clauses
                } else {
                    After::Skip
                },
                ..level
            },
            Verb::Pair => Level {
                expect: Expect::Pair,
                ..level
            },
            Verb::Prefix => Level {
                explain: true,
                ..level
            },
            Verb::Alone => {
                self.skipping = true;
                level
            }
        };
        repeated || self.write(word)
    }

    fn object_kind(&mut self, word: &str) -> bool {
        if !is_any(word, words::OBJECTS) {
            return true;
        }
        let drops = self.level.tables;
        let table = is_any(word, &["TABLE"]);
        self.level = Level {
            expect: Expect::Target,
            before: words::BEFORE_DEFINED,
            tables: drops,
            may_select: table && !drops && self.creates(),
            after: match () {
                () if drops => After::Clauses,
                () if is_any(word, words::WITH_BODY) => After::Stop,
                () if table && self.creates() => After::Clauses,
                () => After::Skip,
            },
            ..Level::default()
        };
        self.write(word)
    }

    fn creates(&self) -> bool {
        self.text
            .rsplit(' ')
            .next()
            .is_some_and(|word| is_any(word, &["CREATE"]))
    }

    fn cte(&mut self, name: &'a str) {
        if self.ctes.len() < MAX_CTES {
            self.ctes.push(name);
        }
        self.level.expect = Expect::Nothing;
    }

    /// A name, which counts where a target may stand.
    fn name(&mut self, first: Token<'a>, tokens: &mut Tokens<'a>) -> bool {
        match self.level.expect {
            Expect::CteName => self.cte(first.text),
            Expect::Target | Expect::BareTarget => return self.target(first, tokens),
            Expect::Statement => self.no_target(),
            _ => {}
        }
        true
    }

    /// A name with what qualifies it.
    fn target(&mut self, first: Token<'a>, tokens: &mut Tokens<'a>) -> bool {
        let mut ahead = tokens.clone();
        while ahead.next().is_some_and(|dot| dot.is_symbol("."))
            && ahead
                .next()
                .is_some_and(|part| matches!(part.kind, Kind::Word | Kind::Name | Kind::NameOrText))
        {
            *tokens = ahead.clone();
        }
        self.level.expect = Expect::Nothing;
        self.level.kind = false;
        if self.level.query {
            self.level.before = words::BEFORE_TABLE;
        }
        let name = tokens.since(first.start);
        if self
            .ctes
            .iter()
            .any(|cte| bare(cte).eq_ignore_ascii_case(bare(name)))
        {
            return true;
        }
        self.skipping = self.level.after == After::Skip;
        self.write(name) && self.level.after != After::Stop
    }

    /// Appends a word. False when it does not fit.
    fn write(&mut self, word: &str) -> bool {
        let gap = usize::from(!self.text.is_empty());
        // Characters, not bytes: but what has more bytes than four times the limit need not be counted.
        let length = if word.len() > 4 * MAX_SUMMARY {
            word.len()
        } else {
            word.chars().count()
        };
        if self.characters + gap + length > self.limit {
            return false;
        }
        if gap > 0 {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.characters += gap + length;
        true
    }
}

/// Whether a word behind `DESCRIBE` is no table.
fn starts_query(word: &str) -> bool {
    is_any(word, &["WITH", "FORMAT"]) || matches!(verb(word), Some(Verb::Query | Verb::Change))
}

/// A name without its quotes.
fn bare(name: &str) -> &str {
    name.trim_matches(['"', '`', '[', ']'])
}
