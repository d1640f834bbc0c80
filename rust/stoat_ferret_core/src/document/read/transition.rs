//! Transitions: those of a track, and those that effects of its clips stand for.

use super::super::fields::Field;
use super::super::{Crossover, Effect, Track, Transition};
use super::Reader;
use crate::effects::{Role, params::read_transition};
use crate::ffmpeg::audio::Curve;
use crate::time::Time;

impl Reader {
    pub fn transition(&mut self, item: &Field<'_>) -> Option<Transition> {
        let mut fields = item.object(&mut self.problems)?;
        self.id(&mut fields, None);
        let kind = fields
            .get_alias("type", &["transition"], &mut self.problems)
            .map_or(Some("fade"), |field| read_transition(&field, &mut self.problems));
        let duration = fields.get_alias("duration", &["length"], &mut self.problems);
        if duration.is_none() {
            fields.missing("duration", &mut self.problems);
        }
        let duration = duration.and_then(|field| field.time(self.rate, &mut self.problems));
        let from = fields
            .require("from", &mut self.problems)
            .and_then(|f| f.text(&mut self.problems));
        let to = fields
            .require("to", &mut self.problems)
            .and_then(|f| f.text(&mut self.problems));
        let audio = match fields.get_or_null("audio") {
            None => Crossover::linear(),
            Some(field) if field.value.is_null() => Crossover::Cut,
            Some(field) => self.crossover(&field),
        };
        fields.close(&mut self.problems);
        Some(Transition {
            kind: Some(kind?.to_owned()),
            duration: duration?,
            from: from?.to_owned(),
            to: Some(to?.to_owned()),
            audio,
            offset: None,
            pointer: item.pointer(),
        })
    }

    fn crossover(&mut self, field: &Field<'_>) -> Crossover {
        let Some(mut fields) = field.object(&mut self.problems) else {
            return Crossover::Cut;
        };
        let mut curve = |name: &'static str| {
            fields
                .get(name)
                .and_then(|field| field.word(Curve::NAMES, &[("linear", "tri")], &mut self.problems))
                .unwrap_or("tri")
                .to_owned()
        };
        let curves = Crossover::Curves(curve("curve1"), curve("curve2"));
        fields.close(&mut self.problems);
        curves
    }
}

/// The transitions of a track: its own, and those that effects of its clips stand for.
pub(crate) fn transitions_of(track: &Track) -> Vec<Transition> {
    let mut all = track.transitions.clone();
    for clip in &track.clips {
        let mut of_clip: Vec<Transition> = clip
            .effects
            .iter()
            .filter_map(|effect| stands_for(&clip.id, effect))
            .collect();
        // One effect for the picture and one for the sound stand for the same edge.
        if let [first, second] = of_clip.as_mut_slice()
            && first.duration == second.duration
            && first.kind.is_some() != second.kind.is_some()
        {
            let (picture, sound) = if first.kind.is_some() {
                (first, second)
            } else {
                (second, first)
            };
            picture.audio = sound.audio.clone();
            of_clip.retain(|transition| transition.kind.is_some());
        }
        all.extend(of_clip);
    }
    all
}

/// The transition to the next clip that an effect stands for, if it is of that kind.
fn stands_for(clip: &str, effect: &Effect) -> Option<Transition> {
    let Role::Transition { picture } = effect.spec.role else {
        return None;
    };
    let curve = |name: &str| match effect.params.text(name) {
        "" => "tri".to_owned(),
        curve => curve.to_owned(),
    };
    Some(Transition {
        kind: picture.then(|| effect.params.text("transition").to_owned()),
        duration: effect.params.time("duration").unwrap_or(Time::ZERO),
        from: clip.to_owned(),
        to: None,
        audio: Crossover::Curves(curve("curve1"), curve("curve2")),
        offset: effect.params.time("offset"),
        pointer: effect.pointer.clone(),
    })
}
