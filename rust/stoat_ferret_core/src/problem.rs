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
    /// What is wrong, as one sentence.
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
    /// assert_eq!(problem.hint, "Did you mean \"blur\"?");
    /// ```
    #[must_use]
    pub fn unknown_name(
        code: impl Into<Cow<'static, str>>,
        path: impl Into<String>,
        what: &str,
        name: &str,
        candidates: &[&str],
    ) -> Self {
        let problem = Self::new(code, path, format!("There is no {what} {name:?}."));
        let hint = match nearest(name, candidates.iter().copied()) {
            Some(candidate) => format!("Did you mean {candidate:?}?"),
            None => format!("Use one of: {}.", candidates.join(", ")),
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

/// Every code that the core gives to a problem, by name, with what it means.
///
/// ```
/// # use stoat_ferret_core::problem::codes;
/// assert!(codes().contains(&("document.missing", "A field is missing.")));
/// ```
#[must_use]
pub fn codes() -> &'static [(&'static str, &'static str)] {
    CODES
}

const CODES: &[(&str, &str)] = &[
    ("captions.position", "A caption is to move."),
    ("captions.words", "The words of a caption have no times that fit."),
    (
        "captions.wrong_track",
        "A track that is no text track is marked as holding captions.",
    ),
    ("clip.beyond_source", "A clip ends after its source."),
    ("clip.empty", "A clip ends in its source before it starts."),
    (
        "clip.end_mismatch",
        "A written `timeline_end` is not where the clip ends.",
    ),
    (
        "clip.no_length",
        "A clip of a generator or a still picture says nowhere how long it lasts.",
    ),
    (
        "clip.overlap",
        "Two clips of a track overlap without a transition.",
    ),
    (
        "clip.speed",
        "The speed effects of a clip multiply to more than is possible, or two of them change over time.",
    ),
    ("clip.too_short", "A clip is shorter than a frame."),
    (
        "clip.wrong_track",
        "A track of this type cannot hold this source.",
    ),
    ("color.invalid", "A colour cannot be read."),
    ("crop.outside", "A part of a picture is not inside it."),
    (
        "curve.invalid",
        "A curve has too few points or too many, or they do not go from left to right.",
    ),
    ("document.bad_id", "An id is empty, too long or not printable."),
    ("document.duplicate_id", "Two elements have the same id."),
    ("document.given_twice", "A field is given under two of its names."),
    ("document.missing", "A field is missing."),
    (
        "document.not_allowed",
        "A word is not one of those that are allowed.",
    ),
    (
        "document.out_of_range",
        "A number is too small or too large, or a list too long.",
    ),
    ("document.schema", "The schema of the document is not known."),
    ("document.too_long", "A list has too many items."),
    ("document.unknown_field", "A field is not known."),
    (
        "document.wrong_type",
        "A value has another type than is asked for.",
    ),
    ("ducking.itself", "A track steps back for itself."),
    ("ducking.nothing", "A track steps back for no other."),
    ("ducking.ring", "Tracks step back for one another in a ring."),
    (
        "ducking.silent_track",
        "A track steps back for one without sound.",
    ),
    (
        "ducking.unknown_track",
        "A track steps back for one that does not exist.",
    ),
    (
        "effect.changes_nothing",
        "An effect has nothing to change at its place; a notice, no refusal.",
    ),
    (
        "effect.no_picture",
        "An effect on pictures stands on an audio track.",
    ),
    (
        "effect.not_animatable",
        "A parameter that cannot change over time has keyframes.",
    ),
    ("effect.not_here", "An effect does not work at this place."),
    (
        "effect.refused",
        "FFmpeg would not take an effect with these parameters.",
    ),
    (
        "effect.unavailable",
        "The FFmpeg at hand lacks a filter that an effect is made of.",
    ),
    ("effect.unknown", "There is no effect of this name."),
    (
        "effect.unsupported",
        "An effect is asked for something that it cannot do.",
    ),
    (
        "generator.invalid",
        "Parameters of a generator do not go together.",
    ),
    (
        "generator.unavailable",
        "The FFmpeg at hand lacks a filter that a generator is made of.",
    ),
    ("keyframes.empty", "A list of keyframes is empty."),
    (
        "keyframes.order",
        "A keyframe is not later than the one before it.",
    ),
    ("lut.not_cube", "A colour table is not in a .cube file."),
    (
        "marker.beyond_end",
        "A chapter starts after the end; a notice, no refusal.",
    ),
    (
        "media.lut_unsupported",
        "A colour table says something that is not supported.",
    ),
    (
        "media.not_a_lut",
        "A file is no colour table, or something in it is wrong.",
    ),
    ("media.unknown", "Nothing is known of a source."),
    ("metadata.name", "A name of a tag cannot be written."),
    ("mix.inputs", "A mix has more inputs than tracks have sound."),
    ("mix.twice", "A project has two mixes."),
    ("mix.weights", "A mix has more weights than inputs."),
    ("output.channels", "The number of channels is not supported."),
    ("output.odd_size", "The width or the height is odd."),
    ("output.rate", "The frame rate cannot be read."),
    (
        "profile.rate",
        "The project has more frames a second than the profile takes.",
    ),
    ("project.empty", "Nothing is there to render."),
    (
        "source.format_unavailable",
        "FFmpeg cannot read this kind of file.",
    ),
    (
        "source.hdr_unavailable",
        "FFmpeg lacks the filters that show HDR.",
    ),
    ("source.invalid", "A source is no path."),
    ("source.no_sound", "A source on an audio track has no sound."),
    ("target.captions", "The format cannot have captions in this way."),
    (
        "target.captions_language",
        "The format has no code for the language of captions; a notice, no refusal.",
    ),
    (
        "target.codec",
        "The format or the machine does not have the codec.",
    ),
    (
        "target.encoder",
        "The format or the machine does not have the encoder.",
    ),
    ("target.format", "There is no format of this name."),
    (
        "target.no_captions",
        "Captions are asked for where the project has none; a notice, no refusal.",
    ),
    (
        "target.no_chapters",
        "The format has no room for chapters; a notice, no refusal.",
    ),
    ("target.option", "An option does not fit the target."),
    (
        "target.quality",
        "There is no quality of this name, or the format does not have it.",
    ),
    ("target.range", "The range is no part of the project."),
    ("target.rate", "The format cannot show so many frames a second."),
    (
        "target.sample_rate",
        "The format has no sound with so many samples a second; a notice, no refusal.",
    ),
    (
        "target.shape",
        "The film has another shape than the project; a notice, no refusal.",
    ),
    ("target.size", "The size cannot be rendered."),
    ("target.too_short", "The format cannot hold anything so short."),
    (
        "text.missing_glyphs",
        "A font lacks glyphs for a text; a notice, no refusal.",
    ),
    ("text.no_font", "There is no font of this name."),
    ("text.no_style", "A font lacks a weight or slant."),
    ("text.refused", "A text is too long or has control characters."),
    ("time.invalid", "A time cannot be read."),
    ("time.negative", "A time is before zero."),
    (
        "transform.impossible",
        "A picture cannot be brought to this place.",
    ),
    (
        "transform.unsupported",
        "A transform asks for something that is not supported.",
    ),
    ("transition.collide", "Two transitions of a clip overlap."),
    ("transition.disabled_clip", "A transition joins a disabled clip."),
    (
        "transition.not_adjacent",
        "A transition joins clips that do not follow one another.",
    ),
    (
        "transition.offset",
        "A written offset is not where the transition starts.",
    ),
    (
        "transition.overlap",
        "The clips do not overlap by the length of their transition.",
    ),
    (
        "transition.too_long",
        "A transition is longer than one of its clips.",
    ),
    ("transition.too_short", "A transition is shorter than a frame."),
    ("transition.twice", "Two clips have two transitions."),
    ("transition.unavailable", "FFmpeg has no transition of this name."),
    (
        "transition.unknown_clip",
        "A transition joins a clip that is not on its track.",
    ),
    ("volume.invalid", "A volume cannot be read."),
];

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
