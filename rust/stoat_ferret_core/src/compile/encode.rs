//! Formats and encoders: what a target means in arguments, or why it cannot be had.

use super::target::{Capabilities, Target};
use super::tint::Working;
use crate::document::Output as ProjectOutput;
use crate::ffmpeg::command::Output;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};
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
}

/// Every format that can be delivered.
pub const FORMATS: &[Format] = &[
    Format {
        name: "mp4",
        muxer: "mp4",
        video: &["h264", "hevc", "av1"],
        audio: Some(("aac", Some("alac"))),
    },
    Format {
        name: "mov",
        muxer: "mov",
        video: &["prores", "h264", "hevc"],
        audio: Some(("pcm_s24le", Some("pcm_s24le"))),
    },
    Format {
        name: "webm",
        muxer: "webm",
        video: &["vp9", "av1"],
        audio: Some(("opus", None)),
    },
    Format {
        name: "mkv",
        muxer: "matroska",
        video: &["ffv1", "h264", "hevc", "av1", "vp9"],
        audio: Some(("flac", Some("flac"))),
    },
    Format {
        name: "gif",
        muxer: "gif",
        video: &["gif"],
        audio: None,
    },
    Format {
        name: "png",
        muxer: "image2pipe",
        video: &["png"],
        audio: None,
    },
    Format {
        name: "m4a",
        muxer: "ipod",
        video: &[],
        audio: Some(("aac", Some("alac"))),
    },
    Format {
        name: "mp3",
        muxer: "mp3",
        video: &[],
        audio: Some(("mp3", None)),
    },
    Format {
        name: "wav",
        muxer: "wav",
        video: &[],
        audio: Some(("pcm_s16le", Some("pcm_s24le"))),
    },
    Format {
        name: "flac",
        muxer: "flac",
        video: &[],
        audio: Some(("flac", Some("flac"))),
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

/// A target that can be had.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// The container.
    pub format: &'static Format,
    /// Its picture, if it has one.
    pub video: Option<VideoEncoding>,
    /// Its sound, if it has some.
    pub audio: Option<AudioEncoding>,
    /// How good.
    pub quality: Quality,
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
    let video = video(target, format, quality, capabilities, problems);
    let audio = audio(target, format, quality, output, capabilities, problems);
    (problems.len() == before).then_some(Encoding {
        format,
        video,
        audio,
        quality,
    })
}

fn refuse(problems: &mut Vec<Problem>, field: &str, message: String, hint: &str) {
    let code = match field {
        "encoder" => "target.encoder",
        "quality" => "target.quality",
        "video_codec" => "target.codec",
        _ => "target.option",
    };
    problems.push(Problem::new(code, format!("/target/{field}"), message).hint(hint));
}

fn video(
    target: &Target,
    format: &'static Format,
    quality: Quality,
    capabilities: &Capabilities,
    problems: &mut Vec<Problem>,
) -> Option<VideoEncoding> {
    let usual = format.video.first().copied();
    let Some(usual) = usual else {
        for (field, given) in [
            ("video_codec", target.video_codec.is_some()),
            ("encoder", target.encoder.is_some()),
            ("preset", target.preset.is_some()),
            ("crf", target.crf.is_some()),
            ("bitrate", target.bitrate.is_some()),
            ("size", target.size.is_some()),
        ] {
            if given {
                refuse(
                    problems,
                    field,
                    format!("{} has no picture.", format.name),
                    "Leave the option out.",
                );
            }
        }
        return None;
    };
    let mut codec = usual;
    if let Some(wanted) = &target.video_codec {
        match format.video.iter().find(|known| *known == wanted) {
            Some(known) => codec = known,
            None => {
                problems.push(Problem::unknown_name(
                    "target.codec",
                    "/target/video_codec",
                    &format!("codec in {}", format.name),
                    wanted,
                    format.video,
                ));
                return None;
            }
        }
    }
    let (codec, encoder, why) = match &target.encoder {
        Some(name) => {
            let Some(codec) = format
                .video
                .iter()
                .find(|codec| encoders_of(codec).contains(&name.as_str()))
            else {
                let all: Vec<&str> = format
                    .video
                    .iter()
                    .flat_map(|codec| encoders_of(codec))
                    .copied()
                    .collect();
                problems.push(Problem::unknown_name(
                    "target.encoder",
                    "/target/encoder",
                    &format!("encoder for {}", format.name),
                    name,
                    &all,
                ));
                return None;
            };
            if target
                .video_codec
                .as_deref()
                .is_some_and(|wanted| wanted != *codec)
            {
                refuse(
                    problems,
                    "encoder",
                    format!(
                        "{name} does not make {}.",
                        target.video_codec.as_deref().unwrap_or_default()
                    ),
                    "Leave one of the two out.",
                );
                return None;
            }
            if !capabilities.encoders.contains(name) {
                refuse(
                    problems,
                    "encoder",
                    format!("{name} does not work on this machine."),
                    "`stoat doctor` lists the encoders that do; leave the option out to take the best of them.",
                );
                return None;
            }
            (*codec, name.clone(), format!("{name}, as asked for"))
        }
        None => {
            let found = encoders_of(codec)
                .iter()
                .find(|name| capabilities.encoders.contains(**name));
            let Some(name) = found else {
                refuse(
                    problems,
                    "video_codec",
                    format!("No encoder for {codec} works on this machine."),
                    "`stoat doctor` says what is missing; another format may do.",
                );
                return None;
            };
            (
                codec,
                (*name).to_owned(),
                format!(
                    "{name}, the first that works here of {}",
                    encoders_of(codec).join(", ")
                ),
            )
        }
    };
    let options = options(target, &encoder, quality, problems)?;
    let working = if codec == "prores" {
        Working::TEN
    } else {
        Working::EIGHT
    };
    let pixels = match codec {
        "png" => "rgb24",
        "gif" => "pal8",
        _ => working.plain,
    };
    Some(VideoEncoding {
        codec,
        encoder,
        pixels,
        working,
        options,
        why,
    })
}

fn encoders_of(codec: &str) -> &'static [&'static str] {
    ENCODERS
        .iter()
        .find(|(name, _)| *name == codec)
        .map_or(&[], |(_, encoders)| encoders)
}

/// The options that make an encoder do what quality, rate factor, preset and bit rate ask for.
fn options(
    target: &Target,
    encoder: &str,
    quality: Quality,
    problems: &mut Vec<Problem>,
) -> Option<Vec<(&'static str, String)>> {
    let before = problems.len();
    let level = match quality {
        Quality::Draft => 0,
        Quality::Medium => 1,
        Quality::High | Quality::Lossless => 2,
    };
    let pick = |choices: [&str; 3]| choices.get(level).copied().unwrap_or_default().to_owned();
    // Preset option and values, rate factor option and values with its range, lossless options.
    type Lossless = Option<&'static [(&'static str, &'static str)]>;
    struct Dial {
        preset: Option<(&'static str, [&'static str; 3])>,
        factor: Option<(&'static str, [&'static str; 3], (f64, f64))>,
        fixed: &'static [(&'static str, &'static str)],
        lossless: Lossless,
        bitrate: bool,
    }
    let dial = match encoder {
        "libx264" => Dial {
            preset: Some(("preset", ["superfast", "medium", "slow"])),
            factor: Some(("crf", ["30", "23", "18"], (0.0, 51.0))),
            fixed: &[],
            lossless: Some(&[("preset", "medium"), ("qp", "0")]),
            bitrate: true,
        },
        "libx265" => Dial {
            preset: Some(("preset", ["superfast", "fast", "slow"])),
            factor: Some(("crf", ["32", "26", "20"], (0.0, 51.0))),
            fixed: &[("tag:v", "hvc1")],
            lossless: Some(&[("preset", "fast"), ("x265-params", "lossless=1:log-level=error")]),
            bitrate: true,
        },
        "libsvtav1" => Dial {
            preset: Some(("preset", ["12", "8", "5"])),
            factor: Some(("crf", ["45", "35", "24"], (1.0, 63.0))),
            fixed: &[],
            lossless: None,
            bitrate: true,
        },
        "libaom-av1" => Dial {
            preset: Some(("cpu-used", ["8", "6", "4"])),
            factor: Some(("crf", ["45", "35", "24"], (1.0, 63.0))),
            fixed: &[("row-mt", "1")],
            lossless: None,
            bitrate: true,
        },
        "libvpx-vp9" => Dial {
            preset: Some(("cpu-used", ["8", "4", "2"])),
            factor: Some(("crf", ["45", "33", "22"], (0.0, 63.0))),
            fixed: &[("row-mt", "1"), ("b:v", "0")],
            lossless: Some(&[("cpu-used", "4"), ("row-mt", "1"), ("lossless", "1")]),
            bitrate: true,
        },
        "prores_ks" => Dial {
            preset: Some(("profile:v", ["proxy", "standard", "hq"])),
            factor: None,
            fixed: &[("vendor", "apl0")],
            lossless: None,
            bitrate: false,
        },
        "ffv1" => Dial {
            preset: None,
            factor: None,
            fixed: &[("level", "3"), ("g", "1"), ("slicecrc", "1")],
            lossless: Some(&[("level", "3"), ("g", "1"), ("slicecrc", "1")]),
            bitrate: false,
        },
        "png" => Dial {
            preset: None,
            factor: None,
            fixed: &[],
            lossless: Some(&[]),
            bitrate: false,
        },
        "gif" => Dial {
            preset: None,
            factor: None,
            fixed: &[],
            lossless: None,
            bitrate: false,
        },
        name if name.ends_with("_nvenc") => Dial {
            preset: Some(("preset", ["p1", "p4", "p7"])),
            factor: Some(("cq", ["36", "26", "20"], (0.0, 51.0))),
            fixed: &[("rc", "vbr"), ("b:v", "0")],
            lossless: None,
            bitrate: true,
        },
        name if name.ends_with("_qsv") => Dial {
            preset: Some(("preset", ["veryfast", "medium", "slower"])),
            factor: Some(("global_quality", ["34", "25", "19"], (1.0, 51.0))),
            fixed: &[],
            lossless: None,
            bitrate: true,
        },
        name if name.ends_with("_amf") => Dial {
            preset: Some(("quality", ["speed", "balanced", "quality"])),
            factor: Some(("qvbr_quality_level", ["34", "25", "19"], (1.0, 51.0))),
            fixed: &[("rc", "qvbr")],
            lossless: None,
            bitrate: true,
        },
        _ => Dial {
            preset: None,
            factor: Some(("q:v", ["40", "55", "75"], (1.0, 100.0))),
            fixed: &[],
            lossless: None,
            bitrate: true,
        },
    };
    let mut options: Vec<(&'static str, String)> = Vec::new();
    let own = |fixed: &'static [(&'static str, &'static str)]| {
        fixed
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    if quality == Quality::Lossless {
        match dial.lossless {
            Some(lossless) => options.extend(own(lossless)),
            None => refuse(
                problems,
                "quality",
                format!("{encoder} has no lossless mode."),
                "Lossless works with h264, hevc, vp9 and ffv1.",
            ),
        }
    } else {
        options.extend(own(dial.fixed));
        if let Some((name, choices)) = dial.preset {
            options.push((name, pick(choices)));
        }
        if let (Some((name, choices, _)), None) = (&dial.factor, &target.bitrate) {
            options.push((name, pick(*choices)));
        }
    }
    if let Some(preset) = &target.preset {
        match dial.preset {
            Some((name, _)) if Value::word(preset.clone()).is_ok() && is_preset(encoder, preset) => {
                set(&mut options, name, preset.clone());
            }
            Some(_) => refuse(
                problems,
                "preset",
                format!("{encoder} has no preset {preset:?}."),
                preset_hint(encoder),
            ),
            None => refuse(
                problems,
                "preset",
                format!("{encoder} has no presets."),
                "Leave the option out.",
            ),
        }
    }
    if let Some(crf) = target.crf {
        match &dial.factor {
            Some(_) if quality == Quality::Lossless || target.bitrate.is_some() => refuse(
                problems,
                "crf",
                "A rate factor cannot be combined with lossless or a bit rate.".to_owned(),
                "Leave one of them out.",
            ),
            Some((name, _, (min, max))) if (*min..=*max).contains(&crf) => {
                set(&mut options, name, Value::from(crf).to_string());
            }
            Some((_, _, (min, max))) => refuse(
                problems,
                "crf",
                format!("{encoder} takes a rate factor from {min} to {max}."),
                "Lower is better: 18 is high, 23 medium, 30 draft for libx264.",
            ),
            None => refuse(
                problems,
                "crf",
                format!("{encoder} has no rate factor."),
                "Leave the option out.",
            ),
        }
    }
    if let Some(bitrate) = &target.bitrate {
        if !dial.bitrate || quality == Quality::Lossless {
            refuse(
                problems,
                "bitrate",
                format!("{encoder} takes no bit rate here."),
                "Leave the option out.",
            );
        } else if is_bitrate(bitrate) {
            set(&mut options, "b:v", bitrate.clone());
        } else {
            refuse(
                problems,
                "bitrate",
                format!("{bitrate:?} is not a bit rate."),
                "Give bits per second: 4M or 800k.",
            );
        }
    }
    if let Some(threads) = target.threads {
        set(&mut options, "threads", threads.clamp(1, 64).to_string());
    }
    (problems.len() == before).then_some(options)
}

fn set(options: &mut Vec<(&'static str, String)>, name: &'static str, value: String) {
    options.retain(|(known, _)| *known != name);
    options.push((name, value));
}

const X26X: &[&str] = &[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
];

fn is_preset(encoder: &str, preset: &str) -> bool {
    match encoder {
        "libx264" | "libx265" => X26X.contains(&preset),
        "libsvtav1" => preset.parse::<u8>().is_ok_and(|level| level <= 13),
        "libaom-av1" | "libvpx-vp9" => preset.parse::<u8>().is_ok_and(|level| level <= 8),
        "prores_ks" => ["proxy", "lt", "standard", "hq"].contains(&preset),
        _ => true,
    }
}

fn preset_hint(encoder: &str) -> &'static str {
    match encoder {
        "libx264" | "libx265" => {
            "Give one of ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, veryslow."
        }
        "libsvtav1" => "Give 0 (slow) to 13 (fast).",
        "libaom-av1" | "libvpx-vp9" => "Give 0 (slow) to 8 (fast).",
        "prores_ks" => "Give proxy, lt, standard or hq.",
        _ => "See the documentation of the encoder.",
    }
}

fn is_bitrate(text: &str) -> bool {
    let digits = text.strip_suffix(['k', 'K', 'M']).unwrap_or(text);
    !digits.is_empty()
        && digits.len() <= 9
        && digits.parse::<f64>().is_ok_and(|number| number > 0.0)
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn audio(
    target: &Target,
    format: &'static Format,
    quality: Quality,
    output: &ProjectOutput,
    capabilities: &Capabilities,
    problems: &mut Vec<Problem>,
) -> Option<AudioEncoding> {
    let Some((usual, lossless)) = format.audio else {
        if target.audio_bitrate.is_some() {
            refuse(
                problems,
                "audio_bitrate",
                format!("{} has no sound.", format.name),
                "Leave the option out.",
            );
        }
        return None;
    };
    let codec = if quality == Quality::Lossless {
        let Some(lossless) = lossless else {
            refuse(
                problems,
                "quality",
                format!("{} has no lossless sound.", format.name),
                "Use mkv, mov, mp4, wav or flac for lossless sound.",
            );
            return None;
        };
        lossless
    } else {
        usual
    };
    let encoder = encoders_of(codec)
        .iter()
        .find(|name| capabilities.encoders.contains(**name));
    let Some(encoder) = encoder.copied() else {
        refuse(
            problems,
            "format",
            format!("No encoder for {codec} works on this machine."),
            "`stoat doctor` says what is missing; another format may do.",
        );
        return None;
    };
    let mut options = Vec::new();
    let stereo = output.channels <= 2;
    let usual_bitrate = match (codec, quality) {
        ("aac" | "mp3", Quality::Draft) => Some(if stereo { "128k" } else { "256k" }),
        ("aac" | "mp3", Quality::Medium) => Some(if stereo { "192k" } else { "384k" }),
        ("aac" | "mp3", _) => Some(if stereo { "256k" } else { "512k" }),
        ("opus", Quality::Draft) => Some(if stereo { "96k" } else { "192k" }),
        ("opus", Quality::Medium) => Some(if stereo { "160k" } else { "320k" }),
        ("opus", _) => Some(if stereo { "256k" } else { "450k" }),
        _ => None,
    };
    match (&target.audio_bitrate, usual_bitrate) {
        (Some(bitrate), Some(_)) if is_bitrate(bitrate) => options.push(("b:a", bitrate.clone())),
        (Some(bitrate), Some(_)) => {
            refuse(
                problems,
                "audio_bitrate",
                format!("{bitrate:?} is not a bit rate."),
                "Give bits per second: 192k.",
            );
        }
        (Some(_), None) => {
            refuse(
                problems,
                "audio_bitrate",
                format!("{codec} takes no bit rate."),
                "Leave the option out.",
            );
        }
        (None, Some(bitrate)) => options.push(("b:a", bitrate.to_owned())),
        (None, None) => {}
    }
    if codec == "mp3" && output.channels > 2 {
        refuse(
            problems,
            "format",
            "mp3 has at most two channels.".to_owned(),
            "Use another format, or 2 channels.",
        );
    }
    if codec == "flac" || codec == "alac" {
        // 24 bits: `flac` takes them as 32-bit samples.
        options.push((
            "sample_fmt",
            if codec == "alac" { "s32p" } else { "s32" }.to_owned(),
        ));
        if codec == "flac" {
            options.push(("bits_per_raw_sample", "24".to_owned()));
        }
    }
    let (ending, muxer) = match codec {
        "aac" | "alac" => ("m4a", "ipod"),
        "opus" => ("webm", "webm"),
        "mp3" => ("mp3", "mp3"),
        "flac" => ("flac", "flac"),
        _ => ("wav", "wav"),
    };
    let sample_rate = taken(codec, output.sample_rate);
    Some(AudioEncoding {
        codec,
        encoder,
        ending,
        muxer,
        sample_rate,
        options,
    })
}

/// The sample rate nearest above (or the highest) that a codec takes.
fn taken(codec: &str, wanted: u32) -> u32 {
    let known: &[u32] = match codec {
        "opus" => &[48_000],
        "mp3" => &[
            8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
        ],
        "aac" => &[
            8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000,
        ],
        _ => return wanted,
    };
    known
        .iter()
        .copied()
        .find(|rate| *rate >= wanted)
        .or_else(|| known.last().copied())
        .unwrap_or(wanted)
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
        "png" => vec![
            Filter::new("scale")
                .arg("in_color_matrix", "bt709")
                .arg("in_range", "tv")
                .arg("out_range", "pc"),
            Filter::new("format").value("rgb24"),
        ],
        _ => vec![Filter::new("format").value(video.pixels)],
    }
}
