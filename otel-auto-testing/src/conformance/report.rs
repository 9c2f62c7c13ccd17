//! What came of a suite.

use std::fmt;

use super::{Strength, Violation};

/// What came of each case of a suite.
#[derive(Debug, Clone, Default)]
#[must_use = "a report says nothing unless it is looked at"]
pub struct Report {
    pub(super) cases: Vec<CaseReport>,
}

/// What came of one case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseReport {
    /// What was done, as a sentence.
    pub name: &'static str,
    /// The feature that it needs and that is not there: the case was left out.
    pub lacking: Option<&'static str>,
    /// All rules that the telemetry of this case broke.
    pub violations: Vec<Violation>,
}

impl Report {
    /// The cases in the order in which they ran.
    #[must_use]
    pub fn cases(&self) -> &[CaseReport] {
        &self.cases
    }

    /// The rules that were broken, with their strength and in how many cases; the strongest first.
    #[must_use]
    pub fn rules(&self) -> Vec<(Strength, String, usize)> {
        let mut rules: Vec<(Strength, String, usize)> = Vec::new();
        for case in &self.cases {
            let mut seen: Vec<&str> = Vec::new();
            for violation in &case.violations {
                if seen.contains(&violation.rule.as_str()) {
                    continue;
                }
                seen.push(&violation.rule);
                match rules.iter_mut().find(|(strength, rule, _)| {
                    (*strength, rule) == (violation.strength, &violation.rule)
                }) {
                    Some((_, _, count)) => *count += 1,
                    None => rules.push((violation.strength, violation.rule.clone(), 1)),
                }
            }
        }
        rules.sort();
        rules
    }

    /// # Panics
    ///
    /// If any rule was broken, with all of them in its message; or if no case ran.
    #[track_caller]
    #[allow(clippy::panic)]
    pub fn assert_conforms(&self) {
        let ran = self.cases.iter().filter(|case| case.lacking.is_none());
        assert!(ran.count() > 0, "no case ran");
        let broken = self
            .cases
            .iter()
            .filter(|case| !case.violations.is_empty())
            .count();
        assert!(broken == 0, "{broken} cases do not conform:\n{self}");
    }
}

/// The cases that broke a rule or were left out, each with its violations on a line of their own.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            if let Some(lacking) = case.lacking {
                writeln!(f, "{}: left out, there is no {lacking}", case.name)?;
            }
            if case.violations.is_empty() {
                continue;
            }
            writeln!(f, "{}:", case.name)?;
            for violation in &case.violations {
                writeln!(f, "  {violation}")?;
            }
        }
        Ok(())
    }
}
