//! Captions that are no part of the picture: what is said when, and how a file has it as a stream.

use std::fmt::Write as _;

use super::super::arrange::Placed;
use super::super::graph::{Built, at};
use super::super::target::Captions;
use super::Job;
use crate::document::{Generator, Source};
use crate::effects::lasts;
use crate::ffmpeg::command::Output;
use crate::ffmpeg::filter::{Pad, StreamRef};
use crate::problem::Problem;
use crate::render::plan::{CaptionFile, CaptionTrack, Cue, ExpectedStream};
use crate::time::{FrameRange, Time};

/// The input that is the first with captions.
const FIRST: usize = 3;

impl Job<'_> {
    /// The captions of each track that has some, where they are asked for in this way.
    fn captions(&self, way: Captions) -> Vec<CaptionTrack> {
        if self.target.captions != way {
            return Vec::new();
        }
        let told = self.arrangement.lanes.iter().filter_map(|lane| {
            Some(CaptionTrack {
                track: lane.track.id.clone(),
                language: lane.track.captions.clone()?,
                cues: lane.clips.iter().filter_map(|placed| self.cue(placed)).collect(),
            })
        });
        told.collect()
    }

    /// Those that the file has as streams.
    pub fn streamed(&self) -> Vec<CaptionTrack> {
        self.captions(Captions::Stream)
    }

    /// Those that lie beside the file.
    pub fn caption_files(&self) -> Vec<CaptionFile> {
        let files = self.captions(Captions::File).into_iter();
        files
            .map(|track| CaptionFile {
                srt: srt(&track),
                vtt: webvtt(&track),
                track,
            })
            .collect()
    }

    /// What a clip says within the range, in its time.
    fn cue(&self, placed: &Placed<'_>) -> Option<Cue> {
        let Source::Generator(Generator::Title(params) | Generator::Caption(params)) = &placed.clip.source
        else {
            return None;
        };
        let rate = self.rate();
        let (start, end) = lasts(params, rate.seconds_of(placed.frames.len()));
        let frame = |seconds: f64| {
            let time = Time::from_seconds(seconds.max(0.0)).ok()?;
            Some(placed.frames.start() + rate.frame_at(time).0)
        };
        let shown = FrameRange::new(frame(start)?, frame(end)?.max(frame(start)?)).intersect(self.range)?;
        let text = told(params.text("text"));
        let start = self.millisecond(shown.start() - self.range.start());
        let end = self.millisecond(shown.end() - self.range.start());
        (!shown.is_empty() && !text.is_empty()).then(|| Cue {
            start,
            end: end.max(start + 1),
            text,
        })
    }

    fn millisecond(&self, frame: i64) -> i64 {
        let (num, den) = (i64::from(self.rate().num()), i64::from(self.rate().den()));
        (frame * 1000 * den + num / 2) / num
    }

    /// What reads what [`Job::told`] says.
    pub fn caption_demuxer(&self) -> &'static str {
        if self.encoding.format.captions == Some("webvtt") {
            "webvtt"
        } else {
            "srt"
        }
    }

    /// The captions of a track as a file of their own.
    pub fn told(&self, track: &CaptionTrack) -> String {
        if self.caption_demuxer() == "webvtt" {
            return webvtt(track);
        }
        if self.encoding.format.captions != Some("mov_text") {
            return srt(track);
        }
        let mut track = track.clone();
        for cue in &mut track.cues {
            cue.text = unmarked(&cue.text);
        }
        srt(&track)
    }

    /// Maps and marks the streams of captions; the first is shown unasked.
    pub fn with_captions(&self, mut file: Output, tracks: &[CaptionTrack]) -> Built<Output> {
        for (number, track) in tracks.iter().enumerate() {
            file = file.map(Pad::input(FIRST + number, StreamRef::Subtitle(0)));
            let shown = if number == 0 { "default" } else { "0" };
            for (name, value) in [
                (
                    format!("metadata:s:s:{number}"),
                    format!("language={}", self.language(track)),
                ),
                (format!("disposition:s:{number}"), shown.to_owned()),
            ] {
                file = at(file.option(&name, value), "")?;
            }
        }
        match self.encoding.format.captions {
            Some("mov_text") if !tracks.is_empty() => at(file.option("c:s", "mov_text"), ""),
            _ => Ok(file),
        }
    }

    /// The language of a track as the format has it.
    fn language<'t>(&self, track: &'t CaptionTrack) -> &'t str {
        if self.encoding.format.muxer == "mov" {
            quicktime(&track.language).unwrap_or("und")
        } else {
            &track.language
        }
    }

    /// Languages that the format has no code for.
    pub fn unknown_languages(&self) -> Vec<Problem> {
        let tracks = self.streamed().into_iter();
        tracks
            .filter(|track| track.language != "und" && self.language(track) == "und")
            .map(|track| {
                Problem::new(
                    "target.captions_language",
                    "/target/captions",
                    format!(
                        "A {} file has no code for the language {:?} of {:?}; it is left out.",
                        self.encoding.format.name, track.language, track.track
                    ),
                )
                .hint("mp4, mkv and webm have codes for all languages.")
            })
            .collect()
    }

    /// What the streams of captions have to hold.
    pub fn expected_captions(&self, tracks: &[CaptionTrack]) -> Vec<ExpectedStream> {
        let codec = self.encoding.format.captions.unwrap_or_default();
        let streams = tracks.iter().enumerate();
        streams
            .map(|(number, track)| ExpectedStream::Subtitle {
                codec: codec.to_owned(),
                language: self.language(track).to_owned(),
                default: number == 0,
                cues: track.cues.clone(),
            })
            .collect()
    }
}

/// A language as `QuickTime` files name it, where they have a code for it.
fn quicktime(language: &str) -> Option<&str> {
    const OTHERWISE: [(&str, &str); 8] = [
        ("deu", "ger"),
        ("ell", "gre"),
        ("hye", "arm"),
        ("isl", "ice"),
        ("kat", "geo"),
        ("nld", "dut"),
        ("swe", "sve"),
        ("zho", "chi"),
    ];
    const SAME: [&str; 36] = [
        "ara", "arm", "aze", "bel", "bul", "ces", "chi", "dan", "dut", "eng", "est", "fin", "fra", "geo",
        "ger", "gre", "heb", "hin", "hun", "ice", "ita", "jpn", "kaz", "kor", "lav", "lit", "nor", "pol",
        "por", "ron", "rus", "slk", "slv", "spa", "tur", "ukr",
    ];
    let other = OTHERWISE.iter().find(|(code, _)| *code == language);
    other
        .map(|(_, name)| *name)
        .or_else(|| SAME.contains(&language).then_some(language))
}

/// A text without what ends a caption in files of them: lines that are empty, and arrows.
fn told(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A joiner of words is not seen.
    lines.collect::<Vec<_>>().join("\n").replace("-->", "--\u{2060}>")
}

/// A text in which `FFmpeg` finds no tags when it converts captions: a joiner of words, which is not seen,
/// stands where one would begin.
fn unmarked(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        kept.push(character);
        if matches!(character, '<' | '{' | '\\') {
            kept.push('\u{2060}');
        }
    }
    kept
}

fn clock(milliseconds: i64, point: char) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3600);
    format!("{hours:02}:{minutes:02}:{:02}{point}{rest:03}", seconds % 60)
}

/// Captions as `SubRip` has them.
fn srt(track: &CaptionTrack) -> String {
    let mut text = String::new();
    for (number, cue) in track.cues.iter().enumerate() {
        let (start, end) = (clock(cue.start, ','), clock(cue.end, ','));
        // Writing to a text cannot fail.
        let _ = write!(text, "{}\n{start} --> {end}\n{}\n\n", number + 1, cue.text);
    }
    text
}

/// Captions as `WebVTT` has them.
fn webvtt(track: &CaptionTrack) -> String {
    let mut text = "WEBVTT\n\n".to_owned();
    for cue in &track.cues {
        let (start, end) = (clock(cue.start, '.'), clock(cue.end, '.'));
        let words = cue
            .text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let _ = write!(text, "{start} --> {end}\n{words}\n\n");
    }
    text
}
