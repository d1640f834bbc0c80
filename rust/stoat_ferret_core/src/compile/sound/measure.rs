//! The sound that is measured for an effect that needs to know how loud it is.

use super::super::arrange::{Lane, Placed};
use super::super::graph::{Built, Flow, Graph};
use super::super::measurements::{Measurement, Of};
use super::{Score, Stem};
use crate::document::Effect;
use crate::time::{Frame, FrameRange};

impl Score<'_> {
    /// The whole programme.
    pub fn whole(&self) -> FrameRange {
        FrameRange::new(Frame::ZERO, Frame::ZERO + self.arrangement.frames)
    }

    /// What is measured, made with the measurements before it.
    pub fn measured(&self, graph: &mut Graph, number: usize, stems: &[Stem]) -> Built<Flow> {
        let known = self.measurements.split_at_checked(number);
        let Some((earlier, [measurement, ..])) = known else {
            return self.silence(0);
        };
        let score = Self {
            measurements: earlier,
            stem: None,
            ..*self
        };
        score.until(graph, measurement, stems)
    }

    /// What comes to an effect, or out of it: all of the clip, the track or the programme.
    fn until(&self, graph: &mut Graph, measurement: &Measurement<'_>, stems: &[Stem]) -> Built<Flow> {
        let whole = self.whole();
        let before = |effects: &[Effect]| effects.iter().take(measurement.before).cloned().collect();
        match measurement.of {
            Of::Clip(..) => {
                let Some(placed) = measurement.clip(self.arrangement) else {
                    return self.silence(0);
                };
                let mut heard = placed.clip.clone();
                heard.effects = before(&heard.effects);
                let heard = Placed {
                    clip: &heard,
                    pace: placed.pace.clone(),
                    ..*placed
                };
                self.clip(graph, &heard, placed.frames)
            }
            Of::Track(track) => {
                let Some(lane) = self.arrangement.lanes.get(track) else {
                    return self.silence(0);
                };
                let flow = self.track_of(graph, (track, lane), whole, stems)?;
                let effects: Vec<Effect> = before(&lane.track.effects);
                self.voiced(graph, lane, flow, (whole, &effects))
            }
            Of::Programme => {
                let effects: Vec<Effect> = before(&self.arrangement.project.effects);
                self.programme(graph, whole, stems, &effects)
            }
        }
    }

    /// A track's sound: from the parts that were made before, or from its clips.
    pub fn track_of(
        &self,
        graph: &mut Graph,
        (number, lane): (usize, &Lane<'_>),
        range: FrameRange,
        stems: &[Stem],
    ) -> Built<Flow> {
        let made: Vec<&Stem> = stems.iter().filter(|stem| stem.lane == number).collect();
        if made.is_empty() {
            self.track(graph, lane, range)
        } else {
            Ok(self.made(graph, &made))
        }
    }
}
