//! One check of a diagnosis: a title, and what was found.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    title: &'static str,
    findings: Vec<(Verdict, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Neither right nor wrong.
    Note,
    Problem,
}

impl Check {
    pub(super) fn new(title: &'static str) -> Self {
        Self {
            title,
            findings: Vec::new(),
        }
    }

    pub(super) fn good(&mut self, text: impl Into<String>) {
        self.findings.push((Verdict::Good, text.into()));
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.findings.push((Verdict::Note, text.into()));
    }

    /// With its fix.
    pub(super) fn problem(&mut self, text: impl Into<String>) {
        self.findings.push((Verdict::Problem, text.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn problems(&self) -> usize {
        let problems = self.findings.iter();
        problems
            .filter(|(verdict, _)| *verdict == Verdict::Problem)
            .count()
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.title)?;
        for (verdict, text) in &self.findings {
            let mark = match verdict {
                Verdict::Good => '✔',
                Verdict::Note => '·',
                Verdict::Problem => '✘',
            };
            // What comes from outside must not draw on the terminal.
            let text: String = text
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            write!(f, "\n    {mark} {text}")?;
        }
        Ok(())
    }
}
