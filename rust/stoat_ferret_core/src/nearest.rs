//! The nearest known name to one that is not known: every "did you mean" of the core asks here.

/// The name of `known` that is closest to `name`, or `None` when nothing is close enough to be a likely slip.
///
/// Case, `_`, `-` and spaces do not count. One edit in three letters is close enough.
///
/// ```
/// use stoat_ferret_core::nearest::nearest;
///
/// assert_eq!(nearest("disolve", ["fade", "dissolve"]), Some("dissolve"));
/// assert_eq!(nearest("Wipe_Left", ["wipeleft", "wiperight"]), Some("wipeleft"));
/// assert_eq!(nearest("zebra", ["fade", "dissolve"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    known
        .into_iter()
        .map(|candidate| (edits(&wanted, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for a name that is not known: the nearest known one, or all of them.
///
/// ```
/// use stoat_ferret_core::nearest::suggestion;
///
/// assert_eq!(suggestion("disolve", ["fade", "dissolve"]), "did you mean `dissolve`?");
/// assert_eq!(suggestion("zebra", ["in", "out"]), "use one of in, out");
/// ```
#[must_use]
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("use one of {}", known.join(", ")),
    }
}

fn folded(name: &str) -> Vec<char> {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

/// Levenshtein distance, one row at a time.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (done, a) in from.iter().enumerate() {
        let mut diagonal = done;
        let mut left = done + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (b, above) in to.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != b)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_name_is_what_was_meant() {
        let names = ["fontsize", "fontcolor", "start", "duration"];
        for (written, meant) in [
            ("font_size", Some("fontsize")),
            ("fontsiez", Some("fontsize")),
            ("FontColour", Some("fontcolor")),
            ("strat", Some("start")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(meant, nearest(written, names), "{written}");
        }
    }

    #[test]
    fn distance_counts_single_edits() {
        for (a, b, distance) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("fade", "fade", 0),
        ] {
            assert_eq!(distance, edits(&folded(a), &folded(b)), "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_zero_only_for_equals(a in "[a-c]{0,6}", b in "[a-c]{0,6}") {
            let (x, y) = (folded(&a), folded(&b));
            prop_assert_eq!(edits(&x, &y), edits(&y, &x));
            prop_assert_eq!(a == b, edits(&x, &y) == 0);
        }

        #[test]
        fn any_name_has_an_answer(name in any::<String>()) {
            let _ = nearest(&name, ["fade", "", "ß"]);
        }
    }
}
