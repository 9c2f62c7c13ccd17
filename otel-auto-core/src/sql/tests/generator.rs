//! Queries of every dialect, grown from a seed, whose literals all carry a mark.

use std::fmt::Write;

use crate::sql::Dialect::{self, MySql, PostgreSql, Sqlite};

/// In every string and comment.
pub(super) const TEXT_MARK: &str = "secret";
/// In every number.
pub(super) const NUMBER_MARK: &str = "7731";
/// The last word of every query: it is kept only if every literal before it ended where it should.
pub(super) const LAST_WORD: &str = "lastword";

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

pub(super) struct Generator {
    pub(super) random: Random,
    dialect: Dialect,
    sql: String,
}

impl Generator {
    pub(super) fn query(seed: u64, dialect: Dialect) -> String {
        let mut generator = Self {
            random: Random::new(seed),
            dialect,
            sql: String::new(),
        };
        generator.space();
        for _ in 0..generator.random.below(2) {
            generator.statement(2);
            generator.put(";");
        }
        generator.statement(2);
        generator.word("RETURNING");
        generator.put(LAST_WORD);
        generator.sql
    }

    fn put(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    /// A keyword, with something blank on both sides.
    fn word(&mut self, word: &str) {
        self.space();
        self.put(word);
        self.space();
    }

    fn space(&mut self) {
        let noise = self.noise();
        let space = match self.random.below(8) {
            0 => "\n".to_owned(),
            1 => "\t \r\n".to_owned(),
            2 => format!(
                " -- {TEXT_MARK} {NUMBER_MARK} {}\n",
                noise.replace('\n', "")
            ),
            3 => format!(
                " /* {TEXT_MARK} {NUMBER_MARK} {} */ ",
                noise.replace("*/", "").replace("/*", "")
            ),
            4 if self.dialect == PostgreSql => {
                format!(" /* a /* {TEXT_MARK} */ ' {NUMBER_MARK} */")
            }
            4 if self.dialect == MySql => format!(" # {TEXT_MARK} {}\n", noise.replace('\n', "")),
            5 if self.dialect == MySql => format!(" /*!40101 '{TEXT_MARK}' */ "),
            _ => " ".to_owned(),
        };
        self.put(&space);
    }

    /// Text that would do harm outside of quotes.
    fn noise(&mut self) -> String {
        let parts = [
            "'", "\"", "`", "--", "/*", "*/", "#", ";", "\n", "[", "]", "é", "(", ")", " FROM ",
            "$", "?", "",
        ];
        (0..self.random.below(4))
            .map(|_| self.random.pick(&parts))
            .collect()
    }

    /// Marked text in `quote`s.
    fn quoted(&mut self, quote: &str, backslash: bool) -> String {
        let mut inner = String::new();
        for _ in 0..=self.random.below(3) {
            let noise = self.noise().replace(quote, &quote.repeat(2));
            let special = match self.random.below(4) {
                0 if backslash => format!("\\{quote}"),
                1 if backslash => "\\\\".to_owned(),
                0 | 1 => "\\".to_owned(),
                _ => String::new(),
            };
            write!(inner, "{noise}{TEXT_MARK}{special}").unwrap();
        }
        format!("{quote}{inner}{quote}")
    }

    fn value(&mut self) {
        let dialect = self.dialect;
        let text = match self.random.below(15) {
            0 => format!("-{NUMBER_MARK}.5e-3"),
            1 => format!("0x{NUMBER_MARK}AF"),
            2 => format!(".{NUMBER_MARK}"),
            3 => format!("1_{NUMBER_MARK}E+{NUMBER_MARK}"),
            4 => NUMBER_MARK.to_owned(),
            5 => self
                .random
                .pick(&["?", "$1", ":name", "@name", "NULL", "TRUE"])
                .to_owned(),
            6 => {
                let prefix = self.random.pick(&["N", "X", "b", "DATE ", "interval "]);
                prefix.to_owned() + &self.quoted("'", dialect == MySql)
            }
            7 if dialect == PostgreSql => "E".to_owned() + &self.quoted("'", true),
            8 if dialect == PostgreSql => {
                let tag = self.random.pick(&["$$", "$q$", "$Tag_1$"]);
                format!(
                    "{tag}{TEXT_MARK} {} {NUMBER_MARK} {tag}",
                    self.noise().replace('$', "")
                )
            }
            7 | 8 if dialect == MySql => self.quoted("\"", true),
            7 | 8 if dialect == Sqlite => self.quoted("\"", false),
            9 => self.special(),
            10 => {
                // Nothing between them.
                let sign = self.random.pick(&["", "-", "--1", "/**/", "*", "::", "."]);
                let sign = if sign == "--1" && dialect != MySql {
                    ""
                } else {
                    sign
                };
                format!("{NUMBER_MARK}{sign}") + &self.quoted("'", dialect == MySql) + NUMBER_MARK
            }
            _ => self.quoted("'", dialect == MySql),
        };
        self.put(&text);
    }

    /// A literal as only some write it.
    fn special(&mut self) -> String {
        let plain = self.quoted("'", self.dialect == MySql);
        let number = self
            .random
            .pick(&["0o", "0B1", "0X", "1e", "1_", "00", "5."]);
        let anywhere = [
            format!("{number}{NUMBER_MARK}"),
            format!("{NUMBER_MARK}."),
            format!("TIMESTAMP WITH TIME ZONE {plain}"),
            format!("{{ts {plain}}}"),
            format!("CASE WHEN {plain} THEN -{NUMBER_MARK} ELSE +{NUMBER_MARK} END"),
            format!("CAST({plain} AS text)"),
            format!("(({NUMBER_MARK}))"),
            format!("f({plain},{NUMBER_MARK},{plain})"),
        ];
        let own = match self.dialect {
            PostgreSql => [
                format!("U&{plain} UESCAPE '!'"),
                format!("{plain}::jsonb #>> {plain}"),
                format!("j ? {plain}"),
                format!("j @> {plain}::text[]"),
            ],
            MySql => [
                format!("_utf8mb4{plain}"),
                format!("j->>{plain}"),
                format!("@{plain}"),
                format!("INTERVAL {NUMBER_MARK} DAY"),
            ],
            _ => [
                format!("j->>{plain}"),
                format!("x{plain}"),
                format!("{plain} COLLATE nocase"),
                format!("glob({plain})"),
            ],
        };
        let at = self.random.below(anywhere.len() + own.len());
        let all = anywhere.iter().chain(&own);
        all.skip(at).map(Clone::clone).next().unwrap_or_default()
    }

    fn values(&mut self) {
        self.put("(");
        self.value();
        for _ in 0..self.random.below(4) {
            let comma = self.random.pick(&[",", ", ", " ,\n"]);
            self.put(comma);
            self.value();
        }
        self.put(")");
    }

    /// A quoted name may hold what would do harm outside of its quotes.
    fn name(&mut self) {
        let noise = self.noise();
        let quoted =
            |quote: &str| format!("{quote}a{}{quote}", noise.replace(quote, &quote.repeat(2)));
        let text = match (self.random.below(6), self.dialect) {
            (0, PostgreSql) => quoted("\""),
            (0, MySql | Sqlite) => quoted("`"),
            (1, Sqlite) => format!("[a{}]", noise.replace(']', "")),
            (2, _) => "s.t".to_owned(),
            (3, _) => "größe".to_owned(),
            _ => self
                .random
                .pick(&["c3po", "orders", "x_1", "users$"])
                .to_owned(),
        };
        self.put(&text);
    }

    fn condition(&mut self, depth: usize) {
        self.name();
        match self.random.below(6) {
            0 => {
                self.word("IN");
                self.values();
            }
            1 if depth > 0 => {
                self.word("IN");
                self.put("(");
                self.select(depth - 1);
                self.put(")");
            }
            2 => {
                self.word("BETWEEN");
                self.value();
                self.word("AND");
                self.value();
            }
            3 => {
                self.put(" = f(");
                self.value();
                self.put(" || ");
                self.value();
                self.put(")");
            }
            _ => {
                let operator = self.random.pick(&["=", " = ", "<", "<>", " - ", "+"]);
                self.put(operator);
                self.value();
            }
        }
    }

    fn conditions(&mut self, depth: usize) {
        self.word("WHERE");
        self.condition(depth);
        for _ in 0..self.random.below(3) {
            self.word("AND");
            self.condition(depth);
        }
    }

    fn select(&mut self, depth: usize) {
        if depth > 0 && self.random.below(5) == 0 {
            self.word("WITH");
            self.put("cte AS (");
            self.select(depth - 1);
            self.put(")");
        }
        self.word("SELECT");
        self.value();
        self.put(", ");
        self.name();
        self.word("FROM");
        self.name();
        if self.random.below(2) == 0 {
            self.word("JOIN");
            self.name();
            self.word("ON");
            self.condition(depth);
        }
        self.conditions(depth);
        if depth > 0 && self.random.below(5) == 0 {
            self.word("UNION");
            self.select(depth - 1);
        }
        self.word("LIMIT");
        self.put(NUMBER_MARK);
    }

    fn statement(&mut self, depth: usize) {
        match self.random.below(7) {
            3 => self.definition(depth),
            4 => {
                let verb = self.random.pick(&["CALL", "EXEC", "EXECUTE"]);
                self.word(verb);
                self.name();
                self.values();
            }
            5 => {
                self.word("MERGE INTO");
                self.name();
                self.word("USING");
                self.name();
                self.word("ON");
                self.condition(depth);
                self.word("WHEN MATCHED THEN UPDATE SET");
                self.condition(0);
            }
            0 => {
                self.word("INSERT INTO");
                self.name();
                self.word("VALUES");
                self.values();
                for _ in 0..self.random.below(3) {
                    self.put(", ");
                    self.values();
                }
            }
            1 => {
                self.word("UPDATE");
                self.name();
                self.word("SET");
                self.condition(0);
                self.put(",");
                self.condition(0);
                self.conditions(depth);
            }
            2 => {
                self.word("DELETE FROM");
                self.name();
                self.conditions(depth);
            }
            _ => self.select(depth),
        }
    }

    fn definition(&mut self, depth: usize) {
        match self.random.below(3) {
            0 => {
                self.word("CREATE TABLE");
                self.name();
                self.put(&format!(" (a varchar({NUMBER_MARK}) DEFAULT "));
                self.value();
                self.put(", CHECK (");
                self.condition(0);
                self.put("))");
            }
            1 => {
                self.word("CREATE VIEW");
                self.name();
                self.word("AS");
                self.select(depth);
            }
            _ => {
                self.word("ALTER TABLE");
                self.name();
                self.word("ADD COLUMN a INT DEFAULT");
                self.value();
            }
        }
    }
}
