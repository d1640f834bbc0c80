//! The project document: what a project says, read and checked for its own sense.
//!
//! [`read`] turns JSON into a [`Project`] and names every problem on the way. Times are as written;
//! where they fall on the frame grid is decided when the project is arranged for a render.

pub(crate) mod animated;
pub(crate) mod color;
pub(crate) mod fields;
pub(crate) mod pace;
pub(crate) mod read;

pub use animated::{Animated, Easing, Keyframe};
pub use pace::Pace;
pub use read::read;

use std::collections::BTreeMap;

use crate::effects::speed_control::Between;
use crate::effects::{EffectSpec, Params};
use crate::ffmpeg::color::Color;
use crate::generators::{GeneratorSpec, Made};
use crate::layout::{Anchor, Fit};
use crate::time::{Rate, Time};

/// The value of `schema` that this reader understands.
pub const SCHEMA: &str = "stoat.project/1";

/// A project as its document says it.
#[derive(Debug, Clone)]
pub struct Project {
    /// Name for people.
    pub name: String,
    /// What is delivered.
    pub output: Output,
    /// From the lowest to the highest.
    pub tracks: Vec<Track>,
    /// Effects on the finished programme.
    pub effects: Vec<Effect>,
    /// Points in time with names.
    pub markers: Vec<Marker>,
    /// Tags of the delivered file.
    pub metadata: BTreeMap<String, String>,
}

/// Picture and sound that a project delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames per second.
    pub rate: Rate,
    /// Samples per second.
    pub sample_rate: u32,
    /// 1, 2 or 6.
    pub channels: u32,
    /// What shows where nothing lies.
    pub background: Color,
}

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackKind {
    /// Pictures with their sound.
    Video,
    /// Sound only.
    Audio,
    /// Titles.
    Text,
}

/// Clips one after another, at one height of the picture.
#[derive(Debug, Clone)]
pub struct Track {
    /// Stable id, unique in the project.
    pub id: String,
    /// What it carries.
    pub kind: TrackKind,
    /// No sound of it is heard.
    pub muted: bool,
    /// No picture of it is seen.
    pub hidden: bool,
    /// Gain of its sound.
    pub volume: Animated,
    /// Effects on the whole track.
    pub effects: Vec<Effect>,
    /// In the order of the document.
    pub clips: Vec<Clip>,
    /// Edges between clips.
    pub transitions: Vec<Transition>,
    /// Steps back while others sound.
    pub ducking: Option<Ducking>,
    /// The language of the captions that it holds (ISO 639-2); nothing where its texts are no captions.
    pub captions: Option<String>,
    /// Where it stands in the document.
    pub pointer: String,
}

/// What a clip shows.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file or a library id, as written in the document.
    Media(String),
    /// Made by the compiler.
    Generator(Generator),
}

/// Pictures and sounds that need no file.
#[derive(Debug, Clone)]
pub enum Generator {
    /// One colour.
    Color(Color),
    /// A text on nothing.
    Title(Params),
    /// A text on nothing whose words light up.
    Caption(Params),
    /// A moving test picture.
    TestSource,
    /// No picture and no sound.
    Silence,
    /// A sine.
    Tone {
        /// Hertz.
        frequency: f64,
        /// Peak, 0 to 1.
        amplitude: f64,
    },
    /// What a description of its own makes.
    Made {
        /// Its description.
        spec: &'static GeneratorSpec,
        /// How it is made.
        made: &'static Made,
        /// Its parameters.
        params: Params,
    },
}

/// A part of a source at a place of the timeline.
#[derive(Debug, Clone)]
pub struct Clip {
    /// Stable id, unique in the project.
    pub id: String,
    /// What it shows.
    pub source: Source,
    /// Time in the source where it starts.
    pub in_point: Time,
    /// Time in the source where it ends; left out, the source's end.
    pub out_point: Option<Time>,
    /// Place on the timeline; left out, behind the clip before it.
    pub start: Option<Time>,
    /// As written, for checking.
    pub end: Option<Time>,
    /// How the picture fills its box.
    pub fit: Fit,
    /// Gain of its sound.
    pub volume: Animated,
    /// It makes no sound.
    pub muted: bool,
    /// Whether it counts at all.
    pub enabled: bool,
    /// Where its picture lies.
    pub transform: Transform,
    /// In the order in which they work.
    pub effects: Vec<Effect>,
    /// Where it stands in the document.
    pub pointer: String,
}

/// Where and how a clip's picture lies on the output; fractions of the output, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Transform {
    /// Place of the anchor from the left.
    pub x: Animated,
    /// Place of the anchor from the top.
    pub y: Animated,
    /// Width of the box.
    pub width: Animated,
    /// Height of the box.
    pub height: Animated,
    /// Which point of the box `x, y` places.
    pub anchor: Anchor,
    /// Degrees, clockwise, about the middle of the box.
    pub rotation: Animated,
    /// 1 is opaque.
    pub opacity: Animated,
    /// The part of the source that is shown.
    pub crop: Option<Crop>,
}

/// A part of a picture, in fractions of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Crop {
    /// Left edge.
    pub x: Animated,
    /// Upper edge.
    pub y: Animated,
    /// Width, above 0.
    pub width: f64,
    /// Height, above 0.
    pub height: f64,
}

/// An effect with its checked parameters.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Its description.
    pub spec: &'static EffectSpec,
    /// Its parameters.
    pub params: Params,
    /// Where it stands in the document.
    pub pointer: String,
}

/// What happens to the sound in a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crossover {
    /// A hard cut in the middle.
    Cut,
    /// Both sound; how the first goes and how the second comes.
    Curves(String, String),
}

/// An edge between two clips of a track that overlap by its duration.
#[derive(Debug, Clone)]
pub struct Transition {
    /// Name of the picture's transition; nothing for a hard cut in the middle.
    pub kind: Option<String>,
    /// How long both clips show.
    pub duration: Time,
    /// Id of the earlier clip.
    pub from: String,
    /// Id of the later clip; nothing where an effect stands for "the next one".
    pub to: Option<String>,
    /// What happens to the sound.
    pub audio: Crossover,
    /// The offset that an effect of the founding design may carry, for checking.
    pub offset: Option<Time>,
    /// Where it stands in the document.
    pub pointer: String,
}

/// A track steps back while others sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Ducking {
    /// Ids of the tracks that it steps back for.
    pub under: Vec<String>,
    /// Level of those, 0 to 1.
    pub threshold: f64,
    /// Compression above it.
    pub ratio: f64,
    /// Milliseconds.
    pub attack: f64,
    /// Milliseconds.
    pub release: f64,
}

/// A point in time with a name.
#[derive(Debug, Clone)]
pub struct Marker {
    /// On the timeline.
    pub time: Time,
    /// For people.
    pub name: String,
    /// Whether the delivered file gets a chapter here.
    pub chapter: bool,
}

impl Project {
    /// The mix that an effect asks for, if any.
    #[must_use]
    pub fn mix(&self) -> Option<&Params> {
        let of_clips = self
            .tracks
            .iter()
            .flat_map(|track| &track.clips)
            .flat_map(|clip| &clip.effects);
        let mut all = self.effects.iter().chain(of_clips);
        all.find(|effect| effect.spec.name == "audio_mix")
            .map(|effect| &effect.params)
    }
}

impl Clip {
    /// How fast it plays its source at each moment. Of several speeds that change, the last one counts.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace::new(&self.speed())
    }

    /// How many seconds of the source play in one second.
    #[must_use]
    pub fn speed(&self) -> Animated {
        let factors = || {
            self.speed_effects()
                .map(|effect| effect.params.animated("factor"))
        };
        let constant: f64 = factors().filter_map(|factor| factor.constant()).product();
        let changing = factors().filter(|factor| factor.constant().is_none()).last();
        changing.map_or(Animated::Constant(constant), |factor| {
            factor.map(|value| value * constant)
        })
    }

    /// What shows between two frames of its source: the most that a speed effect asks for.
    #[must_use]
    pub fn between(&self) -> Between {
        let asked = || self.speed_effects().map(|effect| Between::of(&effect.params));
        [Between::Motion, Between::Blend]
            .into_iter()
            .find(|between| asked().any(|other| other == *between))
            .unwrap_or(Between::Nearest)
    }

    /// Speed effects that change over time, each by its place in the document.
    pub fn ramps(&self) -> impl Iterator<Item = &str> {
        self.speed_effects()
            .filter(|effect| effect.params.animated("factor").constant().is_none())
            .map(|effect| effect.pointer.as_str())
    }

    /// Whether a speed effect leaves the sound out.
    #[must_use]
    pub fn drops_sound(&self) -> bool {
        self.speed_effects()
            .any(|effect| effect.params.flag("drop_audio"))
    }

    fn speed_effects(&self) -> impl Iterator<Item = &Effect> {
        self.effects
            .iter()
            .filter(|effect| effect.spec.name == "speed_control")
    }
}

impl Output {
    /// What a document that says nothing of its output gets: 1920x1080 at 30, stereo at 48 kHz.
    pub const DEFAULT: Self = Self {
        width: 1920,
        height: 1080,
        rate: Rate::FPS_30,
        sample_rate: 48_000,
        channels: 2,
        background: Color::BLACK,
    };
}

impl Transform {
    /// The whole output, upright and opaque.
    #[must_use]
    pub fn full() -> Self {
        Self {
            x: Animated::Constant(0.5),
            y: Animated::Constant(0.5),
            width: Animated::Constant(1.0),
            height: Animated::Constant(1.0),
            anchor: Anchor::Center,
            rotation: Animated::Constant(0.0),
            opacity: Animated::Constant(1.0),
            crop: None,
        }
    }
}

impl Crossover {
    /// Both curves linear.
    #[must_use]
    pub fn linear() -> Self {
        Self::Curves("tri".to_owned(), "tri".to_owned())
    }
}
