//! Shapes of functions on which expansions break.

use std::{collections::HashMap, fmt::Debug, pin::Pin};

use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[instrumented(crate = crate::renamed)]
fn elsewhere() {}

struct Holder<T, const N: usize> {
    items: [T; N],
    index: HashMap<u32, T>,
}

impl<T, const N: usize> Holder<T, N>
where
    T: Clone + Debug,
{
    #[instrumented]
    fn first_mut(&mut self) -> Option<&mut T> {
        if let Some(first) = self.items.first_mut() {
            return Some(first);
        }
        None
    }

    #[instrumented]
    fn entry(&mut self, key: u32, default: T) -> &mut T {
        self.index.entry(key).or_insert(default)
    }

    #[instrumented]
    fn pinned(self: Pin<&mut Self>) -> usize {
        self.items.len()
    }

    #[instrumented]
    fn boxed(self: Box<Self>) -> Box<dyn Iterator<Item = T> + 'static>
    where
        T: 'static,
    {
        Box::new(self.items.into_iter())
    }

    #[instrumented]
    async fn get<'a, 'b: 'a>(&'a self, other: &'b [T]) -> &'a [T] {
        if other.is_empty() { &self.items } else { other }
    }
}

#[instrumented]
fn mutable(mut values: Vec<u32>, (a, mut b): (u32, u32), [c, ..]: [u32; 2], _: u8) -> Vec<u32> {
    b += c;
    values.push(a + b);
    values
}

#[instrumented]
fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() > b.len() { a } else { b }
}

#[instrumented]
fn lines(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.lines()
}

#[instrumented]
fn fallible_lines(text: &str) -> Result<impl Iterator<Item = &str>, std::num::ParseIntError> {
    let _: u32 = text.parse()?;
    Ok(text.lines())
}

#[instrumented]
async fn nested_impl(n: u32) -> Result<impl Fn() -> u32 + Send, std::fmt::Error> {
    if n == 0 {
        return Err(std::fmt::Error);
    }
    Ok(move || n)
}

#[instrumented]
fn takes_impl(f: impl FnOnce(u32) -> u32, shown: &dyn Debug) -> u32 {
    let _ = shown;
    f(1)
}

#[instrumented]
fn factorial(n: u64) -> u64 {
    if n < 2 { 1 } else { n * factorial(n - 1) }
}

#[instrumented]
extern "C" fn exported(n: u32) -> u32 {
    n + 1
}

#[instrumented]
fn diverges(message: &str) -> ! {
    panic!("{message}")
}

#[instrumented]
fn r#match(r#type: u32) -> u32 {
    #![allow(unused_variables)]
    let unused = 1;
    r#type
}

#[instrumented]
fn labelled(values: &[u32]) -> Option<u32> {
    'outer: for value in values {
        for n in 0..*value {
            if n < 7 {
                continue 'outer;
            }
        }
        return Some(*value);
    }
    None
}

macro_rules! made {
    ($name:ident, $result:ty, $value:expr) => {
        #[instrumented]
        fn $name() -> $result {
            $value
        }
    };
}

made!(made_by_macro, Result<u8, std::fmt::Error>, Ok(1));

#[test]
fn borrowed_returns_work() {
    let capture = Capture::new();
    let mut holder = Holder {
        items: [1, 2],
        index: HashMap::new(),
    };
    capture.in_scope(|| {
        *holder.first_mut().unwrap() = 7;
        *holder.entry(1, 5) += 1;
        assert_eq!(holder.index[&1], 6);
        assert_eq!(Pin::new(&mut holder).pinned(), 2);
        assert_eq!(Box::new(holder).boxed().collect::<Vec<_>>(), [7, 2]);
        assert_eq!(longest("ab", "c"), "ab");
    });
    assert_eq!(capture.spans().len(), 5);
}

#[tokio::test]
async fn asynchronous_borrowed_returns_work() {
    let capture = Capture::new();
    let holder = Holder {
        items: [1, 2],
        index: HashMap::new(),
    };
    assert_eq!(capture.scope(holder.get(&[])).await, [1, 2]);
    assert_eq!(capture.scope(nested_impl(2)).await.map(|f| f()), Ok(2));
    assert!(capture.scope(nested_impl(0)).await.is_err());
    assert_eq!(
        capture.tree(),
        "get internal\nnested_impl internal\nnested_impl internal error\n"
    );
}

#[test]
fn patterns_and_mutable_arguments_work() {
    let capture = Capture::new();
    assert_eq!(
        capture.in_scope(|| mutable(vec![1], (1, 2), [3, 4], 0)),
        [1, 6]
    );
    assert_eq!(capture.in_scope(|| labelled(&[1, 0])), Some(0));
    assert_eq!(capture.spans().len(), 2);
}

#[test]
fn impl_trait_works() {
    let capture = Capture::new();
    capture.in_scope(|| {
        assert_eq!(lines("a\nb").clone().count(), 2);
        assert_eq!(fallible_lines("1").unwrap().count(), 1);
        assert!(fallible_lines("a").is_err());
        assert_eq!(takes_impl(|n| n + 1, &()), 2);
    });
    assert_eq!(
        capture.tree(),
        "lines internal\nfallible_lines internal\nfallible_lines internal error\ntakes_impl internal\n"
    );
}

#[test]
fn recursion_nests() {
    let capture = Capture::new();
    assert_eq!(capture.in_scope(|| factorial(3)), 6);
    assert_eq!(
        capture.tree(),
        "factorial internal\n  factorial internal\n    factorial internal\n"
    );
}

#[test]
fn qualified_and_raw_functions_work() {
    let capture = Capture::new();
    capture.in_scope(|| {
        elsewhere();
        assert_eq!(exported(1), 2);
        assert_eq!(r#match(1), 1);
        assert_eq!(made_by_macro(), Ok(1));
    });
    assert_eq!(
        capture.tree_with(&["code.function.name"]),
        "elsewhere internal code.function.name=behaviour::shapes::elsewhere\n\
         exported internal code.function.name=behaviour::shapes::exported\n\
         match internal code.function.name=behaviour::shapes::match\n\
         made_by_macro internal code.function.name=behaviour::shapes::made_by_macro\n"
    );
}

#[test]
fn function_that_never_returns_ends_by_its_panic() {
    let capture = Capture::new();
    let run = || capture.in_scope(|| diverges("over"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "diverges internal error error.type=panic\n"
    );
}
