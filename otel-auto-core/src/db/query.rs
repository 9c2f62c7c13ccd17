//! What is recorded of a query's text, found again for texts that were seen before.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use opentelemetry::{StringValue, Value};
use rustc_hash::FxBuildHasher;

use crate::{
    Bounded,
    sql::{self, Dialect},
};

/// Beyond this many texts of a dialect no other is kept.
const MAX_KNOWN: usize = 512;
/// Longer texts are not kept.
const MAX_LENGTH: usize = 2 * 1024;
/// After so many texts that found no room all are forgotten.
const MAX_MISSED: usize = 8 * MAX_KNOWN;

/// Texts as the program sends them, and what is recorded of each.
///
/// Nothing with a literal in it gets in: what is left is the program's own text, of which there is little, unless it
/// is put together at run time, as lists and rows of parameters are. Such texts fill the room and are hardly seen
/// again, so that once in a while all starts anew: what is used all the time is back at once. Readers need no lock.
type Texts = HashMap<Arc<str>, Recorded, FxBuildHasher>;

#[derive(Debug, Clone)]
struct Recorded {
    summary: Option<&'static str>,
    text: Arc<str>,
}

struct Known {
    texts: ArcSwapOption<Texts>,
    missed: AtomicUsize,
}

static KNOWN: [Known; 4] = [const {
    Known {
        texts: ArcSwapOption::const_empty(),
        missed: AtomicUsize::new(0),
    }
}; 4];

fn known(dialect: Dialect) -> &'static Known {
    let [postgresql, mysql, sqlite, unknown] = &KNOWN;
    match dialect {
        Dialect::PostgreSql => postgresql,
        Dialect::MySql => mysql,
        Dialect::Sqlite => sqlite,
        Dialect::Unknown => unknown,
    }
}

/// A text's summary, and the text as it is recorded, if that is asked for.
pub(super) fn described(
    query: &str,
    dialect: Dialect,
    sanitize: bool,
    text: bool,
) -> (Option<Bounded>, Option<Value>) {
    let known = known(dialect);
    if let Some(texts) = known.texts.load().as_deref() {
        if let Some((sent, recorded)) = texts.get_key_value(query) {
            let text = Arc::clone(if sanitize { &recorded.text } else { sent });
            let text = Value::String(StringValue::from(text));
            return (recorded.summary.map(Bounded::from), Some(text));
        }
    }
    let summary = sql::summary(query, dialect).map(interned);
    if !sanitize {
        let text = text.then(|| sql::cut(query, sql::MAX_TEXT).to_owned().into());
        return (summary, text);
    }
    let fits = query.len() <= MAX_LENGTH;
    let room = fits && known.has_room();
    // Where nothing is sampled no text is ever recorded: it is looked at for the summary's sake, while there is room.
    if !text && !room {
        return (summary, None);
    }
    let (text, literals) = sql::sanitized(query, dialect);
    let text: Arc<str> = text.into();
    match (literals, room) {
        (false, true) => known.keep(query, &text, summary.as_ref()),
        (false, false) if fits => known.miss(),
        _ => {}
    }
    (summary, Some(Value::String(text.into())))
}

impl Known {
    fn has_room(&self) -> bool {
        let texts = self.texts.load();
        texts.as_deref().is_none_or(|texts| texts.len() < MAX_KNOWN)
    }

    /// A text that found no room.
    fn miss(&self) {
        if self.missed.fetch_add(1, Ordering::Relaxed) >= MAX_MISSED {
            self.missed.store(0, Ordering::Relaxed);
            self.texts.store(None);
        }
    }

    #[cold]
    fn keep(&self, query: &str, text: &Arc<str>, summary: Option<&Bounded>) {
        let summary = match summary {
            Some(Bounded::Static(summary)) => Some(*summary),
            None => None,
            // There are too many of them already.
            Some(_) => return,
        };
        let sent = if **text == *query {
            Arc::clone(text)
        } else {
            query.into()
        };
        let recorded = Recorded {
            summary,
            text: Arc::clone(text),
        };
        self.texts.rcu(|texts| {
            let mut texts = texts.as_deref().cloned().unwrap_or_default();
            if texts.len() < MAX_KNOWN {
                texts.insert(Arc::clone(&sent), recorded.clone());
            }
            Some(Arc::new(texts))
        });
    }
}

/// The summary of a batch.
pub(super) fn batch_summary(query: &str, dialect: Dialect) -> Bounded {
    interned(sql::batch_summary(query, dialect))
}

fn interned(summary: String) -> Bounded {
    crate::intern(&summary).map_or_else(|| summary.into(), Bounded::from)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn is_known(dialect: Dialect, query: &str) -> bool {
        let texts = known(dialect).texts.load_full();
        texts.is_some_and(|texts| texts.contains_key(query))
    }

    fn count(dialect: Dialect) -> usize {
        let texts = known(dialect).texts.load_full();
        texts.map_or(0, |texts| texts.len())
    }

    #[test]
    fn a_text_is_kept_for_its_summary_where_no_span_is_recorded() {
        let dialect = Dialect::PostgreSql;
        let query = "SELECT a FROM unrecorded WHERE b = $1";
        assert!(!is_known(dialect, query));
        let (summary, _) = described(query, dialect, true, false);
        assert_eq!(summary.map(Value::from), Some("SELECT unrecorded".into()));
        assert!(is_known(dialect, query));
    }

    #[test]
    fn a_text_that_changes_is_kept_with_what_it_becomes() {
        let dialect = Dialect::PostgreSql;
        let query = "SELECT a -- why\nFROM changes WHERE b IN ($1, $2)";
        for _ in 0..2 {
            let (_, text) = described(query, dialect, true, true);
            let expected = "SELECT a \nFROM changes WHERE b IN (?)";
            assert_eq!(text, Some(expected.into()));
            assert!(is_known(dialect, query));
        }
        let (_, text) = described(query, dialect, false, true);
        assert_eq!(text, Some(query.into()));
    }

    #[test]
    fn a_text_with_literals_is_not_kept_and_the_others_only_while_there_is_room() {
        // A dialect that no other test of this crate records queries of.
        let dialect = Dialect::MySql;
        let described = |query: &str| described(query, dialect, true, true);
        for number in 0..100 {
            described(&format!("SELECT a FROM t WHERE b = {number}"));
            described(&format!("SELECT a FROM t WHERE b = '{number}'"));
            described(&format!("SELECT a FROM t WHERE b IN (?, {number})"));
        }
        described(&format!("SELECT a, {}", "b, ".repeat(MAX_LENGTH)));
        assert_eq!(count(dialect), 0);
        for number in 0..2 * MAX_KNOWN {
            let query = format!("SELECT a{number} FROM t WHERE b = ?");
            for _ in 0..2 {
                let (summary, text) = described(&query);
                assert_eq!(summary.map(Value::from), Some("SELECT t".into()));
                assert_eq!(text, Some(query.clone().into()));
            }
        }
        assert_eq!(count(dialect), MAX_KNOWN);

        // Room is made for what is asked all the time, and what is sent once does not take it for ever.
        let every_day = "SELECT a FROM every_day WHERE b = ?";
        let mut found = 0;
        let mut texts = HashSet::new();
        for number in 0..100_000 {
            let list = "?, ".repeat(number % 300);
            let sent = format!("SELECT a{} FROM t WHERE b IN ({list}?)", number / 300);
            let (summary, text) = described(&sent);
            assert_eq!(summary.map(Value::from), Some("SELECT t".into()));
            texts.insert(text.map(|text| text.to_string()));
            found += usize::from(is_known(dialect, every_day));
            described(every_day);
            assert!(count(dialect) <= MAX_KNOWN);
        }
        // One parameter, or a list.
        assert_eq!(texts.len(), 100_000_usize.div_ceil(300));
        assert!(found > 90_000, "{found}");
    }
}
