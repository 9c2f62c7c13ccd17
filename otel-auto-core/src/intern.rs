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

/// Where a router keeps its text, and the text interned.
type Routes = FxHashMap<(usize, usize), &'static str>;

static ROUTES: LazyLock<ArcSwap<Routes>> = LazyLock::new(ArcSwap::default);

/// The same for a route's template that a router keeps at one place as long as it lives: found by that place, and
/// compared, since another router may come to keep another there.
#[must_use]
pub fn intern_route(text: &str) -> Option<&'static str> {
    let place = (text.as_ptr() as usize, text.len());
    if let Some(known) = ROUTES.load().get(&place).filter(|known| **known == text) {
        return Some(known);
    }
    let kept = intern(text)?;
    if ROUTES.load().len() < MAX_TEXTS {
        ROUTES.rcu(|routes| {
            let mut routes = Routes::clone(routes);
            routes.insert(place, kept);
            routes
        });
    }
    Some(kept)
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
    fn a_route_is_what_stands_there_now() {
        let mut text = String::from("/interned/a");
        let first = intern_route(&text).expect("room");
        assert!(std::ptr::eq(first, intern_route(&text).expect("room")));
        text.replace_range(10.., "b");
        assert_eq!(intern_route(&text), Some("/interned/b"));
        assert_eq!(first, "/interned/a");
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
