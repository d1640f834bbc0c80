//! What effects out of echoes have in common.

use crate::ffmpeg::filter::{Filter, Separator, Value};

/// The filter cuts off beyond full scale, also at float precision: the sound passes it at this factor.
const ROOM: f64 = 1.0 / 256.0;

/// An echo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    /// Milliseconds after the sound.
    pub after: f64,
    /// Its factor.
    pub level: f64,
}

/// The sound at a level, and its echoes, all times `gain` (0 to 1); nothing where there are no echoes.
pub(super) fn echoes(sound: f64, taps: &[Tap], gain: f64) -> Vec<Filter> {
    if taps.is_empty() {
        return Vec::new();
    }
    let list = |value: fn(&Tap) -> f64| {
        let values = taps.iter().map(value).map(Value::from).collect();
        Value::List(Separator::Bar, values)
    };
    let volume = |factor: f64| Filter::new("volume").value(factor).arg("precision", "float");
    vec![
        volume(ROOM),
        Filter::new("aecho")
            .arg("in_gain", sound)
            .arg("out_gain", gain)
            .arg("delays", list(|tap| tap.after))
            .arg("decays", list(|tap| tap.level)),
        volume(1.0 / ROOM),
    ]
}
