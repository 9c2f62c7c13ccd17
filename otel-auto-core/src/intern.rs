//! Texts that live as long as the program: routes and span names, of which there are few.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use arc_swap::ArcSwap;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Beyond this many nothing more is kept: whatever calls itself a route then is not one.
const MAX_TEXTS: usize = 4_096;

type Texts = HashSet<&'static str, FxBuildHasher>;
/// By where the two texts are, and the second's length: both live for ever.
type Names = FxHashMap<(usize, usize, usize), &'static str>;

static TEXTS: LazyLock<ArcSwap<Texts>> = LazyLock::new(ArcSwap::default);
static NAMES: LazyLock<ArcSwap<Names>> = LazyLock::new(ArcSwap::default);

/// The text, kept for ever and shared: for templates from the program's own text, such as routes.
///
/// `None` once too many different texts have been seen.
#[must_use]
pub fn intern(text: &str) -> Option<&'static str> {
    let texts = TEXTS.load();
    if let Some(known) = texts.get(text) {
        return Some(known);
    }
    if texts.len() >= MAX_TEXTS {
        return None;
    }
    drop(texts);
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    TEXTS.rcu(|texts| {
        let mut texts = Texts::clone(texts);
        texts.insert(kept);
        texts
    });
    // Another thread may have been first: all use whichever stayed.
    TEXTS.load().get(text).copied().or(Some(kept))
}

/// `{first} {second}`, formatted once for each pair.
pub(crate) fn joined(first: &'static str, second: &'static str) -> Cow<'static, str> {
    let key = (
        first.as_ptr() as usize,
        second.as_ptr() as usize,
        first.len() << 16 | second.len(),
    );
    let names = NAMES.load();
    if let Some(name) = names.get(&key) {
        return Cow::Borrowed(name);
    }
    let name = format!("{first} {second}");
    if names.len() >= MAX_TEXTS {
        return Cow::Owned(name);
    }
    drop(names);
    let Some(name) = intern(&name) else {
        return Cow::Owned(name);
    };
    NAMES.rcu(|names| {
        let mut names = Names::clone(names);
        names.insert(key, name);
        names
    });
    Cow::Borrowed(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_text() {
        let first = intern(&String::from("/interned/{id}")).expect("room");
        let second = intern(&String::from("/interned/{id}")).expect("room");
        assert!(std::ptr::eq(first, second));
    }

    #[test]
    fn a_name_is_formatted_once() {
        assert!(matches!(
            joined("GET", "/interned/name"),
            Cow::Borrowed("GET /interned/name")
        ));
        assert!(matches!(
            joined("GET", "/interned/name"),
            Cow::Borrowed("GET /interned/name")
        ));
    }
}
