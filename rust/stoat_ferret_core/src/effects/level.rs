//! What effects on the level have in common.

use super::{Default, Kind, Param};

/// The factor of a level in decibels.
pub(super) fn factor(decibels: f64) -> f64 {
    10.0_f64.powf(decibels / 20.0)
}

/// A time constant in milliseconds.
pub(super) const fn milliseconds(
    name: &'static str,
    max: f64,
    default: f64,
    description: &'static str,
) -> Param {
    Param::optional(
        name,
        Kind::Number {
            min: 0.01,
            max,
            unit: "milliseconds",
        },
        Default::Number(default),
        description,
    )
}
