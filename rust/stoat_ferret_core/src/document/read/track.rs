//! Tracks and clips, and where a clip's frames come from.

use serde_json::Value;

use super::super::fields::Field;
use super::super::{Clip, Generator, Source, Track, TrackKind, Transform};
use super::Reader;
use crate::effects::{Place, params::read_fields};
use crate::generators::{GENERATORS, Role};
use crate::layout::Fit;
use crate::problem::Problem;
use crate::time::Time;

impl Reader {
    pub fn track(&mut self, item: &Field<'_>) -> Option<Track> {
        let mut fields = item.object(&mut self.problems)?;
        let id = self.id(&mut fields, Some(item));
        let kind = match fields.require("type", &mut self.problems) {
            Some(field) => field.word(&["video", "audio", "text"], &[], &mut self.problems),
            None => None,
        };
        let kind = match kind {
            Some("audio") => TrackKind::Audio,
            Some("text") => TrackKind::Text,
            _ => TrackKind::Video,
        };
        self.text(&mut fields, "name");
        let muted = self.flag(&mut fields, "muted", false);
        let hidden = self.flag(&mut fields, "hidden", false);
        self.flag(&mut fields, "locked", false);
        let volume = self.gain(&mut fields);
        let effects = self.effects(&mut fields, "effects", Place::Track);
        let clips = self.list(&mut fields, "clips", Self::clip);
        let transitions = self.list(&mut fields, "transitions", Self::transition);
        let ducking = fields.get("ducking").and_then(|field| self.ducking(&field));
        let captions = fields.get("captions").and_then(|field| self.language(&field));
        fields.close(&mut self.problems);
        let pointer = item.pointer();
        Some(Track {
            id,
            kind,
            muted,
            hidden,
            volume,
            effects,
            clips,
            transitions,
            ducking,
            captions,
            pointer,
        })
    }

    fn language(&mut self, field: &Field<'_>) -> Option<String> {
        let code = field.text(&mut self.problems)?;
        let sound = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_lowercase());
        if !sound {
            self.problems.push(
                Problem::new(
                    "document.not_allowed",
                    field.pointer(),
                    "This is no code of a language.",
                )
                .hint("Give its three letters of ISO 639-2, such as eng, or und where it is not known."),
            );
        }
        sound.then(|| code.to_owned())
    }

    fn clip(&mut self, item: &Field<'_>) -> Option<Clip> {
        let mut fields = item.object(&mut self.problems)?;
        let id = self.id(&mut fields, Some(item));
        self.text(&mut fields, "name");
        let source = fields
            .require("source", &mut self.problems)
            .and_then(|field| self.source(&field));
        let in_point = self.time(&mut fields, "in_point", &["in"]);
        let out_point = self.time(&mut fields, "out_point", &["out"]);
        let start = self.time(&mut fields, "timeline_start", &["start", "at"]);
        let end = self.time(&mut fields, "timeline_end", &[]);
        let fit = match fields.get("fit") {
            Some(field) => field.word(
                &["contain", "cover", "stretch"],
                &[("fill", "cover")],
                &mut self.problems,
            ),
            None => None,
        };
        let fit = match fit {
            Some("cover") => Fit::Cover,
            Some("stretch") => Fit::Stretch,
            _ => Fit::Contain,
        };
        let volume = self.gain(&mut fields);
        let muted = self.flag(&mut fields, "muted", false);
        let enabled = self.flag(&mut fields, "enabled", true);
        let transform = match fields.get("transform") {
            Some(field) => self.transform(&field),
            None => Some(Transform::full()),
        };
        let effects = self.effects(&mut fields, "effects", Place::Clip);
        fields.close(&mut self.problems);
        Some(Clip {
            id,
            source: source?,
            in_point: in_point.unwrap_or(Time::ZERO),
            out_point,
            start,
            end,
            fit,
            volume,
            muted,
            enabled,
            transform: transform?,
            effects,
            pointer: item.pointer(),
        })
    }

    fn source(&mut self, field: &Field<'_>) -> Option<Source> {
        if let Value::String(text) = field.value {
            if text.is_empty() || text.contains('\0') {
                self.problems.push(
                    Problem::new("source.invalid", field.pointer(), "This is no path.")
                        .hint("Give the path of a file, a library id, or a generator."),
                );
                return None;
            }
            return Some(Source::Media(text.clone()));
        }
        let mut fields = field.object(&mut self.problems)?;
        let names: Vec<&'static str> = GENERATORS.iter().map(|spec| spec.name).collect();
        let aliases: Vec<(&str, &'static str)> = GENERATORS
            .iter()
            .flat_map(|spec| spec.aliases.iter().map(|alias| (*alias, spec.name)))
            .collect();
        let name =
            fields
                .require("generator", &mut self.problems)?
                .word(&names, &aliases, &mut self.problems)?;
        let spec = *GENERATORS.iter().find(|spec| spec.name == name)?;
        let params = read_fields(spec.params, &mut fields, self.rate, &mut self.problems);
        let generator = match &spec.role {
            Role::Color => params.color("color").map(Generator::Color),
            Role::Title => Some(Generator::Title(params)),
            Role::Caption => Some(Generator::Caption(params)),
            Role::TestSource => Some(Generator::TestSource),
            Role::Silence => Some(Generator::Silence),
            Role::Tone => Some(Generator::Tone {
                frequency: params.number("frequency"),
                amplitude: params.number("amplitude"),
            }),
            Role::Made(made) => {
                if let Some(misfit) = (made.check)(&params) {
                    let place = [&field.pointer(), "/", misfit.param].concat();
                    self.problems
                        .push(Problem::new("generator.invalid", place, misfit.message).hint(misfit.hint));
                }
                Some(Generator::Made { spec, made, params })
            }
        };
        fields.close(&mut self.problems);
        generator.map(Source::Generator)
    }
}
