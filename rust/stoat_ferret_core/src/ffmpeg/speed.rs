//! Faster and slower: `setpts` for pictures, `atempo` for sound.

use super::error::{BuildError, within};
use super::expression::{Expr, Variable};
use super::filter::Filter;

/// A change of speed from 0.25 (a quarter) to 4 (four times as fast). Sound keeps its pitch.
///
/// ```
/// use stoat_ferret_core::ffmpeg::speed::SpeedControl;
///
/// let control = SpeedControl::new(3.0).unwrap();
/// assert_eq!(control.setpts_filter().to_string(), "setpts=0.333333*PTS");
/// let tempo: Vec<String> = control.atempo_filters().iter().map(ToString::to_string).collect();
/// assert_eq!(tempo, ["atempo=2", "atempo=1.5"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedControl {
    speed: f64,
}

impl SpeedControl {
    /// The slowest and the fastest speed.
    pub const RANGE: (f64, f64) = (0.25, 4.0);

    /// # Errors
    /// [`BuildError::OutOfRange`] outside 0.25 to 4.
    pub fn new(speed: f64) -> Result<Self, BuildError> {
        Ok(Self {
            speed: within("the speed", speed, Self::RANGE, "")?,
        })
    }

    /// How many times as fast.
    #[must_use]
    pub fn speed(self) -> f64 {
        self.speed
    }

    /// Retimes pictures, with the factor rounded to six decimals: over an hour that is off by 4 ms at most.
    #[must_use]
    pub fn setpts_filter(self) -> Filter {
        let factor = (1e6 / self.speed).round() / 1e6;
        Filter::new("setpts").value(factor * Expr::var(Variable::Pts))
    }

    /// Retimes pictures exactly, the first one at 0.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::speed::SpeedControl;
    ///
    /// let filter = SpeedControl::new(3.0).unwrap().exact_setpts_filter();
    /// assert_eq!(filter.to_string(), "setpts=(PTS-STARTPTS)/3");
    /// ```
    #[must_use]
    pub fn exact_setpts_filter(self) -> Filter {
        Filter::new("setpts").value((Expr::var(Variable::Pts) - Variable::StartPts) / self.speed)
    }

    /// Retimes sound: filters whose factors multiply to the speed, each from 0.5 to 2, where `atempo` sounds best.
    /// None at all at speed 1.
    #[must_use]
    pub fn atempo_filters(self) -> Vec<Filter> {
        let mut left = self.speed;
        let mut factors = Vec::new();
        while left > 2.0 {
            factors.push(2.0);
            left /= 2.0;
        }
        while left < 0.5 {
            factors.push(0.5);
            left *= 2.0;
        }
        if (left - 1.0).abs() > f64::EPSILON {
            factors.push(left);
        }
        factors
            .into_iter()
            .map(|factor| Filter::new("atempo").value(factor))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::Value;
    use super::*;
    use proptest::prelude::*;

    fn factors(speed: f64) -> Vec<f64> {
        let filters = SpeedControl::new(speed).unwrap().atempo_filters();
        let number = |filter: &Filter| match filter.args.as_slice() {
            [(_, Value::Number(factor))] => *factor,
            other => panic!("{other:?}"),
        };
        filters.iter().map(number).collect()
    }

    #[test]
    fn speeds_outside_the_range_are_refused() {
        for speed in [0.0, 0.249, 4.001, -1.0, f64::NAN, f64::INFINITY] {
            assert!(SpeedControl::new(speed).is_err(), "{speed}");
        }
    }

    #[test]
    fn known_chains() {
        assert_eq!(vec![2.0, 2.0], factors(4.0));
        assert_eq!(vec![0.5, 0.5], factors(0.25));
        assert_eq!(vec![1.5], factors(1.5));
        assert!(factors(1.0).is_empty());
    }

    proptest! {
        #[test]
        fn factors_multiply_to_the_speed(speed in 0.25..=4.0_f64) {
            let factors = factors(speed);
            prop_assert!(factors.iter().all(|factor| (0.5..=2.0).contains(factor)));
            prop_assert!((factors.iter().product::<f64>() - speed).abs() < 1e-12);
        }
    }
}
