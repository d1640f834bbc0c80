//! What is measured before a sound can be made: that of a clip, a track or the programme, as far as an
//! effect that needs to know how loud it is.

use super::super::arrange::{Arrangement, Lane, Placed};
use super::super::graph::{Built, Flow, Graph};
use super::{Score, Stem};
use crate::document::Effect;
use crate::effects::loudness;
use crate::time::{Frame, FrameRange};

/// An effect that is given the result of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Measurement<'a> {
    /// The effect.
    pub effect: &'a Effect,
    /// What it is on.
    of: Of,
    /// How many effects come before it there.
    before: usize,
    /// Whether it is measured behind the effect, where a limiter took away of the gain.
    behind: bool,
}

/// Whose sound is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Index of the track, and of the clip in it.
    Clip(usize, usize),
    /// Index of the track.
    Track(usize),
    /// All of it.
    Programme,
}

impl Measurement<'_> {
    /// Whether it corrects the measurement of the number before it.
    pub fn is_correction(&self) -> bool {
        self.behind
    }

    /// Whether a clip is measured: it needs no sound of a whole track.
    pub fn is_of_clip(&self) -> bool {
        matches!(self.of, Of::Clip(..))
    }

    /// What is measured, in words.
    pub fn of_what(&self, arrangement: &Arrangement<'_>) -> String {
        let lane = |track: usize| arrangement.lanes.get(track);
        match self.of {
            Of::Clip(track, clip) => {
                let id = lane(track)
                    .and_then(|lane| lane.clips.get(clip))
                    .map_or("", |placed| placed.clip.id.as_str());
                format!("clip {id:?}")
            }
            Of::Track(track) => format!(
                "track {:?}",
                lane(track).map_or("", |lane| lane.track.id.as_str())
            ),
            Of::Programme => "the whole programme".to_owned(),
        }
    }
}

/// All measurements of a project; each one is made of sounds that need none but those before it.
pub fn measurements<'a>(arrangement: &'a Arrangement<'_>) -> Vec<Measurement<'a>> {
    let lanes = || arrangement.lanes.iter().enumerate();
    let of_clips = lanes().flat_map(|(track, lane)| {
        let clips = lane.clips.iter().enumerate();
        clips.flat_map(move |(clip, placed)| measuring(&placed.clip.effects, Of::Clip(track, clip)))
    });
    let of_tracks = lanes().flat_map(|(track, lane)| measuring(&lane.track.effects, Of::Track(track)));
    of_clips
        .chain(of_tracks)
        .chain(measuring(&arrangement.project.effects, Of::Programme))
        .collect()
}

fn measuring(effects: &[Effect], of: Of) -> impl Iterator<Item = Measurement<'_>> {
    effects
        .iter()
        .enumerate()
        .filter(|(_, effect)| measures(effect))
        .flat_map(move |(before, effect)| {
            let one = |behind| Measurement {
                effect,
                of,
                before,
                behind,
            };
            let behind = loudness::limits(&effect.params).then(|| one(true));
            [one(false)].into_iter().chain(behind)
        })
}

/// Whether an effect is given the result of a measurement.
pub fn measures(effect: &Effect) -> bool {
    effect.spec.sound().is_some_and(|sound| sound.measures)
}

impl Score<'_> {
    /// The whole programme.
    pub fn whole(&self) -> FrameRange {
        FrameRange::new(Frame::ZERO, Frame::ZERO + self.arrangement.frames)
    }

    /// Number of the last measurement for an effect; nothing where it needs none.
    pub fn measurement_for(&self, effect: &Effect) -> Option<usize> {
        measures(effect).then_some(())?;
        self.measurements
            .iter()
            .rposition(|one| one.effect.pointer == effect.pointer)
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
        let lane = |track: usize| self.arrangement.lanes.get(track);
        let count = measurement.before + usize::from(measurement.behind);
        let before = |effects: &[Effect]| effects.iter().take(count).cloned().collect();
        match measurement.of {
            Of::Clip(track, clip) => {
                let Some(placed) = lane(track).and_then(|lane| lane.clips.get(clip)) else {
                    return self.silence(0);
                };
                let mut heard = placed.clip.clone();
                heard.effects = before(&heard.effects);
                let heard = Placed {
                    clip: &heard,
                    ..*placed
                };
                self.clip(graph, &heard, placed.frames)
            }
            Of::Track(track) => {
                let Some(lane) = lane(track) else {
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
