//! What effects on left and right have in common.
//!
//! A stereo programme has one pair of them; 5.1 has one in front, one around, and a centre.

use crate::ffmpeg::filter::{Filter, Value};

/// What each output channel takes of each channel; what is not named is 0.
pub(super) type Matrix = Vec<Vec<(usize, f64)>>;

/// The pairs of left and right.
pub(super) fn pairs(channels: u32) -> &'static [(usize, usize)] {
    match channels {
        6 => &[(0, 1), (4, 5)],
        2 => &[(0, 1)],
        _ => &[],
    }
}

/// The centre, which both sides share.
pub(super) fn center(channels: u32) -> Option<usize> {
    (channels == 6).then_some(2)
}

/// Every channel as it is.
pub(super) fn same(channels: u32) -> Matrix {
    (0..usize::try_from(channels).unwrap_or(0))
        .map(|channel| vec![(channel, 1.0)])
        .collect()
}

/// The same with another row.
pub(super) fn put(mut matrix: Matrix, channel: usize, row: Vec<(usize, f64)>) -> Matrix {
    if let Some(place) = matrix.get_mut(channel) {
        *place = row;
    }
    matrix
}

/// The filter of a matrix.
pub(super) fn mixed(channels: u32, matrix: &Matrix) -> Filter {
    let layout = match channels {
        1 => "mono",
        6 => "5.1",
        _ => "stereo",
    };
    let rows = matrix.iter().enumerate().map(|(channel, row)| {
        let terms: Vec<String> = row
            .iter()
            .map(|(from, factor)| format!("{factor:.9}*c{from}"))
            .collect();
        format!("c{channel}={}", terms.join("+").replace("+-", "-"))
    });
    let text: Vec<String> = std::iter::once(layout.to_owned()).chain(rows).collect();
    Filter::new("pan").arg("args", Value::Text(text.join("|")))
}

/// The filters of channels that are each a formula of all of them.
pub(super) fn evaluated(formulas: &[String]) -> Vec<Filter> {
    vec![
        Filter::new("aeval")
            .arg("exprs", Value::Text(formulas.join("|")))
            .arg("channel_layout", "same"),
        Filter::new("aformat").arg("sample_fmts", "fltp"),
    ]
}
