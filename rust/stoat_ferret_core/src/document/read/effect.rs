//! Effects with their parameters.

use serde_json::Value;

use super::super::fields::{Field, Fields, shorten};
use super::super::{Ducking, Effect};
use super::Reader;
use crate::effects::{self, Place, audio_ducking, params::read_fields, read_params};
use crate::problem::{Problem, nearest};

impl Reader {
    pub fn effects(&mut self, fields: &mut Fields<'_>, name: &'static str, place: Place) -> Vec<Effect> {
        let Some(field) = fields.get(name) else {
            return Vec::new();
        };
        field
            .items(&mut self.problems)
            .iter()
            .filter_map(|item| self.effect(item, place))
            .collect()
    }

    fn effect(&mut self, item: &Field<'_>, place: Place) -> Option<Effect> {
        let mut fields = item.object(&mut self.problems)?;
        self.id(&mut fields, None);
        let enabled = self.flag(&mut fields, "enabled", true);
        let kind = fields.get_alias("type", &["effect_type"], &mut self.problems);
        if kind.is_none() {
            fields.missing("type", &mut self.problems);
        }
        let params = fields.get_alias("params", &["parameters"], &mut self.problems);
        // What the founding design prints beside stored effects; it never takes part in a render.
        fields.get("filter_string");
        fields.close(&mut self.problems);
        let kind = kind?;
        let name = kind.text(&mut self.problems)?;
        let Some(spec) = effects::find(name) else {
            self.unknown_effect(name, kind.pointer());
            return None;
        };
        if !spec.places.contains(&place) {
            self.problems.push(
                Problem::new(
                    "effect.not_here",
                    kind.pointer(),
                    format!("{name} does not work on a {}.", place.word()),
                )
                .hint("Move it to one of the allowed places.")
                .allowed(spec.places.iter().map(|place| place.word())),
            );
            return None;
        }
        let empty = Value::Object(serde_json::Map::new());
        let (value, pointer) = match &params {
            Some(field) => (field.value, field.pointer()),
            None => (&empty, format!("{}/params", item.pointer())),
        };
        let before = self.problems.len();
        let params = read_params(spec.params, value, &pointer, self.rate, &mut self.problems);
        if spec.name == "crop" && self.problems.len() == before {
            self.crop(&params, &pointer);
        }
        enabled.then(|| Effect {
            spec,
            params,
            pointer: item.pointer(),
        })
    }

    fn unknown_effect(&mut self, name: &str, pointer: String) {
        let names: Vec<&'static str> = effects::EFFECTS.iter().map(|spec| spec.name).collect();
        let guess = nearest(name, names.iter().copied())
            .map(|known| format!(" Did you mean {known:?}?"))
            .unwrap_or_default();
        self.problems.push(
            Problem::new(
                "effect.unknown",
                pointer,
                format!("There is no effect {:?}.{guess}", shorten(name)),
            )
            .hint("`stoat effects` lists what there is.")
            .allowed(names),
        );
    }

    pub fn ducking(&mut self, field: &Field<'_>) -> Option<Ducking> {
        let mut fields = field.object(&mut self.problems)?;
        let under = fields
            .require("under", &mut self.problems)
            .map(|field| field.items(&mut self.problems))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| item.text(&mut self.problems).map(str::to_owned))
            .collect();
        let params = read_fields(audio_ducking::PARAMS, &mut fields, self.rate, &mut self.problems);
        fields.close(&mut self.problems);
        Some(audio_ducking::ducking(&params, under))
    }
}
