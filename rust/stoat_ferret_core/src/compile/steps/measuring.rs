//! The steps that measure.

use std::collections::BTreeSet;

use super::super::encode::VideoEncoding;
use super::super::graph::{Built, Flow, Graph, at};
use super::super::measurements::Measurement;
use super::super::sound::{Score, Stem};
use super::{Job, weight};
use crate::effects::loudness;
use crate::ffmpeg::command::Output;
use crate::ffmpeg::filter::{Filter, Pad, measured};
use crate::render::plan::{Loudness, Step, StepKind, StepOutput};

impl Job<'_> {
    /// The steps that measure sounds: first those of clips, which need no others but such, then those of tracks
    /// and the programme.
    pub fn measuring_sounds(
        &self,
        score: &Score<'_>,
        mut awaited: BTreeSet<usize>,
        stems: &[Stem],
    ) -> Built<(Vec<Step>, Vec<Step>)> {
        let mut steps = (Vec::new(), Vec::new());
        // What is measured may need measurements itself, of lower numbers only.
        while let Some(number) = awaited.pop_last() {
            let Some(measurement) = self.measurements.get(number) else {
                continue;
            };
            let (step, waits) = self.measuring_sound(score, number, measurement, stems)?;
            awaited.extend(waits);
            if measurement.is_of_clip() {
                steps.0.push(step);
            } else {
                steps.1.push(step);
            }
        }
        steps.0.reverse();
        steps.1.reverse();
        Ok(steps)
    }

    fn measuring_sound(
        &self,
        score: &Score<'_>,
        number: usize,
        measurement: &Measurement<'_>,
        stems: &[Stem],
    ) -> Built<(Step, BTreeSet<usize>)> {
        let mut graph = Graph::of_sounds();
        let flow = score.measured(&mut graph, number, stems)?;
        // It measures in both versions alike, and to a hundredth.
        let meter = Filter::new("loudnorm").arg("print_format", "json");
        let params = &measurement.effect.params;
        let wanted = Loudness {
            target: params.number("target"),
            true_peak: (!loudness::limits(params)).then(|| params.number("true_peak")),
            corrects: measurement.corrects.then(|| id(number - 1)),
        };
        let draft = Step {
            why: format!(
                "How loud {} is{}, for {} LUFS.",
                measurement.of_what(self.arrangement),
                if measurement.corrects {
                    " behind the limiter"
                } else {
                    ""
                },
                wanted.target
            ),
            output: StepOutput::named(format!("{}.txt", id(number))),
            weight: weight(self.arrangement.frames) / 60.0,
            loudness: Some(wanted),
            ..Step::draft(StepKind::Measure, id(number))
        };
        // Without a format the meter's own rate would reach back to where the sound is cut to its samples.
        self.measuring(draft, graph, flow.then(score.format()).then(meter))
    }

    /// The steps that measure pictures, each after those that it needs.
    pub fn measuring_pictures(
        &self,
        video: &VideoEncoding,
        mut awaited: BTreeSet<usize>,
    ) -> Built<Vec<Step>> {
        let mut steps = Vec::new();
        while let Some(number) = awaited.pop_last() {
            let mut graph = Graph::of_pictures();
            let flow = self.scene(video).measured(&mut graph, number)?;
            let (Some(measurement), Some(flow)) = (self.measurements.get(number), flow) else {
                continue;
            };
            let draft = Step {
                why: format!("How {} moves.", measurement.of_what(self.arrangement)),
                // Its filters name it: they run in the folder that it lies in.
                output: StepOutput::named(id(number)),
                weight: weight(
                    measurement
                        .clip(self.arrangement)
                        .map_or(0, |placed| placed.frames.len()),
                ) / 2.0,
                ..Step::draft(StepKind::Measure, id(number))
            };
            let (step, waits) = self.measuring(draft, graph, flow)?;
            awaited.extend(waits);
            steps.push(step);
        }
        steps.reverse();
        Ok(steps)
    }

    /// A step whose graph ends in `flow`, and what it waits for.
    fn measuring(&self, draft: Step, mut graph: Graph, flow: Flow) -> Built<(Step, BTreeSet<usize>)> {
        graph.end_as(flow, "m");
        let waits = graph.awaited();
        let (inputs, filters) = graph.finish();
        let file = at(Output::open().map(Pad::label("m")).format("null"), "")?;
        let step = Step {
            measured: ids(&waits),
            ..draft
        };
        Ok((self.filled(step, inputs, filters, file)?, waits))
    }
}

/// The id of the step of a measurement: what stands in graphs, in brackets.
fn id(number: usize) -> String {
    measured(number).trim_matches(['[', ']']).to_owned()
}

/// The ids of the steps of measurements.
pub fn ids(numbers: &BTreeSet<usize>) -> Vec<String> {
    numbers.iter().copied().map(id).collect()
}
