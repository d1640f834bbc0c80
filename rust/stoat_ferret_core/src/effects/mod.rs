//! Effects: each file describes one, completely. The catalogue, the checks and the compiler read these
//! descriptions; an effect exists nowhere else.
//!
//! An effect file holds, in this order: its [`EffectSpec`], and the functions that make its filters
//! from checked parameters with the builders of [`crate::ffmpeg`].

mod acrossfade;
pub(crate) mod audio_ducking;
mod audio_fade;
mod audio_mix;
mod blur;
mod catalogue;
mod color;
pub(crate) mod crop;
mod fade_in;
mod fade_out;
mod fading;
pub(crate) mod params;
pub(crate) mod speed_control;
pub(crate) mod text_overlay;
mod video_fade;
pub(crate) mod volume;
mod xfade;

pub use catalogue::{catalogue, parameter_schema};
pub(crate) use params::read_params;
pub use params::{Default, Kind, Param, Params, Position};

use crate::ffmpeg::audio::FadeDirection;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::time::Rate;

/// Where an effect may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a clip.
    Clip,
    /// On a whole track.
    Track,
    /// On the finished programme (`global_effects`).
    Project,
}

impl Place {
    /// The word of the catalogue.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::Track => "track",
            Self::Project => "project",
        }
    }
}

/// What an effect does to the length of what it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    /// Leaves it.
    Same,
    /// Divides it by the value of this parameter.
    DividedBy(&'static str),
}

/// What an effect means to the compiler.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    /// Filters on picture, sound or both.
    Filters {
        /// Makes the picture's filters.
        picture: Option<PictureFilters>,
        /// Makes the sound's filters.
        sound: Option<SoundFilters>,
        /// Whether the picture's filters draw in the output's coordinates, not in the clip's box.
        on_canvas: bool,
    },
    /// Changes the speed of the clip.
    Speed,
    /// Stands for the transition from this clip to the next one.
    Transition {
        /// Whether the picture crosses over too.
        picture: bool,
    },
    /// Stands for the ducking of the track.
    Ducking,
    /// Stands for the mix of the project.
    Mix,
}

/// Makes the picture filters of an effect.
pub type PictureFilters = fn(&Params, &PictureContext<'_>) -> Result<Vec<Filter>, BuildError>;
/// Makes the sound filters of an effect.
pub type SoundFilters = fn(&Params, &SoundContext) -> Result<Vec<Filter>, BuildError>;

/// What picture filters may know of the stream that they work on. Its frames carry `t`, seconds
/// from the start of the clip (of the programme, for an effect of a track or the project).
#[derive(Debug, Clone, Copy)]
pub struct PictureContext<'a> {
    /// Frames per second.
    pub rate: Rate,
    /// Frames of the whole clip, also where only a part is rendered.
    pub frames: i64,
    /// Pixels of this render for one pixel of the project's output.
    pub scale: f64,
    /// Size of the output of this render in pixels.
    pub canvas: (u32, u32),
    /// Size of the frames of the stream in pixels.
    pub frame: (u32, u32),
    /// The fonts that can be drawn with; the first is the default.
    pub fonts: &'a [FontFile],
    /// A further opacity to draw with.
    pub opacity: Option<&'a crate::document::Animated>,
    /// Whether the stream holds the clip's frames only; else filters have to enclose themselves in them.
    pub enclosed: bool,
}

/// A font that can be drawn with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct FontFile {
    /// Family name, such as `Roboto`.
    pub family: String,
    /// Style name, such as `Regular`.
    #[serde(default)]
    pub style: String,
    /// Absolute path of the file.
    pub path: String,
    /// What is another as soon as the file is.
    #[serde(default)]
    pub identity: String,
    /// Ranges of code points that it has glyphs for, both ends included.
    #[serde(default)]
    pub coverage: Vec<(u32, u32)>,
}

/// What sound filters may know of the stream that they work on.
#[derive(Debug, Clone, Copy)]
pub struct SoundContext {
    /// Frames per second of the project.
    pub rate: Rate,
    /// Frames of the whole clip.
    pub frames: i64,
}

impl PictureContext<'_> {
    /// Length of the whole clip in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.rate.seconds_of(self.frames)
    }
}

impl SoundContext {
    /// Length of the whole clip in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.rate.seconds_of(self.frames)
    }
}

/// All that there is to know of an effect.
#[derive(Debug)]
pub struct EffectSpec {
    /// The name in documents.
    pub name: &'static str,
    /// One sentence for people.
    pub description: &'static str,
    /// When and how an agent should use it.
    pub ai_hint: &'static str,
    /// A request in words that this effect answers.
    pub example_prompt: &'static str,
    /// Parameters that make an example (JSON).
    pub example: &'static str,
    /// Where it may stand.
    pub places: &'static [Place],
    /// Its parameters.
    pub params: &'static [Param],
    /// What it does to the length.
    pub duration: Duration,
    /// Whether a frame of its output depends on other frames than the one at its time.
    pub memory: bool,
    /// What it means to the compiler.
    pub role: Role,
}

impl EffectSpec {
    /// Whether it takes and makes picture.
    #[must_use]
    pub fn has_picture(&self) -> bool {
        match self.role {
            Role::Filters { picture, .. } => picture.is_some(),
            Role::Speed => true,
            Role::Transition { picture } => picture,
            Role::Ducking | Role::Mix => false,
        }
    }

    /// Whether it takes and makes sound.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        match self.role {
            Role::Filters { sound, .. } => sound.is_some(),
            Role::Speed | Role::Transition { .. } | Role::Ducking | Role::Mix => true,
        }
    }
}

/// Every effect, by name.
pub const EFFECTS: &[&EffectSpec] = &[
    &acrossfade::SPEC,
    &audio_ducking::SPEC,
    &audio_fade::SPEC,
    &audio_mix::SPEC,
    &blur::SPEC,
    &color::SPEC,
    &crop::SPEC,
    &fade_in::SPEC,
    &fade_out::SPEC,
    &speed_control::SPEC,
    &text_overlay::SPEC,
    &video_fade::SPEC,
    &volume::SPEC,
    &xfade::SPEC,
];

/// Seconds of a stream of `seconds` outside of which an effect leaves the picture as it is; nothing where it
/// works on all of it.
#[must_use]
pub(crate) fn acts(spec: &EffectSpec, params: &Params, seconds: f64) -> Option<(f64, f64)> {
    let fade = |direction: FadeDirection, start: f64| {
        let over = start + params.seconds("duration").unwrap_or(0.0);
        match direction {
            // What is gone stays gone, and what has not come yet is not there.
            FadeDirection::Out => (start, f64::INFINITY),
            FadeDirection::In => (f64::NEG_INFINITY, over),
        }
    };
    match spec.name {
        "text_overlay" => Some(text_overlay::lasts(params, seconds)),
        "fade_in" => Some(fade(FadeDirection::In, 0.0)),
        "fade_out" => Some(fade(FadeDirection::Out, fading::last_start(params, seconds))),
        "video_fade" => {
            let (direction, start) = fading::when(params, seconds);
            Some(fade(direction, start))
        }
        _ => None,
    }
}

/// The effect of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static EffectSpec> {
    EFFECTS.iter().find(|spec| spec.name == name).copied()
}

/// Whether this font has a glyph for the character; white space needs none.
#[must_use]
pub fn covers(font: &FontFile, character: char) -> bool {
    let code = u32::from(character);
    character.is_whitespace()
        || font
            .coverage
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
}

/// A filter string that shows what the effect does; for reading, never for rendering.
#[must_use]
pub fn preview(spec: &'static EffectSpec) -> String {
    let Ok(value) = serde_json::from_str(spec.example) else {
        return String::new();
    };
    preview_with(spec, &value).unwrap_or_default()
}

/// The filter string for these parameters, on a clip of ten seconds at 30 frames per second.
///
/// # Errors
/// The problems of the parameters.
pub fn preview_with(
    spec: &'static EffectSpec,
    parameters: &serde_json::Value,
) -> Result<String, Vec<crate::problem::Problem>> {
    let mut problems = Vec::new();
    let params = read_params(spec.params, parameters, "", Rate::FPS_30, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    made(spec, &params).map_err(|error| vec![refusal(&error, "")])
}

fn made(spec: &EffectSpec, params: &Params) -> Result<String, BuildError> {
    let fonts = [FontFile {
        family: "Roboto".to_owned(),
        style: "Regular".to_owned(),
        path: "/fonts/Roboto-Regular.ttf".to_owned(),
        identity: String::new(),
        coverage: Vec::new(),
    }];
    let picture = PictureContext {
        rate: Rate::FPS_30,
        frames: 300,
        scale: 1.0,
        canvas: (1920, 1080),
        frame: (1920, 1080),
        fonts: &fonts,
        opacity: None,
        enclosed: true,
    };
    let sound = SoundContext {
        rate: Rate::FPS_30,
        frames: 300,
    };
    let filters = match spec.role {
        Role::Filters {
            picture: make_picture,
            sound: make_sound,
            ..
        } => {
            let mut filters = make_picture.map_or(Ok(Vec::new()), |make| make(params, &picture))?;
            filters.extend(make_sound.map_or(Ok(Vec::new()), |make| make(params, &sound))?);
            filters
        }
        Role::Speed => speed_control::preview(params)?,
        Role::Transition { picture: true } => vec![xfade::preview(params)?],
        Role::Transition { picture: false } => vec![acrossfade::preview(params)?],
        Role::Ducking => {
            return Ok(
                audio_ducking::pattern(&audio_ducking::ducking(params, Vec::new()))?
                    .build()
                    .to_string(),
            );
        }
        Role::Mix => vec![audio_mix::preview(params)?],
    };
    Ok(filters
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(","))
}

/// What a builder refuses, as a problem.
pub(crate) fn refusal(error: &BuildError, pointer: &str) -> crate::problem::Problem {
    let text = error.to_string();
    let message = text.split("; hint: ").next().unwrap_or(&text).to_owned();
    crate::problem::Problem::new("effect.refused", pointer, message).hint(error.hint())
}
