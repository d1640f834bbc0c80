//! The picture's codec and encoder.

use super::{Format, Quality, VideoEncoding, dial, encoders_of, refuse};
use crate::compile::target::{Capabilities, Target};
use crate::compile::tint::Working;
use crate::problem::Problem;

pub(super) fn encoding(
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
    let (codec, encoder, why) = chosen(target, format, codec, capabilities, problems)?;
    let options = dial::options(target, &encoder, quality, problems)?;
    let working = if codec == "prores" {
        Working::TEN
    } else {
        Working::EIGHT
    };
    let pixels = match codec {
        "png" | "tiff" => "rgb24",
        "mjpeg" => "yuvj420p",
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

/// The encoder that is asked for, or the first that works, with its codec.
fn chosen(
    target: &Target,
    format: &'static Format,
    codec: &'static str,
    capabilities: &Capabilities,
    problems: &mut Vec<Problem>,
) -> Option<(&'static str, String, String)> {
    let chosen = match &target.encoder {
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
    Some(chosen)
}
