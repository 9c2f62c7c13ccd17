//! Whole modules.

#![allow(clippy::unused_self)]

use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[instrumented(
    kind = "client",
    exclude(plain, Till::count, deep::unheard, deep::Well::depth)
)]
mod shop {
    #![allow(dead_code)]

    use std::fmt;

    pub(super) const LIMIT: u32 = limit();

    pub(super) struct Till(pub(super) u32);

    impl Till {
        pub(super) fn count(&self) -> u32 {
            self.0
        }

        #[instrumented(name = "till open", kind = "internal")]
        pub(super) async fn open(&mut self) -> u32 {
            self.0 += plain() + deep::heard();
            self.count()
        }
    }

    impl<T, const N: usize> From<[T; N]> for Till
    where
        Till: Sized,
    {
        fn from(_: [T; N]) -> Self {
            Self(0)
        }
    }

    #[instrumented(skip)]
    impl fmt::Display for Till {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)
        }
    }

    pub(super) fn plain() -> u32 {
        1
    }

    pub(super) const fn limit() -> u32 {
        7
    }

    pub(super) trait Default {
        fn provided(&self) -> u32 {
            3
        }
    }

    impl Default for Till {}

    macro_rules! made {
        ($name:ident) => {
            pub(super) fn $name() {}
        };
    }
    made!(by_macro);

    pub(super) mod deep {
        pub(crate) struct Well;

        impl Well {
            pub(crate) fn depth(&self) {}
            pub(crate) fn water(&self) {}
        }

        pub(crate) fn heard() -> u32 {
            Well.depth();
            Well.water();
            unheard()
        }

        pub(crate) fn unheard() -> u32 {
            2
        }
    }

    #[instrumented(skip)]
    pub(super) mod quiet {
        pub(crate) fn whisper() {}
    }

    #[instrumented(kind = "producer")]
    pub(super) mod loud {
        pub(crate) fn shout() {}
    }

    #[cfg(test)]
    pub(super) mod tests {
        pub(crate) fn helper() {}
    }
}

#[tokio::test]
async fn functions_of_a_module_are_recorded_except_the_excluded() {
    use shop::Default;
    let capture = Capture::new();
    let work = async {
        let mut till = shop::Till::from([1, 2]);
        assert_eq!(till.open().await, 3);
        assert_eq!(till.to_string(), "3");
        assert_eq!((shop::plain(), shop::LIMIT, till.provided()), (1, 7, 3));
        shop::by_macro();
        shop::quiet::whisper();
        shop::loud::shout();
        shop::tests::helper();
    };
    capture.scope(work).await;
    assert_eq!(
        capture.tree_with(&["code.function.name"]),
        "from client code.function.name=behaviour::modules::shop::Till::from\n\
         till open internal code.function.name=behaviour::modules::shop::Till::open\n\
         \x20 heard client code.function.name=behaviour::modules::shop::deep::heard\n\
         \x20   water client code.function.name=behaviour::modules::shop::deep::Well::water\n\
         shout producer code.function.name=behaviour::modules::shop::loud::shout\n"
    );
}
