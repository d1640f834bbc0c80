//! The gate for text and paths that come from outside: what passes is a type of its own.
//!
//! This is the only module that may touch the file system, and it only looks: whether a path lies
//! below an allowed root can be judged on the resolved path alone.

use std::fmt;
use std::path::{Path, PathBuf};

/// Text that may be shown: no control characters but line breaks and tabs, no `\r`, not too long.
///
/// ```
/// use stoat_ferret_core::sanitize::SafeText;
/// assert_eq!(SafeText::new("one\r\ntwo")?.as_str(), "one\ntwo");
/// assert!(SafeText::new("bell\u{7}").is_err());
/// # Ok::<(), stoat_ferret_core::sanitize::TextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SafeText(String);

/// Why a text cannot be shown. Positions count characters from zero.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// NUL ends a text early in the programs behind us; other control characters have no picture.
    #[error("the text holds the control character U+{:04X} at position {position}", u32::from(*.character))]
    ControlCharacter {
        /// The first such character.
        character: char,
        /// Where it stands.
        position: usize,
    },
    /// Longer than the limit.
    #[error("the text has {length} characters; at most {limit} are accepted")]
    TooLong {
        /// Its length in characters.
        length: usize,
        /// The limit in characters.
        limit: usize,
    },
}

impl TextError {
    /// What to do about it, as one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::ControlCharacter { .. } => "take it out; line breaks and tabs may stay".into(),
            Self::TooLong { .. } => "shorten it, or split it over several texts".into(),
        }
    }
}

impl SafeText {
    /// The longest text that [`SafeText::new`] accepts, in characters.
    pub const LIMIT: usize = 10_000;

    /// The text with its line breaks as `\n`.
    ///
    /// ```
    /// # use stoat_ferret_core::sanitize::SafeText;
    /// assert_eq!(SafeText::new("50% 'off': \\o/")?.as_str(), "50% 'off': \\o/");
    /// # Ok::<(), stoat_ferret_core::sanitize::TextError>(())
    /// ```
    ///
    /// # Errors
    /// [`TextError::ControlCharacter`] or [`TextError::TooLong`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        Self::with_limit(text, Self::LIMIT)
    }

    /// The same with a limit of one's own, in characters.
    ///
    /// ```
    /// # use stoat_ferret_core::sanitize::{SafeText, TextError};
    /// assert_eq!(SafeText::with_limit("abc", 2), Err(TextError::TooLong { length: 3, limit: 2 }));
    /// ```
    ///
    /// # Errors
    /// [`TextError::ControlCharacter`] or [`TextError::TooLong`].
    pub fn with_limit(text: &str, limit: usize) -> Result<Self, TextError> {
        // Both are told of the text as it was given, as a schema's `maxLength` counts.
        let length = text.chars().count();
        if length > limit {
            return Err(TextError::TooLong { length, limit });
        }
        let mut characters = text.chars().enumerate().peekable();
        while let Some((position, character)) = characters.next() {
            let breaks = character == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n');
            if character.is_control() && !breaks && !matches!(character, '\n' | '\t') {
                return Err(TextError::ControlCharacter { character, position });
            }
        }
        Ok(Self(text.replace("\r\n", "\n")))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, given away.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The resolved path of a regular file below an allowed root. Only [`ValidatedPath::new`] makes one.
///
/// It states how things stood when it was made. Who opens the file later opens it once, by descriptor,
/// and without following a link at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValidatedPath(PathBuf);

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathValidationError {
    /// There is nothing, or it may not be looked at.
    #[error("`{}` cannot be resolved: {reason}", .path.display())]
    CannotResolve {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It leads, perhaps through `..` or a link, to a place that is not allowed.
    #[error("`{}` lies outside of the allowed folders", .path.display())]
    OutsideAllowedRoots {
        /// The path as given.
        path: PathBuf,
        /// The allowed folders as given.
        allowed: Vec<PathBuf>,
    },
    /// A folder, device, pipe or socket.
    #[error("`{}` is no regular file", .path.display())]
    NotAFile {
        /// The path as given.
        path: PathBuf,
    },
}

impl PathValidationError {
    /// What to do about it, as one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::CannotResolve { .. } => "check that the file exists and may be read".into(),
            Self::OutsideAllowedRoots { allowed, .. } if allowed.is_empty() => {
                "allow a folder in the setting for media roots".into()
            }
            Self::OutsideAllowedRoots { allowed, .. } => {
                let folders: Vec<_> = allowed.iter().map(|root| root.display().to_string()).collect();
                format!("put the file below one of: {}", folders.join(", "))
            }
            Self::NotAFile { .. } => "name a file, not a folder or device".into(),
        }
    }
}

impl ValidatedPath {
    /// The regular file at `path`, if it lies below one of `roots` once both are resolved.
    /// A relative path is looked for below each root in turn, never in the working folder.
    ///
    /// ```
    /// use std::path::Path;
    /// use stoat_ferret_core::sanitize::{PathValidationError, ValidatedPath};
    /// let refused = ValidatedPath::new(Path::new("/nowhere/at/all.mp4"), &["/".into()]);
    /// assert!(matches!(refused, Err(PathValidationError::CannotResolve { .. })));
    /// ```
    ///
    /// # Errors
    /// The [`PathValidationError`] that applies.
    pub fn new(path: &Path, roots: &[PathBuf]) -> Result<Self, PathValidationError> {
        let outside = || PathValidationError::OutsideAllowedRoots {
            path: path.into(),
            allowed: roots.to_vec(),
        };
        if roots.is_empty() {
            return Err(outside());
        }
        let resolved = find(path, roots)?;
        let is_below = |root: &PathBuf| resolve(root).is_ok_and(|root| resolved.starts_with(root));
        if !roots.iter().any(is_below) {
            return Err(outside());
        }
        if !is_regular(&resolved) {
            return Err(PathValidationError::NotAFile { path: path.into() });
        }
        Ok(Self(resolved))
    }

    /// The resolved, absolute path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The resolved path, given away.
    #[must_use]
    pub fn into_path(self) -> PathBuf {
        self.0
    }
}

impl AsRef<Path> for ValidatedPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

fn find(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, PathValidationError> {
    let cannot = |reason: std::io::Error| PathValidationError::CannotResolve {
        path: path.into(),
        reason: reason.to_string(),
    };
    if path.is_absolute() {
        return resolve(path).map_err(cannot);
    }
    let mut last = Err(std::io::ErrorKind::NotFound.into());
    for root in roots.iter().filter(|root| root.is_absolute()) {
        last = resolve(&root.join(path));
        if last.is_ok() {
            break;
        }
    }
    last.map_err(cannot)
}

#[expect(
    clippy::disallowed_methods,
    reason = "where a link leads can only be asked of the file system"
)]
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    path.canonicalize()
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a path names can only be asked of the file system"
)]
fn is_regular(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_file())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests need files to judge")]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// A folder of its own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name = format!(
                "stoat-sanitize-{}-{}",
                std::process::id(),
                COUNT.fetch_add(1, Ordering::Relaxed)
            );
            let path = std::env::temp_dir().join(name);
            for folder in ["media/deep", "media-private"] {
                fs::create_dir_all(path.join(folder)).unwrap();
            }
            for file in [
                "media/a.mp4",
                "media/deep/b c:'d%.mp4",
                "media-private/secret.mp4",
            ] {
                fs::write(path.join(file), "x").unwrap();
            }
            Self(path)
        }

        fn judge(&self, path: impl AsRef<Path>) -> Result<ValidatedPath, PathValidationError> {
            ValidatedPath::new(path.as_ref(), &[self.0.join("media")])
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_below_a_root_pass_resolved() {
        let folder = Folder::new();
        let media = folder.0.join("media").canonicalize().unwrap();
        for (path, resolved) in [
            (folder.0.join("media/a.mp4"), "a.mp4"),
            (folder.0.join("media/deep/../a.mp4"), "a.mp4"),
            (PathBuf::from("a.mp4"), "a.mp4"),
            (PathBuf::from("deep/b c:'d%.mp4"), "deep/b c:'d%.mp4"),
        ] {
            assert_eq!(
                media.join(resolved),
                folder.judge(&path).unwrap().into_path(),
                "{path:?}"
            );
        }
    }

    #[test]
    fn what_leads_out_of_the_roots_is_refused() {
        let folder = Folder::new();
        for path in ["media/../media-private/secret.mp4", "media-private/secret.mp4"] {
            let error = folder.judge(folder.0.join(path)).unwrap_err();
            assert!(
                matches!(error, PathValidationError::OutsideAllowedRoots { .. }),
                "{path}: {error}"
            );
            assert!(error.hint().contains("media"));
        }
        assert!(matches!(
            folder.judge("../media-private/secret.mp4"),
            Err(PathValidationError::OutsideAllowedRoots { .. })
        ));
        assert!(matches!(
            ValidatedPath::new(&folder.0.join("media/a.mp4"), &[]),
            Err(PathValidationError::OutsideAllowedRoots { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_judged_by_where_it_leads() {
        let folder = Folder::new();
        let link =
            |to: &str, at: &str| std::os::unix::fs::symlink(folder.0.join(to), folder.0.join(at)).unwrap();
        link("media-private/secret.mp4", "media/out.mp4");
        link("media-private", "media/door");
        link("media/a.mp4", "media-private/in.mp4");
        link("media", "alias");
        for path in ["out.mp4", "door/secret.mp4"] {
            assert!(
                matches!(
                    folder.judge(path),
                    Err(PathValidationError::OutsideAllowedRoots { .. })
                ),
                "{path}"
            );
        }
        assert!(folder.judge(folder.0.join("media-private/in.mp4")).is_ok());
        assert!(ValidatedPath::new(&folder.0.join("media/a.mp4"), &[folder.0.join("alias")]).is_ok());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = Folder::new();
        assert!(matches!(
            folder.judge("deep"),
            Err(PathValidationError::NotAFile { .. })
        ));
        let device = ValidatedPath::new(Path::new("/dev/null"), &["/".into()]);
        assert!(matches!(
            device,
            Err(PathValidationError::NotAFile { .. } | PathValidationError::CannotResolve { .. })
        ));
        for path in [
            "none.mp4",
            "",
            "a\0.mp4",
            "http://example.com/a.mp4",
            "concat:a.mp4|a.mp4",
        ] {
            let error = folder.judge(path).unwrap_err();
            let is_refused = matches!(
                error,
                PathValidationError::CannotResolve { .. } | PathValidationError::NotAFile { .. }
            );
            assert!(is_refused && !error.hint().is_empty(), "{path:?}: {error}");
        }
    }

    #[test]
    fn control_characters_are_named() {
        for (text, character, position) in [
            ("a\0b", '\0', 1),
            ("\u{1b}[0m", '\u{1b}', 0),
            ("a\rb", '\r', 1),
            ("é\u{85}", '\u{85}', 1),
            ("\r\n\0", '\0', 2),
            ("\r\r\n", '\r', 0),
        ] {
            assert_eq!(
                Err(TextError::ControlCharacter { character, position }),
                SafeText::new(text)
            );
        }
        assert_eq!(
            "the text holds the control character U+0007 at position 0",
            SafeText::new("\u{7}").unwrap_err().to_string()
        );
    }

    #[test]
    fn length_counts_what_was_given() {
        assert_eq!(
            Err(TextError::TooLong { length: 3, limit: 2 }),
            SafeText::with_limit("a\r\n", 2)
        );
        assert_eq!("a\n", SafeText::with_limit("a\r\n", 3).unwrap().as_str());
    }

    proptest! {
        #[test]
        fn what_passes_holds_no_control_character(text in any::<String>()) {
            if let Ok(safe) = SafeText::new(&text) {
                prop_assert!(safe.as_str().chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
                prop_assert_eq!(Ok(safe.clone()), SafeText::new(safe.as_str()));
            }
        }

        #[test]
        fn printable_text_passes_unchanged(text in "\\PC*") {
            prop_assert_eq!(Ok(text.clone()), SafeText::new(&text).map(SafeText::into_string));
        }

        #[test]
        fn any_path_is_judged(path in any::<String>()) {
            let _ = ValidatedPath::new(Path::new(&path), &["/nowhere".into()]);
        }
    }
}
