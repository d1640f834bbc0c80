//! The list of problem codes and the codes that the sources use are the same.
#![expect(
    clippy::disallowed_methods,
    reason = "it reads the sources of the crate, which is no core's work"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stoat_ferret_core::problem::codes;

/// Names of files that a plan writes: they have the form of a code.
const FILES: [&str; 4] = ["gif.gif", "webp.webp", "palette.png", "index.mpd"];

/// Every text of the sources that has the form of a code, apart from comments, tests and the list itself.
fn used(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            used(&path, found);
        }
        let name = entry.file_name();
        if name == "problem.rs" || name == "tests.rs" {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap_or_default();
        for line in source
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let texts = line.split('"').skip(1).step_by(2);
            found.extend(texts.filter(|text| is_code(text)).map(str::to_owned));
        }
    }
}

fn is_code(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    text.split_once('.')
        .is_some_and(|(area, kind)| word(area) && word(kind))
        && !FILES.contains(&text)
}

#[test]
fn the_list_holds_exactly_the_codes_that_the_sources_use() {
    let mut found = BTreeSet::new();
    used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let listed: BTreeSet<String> = codes().iter().map(|(code, _)| (*code).to_owned()).collect();
    let unlisted: Vec<_> = found.difference(&listed).collect();
    let unused: Vec<_> = listed.difference(&found).collect();
    assert!(
        unlisted.is_empty() && unused.is_empty(),
        "not listed: {unlisted:?}, not used: {unused:?}"
    );
}

#[test]
fn the_list_is_sorted_and_says_what_every_code_means() {
    assert!(codes().is_sorted_by(|(one, _), (other, _)| one < other));
    for (code, meaning) in codes() {
        assert!(is_code(code), "{code}");
        assert!(
            meaning.len() > 10 && meaning.ends_with('.') && !meaning.contains('\n'),
            "{code}: {meaning}"
        );
    }
}
