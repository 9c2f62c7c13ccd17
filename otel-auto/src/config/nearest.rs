//! The word that was meant.

/// The candidate that is nearest to the word, if no more than `most` letters are wrong.
pub(crate) fn to(
    word: &str,
    candidates: impl Iterator<Item = &'static str>,
    most: usize,
) -> Option<&'static str> {
    let (distance, nearest) = candidates
        .map(|candidate| (between(word, candidate), candidate))
        .min()?;
    (distance <= most).then_some(nearest)
}

/// The number of letters to insert, remove, replace or swap with their neighbour.
fn between(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut current = Vec::with_capacity(last.len());
        current.push(row + 1);
        for (column, b) in other.iter().enumerate() {
            let at = |line: &[usize], back: usize| {
                (column + 1)
                    .checked_sub(back)
                    .and_then(|column| line.get(column))
                    .copied()
                    .unwrap_or(usize::MAX - 1)
            };
            let replaced = at(&last, 1) + usize::from(a != b);
            let mut least = replaced.min(at(&last, 0) + 1).min(at(&current, 1) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(b)
                && other.get(column - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, 2) + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn letters_are_inserted_removed_replaced_and_swapped() {
        for (one, other, distance) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("abc", "ab", 1),
            ("abc", "bc", 1),
            ("abc", "acb", 1),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(between(one, other), distance, "{one} {other}");
        }
    }
}
