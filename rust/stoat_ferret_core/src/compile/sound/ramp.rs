//! The sound of a clip whose speed changes: parts of one speed each, which fade into one another.
//!
//! Each part begins where the picture is, whatever the one before it came to: what it is off by does not
//! add up.

use super::super::arrange::Placed;
use super::super::graph::{Built, Flow, Graph, Refused, at};
use super::super::sequence::concat;
use super::{Score, as_f64, counted, exactly};
use crate::document::Pace;
use crate::effects::speed_control;
use crate::ffmpeg::audio::{AfadeBuilder, AmixBuilder, FadeDirection};
use crate::ffmpeg::filter::Filter;
use crate::problem::Problem;

/// Seconds that the middle of a part may be off by.
const OFF: f64 = 0.006;
/// Seconds that a part lasts at least.
const SHORTEST: f64 = 0.1;
/// Half of the seconds in which one part fades into the next.
const HALF_FADE: f64 = 0.012;
/// Seconds that a part is heard before it comes in, and beyond what it needs: filters begin and end with less.
const SETTLING: f64 = 0.1;
/// Parts that a clip may have: each takes a few filters.
const MOST: usize = 500;

/// A stretch of a clip at one speed, in samples from the clip's start.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    /// Where it begins and ends in the clip, fades aside.
    clip: (i64, i64),
    /// The same in what the clip plays of its source.
    source: (i64, i64),
}

impl Part {
    fn speed(self) -> f64 {
        as_f64(self.source.1 - self.source.0) / as_f64(self.clip.1 - self.clip.0)
    }
}

impl Score<'_> {
    /// The first `samples` of a clip, out of what it plays of its source.
    pub(super) fn ramped(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        source: Flow,
        samples: i64,
    ) -> Built<Flow> {
        let parts = self.parts(placed)?;
        let needed: Vec<Part> = parts
            .iter()
            .copied()
            .take_while(|part| part.clip.0 - self.half_fade() < samples)
            .collect();
        // Parts that follow one another are heard at the same time while they fade: every other one is in
        // a lane of its own.
        let mut lanes = [Vec::new(), Vec::new()];
        let mut ends = [0, 0];
        let copies = graph.split(source, "asplit", needed.len());
        for ((number, part), copy) in needed.iter().enumerate().zip(copies) {
            let lane = number % 2;
            let first = number == 0;
            let last = number + 1 == parts.len();
            let start = if first { 0 } else { part.clip.0 - self.half_fade() };
            let end = if last {
                part.clip.1
            } else {
                part.clip.1 + self.half_fade()
            };
            let heard = self.part(placed, copy, *part, (start, end), (first, last))?;
            if let (Some(flows), Some(reached)) = (lanes.get_mut(lane), ends.get_mut(lane)) {
                if *reached < start {
                    flows.push(self.silence(start - *reached)?);
                }
                flows.push(heard);
                *reached = end;
            }
        }
        let mut flows: Vec<Flow> = lanes
            .into_iter()
            .filter(|lane| !lane.is_empty())
            .map(|lane| {
                let filter = concat(lane.len(), false);
                let joined = if lane.len() == 1 {
                    lane.into_iter().next().unwrap_or_default()
                } else {
                    graph.merge(lane, filter).then(self.clock())
                };
                joined.then(self.format()).then_all(exactly(samples))
            })
            .collect();
        if flows.len() == 1 {
            return Ok(flows.pop().unwrap_or_default());
        }
        let mix = at(AmixBuilder::new(2), &placed.clip.pointer)?
            .normalize(false)
            .build();
        Ok(graph.merge(flows, mix).then(self.format()).then(counted(0)))
    }

    /// Samples `start` to `end` of the clip at the speed of a part, with its fades; from 0.
    fn part(
        &self,
        placed: &Placed<'_>,
        source: Flow,
        part: Part,
        (start, end): (i64, i64),
        (first, last): (bool, bool),
    ) -> Built<Flow> {
        let speed = part.speed();
        let scaled = |samples: i64| as_f64(samples) * speed;
        let settling = self.samples_of(SETTLING);
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let from = (as_f64(part.source.0) - scaled(part.clip.0 - start + settling)).round() as i64;
        let from = from.max(0);
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let to = (as_f64(part.source.1) + scaled(end - part.clip.1 + settling)).round() as i64;
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let before = (as_f64(part.source.0 - from) / speed).round() as i64 - (part.clip.0 - start);
        let cut = |start: i64, end: Option<i64>| {
            Filter::new("atrim")
                .maybe("start_sample", (start > 0).then_some(start))
                .maybe("end_sample", end)
        };
        let pointer = &placed.clip.pointer;
        let fade = |direction: FadeDirection, begin: i64| {
            let seconds = |samples: i64| as_f64(samples) / f64::from(self.sample_rate);
            let fade = AfadeBuilder::new(direction, seconds(self.half_fade() * 2));
            let fade = fade.and_then(|fade| fade.start_time(seconds(begin)));
            at(fade, pointer).map(|fade| fade.build())
        };
        let length = end - start;
        let mut flow = source
            .then(cut(from, Some(to)))
            .then(counted(0))
            .then_all(at(speed_control::sound(speed, self.sample_rate), pointer)?)
            .then(self.format())
            .then(counted(0));
        if before > 0 {
            flow = flow.then(cut(before, None)).then(counted(0));
        }
        flow = flow.then_all(exactly(length));
        if !first {
            flow = flow.then(fade(FadeDirection::In, 0)?);
        }
        if !last {
            flow = flow.then(fade(FadeDirection::Out, length - self.half_fade() * 2)?);
        }
        Ok(flow)
    }

    fn half_fade(&self) -> i64 {
        self.samples_of(HALF_FADE)
    }

    fn samples_of(&self, seconds: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let samples = (seconds * f64::from(self.sample_rate)).round() as i64;
        samples
    }

    /// The parts of a whole clip, in order.
    fn parts(&self, placed: &Placed<'_>) -> Built<Vec<Part>> {
        let samples = self.samples(placed.frames);
        let length = as_f64(samples) / f64::from(self.sample_rate);
        let knots = knots(&placed.pace, length);
        if knots.len() >= MOST {
            return Err(Refused(
                Problem::new(
                    "effect.refused",
                    &placed.clip.pointer,
                    "The speed of this clip changes for too long for its sound to follow.",
                )
                .hint("Let it change within a shorter time, or leave its sound out (drop_audio)."),
            ));
        }
        let times = [0.0].into_iter().chain(knots).map(|time| self.samples_of(time));
        let edges: Vec<(i64, i64)> = times
            .chain([samples])
            .map(|at| (at, self.played(placed, at)))
            .collect();
        Ok(edges
            .windows(2)
            .filter_map(|pair| match pair {
                [from, to] => Some(Part {
                    clip: (from.0, to.0),
                    source: (from.1, to.1),
                }),
                _ => None,
            })
            .collect())
    }
}

/// Seconds from the clip's start at which the speed of its sound changes, in order.
fn knots(pace: &Pace, length: f64) -> Vec<f64> {
    let mut knots: Vec<f64> = Vec::new();
    for time in pace.straight(OFF, SHORTEST) {
        let last = knots.last().copied().unwrap_or(0.0);
        if time - last >= SHORTEST / 2.0 && length - time >= SHORTEST / 2.0 {
            knots.push(time);
        }
    }
    knots
}
