//! The pace of a clip: how far its source has come at each moment.

use super::animated::{Animated, Easing, Keyframe};
use crate::ffmpeg::expression::Expr;

/// How much of its source a clip has played at each moment: the integral of its speed.
///
/// ```
/// use stoat_ferret_core::document::{Animated, Pace};
///
/// let pace = Pace::new(&Animated::Constant(2.0));
/// assert_eq!(pace.source(1.5), 3.0);
/// assert_eq!(pace.reached(3.0), 1.5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Speed before the first stretch; for ever where there is none.
    first: f64,
    /// In order of time, one behind the other; the last one without an end.
    stretches: Vec<Stretch>,
    /// Source that is played from the first keyframe to the clip's start; below zero, the other way.
    origin: f64,
}

/// The way from one keyframe to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    /// Seconds from the clip's start.
    start: f64,
    end: f64,
    /// Seconds of source from the first keyframe to `start`.
    from: f64,
    /// Speed at `start`.
    speed: f64,
    /// By how much it is higher at `end`.
    change: f64,
    easing: Easing,
}

impl Pace {
    /// A clip as it is.
    pub const PLAIN: Self = Self {
        first: 1.0,
        stretches: Vec::new(),
        origin: 0.0,
    };

    /// The pace of a clip whose speed is this, above zero at every moment.
    #[must_use]
    pub fn new(speed: &Animated) -> Self {
        let keys = match (speed.constant(), speed) {
            (Some(first), _) => {
                return Self { first, ..Self::PLAIN };
            }
            (None, Animated::Keyframes(keys)) => keys.as_slice(),
            (None, Animated::Constant(_)) => &[],
        };
        let Some((first, last)) = keys.first().zip(keys.last()) else {
            return Self::PLAIN;
        };
        let mut stretches = Vec::new();
        let mut from = 0.0;
        for pair in keys.windows(2) {
            let [key, next] = pair else { continue };
            let stretch = Stretch::between(*key, *next, from);
            from = stretch.source(stretch.end);
            stretches.push(stretch);
        }
        stretches.push(Stretch {
            start: last.time.to_seconds(),
            end: f64::INFINITY,
            from,
            speed: last.value,
            change: 0.0,
            easing: Easing::Hold,
        });
        let mut pace = Self {
            first: first.value,
            stretches,
            origin: 0.0,
        };
        pace.origin = pace.source(0.0);
        pace
    }

    /// The speed where it does not change.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        self.stretches.is_empty().then_some(self.first)
    }

    /// Whether the clip plays as fast as it was taken.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.constant() == Some(1.0)
    }

    /// Seconds of source for a second, at a time from the clip's start.
    #[must_use]
    pub fn at(&self, seconds: f64) -> f64 {
        self.stretch_at(seconds)
            .map_or(self.first, |stretch| stretch.speed_at(seconds))
    }

    /// Seconds of source that are played from the clip's start to a time; below zero before it.
    #[must_use]
    pub fn source(&self, seconds: f64) -> f64 {
        let played = match (self.stretch_at(seconds), self.stretches.first()) {
            (Some(stretch), _) => stretch.source(seconds),
            (None, Some(first)) => (seconds - first.start) * self.first,
            (None, None) => seconds * self.first,
        };
        played - self.origin
    }

    /// The time at which so many seconds of source are played: [`Self::source`] turned around.
    #[must_use]
    pub fn reached(&self, source: f64) -> f64 {
        let played = source + self.origin;
        let index = self.stretches.partition_point(|stretch| stretch.from <= played);
        match (
            index.checked_sub(1).and_then(|at| self.stretches.get(at)),
            self.stretches.first(),
        ) {
            (Some(stretch), _) => stretch.reached(played - stretch.from),
            (None, Some(first)) => first.start + played / self.first,
            (None, None) => played * (1.0 / self.first),
        }
    }

    /// Seconds of source for a second, on average from the clip's start to a time.
    #[must_use]
    pub fn average(&self, seconds: f64) -> f64 {
        match self.constant() {
            Some(speed) => speed,
            None if seconds > 0.0 => self.source(seconds) / seconds,
            None => self.at(0.0),
        }
    }

    /// [`Self::reached`] as an expression of `source`, exact at `moments` and wherever the speed does not
    /// change or changes evenly: elsewhere straight from one of them to the next. They are in order of time.
    #[must_use]
    pub fn expression(&self, source: &Expr, moments: &[f64]) -> Expr {
        let straight = |at: f64, speed: f64| {
            let from = self.source(at);
            Expr::constant(at) + (source.clone() - Expr::constant(from)) / Expr::constant(speed)
        };
        let Some(first) = self.stretches.first() else {
            return source.clone() / Expr::constant(self.first);
        };
        let mut steps = Vec::new();
        for stretch in &self.stretches {
            let from = stretch.from - self.origin;
            if stretch.is_steady() {
                steps.push((from, straight(stretch.start, stretch.speed)));
            } else if stretch.easing == Easing::Linear {
                let gain = 2.0 * stretch.change / (stretch.end - stretch.start);
                let past = || source.clone() - Expr::constant(from);
                let speed = Expr::constant(stretch.speed * stretch.speed) + Expr::constant(gain) * past();
                let root = Expr::pow(speed, Expr::constant(0.5));
                let time = Expr::constant(2.0) * past() / (Expr::constant(stretch.speed) + root);
                steps.push((from, Expr::constant(stretch.start) + time));
            } else {
                let begin = moments.partition_point(|moment| *moment <= stretch.start);
                let inside = moments.get(begin..).unwrap_or_default().iter().copied();
                let inside = inside.take_while(|moment| *moment < stretch.end);
                let knots: Vec<f64> = [stretch.start]
                    .into_iter()
                    .chain(inside)
                    .chain([stretch.end])
                    .collect();
                for pair in knots.windows(2) {
                    let [at, next] = pair else { continue };
                    let speed = (self.source(*next) - self.source(*at)) / (next - at);
                    steps.push((self.source(*at), straight(*at, speed)));
                }
            }
        }
        Expr::piecewise(source, straight(first.start, self.first), steps)
    }

    /// Moments between which the source comes on almost evenly: never more than `off` seconds of the clip
    /// away from where an even speed would have it, unless they were less than `shortest` apart. In order.
    #[must_use]
    pub fn straight(&self, off: f64, shortest: f64) -> Vec<f64> {
        let mut moments = Vec::new();
        for stretch in &self.stretches {
            moments.push(stretch.start);
            if stretch.is_steady() {
                continue;
            }
            let length = stretch.end - stretch.start;
            let steepest = stretch.change.abs() / length * stretch.easing.steepest();
            let slowest = stretch.speed.min(stretch.speed + stretch.change);
            let each = (8.0 * off * slowest / steepest).sqrt().max(shortest);
            let parts = (length / each).ceil().max(1.0);
            let mut part = 1.0;
            while part < parts {
                moments.push(stretch.start + length * part / parts);
                part += 1.0;
            }
        }
        moments
    }

    fn stretch_at(&self, seconds: f64) -> Option<&Stretch> {
        let index = self.stretches.partition_point(|stretch| stretch.start <= seconds);
        self.stretches.get(index.checked_sub(1)?)
    }
}

impl Stretch {
    fn between(key: Keyframe, next: Keyframe, from: f64) -> Self {
        Self {
            start: key.time.to_seconds(),
            end: next.time.to_seconds(),
            from,
            speed: key.value,
            change: next.value - key.value,
            easing: key.easing,
        }
    }

    /// Whether the speed stays until the end.
    fn is_steady(&self) -> bool {
        self.change == 0.0 || self.easing == Easing::Hold
    }

    fn speed_at(&self, seconds: f64) -> f64 {
        if self.is_steady() {
            return self.speed;
        }
        let part = (seconds - self.start) / (self.end - self.start);
        self.speed + self.change * self.easing.shape_number(part)
    }

    /// Seconds of source from the first keyframe to a time within it.
    fn source(&self, seconds: f64) -> f64 {
        let past = seconds - self.start;
        let steady = self.from + self.speed * past;
        if self.is_steady() {
            return steady;
        }
        let length = self.end - self.start;
        steady + self.change * length * self.easing.area(past / length)
    }

    /// The time at which so many seconds of source are played since the start.
    fn reached(&self, played: f64) -> f64 {
        if self.is_steady() {
            return self.start + played / self.speed;
        }
        if self.easing == Easing::Linear {
            let gain = 2.0 * self.change / (self.end - self.start);
            let root = (self.speed * self.speed + gain * played).max(0.0).sqrt();
            return self.start + 2.0 * played / (self.speed + root);
        }
        // The integral rises at every moment, so halving finds the only place; 60 halves are less than a flick.
        let (mut low, mut high) = (self.start, self.end);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.source(middle) - self.from < played {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;
    use proptest::prelude::*;

    fn pace(keys: &[(f64, f64, Easing)]) -> Pace {
        let keys = keys.iter().map(|(time, value, easing)| Keyframe {
            time: Time::from_seconds(*time).unwrap(),
            value: *value,
            easing: *easing,
        });
        Pace::new(&Animated::Keyframes(keys.collect()))
    }

    const EASINGS: [Easing; 5] = [
        Easing::Linear,
        Easing::Ease,
        Easing::EaseIn,
        Easing::EaseOut,
        Easing::Hold,
    ];

    #[test]
    fn known_ramps() {
        let ramp = pace(&[(1.0, 1.0, Easing::Linear), (3.0, 3.0, Easing::Linear)]);
        for (time, source) in [
            (-1.0, -1.0),
            (0.0, 0.0),
            (1.0, 1.0),
            (2.0, 2.5),
            (3.0, 5.0),
            (4.0, 8.0),
        ] {
            assert!((source - ramp.source(time)).abs() < 1e-12, "{time}");
            assert!((time - ramp.reached(source)).abs() < 1e-12, "{source}");
        }
        // All easings but `hold` pass the same way in the middle of what they change, or a known part of it.
        for (easing, source) in EASINGS.into_iter().zip([1.5, 1.5, 4.0 / 3.0, 5.0 / 3.0, 1.0]) {
            let eased = pace(&[(0.0, 1.0, easing), (1.0, 2.0, easing)]);
            assert!((source - eased.source(1.0)).abs() < 1e-12, "{easing:?}");
        }
    }

    #[test]
    fn keyframes_before_the_clip_count_from_its_start() {
        let early = pace(&[(-1.0, 1.0, Easing::Linear), (1.0, 3.0, Easing::Linear)]);
        assert!((early.at(0.0) - 2.0).abs() < 1e-12);
        assert!((early.source(1.0) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn equal_keyframes_are_one_speed() {
        let same = pace(&[(0.0, 2.0, Easing::Ease), (1.0, 2.0, Easing::Linear)]);
        assert_eq!(Some(2.0), same.constant());
        assert!(!same.is_plain());
        assert!(Pace::PLAIN.is_plain());
    }

    proptest! {
        #[test]
        fn the_source_rises_by_the_speed_and_can_be_turned_around(
            times in prop::collection::btree_set(-50..50_i32, 2..5),
            values in prop::collection::vec(0.25..4.0_f64, 5),
            easings in prop::collection::vec(0..5_usize, 5),
            at in -6.0..6.0_f64,
        ) {
            let keys: Vec<(f64, f64, Easing)> = times
                .iter()
                .zip(values)
                .zip(easings)
                .map(|((time, value), easing)| (f64::from(*time) / 10.0, value, EASINGS[easing]))
                .collect();
            let pace = pace(&keys);
            prop_assert!(pace.source(0.0).abs() < 1e-12);
            prop_assert!((pace.reached(pace.source(at)) - at).abs() < 1e-9);
            let steps = 2000;
            let sum: f64 = (0..steps)
                .map(|step| pace.at(at * (f64::from(step) + 0.5) / f64::from(steps)))
                .sum();
            prop_assert!((pace.source(at) - sum * at / f64::from(steps)).abs() < 0.02);
        }
    }
}
