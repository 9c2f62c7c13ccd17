//! What the assertions expand to, and waiting where a thread must not be blocked.

use std::future::Future;

use crate::{
    Capture, ExpectedLog, ExpectedMetric, ExpectedSpan, LogView, Points, SpanView,
    expect::{LEGEND, lines, report},
    tree,
};

#[allow(clippy::must_use_candidate)] // an assertion is use enough
impl Capture {
    /// Ready when every span that has started has ended.
    ///
    /// It blocks no thread, and works in any runtime. What will only be started later is not waited for: see
    /// [`wait_for_span`](Self::wait_for_span).
    ///
    /// # Panics
    ///
    /// If that takes longer than 5 seconds, or what [`patience`](crate::CaptureBuilder::patience) says.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let capture = self.clone();
        let ended = self
            .store()
            .until(self.patience, |seen| seen.open.is_empty().then_some(()));
        async move {
            if ended.await.is_none() {
                fail(&format!(
                    "spans have not ended within {:?}: {:?}\n",
                    capture.patience,
                    capture.open()
                ));
            }
        }
    }

    /// Ready when a span of this name has ended, be it already: for work that nobody waits for otherwise.
    ///
    /// It blocks no thread, and works in any runtime.
    ///
    /// # Panics
    ///
    /// If that takes longer than 5 seconds, or what [`patience`](crate::CaptureBuilder::patience) says.
    pub fn wait_for_span(&self, name: &str) -> impl Future<Output = SpanView> + Send + use<> {
        let (capture, expected) = (self.clone(), ExpectedSpan::new(name));
        let name = name.to_owned();
        let found = self.store().until(self.patience, move |seen| {
            let found = seen.ended.iter().find(|span| span.name == name);
            found.cloned().map(SpanView::from)
        });
        async move {
            match found.await {
                Some(span) => span,
                None => fail(&expected.find(&capture).err().unwrap_or_default()),
            }
        }
    }

    /// [`assert_span!`](crate::assert_span), for an expectation that was made by hand.
    ///
    /// # Panics
    ///
    /// As it.
    #[track_caller]
    pub fn expect_span(&self, expected: &ExpectedSpan) -> SpanView {
        let found = self.store().look(self.patience, || expected.find(self));
        found.unwrap_or_else(|problem| fail(&problem))
    }

    /// Asserts that there is no span of this name, ended or open.
    ///
    /// # Panics
    ///
    /// If there is one. The message draws all spans.
    #[track_caller]
    pub fn expect_no_span(&self, name: &str) {
        let ended = self.spans().iter().filter(|span| span.name == name).count();
        let open = self.open().iter().filter(|open| *open == name).count();
        if ended + open > 0 {
            let all = report::spans(self);
            fail(&format!(
                "{} spans named {name:?}, not none\n{all}",
                ended + open
            ));
        }
    }

    /// [`assert_metric!`](crate::assert_metric), for an expectation that was made by hand.
    ///
    /// # Panics
    ///
    /// As it.
    #[track_caller]
    pub fn expect_metric(&self, expected: &ExpectedMetric) -> Points {
        let found = self.store().look(self.patience, || expected.find(self));
        found.unwrap_or_else(|problem| fail(&problem))
    }

    /// [`assert_log!`](crate::assert_log), for an expectation that was made by hand.
    ///
    /// # Panics
    ///
    /// As it.
    #[track_caller]
    pub fn expect_log(&self, expected: &ExpectedLog) -> LogView {
        let found = self.store().look(self.patience, || expected.find(self));
        found.unwrap_or_else(|problem| fail(&problem))
    }

    /// [`assert_tree!`](crate::assert_tree): the tree with these attributes.
    ///
    /// # Panics
    ///
    /// As it.
    #[track_caller]
    pub fn expect_tree(&self, keys: &[&str], expected: &str) {
        let expected = unindented(expected);
        let compared = self.store().look(self.patience, || {
            let captured = tree::forest(&self.spans(), keys);
            let captured = tree::text(&tree::arrange(captured, &expected));
            if captured == expected {
                return Ok(());
            }
            let differences = lines(&expected, &captured);
            Err(format!(
                "the spans are another tree:\n\n{differences}{LEGEND}{}",
                report::open(self)
            ))
        });
        compared.unwrap_or_else(|problem| fail(&problem));
    }
}

/// Without the indentation that all lines have, and without empty lines before and after.
fn unindented(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = lines().map(indentation).min().unwrap_or_default();
    let mut out = String::new();
    for line in lines() {
        out.push_str(line.get(common..).unwrap_or_default().trim_end());
        out.push('\n');
    }
    out
}

#[track_caller]
#[allow(clippy::panic)]
fn fail(problem: &str) -> ! {
    panic!("{}", problem.trim_end())
}
