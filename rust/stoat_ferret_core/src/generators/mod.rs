//! Generators: sources of clips that need no file. Each file describes one or a few, completely; the
//! catalogue, the checks and the compiler read these descriptions.

mod bars;
mod countdown;
mod gradient;
mod noise;
mod paint;
mod plain;
mod shape;

use crate::effects::{Param, Params, PictureContext, Step, every_filter};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;
use crate::time::Rate;

/// All that there is to know of a generator.
#[derive(Debug)]
pub struct GeneratorSpec {
    /// The name in documents.
    pub name: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// One sentence for people.
    pub description: &'static str,
    /// When and how an agent should use it.
    pub ai_hint: &'static str,
    /// A request in words that this generator answers.
    pub example_prompt: &'static str,
    /// Parameters that make an example (JSON).
    pub example: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// What it means to the compiler.
    pub role: Role,
}

/// What a generator means to the compiler.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    /// A colour.
    Color,
    /// A text on nothing.
    Title,
    /// A text whose words light up, on nothing.
    Caption,
    /// A moving test picture.
    TestSource,
    /// Nothing.
    Silence,
    /// A sine.
    Tone,
    /// What these functions make.
    Made(Made),
}

/// How a generator is made of its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Made {
    /// Its picture, where it has one.
    pub picture: Option<PictureOf>,
    /// Its sound, where it has one.
    pub sound: Option<SoundOf>,
    /// What is wrong with parameters that are sound by themselves.
    pub check: fn(&Params) -> Option<Misfit>,
}

/// Parameters that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The parameter that is to change.
    pub param: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// Makes the picture of a generator.
pub type PictureOf = fn(&Params, &Making<'_>) -> Result<Shown, BuildError>;
/// Makes the sound of a generator.
pub type SoundOf = fn(&Params, &Sounding) -> Heard;

/// What a generator may know of the picture that it makes.
#[derive(Debug, Clone, Copy)]
pub struct Making<'a> {
    /// The picture's clip.
    pub context: PictureContext<'a>,
    /// Seconds of the generator's own time at the start of the clip.
    pub from: f64,
    /// Seconds of its own time in a second of the clip.
    pub speed: f64,
}

/// What a generator may know of the sound that it makes.
#[derive(Debug, Clone, Copy)]
pub struct Sounding {
    /// Samples per second.
    pub sample_rate: u32,
    /// Seconds of the generator's own time at the start of the clip.
    pub from: f64,
    /// Seconds of its own time in a second of the clip.
    pub speed: f64,
}

/// A picture: one frame, and what is done with every frame of it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Size of the black frame that is painted on, in pixels.
    pub size: (u32, u32),
    /// What is painted; the frame that comes out has the size of the canvas, in a working format.
    pub still: Vec<Filter>,
    /// What is done with every frame, whose `t` is the clip's; nothing for what stays as it is.
    pub frames: Vec<Step>,
    /// Whether it lets anything through.
    pub alpha: bool,
}

/// A sound in one channel.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What makes it, the source first.
    pub filters: Vec<Filter>,
    /// The sample of it with which the clip begins.
    pub start: i64,
}

impl Sounding {
    /// Samples of what sounds on and on before the start of the clip.
    fn samples(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let samples = (self.from * f64::from(self.sample_rate)).round() as i64;
        samples
    }
}

impl GeneratorSpec {
    /// How it is made, where that is said here.
    #[must_use]
    pub fn made(&self) -> Option<&Made> {
        match &self.role {
            Role::Made(made) => Some(made),
            _ => None,
        }
    }

    /// Whether it has a picture.
    #[must_use]
    pub fn has_picture(&self) -> bool {
        match &self.role {
            Role::Color | Role::Title | Role::Caption | Role::TestSource => true,
            Role::Silence | Role::Tone => false,
            Role::Made(made) => made.picture.is_some(),
        }
    }

    /// Whether it has a sound.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        match &self.role {
            Role::Tone => true,
            Role::Made(made) => made.sound.is_some(),
            _ => false,
        }
    }
}

/// Every generator, by name.
pub const GENERATORS: &[&GeneratorSpec] = &[
    &bars::SPEC,
    &plain::CAPTION,
    &plain::COLOR,
    &countdown::SPEC,
    &gradient::SPEC,
    &noise::SPEC,
    &shape::SPEC,
    &plain::SILENCE,
    &plain::TEST_SOURCE,
    &plain::TITLE,
    &plain::TONE,
];

/// Names of the filters that a generator described here is made of, in order.
pub(crate) fn filters_of(spec: &GeneratorSpec, params: &Params) -> Vec<String> {
    let Some(made) = spec.made() else {
        return Vec::new();
    };
    let context = PictureContext {
        rate: Rate::FPS_30,
        frames: 300,
        first: 0,
        scale: 1.0,
        canvas: (1920, 1080),
        frame: (1920, 1080),
        area: None,
        fonts: &[],
        opacity: None,
        working: Working::EIGHT,
        alpha: false,
        enclosed: true,
        measured: 0,
        tables: None,
    };
    let making = Making {
        context,
        from: 0.0,
        speed: 1.0,
    };
    let sounding = Sounding {
        sample_rate: 48_000,
        from: 0.0,
        speed: 1.0,
    };
    // What a builder refuses is told where it is built.
    let shown = made.picture.and_then(|make| make(params, &making).ok());
    let heard = made.sound.map(|make| make(params, &sounding));
    let mut names: Vec<String> = Vec::new();
    if let Some(shown) = &shown {
        let frames = every_filter(&shown.frames);
        names.extend(
            shown
                .still
                .iter()
                .chain(frames)
                .map(|filter| filter.name.to_string()),
        );
    }
    let heard = heard.iter().flat_map(|heard| &heard.filters);
    names.extend(heard.map(|filter| filter.name.to_string()));
    names.sort();
    names.dedup();
    names
}
