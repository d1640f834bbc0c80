//! The dials of each encoder: what quality, preset, rate factor and bit rate mean to it.

use super::{Quality, is_bitrate, refuse};
use crate::compile::target::Target;
use crate::ffmpeg::filter::Value;
use crate::problem::Problem;

/// The option that tells x264 what ffmpeg has no option for.
pub const X264_PARAMS: &str = "x264-params";
/// Encoded frames have parameter sets of another number than those of sources, nearly all of which use 0: so
/// copied frames can stand between them, and it is no matter to a span whether any do.
const OWN_SETS: &str = "sps-id=7:chromaloc=0";
/// What x264 would take from the frames: sets of one number must be the same in every span.
pub const SAME_SETS: &str = "chromaloc=0";
/// The number of the encoded frames' parameter sets.
pub const OWN_ID: u32 = 7;

/// Macroblocks of a row that x264 weighs at once with AVX-512.
const AT_ONCE: u32 = 8;

/// The options of an encoder for pictures `width` pixels wide.
///
/// x264's macroblock tree depends on memory that nobody has written where a row is not full of what AVX-512
/// takes at once (measured: 704 pixels, not 768; not with `asm=avx2`, nor with `mbtree=0`), so that the same
/// frames become other packets now and then. Where it looks ahead in turn, and not in a thread of its own, and
/// its memory begins with the same bytes every time, that is the same, too. `asm` cannot be asked for less: it
/// would take what the processor may not have.
pub fn repeatable(options: &[(&'static str, String)], width: u32) -> Vec<(&'static str, String)> {
    let told = |(name, value): &(&'static str, String)| {
        if *name == X264_PARAMS && width.div_ceil(16) % AT_ONCE != 0 {
            (*name, format!("{value}:sync-lookahead=0"))
        } else {
            (*name, value.clone())
        }
    };
    options.iter().map(told).collect()
}

/// Options with their values.
type Fixed = &'static [(&'static str, &'static str)];
/// Values for draft, medium and high.
type Steps = [&'static str; 3];

/// What an encoder can be told.
struct Dial {
    /// Option that trades speed for size.
    preset: Option<(&'static str, Steps)>,
    /// Option that keeps a quality, and its range.
    factor: Option<(&'static str, Steps, (f64, f64))>,
    /// Options that always go with it.
    fixed: Fixed,
    /// Options that make it lossless, where it can be.
    lossless: Option<Fixed>,
    /// Whether it takes a bit rate.
    bitrate: bool,
}

/// The dial of an encoder that runs on the processor.
fn dial(encoder: &str) -> Dial {
    match encoder {
        "libx264" => Dial {
            preset: Some(("preset", ["superfast", "medium", "slow"])),
            factor: Some(("crf", ["30", "23", "18"], (0.0, 51.0))),
            fixed: &[(X264_PARAMS, OWN_SETS)],
            lossless: Some(&[("preset", "medium"), ("qp", "0"), (X264_PARAMS, OWN_SETS)]),
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
        "mjpeg" => Dial {
            preset: None,
            factor: Some(("q:v", ["8", "4", "2"], (2.0, 31.0))),
            fixed: &[],
            lossless: None,
            bitrate: false,
        },
        "tiff" => Dial {
            preset: None,
            factor: None,
            fixed: &[("compression_algo", "deflate")],
            lossless: Some(&[("compression_algo", "deflate")]),
            bitrate: false,
        },
        "libwebp_anim" | "libwebp" => Dial {
            preset: Some(("compression_level", ["2", "4", "6"])),
            factor: Some(("quality", ["50", "75", "90"], (0.0, 100.0))),
            fixed: &[],
            lossless: None,
            bitrate: false,
        },
        "gif" => Dial {
            preset: None,
            factor: None,
            fixed: &[],
            lossless: None,
            bitrate: false,
        },
        _ => hardware(encoder),
    }
}

/// The dial of an encoder that runs on a graphics card.
fn hardware(encoder: &str) -> Dial {
    match encoder {
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
    }
}

/// The options that make an encoder do what quality, rate factor, preset and bit rate ask for.
pub(super) fn options(
    target: &Target,
    encoder: &str,
    quality: Quality,
    problems: &mut Vec<Problem>,
) -> Option<Vec<(&'static str, String)>> {
    let before = problems.len();
    let dial = dial(encoder);
    let mut options = by_quality(&dial, encoder, quality, target, problems);
    with_preset(&dial, encoder, target, &mut options, problems);
    with_factor(&dial, encoder, quality, target, &mut options, problems);
    if let Some(bitrate) = &target.bitrate {
        if !dial.bitrate || quality == Quality::Lossless {
            refuse(
                problems,
                "bitrate",
                format!("{encoder} takes no bit rate here."),
                "Leave the option out.",
            );
        } else if is_bitrate(bitrate, (1e4, 2e9)) {
            set(&mut options, "b:v", bitrate.clone());
        } else {
            refuse(
                problems,
                "bitrate",
                format!("{bitrate:?} is no bit rate of a picture."),
                "Give 10k to 2000M bits per second: 4M or 800k.",
            );
        }
    }
    // Left alone, x264 starts half as many again, for parts of the picture that run side by side anyway.
    let usual = target.cores.filter(|_| encoder == "libx264");
    if let Some(threads) = target.threads.or(usual) {
        set(&mut options, "threads", threads.clamp(1, 64).to_string());
    }
    (problems.len() == before).then_some(options)
}

fn by_quality(
    dial: &Dial,
    encoder: &str,
    quality: Quality,
    target: &Target,
    problems: &mut Vec<Problem>,
) -> Vec<(&'static str, String)> {
    let own = |fixed: Fixed| {
        fixed
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };
    let pick = |[draft, medium, high]: Steps| match quality {
        Quality::Draft => draft.to_owned(),
        Quality::Medium => medium.to_owned(),
        Quality::High | Quality::Lossless => high.to_owned(),
    };
    if quality == Quality::Lossless {
        return dial.lossless.map_or_else(
            || {
                refuse(
                    problems,
                    "quality",
                    format!("{encoder} has no lossless mode."),
                    "Lossless works with h264, hevc, vp9 and ffv1.",
                );
                Vec::new()
            },
            own,
        );
    }
    let mut options: Vec<(&'static str, String)> = own(dial.fixed);
    if let Some((name, steps)) = dial.preset {
        options.push((name, pick(steps)));
    }
    if let (Some((name, steps, _)), None) = (&dial.factor, &target.bitrate) {
        options.push((name, pick(*steps)));
    }
    options
}

fn with_preset(
    dial: &Dial,
    encoder: &str,
    target: &Target,
    options: &mut Vec<(&'static str, String)>,
    problems: &mut Vec<Problem>,
) {
    let Some(preset) = &target.preset else { return };
    match dial.preset {
        Some((name, _)) if Value::word(preset.clone()).is_ok() && is_preset(encoder, preset) => {
            set(options, name, preset.clone());
        }
        Some(_) => {
            refuse(
                problems,
                "preset",
                format!("{encoder} has no preset {preset:?}."),
                preset_hint(encoder),
            );
        }
        None => refuse(
            problems,
            "preset",
            format!("{encoder} has no presets."),
            "Leave the option out.",
        ),
    }
}

fn with_factor(
    dial: &Dial,
    encoder: &str,
    quality: Quality,
    target: &Target,
    options: &mut Vec<(&'static str, String)>,
    problems: &mut Vec<Problem>,
) {
    let Some(crf) = target.crf else { return };
    match &dial.factor {
        Some(_) if quality == Quality::Lossless || target.bitrate.is_some() => refuse(
            problems,
            "crf",
            "A rate factor cannot be combined with lossless or a bit rate.".to_owned(),
            "Leave one of them out.",
        ),
        Some((name, _, (min, max))) if (*min..=*max).contains(&crf) => {
            set(options, name, Value::from(crf).to_string());
        }
        Some((_, _, (min, max))) => refuse(
            problems,
            "crf",
            format!("{encoder} takes a rate factor from {min} to {max}."),
            if encoder.starts_with("libwebp") {
                "Higher is better: 90 is high, 75 medium, 50 draft."
            } else {
                "Lower is better: 18 is high, 23 medium, 30 draft for libx264."
            },
        ),
        None => refuse(
            problems,
            "crf",
            format!("{encoder} has no rate factor."),
            "Leave the option out.",
        ),
    }
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
        "libwebp_anim" | "libwebp" => preset.parse::<u8>().is_ok_and(|level| level <= 6),
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
        "libwebp_anim" | "libwebp" => "Give 0 (fast) to 6 (small).",
        "prores_ks" => "Give proxy, lt, standard or hq.",
        _ => "See the documentation of the encoder.",
    }
}
