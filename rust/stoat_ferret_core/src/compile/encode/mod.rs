//! Formats and encoders: what a target means in arguments, or why it cannot be had.

mod dial;
pub use dial::{OWN_ID, SAME_SETS, X264_PARAMS, repeatable};
mod picture;
mod sound;

use super::target::{Capabilities, Captions, Target};
use super::tint::Working;
use crate::document::Output as ProjectOutput;
use crate::ffmpeg::command::Output;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::problem::Problem;

/// How good a picture has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Fast, for a look.
    Draft,
    /// For delivery.
    Medium,
    /// For delivery where size does not matter.
    High,
    /// Every frame exactly as composed.
    Lossless,
}

const QUALITIES: [(&str, Quality); 4] = [
    ("draft", Quality::Draft),
    ("medium", Quality::Medium),
    ("high", Quality::High),
    ("lossless", Quality::Lossless),
];

/// A container.
#[derive(Debug)]
pub struct Format {
    /// Its name, which is the ending of its files.
    pub name: &'static str,
    /// `FFmpeg`'s muxer.
    pub muxer: &'static str,
    /// Codecs of the picture, the usual one first.
    pub video: &'static [&'static str],
    /// Codecs of the sound: usual, lossless.
    pub audio: Option<(&'static str, Option<&'static str>)>,
    /// Whether it has room for chapters.
    pub chapters: bool,
    /// Codec of captions that are streams.
    pub captions: Option<&'static str>,
}

/// Every format that can be delivered.
pub const FORMATS: &[Format] = &[
    Format {
        name: "mp4",
        muxer: "mp4",
        video: &["h264", "hevc", "av1"],
        audio: Some(("aac", Some("alac"))),
        chapters: true,
        captions: Some("mov_text"),
    },
    Format {
        name: "mov",
        muxer: "mov",
        video: &["prores", "h264", "hevc"],
        audio: Some(("pcm_s24le", Some("pcm_s24le"))),
        chapters: true,
        captions: Some("mov_text"),
    },
    Format {
        name: "webm",
        muxer: "webm",
        video: &["vp9", "av1"],
        audio: Some(("opus", None)),
        chapters: true,
        captions: Some("webvtt"),
    },
    Format {
        name: "mkv",
        muxer: "matroska",
        video: &["ffv1", "h264", "hevc", "av1", "vp9"],
        audio: Some(("flac", Some("flac"))),
        chapters: true,
        captions: Some("subrip"),
    },
    Format {
        name: "stream",
        muxer: "mp4",
        video: &["h264"],
        audio: Some(("aac", None)),
        chapters: false,
        captions: None,
    },
    Format {
        name: "gif",
        muxer: "gif",
        video: &["gif"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "webp",
        muxer: "webp",
        video: &["webp"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "png",
        muxer: "image2pipe",
        video: &["png"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "png-sequence",
        muxer: "image2",
        video: &["png"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "jpg-sequence",
        muxer: "image2",
        video: &["mjpeg"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "webp-sequence",
        muxer: "image2",
        video: &["webp_still"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "tiff-sequence",
        muxer: "image2",
        video: &["tiff"],
        audio: None,
        chapters: false,
        captions: None,
    },
    Format {
        name: "m4a",
        muxer: "ipod",
        video: &[],
        audio: Some(("aac", Some("alac"))),
        chapters: true,
        captions: None,
    },
    Format {
        name: "mp3",
        muxer: "mp3",
        video: &[],
        audio: Some(("mp3", None)),
        chapters: true,
        captions: None,
    },
    Format {
        name: "wav",
        muxer: "wav",
        video: &[],
        audio: Some(("pcm_s16le", Some("pcm_s24le"))),
        chapters: false,
        captions: None,
    },
    Format {
        name: "flac",
        muxer: "flac",
        video: &[],
        audio: Some(("flac", Some("flac"))),
        chapters: false,
        captions: None,
    },
];

/// Encoders of a codec, the preferred one first, and what makes them what is asked for.
const ENCODERS: &[(&str, &[&str])] = &[
    (
        "h264",
        &[
            "libx264",
            "h264_nvenc",
            "h264_qsv",
            "h264_amf",
            "h264_videotoolbox",
        ],
    ),
    (
        "hevc",
        &[
            "libx265",
            "hevc_nvenc",
            "hevc_qsv",
            "hevc_amf",
            "hevc_videotoolbox",
        ],
    ),
    (
        "av1",
        &["libsvtav1", "libaom-av1", "av1_nvenc", "av1_qsv", "av1_amf"],
    ),
    ("vp9", &["libvpx-vp9"]),
    ("prores", &["prores_ks"]),
    ("ffv1", &["ffv1"]),
    ("gif", &["gif"]),
    ("webp", &["libwebp_anim"]),
    ("webp_still", &["libwebp"]),
    ("mjpeg", &["mjpeg"]),
    ("tiff", &["tiff"]),
    ("png", &["png"]),
    ("aac", &["aac"]),
    ("alac", &["alac"]),
    ("opus", &["libopus"]),
    ("mp3", &["libmp3lame"]),
    ("flac", &["flac"]),
    ("pcm_s16le", &["pcm_s16le"]),
    ("pcm_s24le", &["pcm_s24le"]),
];

/// The picture's encoder with its options.
#[derive(Debug, Clone)]
pub struct VideoEncoding {
    /// Codec by `FFmpeg`'s name.
    pub codec: &'static str,
    /// `FFmpeg`'s encoder.
    pub encoder: String,
    /// Pixel format that it gets.
    pub pixels: &'static str,
    /// Formats to compose in.
    pub working: Working,
    /// Options by name.
    pub options: Vec<(&'static str, String)>,
    /// How it was chosen, in words.
    pub why: String,
}

/// The sound's encoder with its options.
#[derive(Debug, Clone)]
pub struct AudioEncoding {
    /// Codec by `FFmpeg`'s name.
    pub codec: &'static str,
    /// `FFmpeg`'s encoder.
    pub encoder: &'static str,
    /// Ending of the file that the sound alone goes to.
    pub ending: &'static str,
    /// `FFmpeg`'s muxer for that file.
    pub muxer: &'static str,
    /// Samples per second that it takes.
    pub sample_rate: u32,
    /// Options by name.
    pub options: Vec<(&'static str, String)>,
}

/// Seconds between key frames of what is cut into segments, which begin with one.
const BETWEEN_KEYS: f64 = 2.0;

impl Format {
    /// Whether it is a folder of segments with playlists.
    #[must_use]
    pub fn is_package(&self) -> bool {
        self.name == "stream"
    }

    /// Whether it is many files of one picture each.
    #[must_use]
    pub fn is_sequence(&self) -> bool {
        self.muxer == "image2"
    }
}

/// A target that can be had.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// The container.
    pub format: &'static Format,
    /// Its picture, if it has one.
    pub video: Option<VideoEncoding>,
    /// Its sound, if it has some.
    pub audio: Option<AudioEncoding>,
}

/// Decides on format, codecs and encoders; reports everything that cannot be had.
pub fn encoding(
    target: &Target,
    output: &ProjectOutput,
    capabilities: &Capabilities,
    problems: &mut Vec<Problem>,
) -> Option<Encoding> {
    let before = problems.len();
    let Some(format) = FORMATS.iter().find(|format| format.name == target.format) else {
        problems.push(Problem::unknown_name(
            "target.format",
            "/target/format",
            "format",
            &target.format,
            &FORMATS.iter().map(|format| format.name).collect::<Vec<_>>(),
        ));
        return None;
    };
    let quality = QUALITIES
        .iter()
        .find(|(name, _)| *name == target.quality)
        .map(|(_, quality)| *quality);
    if quality.is_none() {
        problems.push(Problem::unknown_name(
            "target.quality",
            "/target/quality",
            "quality",
            &target.quality,
            &QUALITIES.map(|(name, _)| name),
        ));
    }
    let quality = quality.unwrap_or(Quality::Medium);
    if let Some((width, height)) = target.size {
        let fits = |extent: u32| (16..=16_384).contains(&extent) && extent % 2 == 0;
        if !fits(width) || !fits(height) {
            problems.push(
                Problem::new(
                    "target.size",
                    "/target/size",
                    format!("{width}x{height} is no size that can be rendered."),
                )
                .hint("Give an even width and height from 16 to 16384 pixels."),
            );
        }
    }
    captions(target.captions, format, problems);
    let mut video = picture::encoding(target, format, quality, capabilities, problems);
    if let Some(video) = video.as_mut().filter(|_| format.is_package()) {
        #[expect(clippy::cast_possible_truncation, reason = "frames of two seconds")]
        let frames = (output.rate.as_f64() * BETWEEN_KEYS).round() as i64;
        video.options.push(("g", frames.max(1).to_string()));
    }
    let audio = sound::encoding(target, format, quality, output, capabilities, problems);
    (problems.len() == before).then_some(Encoding { format, video, audio })
}

/// Captions that the format cannot have in this way.
fn captions(wanted: Captions, format: &Format, problems: &mut Vec<Problem>) {
    let (message, hint) = match wanted {
        Captions::Stream if format.captions.is_none() => (
            format!("A {} file has no streams of captions.", format.name),
            "mp4, mov, mkv and webm have them; or burn the captions in.",
        ),
        Captions::File if format.is_package() || format.is_sequence() => (
            format!(
                "Captions are written beside one file, and {} is a folder.",
                format.name
            ),
            "Render one file, or burn the captions in.",
        ),
        _ => return,
    };
    problems.push(Problem::new("target.captions", "/target/captions", message).hint(hint));
}

fn refuse(problems: &mut Vec<Problem>, field: &str, message: String, hint: &str) {
    let code = match field {
        "encoder" => "target.encoder",
        "quality" => "target.quality",
        "video_codec" | "format" => "target.codec",
        _ => "target.option",
    };
    problems.push(Problem::new(code, format!("/target/{field}"), message).hint(hint));
}

fn encoders_of(codec: &str) -> &'static [&'static str] {
    ENCODERS
        .iter()
        .find(|(name, _)| *name == codec)
        .map_or(&[], |(_, encoders)| encoders)
}

/// Whether it is a bit rate such as `192k`, within these bits per second.
fn is_bitrate(text: &str, (least, most): (f64, f64)) -> bool {
    bits_per_second(text).is_some_and(|bits| (least..=most).contains(&bits))
}

/// What a bit rate such as `192k` means; nothing where it is none.
fn bits_per_second(text: &str) -> Option<f64> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (text.get(..text.len() - 1).unwrap_or_default(), 1e3),
        Some(b'M') => (text.get(..text.len() - 1).unwrap_or_default(), 1e6),
        _ => (text, 1.0),
    };
    let sound =
        !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = sound.then(|| digits.parse::<f64>().ok()).flatten();
    number.map(|number| number * unit)
}

/// Adds options to an output.
pub fn with_options(output: Output, options: &[(&'static str, String)]) -> Result<Output, BuildError> {
    options.iter().try_fold(output, |output, (name, value)| {
        output.option(name, value.as_str())
    })
}

/// The filters that end the picture's graph for this encoder.
pub fn last_filters(video: &VideoEncoding) -> Vec<Filter> {
    match video.codec {
        "png" | "tiff" => vec![
            Filter::new("scale")
                .arg("in_color_matrix", "bt709")
                .arg("in_range", "tv")
                .arg("out_range", "pc"),
            Filter::new("format").value("rgb24"),
        ],
        // These have the colours of BT.601, whatever a file says.
        "webp" | "webp_still" if video.encoder.starts_with("libwebp") => vec![
            Filter::new("scale")
                .arg("in_color_matrix", "bt709")
                .arg("out_color_matrix", "bt601"),
            Filter::new("format").value(video.pixels),
        ],
        "mjpeg" => vec![
            Filter::new("scale")
                .arg("in_color_matrix", "bt709")
                .arg("in_range", "tv")
                .arg("out_color_matrix", "bt601")
                .arg("out_range", "pc"),
            Filter::new("format").value("yuvj420p"),
        ],
        _ => vec![Filter::new("format").value(video.pixels)],
    }
}
