//! A long chain of calls, each in the future of the one before, compiles with the default `recursion_limit`. Bare
//! functions come to about 30; this chain must not have to become shorter.

extern crate self as otel_auto;

#[path = "support/private.rs"]
pub mod __private;

use otel_auto_macros::instrumented;

macro_rules! chain {
    ($first:ident) => {
        #[instrumented]
        async fn $first() -> Result<u32, std::fmt::Error> {
            tokio::task::yield_now().await;
            Ok(1)
        }
    };
    ($first:ident $next:ident $($rest:ident)*) => {
        #[instrumented]
        async fn $first() -> Result<u32, std::fmt::Error> {
            Ok($next().await? + 1)
        }
        chain!($next $($rest)*);
    };
}

chain!(f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23);

#[tokio::test]
async fn chain_of_calls_is_send_and_nests() {
    let capture = otel_auto_testing::Capture::new();
    assert_eq!(tokio::spawn(capture.scope(f0())).await.ok(), Some(Ok(24)));
    assert_eq!(capture.spans().len(), 24);
}
