//! The sound's codec and encoder.

use super::{AudioEncoding, Format, Quality, bits_per_second, encoders_of, is_bitrate, refuse};
use crate::compile::target::{Capabilities, Target};
use crate::document::Output;
use crate::problem::Problem;

pub(super) fn encoding(
    target: &Target,
    format: &'static Format,
    quality: Quality,
    output: &Output,
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
        (Some(bitrate), Some(_)) if is_bitrate(bitrate, (8e3, 1e6)) => options.push(("b:a", bitrate.clone())),
        (Some(bitrate), Some(_)) => {
            refuse(
                problems,
                "audio_bitrate",
                format!("{bitrate:?} is no bit rate of a sound."),
                "Give 8k to 1000k bits per second: 192k.",
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
    if codec == "aac" && suits_fast_search(&options, output.channels) {
        options.push(("aac_coder", "fast".to_owned()));
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
    let (ending, muxer) = file_of(codec);
    let sample_rate = taken(codec, target.sample_rate.unwrap_or(output.sample_rate));
    Some(AudioEncoding {
        codec,
        encoder,
        ending,
        muxer,
        sample_rate,
        options,
    })
}

/// Whether `FFmpeg`'s quicker search for the quantizers of AAC is the better one, too: from middle bit rates
/// on, and as long as it makes use of them.
fn suits_fast_search(options: &[(&'static str, String)], channels: u32) -> bool {
    const BITS_PER_CHANNEL: std::ops::RangeInclusive<f64> = 48e3..=96e3;
    let bits = options
        .iter()
        .find(|(name, _)| *name == "b:a")
        .and_then(|(_, value)| bits_per_second(value));
    bits.is_some_and(|bits| BITS_PER_CHANNEL.contains(&(bits / f64::from(channels))))
}

/// Ending and muxer of the file that a codec's sound goes to.
fn file_of(codec: &str) -> (&'static str, &'static str) {
    match codec {
        "aac" | "alac" => ("m4a", "ipod"),
        "opus" => ("webm", "webm"),
        "mp3" => ("mp3", "mp3"),
        "flac" => ("flac", "flac"),
        _ => ("wav", "wav"),
    }
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
