//! Effects: each file describes one, completely. The catalogue, the checks and the compiler read these
//! descriptions; an effect exists nowhere else.
//!
//! An effect file holds, in this order: its [`EffectSpec`], and the functions that make its filters
//! from checked parameters with the builders of [`crate::ffmpeg`].

mod acrossfade;
pub(crate) mod audio_ducking;
mod audio_fade;
mod audio_mix;
mod background_blur;
mod band;
mod blend;
mod blur;
mod border;
pub(crate) mod caption;
mod catalogue;
mod censor;
mod channel_map;
mod chroma_key;
mod color;
mod color_key;
mod compressor;
mod context;
mod counter;
mod credits;
pub(crate) mod crop;
mod curves;
mod de_esser;
mod denoise;
mod denoise_temporal;
mod drop_shadow;
mod echo;
mod equalizer;
mod example;
mod fade_in;
mod fade_out;
mod fading;
mod film_grain;
mod flip;
mod freeze;
mod gate;
mod glow;
mod grayscale;
mod highpass;
mod hue;
mod ken_burns;
mod lens_correction;
mod lettering;
mod level;
mod levels;
mod limiter;
pub(crate) mod loudness;
mod lower_third;
mod lowpass;
mod lut;
mod mask;
mod moving;
mod noise_reduction;
mod pan;
mod panel;
pub(crate) mod params;
mod pitch;
mod pixelate;
mod reframe;
mod reverb;
mod reverse;
mod rotate;
mod sepia;
mod sharpen;
mod sides;
pub(crate) mod speed_control;
mod stabilize;
mod steps;
mod stereo_width;
mod taps;
pub(crate) mod text_overlay;
mod timecode;
mod video_fade;
mod vignette;
pub(crate) mod volume;
mod ways;
mod white_balance;
mod xfade;

pub use catalogue::{catalogue, parameter_schema};
pub use context::{Area, FontFile, PictureContext, SoundContext, Table, Tables, covers};
pub(crate) use example::filters_of;
pub use example::{preview, preview_with};
pub(crate) use lettering::{Lacking, complete, font, lasts, words};
pub(crate) use panel::{apart, in_planes};
pub(crate) use params::read_params;
pub use params::{Default, Kind, Param, Params, Position};
pub use steps::{Step, Way};
pub(crate) use steps::{chain, every_filter};

use crate::ffmpeg::audio::FadeDirection;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::layout::SourceShape;

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

/// Which other moments of what an effect is on decide what it makes of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// None.
    None,
    /// Those before.
    Past,
    /// All.
    Whole,
}

/// What an effect means to the compiler.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    /// Changes the picture.
    Picture(Picture),
    /// Changes the sound.
    Sound(Sound),
    /// Changes picture and sound.
    Both(Picture, Sound),
    /// Says how a clip lies over what is below it.
    Over(Over),
    /// Changes the shape of a clip's picture, before that is brought to its place.
    Frame(Framing),
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

/// What an effect does to the picture.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own")]
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// Makes what is done.
    pub make: PictureSteps,
    /// Whether it draws in the output's coordinates, not in the clip's box.
    pub on_canvas: bool,
    /// Whether the picture may let through what lies below where it did not before.
    pub makes_alpha: bool,
    /// Whether it works around a clip whose picture lies still, before anything lies below it.
    pub lies_still: bool,
    /// Makes what measures all of the picture before anything can be done to it.
    pub measures: Option<PictureSteps>,
    /// Whether it draws over the picture, with filters one after another that only cover what is there.
    pub writes: bool,
}

impl Picture {
    /// What works in the clip's box, and leaves opaque what is opaque.
    #[must_use]
    pub const fn of(make: PictureSteps) -> Self {
        Self {
            make,
            on_canvas: false,
            makes_alpha: false,
            lies_still: false,
            measures: None,
            writes: false,
        }
    }

    /// The same in the output's coordinates.
    #[must_use]
    pub const fn on_canvas(self) -> Self {
        Self {
            on_canvas: true,
            ..self
        }
    }

    /// The same in the output's coordinates, which draws over the picture.
    #[must_use]
    pub const fn writing(self) -> Self {
        Self {
            writes: true,
            ..self.on_canvas()
        }
    }

    /// The same, around a picture that lies still.
    #[must_use]
    pub const fn lying_still(self) -> Self {
        Self {
            lies_still: true,
            ..self
        }
    }

    /// The same, after it was measured by `make`.
    #[must_use]
    pub const fn measuring(self, make: PictureSteps) -> Self {
        Self {
            measures: Some(make),
            ..self
        }
    }

    /// The same, where it may let through what lies below.
    #[must_use]
    pub const fn making_alpha(self) -> Self {
        Self {
            makes_alpha: true,
            ..self
        }
    }
}

/// What an effect does to the sound.
#[derive(Debug, Clone, Copy)]
pub struct Sound {
    /// Makes the filters that the sound goes through.
    pub make: SoundFilters,
    /// Makes the filters of a second way that the sound goes at the same time and that is added to it;
    /// where it makes none, there is no second way.
    pub beside: Option<SoundFilters>,
    /// Whether a peak may be higher behind it than before it.
    pub louder: fn(&Params) -> bool,
    /// Whether it works on left and right, which one channel alone does not have.
    pub sides: bool,
    /// Whether its gain is that which makes all that comes in as loud as asked for: it is measured first.
    pub measures: bool,
}

impl Sound {
    /// One way through filters. Whatever turns phases or takes parts away can raise a peak, so it counts
    /// as louder until it says otherwise.
    #[must_use]
    pub const fn of(make: SoundFilters) -> Self {
        Self {
            make,
            beside: None,
            louder: |_| true,
            sides: false,
            measures: false,
        }
    }

    /// The same with a second way beside the first.
    #[must_use]
    pub const fn beside(self, make: SoundFilters) -> Self {
        Self {
            beside: Some(make),
            ..self
        }
    }

    /// The same, which raises peaks where the parameters say so only.
    #[must_use]
    pub const fn louder_where(self, louder: fn(&Params) -> bool) -> Self {
        Self { louder, ..self }
    }

    /// The same, which never raises a peak.
    #[must_use]
    pub const fn never_louder(self) -> Self {
        self.louder_where(|_| false)
    }

    /// The same, after its loudness was measured.
    #[must_use]
    pub const fn measuring(self) -> Self {
        Self {
            measures: true,
            ..self
        }
    }

    /// The same, which needs left and right.
    #[must_use]
    pub const fn needing_sides(self) -> Self {
        Self { sides: true, ..self }
    }
}

/// Makes what an effect does to the picture.
pub type PictureSteps = fn(&Params, &PictureContext<'_>) -> Result<Vec<Step>, BuildError>;
/// Makes the filter that mixes two pictures in RGB planes: what lies below a clip, and the clip.
pub type Over = fn(&Params) -> Filter;
/// Makes the filters that bring frames to another shape, and the shape; nothing where it stays.
pub type Framing = fn(&Params, &SourceShape) -> Option<(Vec<Filter>, SourceShape)>;
/// Makes the sound filters of an effect.
pub type SoundFilters = fn(&Params, &SoundContext) -> Result<Vec<Filter>, BuildError>;

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
    /// Which other moments what it makes of a moment depends on.
    pub memory: Memory,
    /// What it means to the compiler.
    pub role: Role,
}

impl EffectSpec {
    /// What it does to the picture where it stands, if it does anything.
    #[must_use]
    pub fn picture(&self) -> Option<Picture> {
        match self.role {
            Role::Picture(picture) | Role::Both(picture, _) => Some(picture),
            _ => None,
        }
    }

    /// Whether it draws texts over the picture.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.picture().is_some_and(|picture| picture.writes)
    }

    /// What it does to the sound where it stands, if it does anything.
    #[must_use]
    pub fn sound(&self) -> Option<Sound> {
        match self.role {
            Role::Sound(sound) | Role::Both(_, sound) => Some(sound),
            _ => None,
        }
    }

    /// Whether all that it works on is measured before it can work.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.picture().is_some_and(|picture| picture.measures.is_some())
            || self.sound().is_some_and(|sound| sound.measures)
    }

    /// Whether it takes and makes picture.
    #[must_use]
    pub fn has_picture(&self) -> bool {
        match self.role {
            Role::Picture(_) | Role::Both(..) | Role::Over(_) | Role::Frame(_) | Role::Speed => true,
            Role::Transition { picture } => picture,
            Role::Sound(_) | Role::Ducking | Role::Mix => false,
        }
    }

    /// Whether a picture may let through what lies below because of it.
    #[must_use]
    pub fn makes_alpha(&self) -> bool {
        matches!(self.role, Role::Over(_)) || self.picture().is_some_and(|picture| picture.makes_alpha)
    }

    /// Whether it takes and makes sound.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        !matches!(self.role, Role::Picture(_) | Role::Over(_) | Role::Frame(_))
    }
}

/// Every effect, by name.
pub const EFFECTS: &[&EffectSpec] = &[
    &acrossfade::SPEC,
    &audio_ducking::SPEC,
    &audio_fade::SPEC,
    &audio_mix::SPEC,
    &background_blur::SPEC,
    &blend::SPEC,
    &blur::SPEC,
    &border::SPEC,
    &caption::SPEC,
    &censor::SPEC,
    &channel_map::SPEC,
    &chroma_key::SPEC,
    &color::SPEC,
    &color_key::SPEC,
    &compressor::SPEC,
    &counter::SPEC,
    &credits::SPEC,
    &crop::SPEC,
    &curves::SPEC,
    &de_esser::SPEC,
    &denoise::SPEC,
    &denoise_temporal::SPEC,
    &drop_shadow::SPEC,
    &echo::SPEC,
    &equalizer::SPEC,
    &fade_in::SPEC,
    &fade_out::SPEC,
    &film_grain::SPEC,
    &flip::SPEC,
    &freeze::SPEC,
    &gate::SPEC,
    &glow::SPEC,
    &grayscale::SPEC,
    &highpass::SPEC,
    &hue::SPEC,
    &ken_burns::SPEC,
    &lens_correction::SPEC,
    &levels::SPEC,
    &limiter::SPEC,
    &loudness::SPEC,
    &lower_third::SPEC,
    &lowpass::SPEC,
    &lut::SPEC,
    &mask::SPEC,
    &noise_reduction::SPEC,
    &pan::SPEC,
    &pitch::SPEC,
    &pixelate::SPEC,
    &reframe::SPEC,
    &reverb::SPEC,
    &reverse::SPEC,
    &rotate::SPEC,
    &sepia::SPEC,
    &sharpen::SPEC,
    &speed_control::SPEC,
    &stabilize::SPEC,
    &stereo_width::SPEC,
    &text_overlay::SPEC,
    &timecode::SPEC,
    &video_fade::SPEC,
    &vignette::SPEC,
    &volume::SPEC,
    &white_balance::SPEC,
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
    if spec.writes() {
        return Some(lasts(params, seconds));
    }
    match spec.name {
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

/// What a builder refuses, as a problem.
pub(crate) fn refusal(error: &BuildError, pointer: &str) -> crate::problem::Problem {
    let text = error.to_string();
    let message = text.split("; hint: ").next().unwrap_or(&text).to_owned();
    crate::problem::Problem::new("effect.refused", pointer, message).hint(error.hint())
}
