//! Colours: everything is brought to BT.709 in limited range, with explicit matrices.

use super::media::VideoFacts;
use crate::ffmpeg::filter::Filter;
pub use crate::ffmpeg::working::{Working, from_rgb, tag, to_rgb};

/// What turns a source's numbers into BT.709: arguments for the scaler, or filters before it.
#[derive(Debug, Default)]
pub struct Normal {
    /// Filters that come first (tone mapping).
    pub first: Vec<Filter>,
    /// Matrix and range of the source, where the scaler has to convert.
    pub from: Option<(&'static str, &'static str)>,
    /// Whether the source is RGB.
    pub rgb: bool,
}

/// How this source becomes BT.709.
pub fn normal(video: &VideoFacts, working: Working) -> Normal {
    if video.is_hdr() {
        return Normal {
            first: tone_map(video, working),
            from: None,
            rgb: false,
        };
    }
    let format = video.pixel_format.as_str();
    let rgb = [
        "rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "mono",
    ]
    .iter()
    .any(|prefix| format.starts_with(prefix));
    if rgb {
        return Normal {
            rgb: true,
            ..Normal::default()
        };
    }
    let full =
        video.color.range.as_deref() == Some("pc") || format.starts_with("yuvj") || is_full_gray(format);
    let range = if full { "pc" } else { "tv" };
    let matrix = match video.color.space.as_deref() {
        Some("bt709") => "bt709",
        Some("smpte170m" | "bt470bg") => "smpte170m",
        Some("smpte240m") => "smpte240m",
        Some("fcc") => "fcc",
        Some("bt2020nc" | "bt2020c") => "bt2020",
        // What a file does not say is what its size was made for.
        _ if video.height.max(video.width) <= 1024 && video.height.min(video.width) <= 576 => "smpte170m",
        _ => "bt709",
    };
    let from = (matrix != "bt709" || full).then_some((matrix, range));
    Normal {
        from,
        ..Normal::default()
    }
}

fn is_full_gray(format: &str) -> bool {
    format.starts_with("gray") || format.starts_with("ya8") || format.starts_with("ya16")
}

fn tone_map(video: &VideoFacts, working: Working) -> Vec<Filter> {
    let transfer: &'static str = if video.color.transfer.as_deref() == Some("smpte2084") {
        "smpte2084"
    } else {
        "arib-std-b67"
    };
    let range: &'static str = if video.color.range.as_deref() == Some("pc") {
        "full"
    } else {
        "limited"
    };
    vec![
        Filter::new("zscale")
            .arg("tin", transfer)
            .arg("min", "2020_ncl")
            .arg("pin", "2020")
            .arg("rin", range)
            .arg("t", "linear")
            .arg("npl", 100_i64),
        Filter::new("format").value("gbrpf32le"),
        Filter::new("zscale").arg("p", "709"),
        Filter::new("tonemap").arg("tonemap", "hable").arg("desat", 0_i64),
        Filter::new("zscale")
            .arg("t", "709")
            .arg("m", "709")
            .arg("r", "limited"),
        Filter::new("format").value(working.plain),
    ]
}

/// From a source's numbers to RGB.
pub fn source_to_rgb(normal: &Normal) -> Filter {
    let (matrix, range) = normal.from.unwrap_or(("bt709", "tv"));
    Filter::new("scale")
        .arg("in_color_matrix", matrix)
        .arg("in_range", range)
        .arg("out_range", "pc")
}

/// The scaler to this size, converting from the source's numbers; nothing where there is nothing to do.
pub fn scaler(normal: &Normal, from: (u32, u32), to: (u32, u32)) -> Option<Filter> {
    let resized = from != to;
    if !resized && normal.from.is_none() && !normal.rgb {
        return None;
    }
    let mut filter = Filter::new("scale").arg("w", to.0).arg("h", to.1);
    if let Some((matrix, range)) = normal.from {
        filter = filter
            .arg("in_color_matrix", matrix)
            .arg("in_range", range)
            .arg("out_color_matrix", "bt709")
            .arg("out_range", "tv");
    } else if normal.rgb {
        filter = filter.arg("out_color_matrix", "bt709").arg("out_range", "tv");
    }
    Some(filter)
}
