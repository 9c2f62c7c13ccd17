//! The keywords that sanitising and summarising must know, and no others.

/// Whether `word` is one of `words` (upper case), whatever its case.
pub(super) fn is_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Constants that count as literals in a list of literals.
pub(super) const CONSTANTS: &[&str] = &["TRUE", "FALSE", "NULL", "DEFAULT"];

/// A name follows, never a value.
pub(super) const BEFORE_NAME: &[&str] = &["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "AS"];

/// Pragmas of SQLite's encryption: what they are set to is no less secret without quotes.
pub(super) const KEYS: &[&str] = &["KEY", "REKEY", "HEXKEY", "HEXREKEY", "TEXTKEY", "TEXTREKEY"];

/// A value follows, so that a sign belongs to it.
pub(super) const BEFORE_VALUE: &[&str] = &[
    "SELECT",
    "DISTINCT",
    "ALL",
    "WHERE",
    "ON",
    "HAVING",
    "AND",
    "OR",
    "XOR",
    "NOT",
    "BETWEEN",
    "LIKE",
    "IN",
    "IS",
    "LIMIT",
    "OFFSET",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "RETURN",
    "RETURNING",
    "BY",
    "WITH",
    "TO",
    "FROM",
    "DEFAULT",
    "INTERVAL",
    "TOP",
    "FIRST",
    "NEXT",
];

/// What a statement's first word says about the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// `SELECT`, `VALUES`: reads from what `FROM` names.
    Query,
    /// The target follows, then perhaps others and queries.
    Change,
    /// `CREATE`, `ALTER`, `DROP`: the kind of thing follows, then its name.
    Define,
    /// One or more targets follow, and nothing else of interest.
    Name,
    /// A second keyword follows, and nothing else of interest.
    Pair,
    /// Nothing of interest follows.
    Alone,
    /// Another statement follows.
    Prefix,
}

/// The role of a statement's first word, `None` for words that start no statement.
pub(super) fn verb(word: &str) -> Option<Verb> {
    const VERBS: &[(Verb, &[&str])] = &[
        (Verb::Query, &["SELECT", "VALUES"]),
        (
            Verb::Change,
            &["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "UPSERT"],
        ),
        (Verb::Define, &["CREATE", "ALTER", "DROP"]),
        (
            Verb::Name,
            &[
                "TRUNCATE", "CALL", "EXEC", "EXECUTE", "PRAGMA", "SET", "SHOW", "COPY", "USE",
                "DESCRIBE", "DESC", "VACUUM", "ANALYZE", "REINDEX", "OPTIMIZE", "REFRESH", "LOCK",
                "RENAME", "TABLE", "RESET", "CLUSTER",
            ],
        ),
        (Verb::Pair, &["START", "DISCARD", "LOAD"]),
        (
            Verb::Alone,
            &[
                "BEGIN",
                "COMMIT",
                "ROLLBACK",
                "END",
                "ABORT",
                "SAVEPOINT",
                "RELEASE",
                "GRANT",
                "REVOKE",
                "DO",
                "LISTEN",
                "UNLISTEN",
                "NOTIFY",
                "DECLARE",
                "FETCH",
                "CLOSE",
                "PREPARE",
                "DEALLOCATE",
                "ATTACH",
                "DETACH",
                "CHECKPOINT",
                "COMMENT",
                "UNLOCK",
                "FLUSH",
                "KILL",
                "CHECK",
                "REPAIR",
                "HANDLER",
                "XA",
            ],
        ),
        (Verb::Prefix, &["EXPLAIN"]),
    ];
    VERBS
        .iter()
        .find(|(_, words)| is_any(word, words))
        .map(|&(verb, _)| verb)
}

/// What can be created, altered and dropped.
pub(super) const OBJECTS: &[&str] = &[
    "TABLE",
    "INDEX",
    "VIEW",
    "SEQUENCE",
    "DATABASE",
    "SCHEMA",
    "FUNCTION",
    "PROCEDURE",
    "PROC",
    "TRIGGER",
    "TYPE",
    "DOMAIN",
    "EXTENSION",
    "ROLE",
    "USER",
    "POLICY",
    "RULE",
    "EVENT",
    "SERVER",
    "TABLESPACE",
    "PUBLICATION",
    "SUBSCRIPTION",
    "COLLATION",
    "AGGREGATE",
    "LANGUAGE",
    "STATISTICS",
    "SYNONYM",
    "LOGIN",
    "PACKAGE",
    "ROUTINE",
];

/// What may hold other statements, separated by `;`, up to the end of the text.
pub(super) const WITH_BODY: &[&str] = &[
    "TRIGGER",
    "PROCEDURE",
    "PROC",
    "FUNCTION",
    "EVENT",
    "PACKAGE",
    "RULE",
];

/// Stands between `FROM` or `JOIN` and a table.
pub(super) const BEFORE_TABLE: &[&str] = &["ONLY", "LATERAL"];

/// Stands between `INSERT`, `UPDATE`, `DELETE` or `MERGE` and a table.
pub(super) const BEFORE_CHANGED: &[&str] = &[
    "INTO",
    "FROM",
    "ONLY",
    "IGNORE",
    "LOW_PRIORITY",
    "HIGH_PRIORITY",
    "DELAYED",
    "QUICK",
    "OR",
    "REPLACE",
    "ROLLBACK",
    "ABORT",
    "FAIL",
    "OVERWRITE",
];

/// Stands between the kind of a thing and its name, which an index may lack.
pub(super) const BEFORE_DEFINED: &[&str] = &["IF", "NOT", "EXISTS", "CONCURRENTLY", "ONLY", "ON"];

/// Stands between any other operation and its target.
pub(super) const BEFORE_NAMED: &[&str] = &[
    "SESSION",
    "LOCAL",
    "GLOBAL",
    "PERSIST",
    "FULL",
    "EXTENDED",
    "VERBOSE",
    "FREEZE",
    "ANALYZE",
    "ONLY",
    "IF",
    "EXISTS",
    "CONCURRENTLY",
    "NO_WRITE_TO_BINLOG",
];

/// Operations whose target's kind is part of the operation, as in `TRUNCATE TABLE`.
pub(super) const WITH_KIND: &[&str] = &[
    "TRUNCATE", "LOCK", "RENAME", "OPTIMIZE", "REFRESH", "REINDEX", "ANALYZE",
];

/// The kinds for [`WITH_KIND`].
pub(super) const KINDS: &[&str] = &[
    "TABLE",
    "TABLES",
    "MATERIALIZED",
    "VIEW",
    "INDEX",
    "SCHEMA",
    "DATABASE",
];

/// Ends a list of tables.
pub(super) const AFTER_TABLES: &[&str] = &[
    "WHERE",
    "SET",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "WINDOW",
    "QUALIFY",
    "RETURNING",
    "VALUES",
    "WHEN",
    "UPDATE",
    "DO",
    "INTO",
    "PROCEDURE",
    "CONNECT",
    "START",
    "OPTION",
];

/// Joins queries into one.
pub(super) const SET_OPERATORS: &[&str] = &["UNION", "INTERSECT", "EXCEPT", "MINUS"];
