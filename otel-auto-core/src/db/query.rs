//! What is recorded of a query's text, found again for texts that were seen before.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

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

/// Texts that are recorded as they are, and their summaries.
///
/// Nothing with a literal in it gets in: what is left is the program's own text, of which there is little, unless it
/// is put together at run time. So nothing is ever thrown out, and readers need no lock.
type Known = HashMap<Arc<str>, Option<&'static str>, FxBuildHasher>;

static KNOWN: [ArcSwapOption<Known>; 4] = [const { ArcSwapOption::const_empty() }; 4];

fn known(dialect: Dialect) -> Option<&'static ArcSwapOption<Known>> {
    KNOWN.get(match dialect {
        Dialect::PostgreSql => 0,
        Dialect::MySql => 1,
        Dialect::Sqlite => 2,
        Dialect::Unknown => 3,
    })
}

/// A text's summary, and the text as it is recorded, if that is asked for.
pub(super) fn described(
    query: &str,
    dialect: Dialect,
    sanitize: bool,
    text: bool,
) -> (Option<Bounded>, Option<Value>) {
    let slot = known(dialect);
    if let Some(known) = slot
        .map(ArcSwapOption::load)
        .as_deref()
        .and_then(Option::as_ref)
    {
        if let Some((text, summary)) = known.get_key_value(query) {
            let text = Value::String(StringValue::from(Arc::clone(text)));
            return (summary.map(Bounded::from), Some(text));
        }
    }
    let summary = sql::summary(query, dialect).map(interned);
    if !sanitize {
        let text = text.then(|| sql::cut(query, sql::MAX_TEXT).to_owned().into());
        return (summary, text);
    }
    // Where nothing is sampled no text is ever recorded: it is looked at for the summary's sake, while there is room.
    if !text && !slot.is_some_and(has_room) {
        return (summary, None);
    }
    let text = match sql::sanitize(query, dialect) {
        Cow::Borrowed(same) if same.len() == query.len() && same.len() <= MAX_LENGTH => {
            let same: Arc<str> = same.into();
            if let Some(slot) = slot {
                keep(slot, &same, summary.as_ref());
            }
            Value::String(StringValue::from(same))
        }
        text => text.into_owned().into(),
    };
    (summary, Some(text))
}

fn has_room(slot: &ArcSwapOption<Known>) -> bool {
    slot.load()
        .as_deref()
        .is_none_or(|known| known.len() < MAX_KNOWN)
}

#[cold]
fn keep(slot: &ArcSwapOption<Known>, text: &Arc<str>, summary: Option<&Bounded>) {
    let summary = match summary {
        Some(Bounded::Static(summary)) => Some(*summary),
        None => None,
        // There are too many of them already.
        Some(_) => return,
    };
    if !has_room(slot) {
        return;
    }
    slot.rcu(|known| {
        let mut known = known.as_deref().cloned().unwrap_or_default();
        if known.len() < MAX_KNOWN {
            known.insert(Arc::clone(text), summary);
        }
        Some(Arc::new(known))
    });
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
    use super::*;

    fn count(dialect: Dialect) -> usize {
        let known = known(dialect).and_then(ArcSwapOption::load_full);
        known.map_or(0, |known| known.len())
    }

    #[test]
    fn a_text_is_kept_for_its_summary_where_no_span_is_recorded() {
        let dialect = Dialect::PostgreSql;
        let query = "SELECT a FROM unrecorded WHERE b = $1";
        let is_known = || {
            let known = known(dialect).and_then(ArcSwapOption::load_full);
            known.is_some_and(|known| known.contains_key(query))
        };
        assert!(!is_known());
        let (summary, _) = described(query, dialect, true, false);
        assert_eq!(summary.map(Value::from), Some("SELECT unrecorded".into()));
        assert!(is_known());
    }

    #[test]
    fn a_text_with_literals_is_not_kept_and_the_others_only_while_there_is_room() {
        // A dialect that no other test of this crate records queries of.
        let dialect = Dialect::MySql;
        let described = |query: &str| described(query, dialect, true, true);
        for number in 0..100 {
            described(&format!("SELECT a FROM t WHERE b = {number}"));
            described(&format!("SELECT a FROM t WHERE b = '{number}'"));
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
    }
}
