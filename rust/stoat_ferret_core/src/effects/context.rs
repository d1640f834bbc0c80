//! What an effect may know of the stream that it works on.

use std::collections::HashMap;

use crate::ffmpeg::working::Working;
use crate::time::Rate;

/// A part of the canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub left: i64,
    /// Upper edge.
    pub top: i64,
    /// From the left edge to the right one.
    pub width: u32,
    /// From the upper edge to the lower one.
    pub height: u32,
}

impl Area {
    /// What of it lies within another one, at even places and of an even size; nothing where they are apart.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        let axis = |start: i64, extent: u32, from: i64, whole: u32| {
            let first = start.max(from);
            let first = first + first.rem_euclid(2);
            let last = (start + i64::from(extent)).min(from + i64::from(whole));
            let extent = u32::try_from((last - first).max(0)).unwrap_or(0) & !1;
            (extent > 0).then_some((first, extent))
        };
        let (left, width) = axis(self.left, self.width, other.left, other.width)?;
        let (top, height) = axis(self.top, self.height, other.top, other.height)?;
        Some(Self {
            left,
            top,
            width,
            height,
        })
    }
}

/// What picture filters may know of the stream that they work on. Its frames carry `t`, seconds
/// from the start of the clip (of the programme, for an effect of a track or the project).
#[derive(Debug, Clone, Copy)]
pub struct PictureContext<'a> {
    /// Frames per second.
    pub rate: Rate,
    /// Frames of the whole clip, also where only a part is rendered.
    pub frames: i64,
    /// Number of the stream's first frame in the clip.
    pub first: i64,
    /// Pixels of this render for one pixel of the project's output.
    pub scale: f64,
    /// Size of the output of this render in pixels.
    pub canvas: (u32, u32),
    /// Size of the frames of the stream in pixels.
    pub frame: (u32, u32),
    /// Where the clip's picture lies on the canvas; nothing where it moves, turns or has none, and in its own box.
    pub area: Option<Area>,
    /// The fonts that can be drawn with; the first is the default.
    pub fonts: &'a [FontFile],
    /// The colour tables by their names in the document; nothing where only an example is shown.
    pub tables: Option<&'a Tables<'a>>,
    /// A further opacity to draw with.
    pub opacity: Option<&'a crate::document::Animated>,
    /// Formats to work in.
    pub working: Working,
    /// Whether the frames of the stream have an alpha.
    pub alpha: bool,
    /// Whether the stream holds the clip's frames only; else filters have to enclose themselves in them.
    pub enclosed: bool,
    /// Number of the measurement that the effect is given.
    pub measured: usize,
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
    /// Units of the font in an em, which is as high as the font's size; 0 where its measures are not known.
    #[serde(default)]
    pub units: u32,
    /// From the baseline up to the upper edge of a line, in units of the font.
    #[serde(default)]
    pub ascent: i32,
    /// From the baseline down to the lower edge of a line, in units of the font.
    #[serde(default)]
    pub descent: i32,
    /// Between two lines, in units of the font.
    #[serde(default)]
    pub gap: i32,
    /// How far each character of `coverage` moves the next one, in units of the font: runs of equal ones,
    /// the length of a run and then the advance, each as one character, from the space on and without the
    /// halves of pairs.
    #[serde(default)]
    pub advances: String,
}

/// Colour tables by their names in the document.
pub type Tables<'a> = HashMap<&'a str, &'a Table>;

/// A colour table from a `.cube` file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Table {
    /// Absolute path of the file.
    pub path: String,
    /// 1: each component has a curve of its own; 3: all three together.
    pub dimensions: u32,
    /// Colours of a curve, or along each edge of the cube.
    pub size: u32,
    /// Names what is in it: [`crate::cube::Cube::digest`].
    pub digest: String,
}

impl Table {
    /// The name under which the runner puts it beside the graph.
    #[must_use]
    pub fn name(&self) -> String {
        format!("lut-{}.cube", self.digest)
    }
}

/// What sound filters may know of the stream that they work on.
#[derive(Debug, Clone, Copy)]
pub struct SoundContext {
    /// Frames per second of the project.
    pub rate: Rate,
    /// Frames of the whole clip.
    pub frames: i64,
    /// Samples per second of this render.
    pub sample_rate: u32,
    /// Channels of the programme: 1, 2 or 6.
    pub channels: u32,
    /// Number of the measurement whose gain the effect is given.
    pub measured: usize,
}

impl PictureContext<'_> {
    /// The pixel format of the stream.
    #[must_use]
    pub fn format(&self) -> &'static str {
        if self.alpha {
            self.working.alpha
        } else {
            self.working.plain
        }
    }

    /// The pixel format of the stream as RGB, in planes.
    #[must_use]
    pub fn rgb(&self) -> &'static str {
        if self.alpha {
            self.working.rgb
        } else {
            self.working.opaque_rgb
        }
    }

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
