//! `process.*`. Arguments are never read: they may hold secrets.

use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::resource::{
    PROCESS_COMMAND, PROCESS_CREATION_TIME, PROCESS_EXECUTABLE_NAME, PROCESS_OWNER, PROCESS_PID,
    PROCESS_RUNTIME_NAME,
};

use super::files::Files;

pub(super) fn detect(files: &Files, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new(PROCESS_PID, i64::from(std::process::id())));
    attributes.push(KeyValue::new(PROCESS_RUNTIME_NAME, "rustc"));
    attributes.extend(executable_name().map(|name| KeyValue::new(PROCESS_EXECUTABLE_NAME, name)));
    attributes.extend(command().map(|command| KeyValue::new(PROCESS_COMMAND, command)));
    attributes.extend(creation_time(files).map(|time| KeyValue::new(PROCESS_CREATION_TIME, time)));
    attributes.extend(owner(files).map(|owner| KeyValue::new(PROCESS_OWNER, owner)));
}

/// The last part of the executable's path.
pub(crate) fn executable_name() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    let name = path.file_name()?.to_string_lossy();
    // Linux says so when the file was replaced while it runs, as a deployment does.
    let name = name.strip_suffix(" (deleted)").unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_owned())
}

fn command() -> Option<String> {
    let command = std::env::args_os().next()?;
    let command = command.to_string_lossy();
    (!command.is_empty()).then(|| command.into_owned())
}

/// Boot time and the process's start after it, from `/proc`.
fn creation_time(files: &Files) -> Option<String> {
    /// The kernel's unit for user space; it is 100 a second on every architecture that Rust supports there.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = files.read("/proc/self/stat")?;
    // The second field is the executable's name in brackets, and may itself hold blanks and brackets.
    let (_, after_name) = stat.rsplit_once(')')?;
    let ticks: u64 = after_name.split_whitespace().nth(19)?.parse().ok()?;
    let boot: u64 = files
        .read("/proc/stat")?
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()?;
    let millis = boot
        .checked_mul(1000)?
        .checked_add(ticks.checked_mul(1000)? / TICKS_PER_SECOND)?;
    Some(iso_8601(millis))
}

/// In UTC, by the proleptic Gregorian calendar, whose pattern repeats every 400 years.
fn iso_8601(millis: u64) -> String {
    const DAY: u64 = 86_400_000;
    let (days, rest) = (millis / DAY, millis % DAY);
    // Counted from 1 March of year 0, so that the leap day is a year's last.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The name of the effective user, from local files only: a name service could block.
fn owner(files: &Files) -> Option<String> {
    let status = files.read("/proc/self/status")?;
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    let effective = ids.split_whitespace().nth(1)?;
    files.read("/etc/passwd")?.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id == effective).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601_in_utc() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_000, "2024-02-29T23:59:59.000Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_735_689_599_250, "2024-12-31T23:59:59.250Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso_8601(millis), text);
        }
    }

    #[test]
    fn an_executable_has_a_name_without_folders() {
        assert!(executable_name().is_some_and(|name| !name.contains('/')));
    }
}
