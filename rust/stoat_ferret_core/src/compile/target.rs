//! What a render is to deliver, and what the `FFmpeg` at hand can do.

use std::collections::HashSet;

use serde::Deserialize;

use crate::effects::FontFile;

/// The file that is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// `mp4`, `webm`, `mov`, `mkv`, `gif`, `webp`, `m4a`, `mp3`, `wav`, `flac`, or `png` for one picture.
    pub format: String,
    /// Codec of the picture; left out, the format's usual one.
    #[serde(default)]
    pub video_codec: Option<String>,
    /// `draft`, `medium`, `high` or `lossless`.
    #[serde(default = "medium")]
    pub quality: String,
    /// Encoder by `FFmpeg`'s name; left out, the best proven one.
    #[serde(default)]
    pub encoder: Option<String>,
    /// Preset of the encoder; left out, the quality's.
    #[serde(default)]
    pub preset: Option<String>,
    /// Constant rate factor; left out, the quality's.
    #[serde(default)]
    pub crf: Option<f64>,
    /// Bits per second of the picture, such as `4M`, instead of a quality.
    #[serde(default)]
    pub bitrate: Option<String>,
    /// Bits per second of the sound, such as `192k`.
    #[serde(default)]
    pub audio_bitrate: Option<String>,
    /// Size in pixels; left out, the project's.
    #[serde(default)]
    pub size: Option<(u32, u32)>,
    /// Samples per second of the sound; left out, the project's.
    #[serde(default)]
    pub sample_rate: Option<u32>,
    /// LUFS that the whole sound is brought to; left out, it stays as loud as it is.
    #[serde(default)]
    pub loudness: Option<f64>,
    /// dBTP that no peak goes beyond then; left out, the usual one.
    #[serde(default)]
    pub true_peak: Option<f64>,
    /// The track whose part of the sound is wanted alone; left out, all of them.
    #[serde(default)]
    pub stem: Option<String>,
    /// What becomes of captions.
    #[serde(default)]
    pub captions: Captions,
    /// Frames per second that may be delivered at most.
    #[serde(default)]
    pub most_fps: Option<f64>,
    /// Threads of the encoder; left out, the encoder decides.
    #[serde(default)]
    pub threads: Option<u32>,
    /// Cores of the machine: encoders that work best with as many threads get them.
    #[serde(default)]
    pub cores: Option<u32>,
    /// Seconds of the shortest and the longest part that the picture is made in, where that can be had.
    #[serde(default = "usual_spans")]
    pub spans: (f64, f64),
    /// Whether frames that are shown as they are may be copied instead of encoded.
    #[serde(default)]
    pub copy: bool,
}

/// What becomes of the captions of a project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Captions {
    /// They are part of the picture.
    #[default]
    Burn,
    /// Each of their tracks is a stream of the file, which players show or hide.
    Stream,
    /// They are told beside the film.
    File,
    /// They are left out.
    None,
}

fn usual_spans() -> (f64, f64) {
    (2.0, 10.0)
}

fn medium() -> String {
    "medium".to_owned()
}

/// What the `FFmpeg` at hand can do.
#[derive(Debug, Clone, Deserialize)]
pub struct Capabilities {
    /// The binary.
    pub ffmpeg: Binary,
    /// Names of filters.
    pub filters: HashSet<String>,
    /// Names of `xfade` transitions.
    pub transitions: HashSet<String>,
    /// Names of encoders that encoded something.
    pub encoders: HashSet<String>,
    /// Names of what reads and writes containers.
    #[serde(default)]
    pub formats: Formats,
    /// Fonts that can be drawn with, the default first.
    #[serde(default)]
    pub fonts: Vec<FontFile>,
}

/// Names of demuxers and muxers.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Formats {
    /// What can be read; empty where that is not known.
    #[serde(default)]
    pub demuxers: HashSet<String>,
}

/// A binary of `FFmpeg`.
#[derive(Debug, Clone, Deserialize)]
pub struct Binary {
    /// As it says itself.
    pub version: String,
    /// First number of the version.
    pub major: u32,
    /// Hash of the program and its build: the same one makes the same pictures.
    #[serde(default)]
    pub identity: String,
}

impl Binary {
    /// The option that reads the filter graph from a file: the name changed in version 7.
    #[must_use]
    pub fn graph_option(&self) -> &'static str {
        if self.major >= 7 {
            "-/filter_complex"
        } else {
            "-filter_complex_script"
        }
    }

    /// Whether `xfade` blends the frame with which its first input ends: before 7 it shows the second
    /// input alone there.
    #[must_use]
    pub fn blends_last(&self) -> bool {
        self.major >= 7
    }

    /// Whether `drawtext` takes the colours of the picture, and outlines throw shadows: before 7 it takes those
    /// of BT.601 for all, and only the letters throw them.
    #[must_use]
    pub fn writes_exactly(&self) -> bool {
        self.major >= 7
    }

    /// The option that keeps timestamps as they are: the name changed in version 5.1, and the old one
    /// works until 6.
    #[must_use]
    pub fn passthrough_option(&self) -> [&'static str; 2] {
        if self.major >= 6 {
            ["-fps_mode", "passthrough"]
        } else {
            ["-vsync", "passthrough"]
        }
    }
}
