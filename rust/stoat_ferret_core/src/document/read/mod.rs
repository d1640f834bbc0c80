//! From JSON to a [`Project`], with every problem on the way.

mod effect;
mod track;
mod transform;
mod transition;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::color::read_color;
use super::fields::{Field, Fields, Problems, shorten};
use super::{Animated, Marker, Output, Project, SCHEMA};
use crate::effects::{Place, params::read_gain};
use crate::ffmpeg::color::Color;
use crate::problem::Problem;
use crate::time::{Rate, Time};
pub(crate) use transition::transitions_of;

/// Most tracks, clips of a track and effects of a clip: a document beyond them is an accident or an attack.
const MOST: usize = 100_000;
/// Widest and highest output in pixels.
const LARGEST: i64 = 16_384;

/// Reads a project document.
///
/// # Errors
/// Every problem of the document, in its order.
pub fn read(document: &Value) -> Result<Project, Vec<Problem>> {
    let mut reader = Reader {
        problems: Vec::new(),
        ids: HashMap::new(),
        rate: Rate::FPS_30,
    };
    let project = reader.project(&Field::new(document, ""));
    match project {
        Some(project) if reader.problems.is_empty() => Ok(project),
        _ => Err(reader.problems),
    }
}

struct Reader {
    problems: Problems,
    /// Ids and where they were given.
    ids: HashMap<String, String>,
    rate: Rate,
}

impl Reader {
    fn project(&mut self, document: &Field<'_>) -> Option<Project> {
        let mut fields = document.object(&mut self.problems)?;
        self.schema(&mut fields);
        self.id(&mut fields, None);
        let name = self.text(&mut fields, "name").unwrap_or_default();
        for stamp in ["created_at", "modified_at"] {
            self.text(&mut fields, stamp);
        }
        let output = match fields.get("output") {
            Some(output) => self.output(&output),
            None => Some(Output::DEFAULT),
        };
        self.rate = output.as_ref().map_or(Rate::FPS_30, |output| output.rate);
        let tracks = self.list(&mut fields, "tracks", Self::track);
        let effects = self.effects(&mut fields, "global_effects", Place::Project);
        let markers = self.list(&mut fields, "markers", Self::marker);
        let metadata = self.metadata(&mut fields);
        fields.close(&mut self.problems);
        let project = Project {
            name,
            output: output?,
            tracks,
            effects,
            markers,
            metadata,
        };
        // What the document says as a whole can only be judged where its parts could be read.
        if self.problems.is_empty() {
            self.problems.extend(crate::check::check(&project));
        }
        Some(project)
    }

    fn schema(&mut self, fields: &mut Fields<'_>) {
        let Some(field) = fields.get("schema") else { return };
        if field
            .text(&mut self.problems)
            .is_some_and(|schema| schema != SCHEMA)
        {
            self.problems.push(
                Problem::new("document.schema", field.pointer(), "This schema is not known.")
                    .hint(format!("This version reads {SCHEMA:?}."))
                    .allowed([SCHEMA]),
            );
        }
    }

    fn list<T>(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        read: fn(&mut Self, &Field<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(field) = fields.get(name) else {
            return Vec::new();
        };
        let items = field.items(&mut self.problems);
        if items.len() > MOST {
            self.problems.push(
                Problem::new(
                    "document.too_long",
                    field.pointer(),
                    format!("The list has {} items.", items.len()),
                )
                .hint(format!("A list may have {MOST} items.")),
            );
            return Vec::new();
        }
        items.iter().filter_map(|item| read(self, item)).collect()
    }

    fn text(&mut self, fields: &mut Fields<'_>, name: &'static str) -> Option<String> {
        fields.get(name)?.text(&mut self.problems).map(str::to_owned)
    }

    fn flag(&mut self, fields: &mut Fields<'_>, name: &'static str, default: bool) -> bool {
        fields
            .get(name)
            .and_then(|field| field.boolean(&mut self.problems))
            .unwrap_or(default)
    }

    /// The id of an element; one is made from its place where it is left out.
    fn id(&mut self, fields: &mut Fields<'_>, place: Option<&Field<'_>>) -> String {
        let Some(field) = fields.get("id") else {
            return place.map(Field::pointer).unwrap_or_default();
        };
        let Some(id) = field.text(&mut self.problems) else {
            return String::new();
        };
        if id.is_empty() || id.chars().count() > 200 || id.chars().any(char::is_control) {
            self.problems.push(
                Problem::new("document.bad_id", field.pointer(), "This is no id.")
                    .hint("Give 1 to 200 printable characters."),
            );
        } else if let Some(first) = self.ids.insert(id.to_owned(), field.pointer()) {
            self.problems.push(
                Problem::new(
                    "document.duplicate_id",
                    field.pointer(),
                    format!("The id {:?} is used at {first} already.", shorten(id)),
                )
                .hint("Give every element an id of its own."),
            );
        }
        id.to_owned()
    }

    fn time(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        aliases: &[&'static str],
    ) -> Option<Time> {
        fields
            .get_alias(name, aliases, &mut self.problems)?
            .time(self.rate, &mut self.problems)
    }

    fn gain(&mut self, fields: &mut Fields<'_>) -> Animated {
        fields
            .get("volume")
            .and_then(|field| read_gain(&field, true, self.rate, &mut self.problems))
            .unwrap_or(Animated::Constant(1.0))
    }

    fn output(&mut self, field: &Field<'_>) -> Option<Output> {
        let mut fields = field.object(&mut self.problems)?;
        let width = self.pixels(&mut fields, "width", Output::DEFAULT.width);
        let height = self.pixels(&mut fields, "height", Output::DEFAULT.height);
        let rate = match fields.get_alias("fps", &["frame_rate"], &mut self.problems) {
            None => Some(Output::DEFAULT.rate),
            Some(field) => match Rate::from_json(field.value) {
                Ok(rate) => Some(rate),
                Err(error) => {
                    self.problems.push(
                        Problem::new("output.rate", field.pointer(), format!("{error}"))
                            .hint("Give frames per second: 30, 29.97 or \"30000/1001\"."),
                    );
                    None
                }
            },
        };
        let whole =
            |fields: &mut Fields<'_>, name, min, max, default: u32, problems: &mut Problems| match fields
                .get(name)
            {
                Some(field) => field
                    .integer(min, max, problems)
                    .and_then(|n| u32::try_from(n).ok()),
                None => Some(default),
            };
        let sample_rate = whole(
            &mut fields,
            "sample_rate",
            8_000,
            192_000,
            48_000,
            &mut self.problems,
        );
        let channels = match fields.get("channels") {
            None => Some(2),
            Some(field) => {
                let channels = field.integer(1, 64, &mut self.problems);
                if channels.is_some_and(|channels| ![1, 2, 6].contains(&channels)) {
                    self.problems.push(
                        Problem::new(
                            "output.channels",
                            field.pointer(),
                            "This number of channels is not supported.",
                        )
                        .hint("Give 1 (mono), 2 (stereo) or 6 (5.1).")
                        .allowed(["1", "2", "6"]),
                    );
                }
                channels.and_then(|n| u32::try_from(n).ok())
            }
        };
        let background = match fields.get("background") {
            Some(field) => read_color(&field, &mut self.problems),
            None => Some(Color::BLACK),
        };
        fields.close(&mut self.problems);
        Some(Output {
            width: width?,
            height: height?,
            rate: rate?,
            sample_rate: sample_rate?,
            channels: channels?,
            background: background?,
        })
    }

    fn pixels(&mut self, fields: &mut Fields<'_>, name: &'static str, default: u32) -> Option<u32> {
        let Some(field) = fields.get(name) else {
            return Some(default);
        };
        let number = field.integer(16, LARGEST, &mut self.problems)?;
        if number % 2 != 0 {
            self.problems.push(
                Problem::new("output.odd_size", field.pointer(), format!("{number} is odd."))
                    .hint("Video with 4:2:0 colour needs an even width and height."),
            );
            return None;
        }
        u32::try_from(number).ok()
    }

    fn marker(&mut self, item: &Field<'_>) -> Option<Marker> {
        let mut fields = item.object(&mut self.problems)?;
        self.id(&mut fields, None);
        let time = fields
            .require("time", &mut self.problems)
            .and_then(|f| f.time(self.rate, &mut self.problems));
        let name = self.text(&mut fields, "name").unwrap_or_default();
        let chapter = self.flag(&mut fields, "chapter", false);
        fields.close(&mut self.problems);
        Some(Marker {
            time: time?,
            name,
            chapter,
        })
    }

    fn metadata(&mut self, fields: &mut Fields<'_>) -> BTreeMap<String, String> {
        let Some(field) = fields.get("metadata") else {
            return BTreeMap::new();
        };
        let Value::Object(map) = field.value else {
            field.object(&mut self.problems);
            return BTreeMap::new();
        };
        let mut tags = BTreeMap::new();
        for (name, value) in map {
            let item = field.member(name, value);
            if name.is_empty() || name.contains(['\0', '\n', '=']) {
                self.problems.push(
                    Problem::new("metadata.name", item.pointer(), "This is no name of a tag.")
                        .hint("Use letters, digits, spaces and _."),
                );
            } else if let Some(text) = item.text(&mut self.problems) {
                tags.insert(name.clone(), text.replace('\0', ""));
            }
        }
        tags
    }
}
