//! The plan: everything that a render is going to do, as data.

use serde::Serialize;

use crate::problem::Problem;
use crate::time::Rate;

/// All steps from sources to a finished file.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// `stoat.plan/1`.
    pub schema: &'static str,
    /// Format of the finished file.
    pub format: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames per second, numerator and denominator.
    pub rate: (u32, u32),
    /// Frames that the file has to have.
    pub frames: i64,
    /// Samples per second.
    pub sample_rate: u32,
    /// Samples that the file's sound has to decode to.
    pub samples: i64,
    /// Seconds.
    pub duration: f64,
    /// Whether the file has a picture.
    pub video: bool,
    /// Whether the file has sound.
    pub audio: bool,
    /// Why it is done this way, in words.
    pub explanation: Vec<String>,
    /// Worth telling, but no refusal.
    pub notices: Vec<Problem>,
    /// The files of captions that belong beside the film: one for each of their tracks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<CaptionFile>,
    /// In an order in which every step comes after those that it needs.
    pub steps: Vec<Step>,
}

/// The captions of a track, in the time of what is rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptionTrack {
    /// Its id.
    pub track: String,
    /// Three letters of ISO 639-2.
    pub language: String,
    /// In order of time.
    pub cues: Vec<Cue>,
}

/// The captions of a track as files have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptionFile {
    /// The track and its captions.
    #[serde(flatten)]
    pub track: CaptionTrack,
    /// As `SubRip`.
    pub srt: String,
    /// As `WebVTT`.
    pub vtt: String,
}

/// A caption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cue {
    /// Milliseconds.
    pub start: i64,
    /// Milliseconds.
    pub end: i64,
    /// Lines that are not empty.
    pub text: String,
}

/// One run of `FFmpeg`, or what takes none: packets to copy, and their join with what was encoded.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Unique in the plan.
    pub id: String,
    /// What it makes.
    pub kind: StepKind,
    /// Steps whose output it reads.
    pub needs: Vec<String>,
    /// What it does and why, in words.
    pub why: String,
    /// The file that it writes.
    pub output: StepOutput,
    /// The files that it reads, in the order of `FFmpeg`'s inputs.
    pub inputs: Vec<Input>,
    /// Colour tables that its graph names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Text of the filter graph's file.
    pub graph: Option<String>,
    /// Arguments, apart from the binary; objects are filled in by the runner.
    pub argv: Vec<Arg>,
    /// What the written file has to hold.
    pub expect: Expect,
    /// Cost in relation to the other steps.
    pub weight: f64,
    /// Hash of all that decides what it makes; nothing where that need not be kept.
    pub key: Option<String>,
    /// The frames of the timeline whose picture it makes, half open.
    pub span: Option<(i64, i64)>,
    /// What a copy copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packets: Option<Packets>,
    /// Why frames that are shown as they are in the source are encoded all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_copied: Option<String>,
    /// Steps whose results stand in the graph, each as its id in brackets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<String>,
    /// What is made of what a measurement finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<Loudness>,
}

/// The loudness that a gain is to lead to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loudness {
    /// LUFS of the whole.
    pub target: f64,
    /// dBTP of the highest peak, where the gain has to keep to it.
    pub true_peak: Option<f64>,
    /// The measurement whose gain it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
}

impl Step {
    /// A step that reads, makes and expects nothing yet.
    #[must_use]
    pub fn draft(kind: StepKind, id: String) -> Self {
        Self {
            id,
            kind,
            needs: Vec::new(),
            why: String::new(),
            output: StepOutput::default(),
            inputs: Vec::new(),
            tables: Vec::new(),
            graph: None,
            argv: Vec::new(),
            expect: Expect::default(),
            weight: 0.0,
            key: None,
            span: None,
            packets: None,
            not_copied: None,
            measured: Vec::new(),
            loudness: None,
        }
    }
}

/// A colour table that the runner puts beside the graph, in the form of [`crate::cube::Cube::text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The file's name, by which the graph calls it.
    pub name: String,
    /// Absolute path of the user's file.
    pub path: String,
    /// What must be in it.
    pub digest: String,
}

/// Packets of a file, in the order of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Packets {
    /// Number of the picture among the tracks of the file.
    pub track: usize,
    /// The first one.
    pub first: i64,
    /// How many.
    pub count: i64,
}

/// What a step makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// Picture.
    Video,
    /// Sound.
    Audio,
    /// A text that others have in their graphs: the gain that makes a sound as loud as asked for.
    Measure,
    /// Picture, as packets of a source: nothing is run, who joins reads them.
    Copy,
    /// One picture from encoded and copied parts, packet by packet, without `FFmpeg`.
    Join,
    /// Picture and sound in one file, without encoding.
    Mux,
}

/// The file that a step writes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StepOutput {
    /// Name within the work folder.
    pub name: String,
    /// Whether it is the finished file.
    #[serde(rename = "final")]
    pub finished: bool,
}

impl StepOutput {
    /// A file of the work folder that other steps read.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            finished: false,
        }
    }
}

/// A file that a step reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Input {
    /// A source of the project.
    Source {
        /// Absolute path.
        path: String,
    },
    /// The output of another step.
    Step {
        /// Its id.
        step: String,
    },
    /// A text that the runner writes to a file.
    Text {
        /// The text.
        text: String,
    },
    /// A list for the concat demuxer, made of the outputs of steps.
    Concat {
        /// Their ids, in order.
        steps: Vec<String>,
        /// Length of each in seconds.
        durations: Vec<f64>,
    },
}

/// An argument: a text, or something that only the runner knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// As it stands.
    Text(String),
    /// The place of an input.
    Input {
        /// Index into the step's inputs.
        input: usize,
    },
    /// The path of the graph's file.
    Graph {
        /// Always true.
        graph: bool,
    },
    /// The path to write to.
    Output {
        /// Always true.
        output: bool,
    },
}

/// What a written file has to hold.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Expect {
    /// Frames of its picture.
    pub frames: Option<i64>,
    /// Samples that its sound decodes to.
    pub samples: Option<i64>,
    /// Its streams, in order.
    pub streams: Vec<ExpectedStream>,
}

/// What a stream has to be.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ExpectedStream {
    /// Picture.
    Video {
        /// Codec by `FFmpeg`'s name.
        codec: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Sound.
    Audio {
        /// Codec by `FFmpeg`'s name.
        codec: String,
        /// Samples per second.
        sample_rate: u32,
        /// How many.
        channels: u32,
    },
    /// Captions.
    Subtitle {
        /// Codec by `FFmpeg`'s name.
        codec: String,
        /// Three letters of ISO 639-2.
        language: String,
        /// Whether players show it unasked.
        default: bool,
        /// What is said when.
        cues: Vec<Cue>,
    },
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Plan {
    /// The rate as a value.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        Rate::new(self.rate.0, self.rate.1).ok()
    }
}
