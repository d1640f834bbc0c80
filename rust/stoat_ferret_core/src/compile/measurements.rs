//! What is measured before a picture or a sound can be made: that of a clip, a track or the programme, as far
//! as an effect that needs to know all of it.

use super::arrange::{Arrangement, Placed};
use crate::document::Effect;
use crate::effects::loudness;

/// An effect that is given the result of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Measurement<'a> {
    /// The effect.
    pub effect: &'a Effect,
    /// What it is on.
    pub of: Of,
    /// How many effects come before what is measured.
    pub before: usize,
    /// Whether it corrects the measurement of the number before it: a limiter took away of the gain.
    pub corrects: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Index of the track, and of the clip in it.
    Clip(usize, usize),
    /// Index of the track.
    Track(usize),
    /// All of it.
    Programme,
}

impl Measurement<'_> {
    /// Whether a clip is measured: it needs no sound of a whole track.
    pub fn is_of_clip(&self) -> bool {
        matches!(self.of, Of::Clip(..))
    }

    /// The clip that is measured.
    pub fn clip<'p>(&self, arrangement: &'p Arrangement<'_>) -> Option<&'p Placed<'p>> {
        match self.of {
            Of::Clip(track, clip) => arrangement.lanes.get(track)?.clips.get(clip),
            _ => None,
        }
    }

    /// What is measured, in words.
    pub fn of_what(&self, arrangement: &Arrangement<'_>) -> String {
        match self.of {
            Of::Clip(..) => {
                let id = self
                    .clip(arrangement)
                    .map_or("", |placed| placed.clip.id.as_str());
                format!("clip {id:?}")
            }
            Of::Track(track) => {
                let lane = arrangement.lanes.get(track);
                format!("track {:?}", lane.map_or("", |lane| lane.track.id.as_str()))
            }
            Of::Programme => "the whole programme".to_owned(),
        }
    }
}

/// All measurements of a project; each one is made of what needs none but those before it.
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
        .filter(|(_, effect)| effect.spec.measures())
        .flat_map(move |(place, effect)| {
            let sound = effect.spec.sound().is_some();
            let behind = sound && loudness::limits(&effect.params);
            let measured = move |corrects| Measurement {
                effect,
                of,
                before: place + usize::from(corrects),
                corrects,
            };
            [measured(false)]
                .into_iter()
                .chain(behind.then(|| measured(true)))
        })
}

/// Number of the last of these measurements for an effect; nothing where it needs none.
pub fn number_for(measurements: &[Measurement<'_>], effect: &Effect) -> Option<usize> {
    effect.spec.measures().then_some(())?;
    measurements
        .iter()
        .rposition(|one| one.effect.pointer == effect.pointer)
}
