//! All tracks as one programme: which step back for which, and how loud each is.

use super::super::graph::{Built, Flow, Graph, at};
use super::{Score, exactly};
use crate::check::ducked_under;
use crate::document::{Animated, Ducking, Project, Track, TrackKind};
use crate::effects::{Params, Role, audio_ducking, volume};
use crate::ffmpeg::audio::AmixBuilder;
use crate::ffmpeg::filter::Filter;
use crate::time::{Frame, FrameRange};

/// A track's sound, and which track it is.
pub struct Voice<'d> {
    /// The track's id.
    pub id: &'d str,
    /// Its sound.
    pub flow: Flow,
}

impl Score<'_> {
    /// Lets tracks step back for others.
    pub fn duck(&self, graph: &mut Graph, voices: &mut [Voice<'_>]) -> Built<()> {
        let project = self.arrangement.project;
        // A track is heard by others as it is after its own ducking: those that wait for nobody go first.
        for track in in_order_of_ducking(project) {
            let under = ducked_under(project, track);
            let mut keys = Vec::new();
            for voice in voices
                .iter_mut()
                .filter(|voice| under.iter().any(|id| id == voice.id))
            {
                let mut copies = graph
                    .split(std::mem::take(&mut voice.flow), "asplit", 2)
                    .into_iter();
                voice.flow = copies.next().unwrap_or_default();
                keys.extend(copies.next());
            }
            let Some(voice) = voices.iter_mut().find(|voice| voice.id == track.id) else {
                for key in keys {
                    graph.end_nowhere(key, Filter::new("anullsink"));
                }
                continue;
            };
            let ducking = track.ducking.clone().or_else(|| of_effect(track));
            let (Some(ducking), Some(key)) = (ducking, self.sum(graph, keys)?) else {
                continue;
            };
            let pattern = at(audio_ducking::pattern(&ducking), &track.pointer)?;
            // The compressor ends with the first input that does, and loses what the other had not brought yet:
            // neither ends, and the mix is cut to its length.
            let pair = [std::mem::take(&mut voice.flow), key].map(|flow| flow.then(Filter::new("apad")));
            voice.flow = graph.merge(pair, pattern.compressor()).then(self.format());
        }
        Ok(())
    }

    /// All at once; nothing where there are none.
    fn sum(&self, graph: &mut Graph, mut flows: Vec<Flow>) -> Built<Option<Flow>> {
        if flows.len() < 2 {
            return Ok(flows.pop());
        }
        // `amix` itself takes thousands; the builder keeps to what every version takes.
        let filter = match u32::try_from(flows.len()) {
            Ok(inputs) if inputs <= 32 => at(AmixBuilder::new(inputs), "")?.normalize(false).build(),
            _ => Filter::new("amix")
                .arg("inputs", i64::try_from(flows.len()).unwrap_or(i64::MAX))
                .arg("normalize", false),
        };
        Ok(Some(graph.merge(flows, filter).then(self.format())))
    }

    /// All voices as one programme.
    pub fn mix(&self, graph: &mut Graph, voices: Vec<Voice<'_>>, range: FrameRange) -> Built<Flow> {
        let samples = self.samples(range);
        let mix = self.arrangement.project.mix();
        let mut flows = Vec::new();
        for voice in voices {
            let weight = mix.map_or(1.0, |params| self.weight(params, voice.id));
            let filters = at(volume::filters(&Animated::Constant(weight)), "")?;
            flows.push(voice.flow.then_all(filters));
        }
        let flow = match self.sum(graph, flows)? {
            Some(flow) => flow,
            None => self.silence(samples)?,
        };
        let flow = match mix.and_then(|params| self.mix_end(params)) {
            Some(end) => {
                let heard = (self.sample_of(end) - self.sample_of(range.start())).max(0);
                flow.then_all(exactly(heard.max(1)))
            }
            None => flow,
        };
        Ok(flow.then_all(exactly(samples)))
    }

    fn weight(&self, params: &Params, id: &str) -> f64 {
        let tracks = self
            .arrangement
            .project
            .tracks
            .iter()
            .filter(|track| track.kind != TrackKind::Text);
        let index = tracks.clone().position(|track| track.id == id).unwrap_or(0);
        let weights = params.numbers("weights");
        let of = |index: usize| {
            weights
                .get(index)
                .or_else(|| weights.last())
                .copied()
                .unwrap_or(1.0)
        };
        let own = of(index);
        if params.flag("normalize") {
            let sum: f64 = (0..tracks.count()).map(of).sum();
            return if sum > 0.0 { own / sum } else { 0.0 };
        }
        own
    }

    /// Where the mix ends before the programme does.
    fn mix_end(&self, params: &Params) -> Option<Frame> {
        let mut ends = self
            .arrangement
            .lanes
            .iter()
            .filter(|lane| lane.track.kind != TrackKind::Text)
            .filter_map(|lane| lane.clips.iter().map(|placed| placed.frames.end()).max());
        match params.text("duration_mode") {
            "shortest" => ends.min(),
            "first" => ends.next(),
            _ => None,
        }
    }
}

fn of_effect(track: &Track) -> Option<Ducking> {
    let of_clips = track.clips.iter().flat_map(|clip| &clip.effects);
    track
        .effects
        .iter()
        .chain(of_clips)
        .find(|effect| matches!(effect.spec.role, Role::Ducking))
        .map(|effect| audio_ducking::ducking(&effect.params, Vec::new()))
}

/// Tracks with ducking, each after those that it steps back for.
fn in_order_of_ducking(project: &Project) -> Vec<&Track> {
    let mut waiting: Vec<&Track> = project
        .tracks
        .iter()
        .filter(|track| !ducked_under(project, track).is_empty())
        .collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|track| {
            !ducked_under(project, track).iter().any(|id| {
                waiting
                    .iter()
                    .any(|other| other.id == *id && other.id != track.id)
            })
        });
        // The checks refuse rings, so one is always ready.
        ordered.push(waiting.remove(ready.unwrap_or(0)));
    }
    ordered
}
