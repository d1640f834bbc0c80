//! Problems: refusals as data, in one shape everywhere.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::nearest::nearest;

/// One thing that is wrong, where it is, and how to mend it.
///
/// ```
/// use stoat_ferret_core::problem::Problem;
/// let problem = Problem::new("effect.unknown", "/tracks/0/clips/0/effects/0/type", "there is no effect `blurr`")
///     .hint("did you mean `blur`?")
///     .allowed(["blur", "crop"]);
/// assert_eq!(
///     serde_json::to_string(&problem)?,
///     r#"{"code":"effect.unknown","path":"/tracks/0/clips/0/effects/0/type","message":"there is no effect `blurr`","hint":"did you mean `blur`?","allowed":["blur","crop"]}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable name of the kind of problem, `area.kind`; the reference lists all of them.
    pub code: Cow<'static, str>,
    /// JSON pointer into the document; empty for the whole.
    pub path: String,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// What to do about it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// What would be accepted, where that is a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<String>>,
    /// Ready-made edits, each of which removes the problem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
}

/// Edits that remove a problem, ready to be posted back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// What the fix does, to be read on a button.
    pub title: String,
    /// The edits, in the shape that the edits route takes.
    pub edits: Vec<Value>,
}

impl Problem {
    /// A problem of kind `code` at the JSON pointer `path`.
    ///
    /// ```
    /// # use stoat_ferret_core::problem::Problem;
    /// assert_eq!(Problem::new("document.missing", "/tracks", "`tracks` is missing").path, "/tracks");
    /// ```
    #[must_use]
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            path: path.into(),
            message: message.into(),
            hint: String::new(),
            allowed: None,
            fixes: Vec::new(),
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same with what would be accepted.
    #[must_use]
    pub fn allowed<S: Into<String>>(mut self, allowed: impl IntoIterator<Item = S>) -> Self {
        self.allowed = Some(allowed.into_iter().map(Into::into).collect());
        self
    }

    /// The same with one more fix.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<Value>) -> Self {
        self.fixes.push(Fix {
            title: title.into(),
            edits,
        });
        self
    }

    /// The same, found below `prefix`: for a part that was checked on its own.
    ///
    /// ```
    /// # use stoat_ferret_core::problem::Problem;
    /// let problem = Problem::new("document.out_of_range", "/params/fontsize", "`fontsize` must be at least 1");
    /// assert_eq!(problem.under("/tracks/0").path, "/tracks/0/params/fontsize");
    /// ```
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }

    /// A problem about a name that is not among `candidates`: it lists them and suggests the nearest.
    ///
    /// ```
    /// # use stoat_ferret_core::problem::Problem;
    /// let problem = Problem::unknown_name("effect.unknown", "/type", "effect", "blurr", &["blur", "crop"]);
    /// assert_eq!(problem.hint, "did you mean `blur`?");
    /// ```
    #[must_use]
    pub fn unknown_name(
        code: impl Into<Cow<'static, str>>,
        path: impl Into<String>,
        what: &str,
        name: &str,
        candidates: &[&str],
    ) -> Self {
        let problem = Self::new(code, path, format!("there is no {what} `{name}`"));
        let hint = match nearest(name, candidates.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => format!("use one of: {}", candidates.join(", ")),
        };
        problem.hint(hint).allowed(candidates.iter().copied())
    }
}

/// A JSON pointer that goes from `parent` to its member `name`, escaped as RFC 6901 asks.
///
/// ```
/// use stoat_ferret_core::problem::pointer;
/// assert_eq!(pointer("/tracks/0", "a/b~c"), "/tracks/0/a~1b~0c");
/// ```
#[must_use]
pub fn pointer(parent: &str, name: impl std::fmt::Display) -> String {
    let name = name.to_string().replace('~', "~0").replace('/', "~1");
    format!("{parent}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_back_and_leaves_out_what_is_empty() {
        let problem =
            Problem::new("time.invalid", "/a", "m").fix("Mend", vec![serde_json::json!({"op": "x"})]);
        let wire = serde_json::to_value(&problem).unwrap();
        assert_eq!(
            serde_json::json!({"code": "time.invalid", "path": "/a", "message": "m",
                "fixes": [{"title": "Mend", "edits": [{"op": "x"}]}]}),
            wire
        );
        assert_eq!(problem, serde_json::from_value(wire).unwrap());
    }
}
