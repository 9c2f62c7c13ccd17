//! The rules, side by side.

use otel_auto_testing::conformance::{Report, Strength};

/// A table in Markdown: for each rule that anybody breaks, in how many cases each does.
pub(crate) fn table(reports: &[(&str, Report)]) -> String {
    let mut rules: Vec<(Strength, String)> = Vec::new();
    for (_, report) in reports {
        for (strength, rule, _) in report.rules() {
            if !rules.contains(&(strength, rule.clone())) {
                rules.push((strength, rule));
            }
        }
    }
    rules.sort();
    let mut out = String::from("| | rule, and in how many cases it is broken |");
    for (name, _) in reports {
        out += &format!(" {name} |");
    }
    out += &format!("\n|---|---|{}\n", "--:|".repeat(reports.len()));
    let counts: Vec<_> = reports.iter().map(|(_, report)| report.rules()).collect();
    for (strength, rule) in &rules {
        out += &format!("| {strength} | {rule} |");
        for counts in &counts {
            let count = counts
                .iter()
                .find(|(of, known, _)| (of, known) == (strength, rule))
                .map_or(0, |(_, _, count)| *count);
            out += &match count {
                0 => " |".to_owned(),
                _ => format!(" {count} |"),
            };
        }
        out += "\n";
    }
    for strength in [Strength::Must, Strength::Should, Strength::Kit] {
        out += &format!("| **{strength}** | **kinds of rules that are broken** |");
        for counts in &counts {
            let kinds = counts.iter().filter(|(of, ..)| *of == strength).count();
            out += &format!(" **{kinds}** |");
        }
        out += "\n";
    }
    out += "| | cases that were run |";
    for (_, report) in reports {
        let ran = report.cases().iter().filter(|case| case.lacking.is_none());
        out += &format!(" {} |", ran.count());
    }
    out + "\n"
}
