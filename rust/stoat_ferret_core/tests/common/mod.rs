//! Made-up facts and shortcuts that the integration tests share.
#![allow(dead_code, reason = "each test file uses its own part of this module")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use serde_json::{Value, json};
use stoat_ferret_core::compile::{Capabilities, Media, Target, compile};
use stoat_ferret_core::document::{Project, read};
use stoat_ferret_core::ffmpeg::transitions::TransitionType;
use stoat_ferret_core::problem::Problem;
use stoat_ferret_core::render::plan::Plan;

/// Facts of five sources: speech with picture, a silent film, music, a picture and one that is missing;
/// and of two colour tables.
pub fn media() -> Media {
    let bt709 = json!({"range": "tv", "space": "bt709", "primaries": "bt709", "transfer": "bt709"});
    serde_json::from_value(json!({
        "talk.mp4": {
            "path": "/media/talk.mp4", "kind": "video", "format": "mov,mp4,m4a,3gp,3g2,mj2", "demuxer": "mov",
            "start": 0.0, "duration": 10.0,
            "video": {"index": 0, "decoder": "h264", "width": 1920, "height": 1080, "sar": [1, 1],
                "rate": [30, 1], "pixel_format": "yuv420p", "color": bt709},
            "audio": {"index": 1, "sample_rate": 48000, "channels": 2, "layout": "stereo"},
        },
        "silent.mp4": {
            "path": "/media/silent.mp4", "kind": "video", "format": "mov,mp4,m4a,3gp,3g2,mj2", "demuxer": "mov",
            "start": 0.0, "duration": 8.0,
            "video": {"index": 0, "decoder": "h264", "width": 1280, "height": 720, "sar": [1, 1],
                "rate": [25, 1], "pixel_format": "yuv420p", "color": bt709},
        },
        "music.flac": {
            "path": "/media/music.flac", "kind": "audio", "format": "flac", "demuxer": "flac",
            "start": 0.0, "duration": 60.0,
            "audio": {"index": 0, "sample_rate": 44100, "channels": 2, "layout": "stereo"},
        },
        "photo.png": {
            "path": "/media/photo.png", "kind": "image", "format": "png_pipe", "demuxer": "png_pipe",
            "video": {"index": 0, "decoder": "png", "width": 3000, "height": 2000, "sar": [1, 1],
                "alpha": true, "pixel_format": "rgba"},
        },
        "film.cube": {"path": "/media/film.cube", "kind": "audio", "duration": 1.0,
            "audio": {"index": 0, "sample_rate": 44100, "channels": 2}},
        "looks/house.cube": {
            "table": {"path": "/media/looks/house.cube", "dimensions": 3, "size": 33, "digest": "ab12"},
            "error": {"code": "media.not_media", "message": "It is a colour table."},
        },
        "looks/curve.cube": {
            "table": {"path": "/media/looks/curve.cube", "dimensions": 1, "size": 256, "digest": "cd34"},
            "error": {"code": "media.not_media", "message": "It is a colour table."},
        },
        "gone.mp4": {"error": {"code": "media.missing", "message": "There is no such file.", "hint": "Look again."}},
    }))
    .unwrap()
}

/// What a complete `FFmpeg` 9 can do.
pub fn capabilities() -> Capabilities {
    serde_json::from_value(json!({
        "ffmpeg": {"version": "9.0", "major": 9},
        "filters": [
            "aevalsrc", "anoisesrc", "sine", "rotate",
            "areverse", "fps", "loop", "reverse", "select",
            "acompressor", "acrossfade", "adelay", "aecho", "aeval", "afade", "afftdn", "aformat", "agate",
            "alimiter", "alphaextract", "alphamerge", "amix", "anull", "apad", "aresample", "asetnsamples", "asplit",
            "atempo", "atrim", "blend", "chromakey", "color", "colorchannelmixer", "colorkey", "crop",
            "curves", "deesser", "despill", "drawbox", "drawtext", "eq", "equalizer", "extractplanes", "fade", "format",
            "gblur", "geq", "hflip", "highpass", "hqdn3d", "hue", "lenscorrection", "loudnorm", "lowpass", "lut", "lut1d", "lut3d", "lutrgb",
            "lutyuv", "mergeplanes", "minterpolate", "noise", "null", "overlay", "pad", "pan", "perspective", "premultiply", "rubberband", "scale", "setparams", "setsar",
            "setpts", "sidechaincompress", "split", "subtitles", "tonemap", "transpose", "unpremultiply", "unsharp", "vaguedenoiser",
            "vflip", "vidstabdetect", "vidstabtransform", "volume", "xfade", "zscale",
        ],
        "transitions": TransitionType::NAMES,
        "encoders": ["libx264", "aac", "libvpx-vp9", "libopus", "flac", "ffv1", "gif", "png", "pcm_s16le"],
        "fonts": [{"family": "Roboto", "style": "Regular", "path": "/fonts/Roboto-Regular.ttf",
            "coverage": [[32, 126]]}],
    }))
    .unwrap()
}

/// A file of this format, everything else as usual.
pub fn target(format: &str) -> Target {
    serde_json::from_value(json!({ "format": format })).unwrap()
}

/// A project of 640x360 at 30 frames per second.
pub fn project(tracks: &Value) -> Value {
    json!({"schema": "stoat.project/1", "name": "Test",
        "output": {"width": 640, "height": 360, "fps": 30}, "tracks": tracks})
}

/// A project of one video track with these clips and transitions.
pub fn film(clips: &Value, transitions: &Value) -> Value {
    project(&json!([{"id": "main", "type": "video", "clips": clips, "transitions": transitions}]))
}

/// A project of one clip.
pub fn one(clip: &Value) -> Value {
    film(&json!([clip]), &json!([]))
}

/// The project that this document says.
pub fn good(document: &Value) -> Project {
    read(document).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// All that is wrong with a document.
pub fn problems(document: &Value) -> Vec<Problem> {
    read(document).err().unwrap_or_default()
}

/// Codes and pointers of all that is wrong with a document.
pub fn found(document: &Value) -> Vec<(String, String)> {
    coded(&problems(document))
}

/// Codes and pointers of problems.
pub fn coded(problems: &[Problem]) -> Vec<(String, String)> {
    problems
        .iter()
        .map(|problem| (problem.code.to_string(), problem.path.clone()))
        .collect()
}

/// The same as [`found`], from words.
pub fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(code, path)| ((*code).to_owned(), (*path).to_owned()))
        .collect()
}

/// The plan of a range of a document as an MP4.
pub fn part(document: &Value, range: Option<(i64, i64)>) -> Plan {
    compile(document, &media(), &capabilities(), &target("mp4"), range)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The plan of a whole document as an MP4.
pub fn plan(document: &Value) -> Plan {
    part(document, None)
}

/// What the compiler refuses in a document.
pub fn refused(document: &Value) -> Vec<(String, String)> {
    match compile(document, &media(), &capabilities(), &target("mp4"), None) {
        Ok(_) => Vec::new(),
        Err(problems) => coded(&problems),
    }
}
