//! From JSON to a [`Project`], with every problem on the way.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::animated::read_animated;
use super::color::read_color;
use super::fields::{Field, Fields, Problems, shorten};
use super::{
    Animated, Clip, Crop, Crossover, Ducking, Effect, Generator, Marker, Output, Project, SCHEMA, Source,
    Track, TrackKind, Transform, Transition,
};
use crate::effects::{
    self, Kind, Param, Params, Place, Role, audio_ducking, params::read_fields, params::read_gain,
    read_params,
};
use crate::ffmpeg::audio::Curve;
use crate::ffmpeg::color::Color;
use crate::layout::{Anchor, Fit};
use crate::problem::{Problem, nearest};
use crate::time::{Rate, Time};

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

    fn track(&mut self, item: &Field<'_>) -> Option<Track> {
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
            pointer,
        })
    }

    fn gain(&mut self, fields: &mut Fields<'_>) -> Animated {
        fields
            .get("volume")
            .and_then(|field| read_gain(&field, true, self.rate, &mut self.problems))
            .unwrap_or(Animated::Constant(1.0))
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
        let name = fields.require("generator", &mut self.problems)?.word(
            &["color", "title", "testsrc", "silence", "tone"],
            &[
                ("colour", "color"),
                ("text", "title"),
                ("sine", "tone"),
                ("solid", "color"),
            ],
            &mut self.problems,
        )?;
        let generator = match name {
            "color" => fields
                .require("color", &mut self.problems)
                .and_then(|field| read_color(&field, &mut self.problems))
                .map(Generator::Color),
            "title" => {
                let params = read_fields(
                    effects::text_overlay::PARAMS,
                    &mut fields,
                    self.rate,
                    &mut self.problems,
                );
                Some(Generator::Title(params))
            }
            "testsrc" => Some(Generator::TestSource),
            "silence" => Some(Generator::Silence),
            _ => {
                let params = read_fields(TONE, &mut fields, self.rate, &mut self.problems);
                Some(Generator::Tone {
                    frequency: params.number("frequency"),
                    amplitude: params.number("amplitude"),
                })
            }
        };
        fields.close(&mut self.problems);
        generator.map(Source::Generator)
    }

    fn fraction(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        (min, max): (f64, f64),
        default: f64,
    ) -> Option<Animated> {
        match fields.get(name) {
            Some(field) => read_animated(&field, min, max, true, self.rate, &mut self.problems),
            None => Some(Animated::Constant(default)),
        }
    }

    fn transform(&mut self, field: &Field<'_>) -> Option<Transform> {
        let mut fields = field.object(&mut self.problems)?;
        let full = Transform::full();
        let x = self.fraction(&mut fields, "x", (-10.0, 10.0), 0.5);
        let y = self.fraction(&mut fields, "y", (-10.0, 10.0), 0.5);
        let width = self.fraction(&mut fields, "width", (0.001, 10.0), 1.0);
        let height = self.fraction(&mut fields, "height", (0.001, 10.0), 1.0);
        let rotation = self.fraction(&mut fields, "rotation", (-36_000.0, 36_000.0), 0.0);
        let opacity = self.fraction(&mut fields, "opacity", (0.0, 1.0), 1.0);
        let anchor = match fields.get("anchor") {
            Some(field) => {
                let names = Anchor::ALL.map(|(name, _)| name);
                field
                    .word(
                        &names,
                        &[("middle", "center"), ("centre", "center")],
                        &mut self.problems,
                    )
                    .and_then(Anchor::from_name)
            }
            None => Some(full.anchor),
        };
        let crop = fields.get("crop").map(|field| {
            let params = read_params(
                effects::find("crop").map_or(&[], |spec| spec.params),
                field.value,
                &field.pointer(),
                self.rate,
                &mut self.problems,
            );
            self.crop(&params, &field.pointer())
        });
        fields.close(&mut self.problems);
        Some(Transform {
            x: x?,
            y: y?,
            width: width?,
            height: height?,
            anchor: anchor?,
            rotation: rotation?,
            opacity: opacity?,
            crop,
        })
    }

    fn crop(&mut self, params: &Params, pointer: &str) -> Crop {
        let crop = effects::crop::rectangle(params);
        for (edge, extent, name) in [(&crop.x, crop.width, "width"), (&crop.y, crop.height, "height")] {
            if extent <= 0.0 || edge.max() + extent > 1.0 + 1e-9 {
                self.problems.push(
                    Problem::new(
                        "crop.outside",
                        format!("{pointer}/{name}"),
                        "The part is not inside the picture.",
                    )
                    .hint("x + width and y + height are at most 1, and both extents above 0."),
                );
            }
        }
        crop
    }

    fn effects(&mut self, fields: &mut Fields<'_>, name: &'static str, place: Place) -> Vec<Effect> {
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

    fn transition(&mut self, item: &Field<'_>) -> Option<Transition> {
        let mut fields = item.object(&mut self.problems)?;
        self.id(&mut fields, None);
        let kind = fields
            .get_alias("type", &["transition"], &mut self.problems)
            .map_or(Some("fade"), |field| {
                effects::params::read_transition(&field, &mut self.problems)
            });
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

    fn ducking(&mut self, field: &Field<'_>) -> Option<Ducking> {
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

/// The parameters of the tone generator.
const TONE: &[Param] = &[
    Param::optional(
        "frequency",
        Kind::Number {
            min: 1.0,
            max: 20_000.0,
            unit: "hertz",
        },
        effects::Default::Number(440.0),
        "Frequency of the sine.",
    ),
    Param::optional(
        "amplitude",
        Kind::Number {
            min: 0.0,
            max: 1.0,
            unit: "",
        },
        effects::Default::Number(0.25),
        "Peak of the sine, 1 is full scale.",
    ),
];

impl Output {
    /// What a document that says nothing of its output gets: 1920x1080 at 30, stereo at 48 kHz.
    pub const DEFAULT: Self = Self {
        width: 1920,
        height: 1080,
        rate: Rate::FPS_30,
        sample_rate: 48_000,
        channels: 2,
        background: Color::BLACK,
    };
}

impl Transform {
    /// The whole output, upright and opaque.
    #[must_use]
    pub fn full() -> Self {
        Self {
            x: Animated::Constant(0.5),
            y: Animated::Constant(0.5),
            width: Animated::Constant(1.0),
            height: Animated::Constant(1.0),
            anchor: Anchor::Center,
            rotation: Animated::Constant(0.0),
            opacity: Animated::Constant(1.0),
            crop: None,
        }
    }
}

impl Crossover {
    /// Both curves linear.
    #[must_use]
    pub fn linear() -> Self {
        Self::Curves("tri".to_owned(), "tri".to_owned())
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
