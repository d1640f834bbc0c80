//! What is known of a source file: facts that a probe measured, as the application hands them in.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::effects::Table;
use crate::layout::SourceShape;
use crate::time::Time;

/// Facts by the source's name in the document.
pub type Media = HashMap<String, Material>;

/// What came of probing a source.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Told")]
pub enum Material {
    /// It cannot be used: `{"error": …}`.
    Refused {
        /// Why.
        error: Refusal,
    },
    /// It can be used.
    Known(Box<MediaFacts>),
    /// A colour table, which effects can use: `{"table": …, "error": …}`.
    Table {
        /// What is in it.
        table: Table,
        /// Why no clip can.
        error: Refusal,
    },
}

/// Facts or an error, as they come: telling them apart afterwards costs less than trying one after the other.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    error: Option<Refusal>,
    path: Option<String>,
    identity: String,
    kind: Option<MediaKind>,
    format: Option<String>,
    demuxer: Option<String>,
    start: f64,
    duration: f64,
    video: Option<VideoFacts>,
    audio: Option<AudioFacts>,
    packets: Option<Packets>,
    table: Option<Table>,
}

impl TryFrom<Told> for Material {
    type Error = &'static str;

    fn try_from(told: Told) -> Result<Self, Self::Error> {
        match (told.error, told.path, told.kind) {
            (Some(error), ..) if told.table.is_some() => {
                let table = told.table.ok_or("a table has facts")?;
                Ok(Self::Table { table, error })
            }
            (Some(error), ..) => Ok(Self::Refused { error }),
            (None, Some(path), Some(kind)) => Ok(Self::Known(Box::new(MediaFacts {
                path,
                identity: told.identity,
                kind,
                format: told.format,
                demuxer: told.demuxer,
                start: told.start,
                duration: told.duration,
                video: told.video,
                audio: told.audio,
                packets: told.packets,
            }))),
            _ => Err("a source has facts, with a path and a kind, or an error"),
        }
    }
}

/// Why a source cannot be used.
#[derive(Debug, Clone, Deserialize)]
pub struct Refusal {
    /// Code of the problem, such as `media.missing`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub hint: String,
}

/// What kind of thing a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// Moving pictures, with sound or without.
    Video,
    /// Sound only.
    Audio,
    /// One still picture.
    Image,
}

/// Measured facts of a file.
#[derive(Debug, Clone)]
pub struct MediaFacts {
    /// Absolute path.
    pub path: String,
    /// What is another as soon as the content is: size, time and a hash; empty where it is not known.
    pub identity: String,
    /// What kind of thing it is.
    pub kind: MediaKind,
    /// Name of the container's demuxer, such as `matroska,webm`.
    pub format: Option<String>,
    /// Demuxer to force, where content and not name decides.
    pub demuxer: Option<String>,
    /// Start of the container's clock in seconds.
    pub start: f64,
    /// Seconds that can be decoded; 0 for a still picture.
    pub duration: f64,
    /// The picture, if it has one.
    pub video: Option<VideoFacts>,
    /// The sound, if it has some.
    pub audio: Option<AudioFacts>,
    /// How its picture can be copied; nothing where nobody asked.
    pub packets: Option<Packets>,
}

/// Whether the coded picture of a file can be copied in parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Packets {
    /// It cannot.
    Refused {
        /// Why, as the rest of a sentence.
        refused: String,
    },
    /// It can.
    Known(Box<Run>),
}

/// Packets in the order in which they are decoded; frames are numbered by the time at which they are shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    /// Number of the frame that is shown first.
    pub first: i64,
    /// Frames that a decoder can begin with, in order.
    pub starts: Vec<i64>,
    /// Bit k, the highest one of a byte first: the first k + 1 packets show frames without a hole.
    #[serde(deserialize_with = "bits")]
    pub whole: Vec<u8>,
    /// Tells sources with other parameter sets apart.
    pub parameters: String,
    /// Numbers that its parameter sets go by.
    pub ids: Vec<u32>,
}

fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = <Cow<'_, str>>::deserialize(deserializer)?;
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.ok_or_else(|| D::Error::custom("bits are given in hexadecimal"))?;
    Ok(digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect())
}

/// Frames that an in point may lie beside one of a source whose packets are known, and show that one and no
/// other: each of them lies within a quarter of a frame of its place.
pub const NEAREST: f64 = 0.2;

/// Frames that a packet may come before its turn.
const MOST_REORDERED: i64 = 16;

impl Run {
    /// The longest run of frames within `[from, to)` that can be copied.
    #[must_use]
    pub fn within(&self, from: i64, to: i64) -> Option<(i64, i64)> {
        let start = self.start_from(from)?;
        let end = (start + 1..=to).rev().find(|end| self.is_whole(*end))?;
        Some((start, end))
    }

    /// The first frame from this one on that a decoder can begin with.
    #[must_use]
    pub fn start_from(&self, frame: i64) -> Option<i64> {
        let next = self.starts.partition_point(|start| *start < frame);
        self.starts.get(next).copied()
    }

    /// The last frame before this one that a decoder can begin with, unless it is too near to the next one to
    /// be told from it by a time.
    #[must_use]
    pub fn start_before(&self, frame: i64) -> Option<i64> {
        let next = self.starts.partition_point(|start| *start < frame);
        let start = *self.starts.get(next.checked_sub(1)?)?;
        let apart = self
            .starts
            .get(next)
            .is_none_or(|following| following - start > MOST_REORDERED);
        apart.then_some(start)
    }

    /// Whether the packets that show the frames before this one are the first ones of all.
    fn is_whole(&self, end: i64) -> bool {
        usize::try_from(end - self.first - 1).is_ok_and(|place| {
            self.whole
                .get(place / 8)
                .is_some_and(|byte| byte & (0x80 >> (place % 8)) != 0)
        })
    }
}

/// Measured facts of a picture stream.
#[derive(Debug, Clone, Deserialize)]
pub struct VideoFacts {
    /// Index of the stream in the file.
    pub index: usize,
    /// Decoder to force.
    #[serde(default)]
    pub decoder: Option<String>,
    /// Coded pixels.
    pub width: u32,
    /// Coded pixels.
    pub height: u32,
    /// Shape of a pixel.
    #[serde(default)]
    pub sar: Option<(u32, u32)>,
    /// Clockwise turn in degrees that a player applies.
    #[serde(default)]
    pub rotation: u32,
    /// Average frames per second.
    #[serde(default)]
    pub rate: Option<(u32, u32)>,
    /// Whether it may be transparent somewhere.
    #[serde(default)]
    pub alpha: bool,
    /// Such as `yuv420p`.
    #[serde(default)]
    pub pixel_format: String,
    /// How its numbers mean colours.
    #[serde(default)]
    pub color: ColorFacts,
}

/// How numbers mean colours; `None` where the file does not say.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ColorFacts {
    /// `tv` or `pc`.
    #[serde(default)]
    pub range: Option<String>,
    /// Matrix, such as `bt709`.
    #[serde(default)]
    pub space: Option<String>,
    /// Such as `bt2020`.
    #[serde(default)]
    pub primaries: Option<String>,
    /// Such as `smpte2084`.
    #[serde(default)]
    pub transfer: Option<String>,
}

/// Measured facts of a sound stream.
#[derive(Debug, Clone, Deserialize)]
pub struct AudioFacts {
    /// Index of the stream in the file.
    pub index: usize,
    /// Samples per second.
    pub sample_rate: u32,
    /// How many.
    pub channels: u32,
    /// Such as `stereo`.
    #[serde(default)]
    pub layout: Option<String>,
}

impl MediaFacts {
    /// Where the source's time 0 lies on the clock of its timestamps. A negative start is the priming
    /// of a codec, not time.
    #[must_use]
    pub fn origin(&self) -> Time {
        Time::from_seconds(self.start.max(0.0)).unwrap_or(Time::ZERO)
    }

    /// Whether it is one still picture.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.kind == MediaKind::Image
    }
}

impl VideoFacts {
    /// Its shape on a screen.
    #[must_use]
    pub fn shape(&self) -> SourceShape {
        SourceShape {
            width: self.width,
            height: self.height,
            sar: self.sar.unwrap_or((1, 1)),
            rotation: self.rotation,
        }
    }

    /// Whether its colours are high dynamic range (PQ or HLG).
    #[must_use]
    pub fn is_hdr(&self) -> bool {
        matches!(self.color.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"))
    }
}
