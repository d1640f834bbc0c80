//! The steps that make the sound.

use std::collections::BTreeSet;

use super::super::arrange::Lane;
use super::super::encode::{AudioEncoding, with_options};
use super::super::graph::{Built, Graph, SourceInput, at};
use super::super::sound::{Score, Stem};
use super::chunks::lane_chunks;
use super::measuring::ids;
use super::{Job, weight};
use crate::document::TrackKind;
use crate::ffmpeg::command::Output;
use crate::ffmpeg::filter::{Filter, Pad};
use crate::render::plan::{Expect, Input as PlanInput, Step, StepKind, StepOutput};
use crate::time::FrameRange;

impl Job<'_> {
    pub fn audio_steps(&self, audio: &AudioEncoding, score: &Score<'_>) -> Built<Vec<Step>> {
        let mut parts_of_tracks = Vec::new();
        let mixed = score.mixed(self.range);
        let mut stems = Vec::new();
        let mut awaited = BTreeSet::new();
        for (number, lane) in self.arrangement.lanes.iter().enumerate() {
            if lane.track.kind == TrackKind::Text || lane.track.muted {
                continue;
            }
            let parts = lane_chunks(lane, mixed);
            if parts.len() < 2 {
                continue;
            }
            for (index, part) in parts.into_iter().enumerate() {
                let id = format!("stem-{number}-{index}");
                stems.push(Stem {
                    lane: number,
                    step: id.clone(),
                });
                parts_of_tracks.push(self.stem(score, lane, id, part, &mut awaited)?);
            }
        }
        let mut graph = Graph::of_sounds();
        let mut flow = score.sound(&mut graph, self.range, &stems)?;
        let block = match audio.codec {
            // FFmpeg 5.1 hands libopus frames as they come, and libopus takes at most 20 ms at once.
            "opus" => Some(960_i64),
            // Takes the size of its first frame for all, which may be too small after a cut.
            "flac" => Some(4608),
            _ => None,
        };
        flow =
            flow.then_all(block.map(|samples| Filter::new("asetnsamples").arg("n", samples).arg("p", false)));
        graph.end_as(flow, "a");
        let waits = graph.awaited();
        awaited.extend(&waits);
        let (mut inputs, filters) = graph.finish();
        let alone = self.encoding.video.is_none();
        let muxer = if alone {
            self.encoding.format.muxer
        } else {
            audio.muxer
        };
        let mut file = at(Output::open().map(Pad::label("a")).format(muxer), "")?;
        file = at(file.audio_codec(audio.encoder), "")?;
        file = at(with_options(file, &audio.options), "")?;
        if matches!(muxer, "ipod" | "mp4" | "mov") {
            file = at(file.option("movie_timescale", score.sample_rate), "")?;
        }
        if alone {
            // Tags and chapters of the project, none of the first source.
            let number = i64::try_from(inputs.len()).unwrap_or(i64::MAX);
            let chapters = if self.encoding.format.chapters { number } else { -1 };
            inputs.push(SourceInput {
                demuxer: Some("ffmetadata".to_owned()),
                ..SourceInput::of(PlanInput::Text {
                    text: self.metadata(),
                })
            });
            file = at(file.option("map_metadata", number), "")?;
            file = at(file.option("map_chapters", chapters), "")?;
        }
        let samples = score.samples(self.range);
        let step = Step {
            why: format!(
                "The whole sound in one pass: {samples} samples, encoded once with {}.",
                audio.encoder
            ),
            output: StepOutput::named(format!("audio.{}", audio.ending)),
            expect: Expect {
                frames: None,
                samples: Some(samples),
                streams: vec![self.expected_audio(audio)],
            },
            weight: weight(self.range.len()) / 30.0,
            measured: ids(&waits),
            ..Step::draft(StepKind::Audio, "audio".to_owned())
        };
        let (of_clips, of_more) = self.measuring_sounds(score, awaited, &stems)?;
        let mut steps = of_clips;
        steps.extend(parts_of_tracks);
        steps.extend(of_more);
        steps.push(self.filled(step, inputs, filters, file)?);
        Ok(steps)
    }

    /// A part of a track's sound, kept exactly until the mix.
    fn stem(
        &self,
        score: &Score<'_>,
        lane: &Lane<'_>,
        id: String,
        range: FrameRange,
        awaited: &mut BTreeSet<usize>,
    ) -> Built<Step> {
        let mut graph = Graph::of_sounds();
        let sound = score.track(&mut graph, lane, range)?;
        graph.end_as(sound, "a");
        let waits = graph.awaited();
        awaited.extend(&waits);
        let (inputs, filters) = graph.finish();
        let file = at(Output::open().map(Pad::label("a")).format("w64"), "")?;
        let file = at(file.audio_codec("pcm_f32le"), "")?;
        let step = Step {
            why: format!(
                "The sound of track {:?}, frames {} to {}: a part of many clips.",
                lane.track.id,
                range.start(),
                range.end()
            ),
            output: StepOutput::named(format!("{id}.w64")),
            expect: Expect {
                frames: None,
                samples: Some(score.samples(range)),
                streams: Vec::new(),
            },
            weight: weight(range.len()) / 30.0,
            measured: ids(&waits),
            ..Step::draft(StepKind::Audio, id)
        };
        self.filled(step, inputs, filters, file)
    }
}
