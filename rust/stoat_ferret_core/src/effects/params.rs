//! Parameters of effects: what they may be, and their reading from a document.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::Animated;
use crate::document::animated::read_animated;
use crate::document::color::read_color;
use crate::document::fields::{Field, Problems, shorten};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::transitions::TransitionType;
use crate::problem::Problem;
use crate::sanitize::{SafeText, TextError};
use crate::time::{Rate, Time};

/// What a parameter may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A number in a unit (`""`: none), both ends included.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Unit, such as `pixels` or `dB`.
        unit: &'static str,
    },
    /// A whole number, both ends included.
    Whole {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A linear gain (0 to 10) or a text in decibels such as `"-6dB"`.
    Gain,
    /// A time or length in seconds (also a timecode, or frames), at most this many seconds.
    Time {
        /// Greatest value in seconds.
        max: f64,
    },
    /// A time from the clip's start, this many seconds before or after it at most.
    Moment {
        /// Greatest distance in seconds.
        max: f64,
    },
    /// Text of people, at most this many characters.
    Text {
        /// Most characters.
        max: usize,
    },
    /// The path of a colour table, a `.cube` file, written like the source of a clip.
    Table,
    /// One of these words; other words that people guess map to one of them.
    Word {
        /// The words.
        allowed: &'static [&'static str],
        /// Guess and meaning.
        aliases: &'static [(&'static str, &'static str)],
    },
    /// The name of a transition of the picture.
    Transition,
    /// True or false.
    Bool,
    /// A colour.
    Color,
    /// A list of colours.
    Colors {
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
    /// A place on the picture: a preset, or fractions of the output.
    Position,
    /// Points of a curve from 0 to 1, by what goes in: `[[0, 0], [0.5, 0.6], [1, 1]]`; at most this many.
    Points {
        /// Most points.
        most: usize,
    },
    /// A list of numbers.
    Numbers {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Most items.
        most: usize,
    },
}

impl Kind {
    /// A number from 0 to 1.
    pub const FRACTION: Self = Self::Number {
        min: 0.0,
        max: 1.0,
        unit: "",
    };
}

/// What a parameter is when it is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// It has to be given.
    Required,
    /// Nothing: the description says what happens then.
    None,
    /// A number.
    Number(f64),
    /// A text or word.
    Text(&'static str),
    /// True or false.
    Bool(bool),
}

/// One parameter of an effect.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name in documents.
    pub name: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// What it may be.
    pub kind: Kind,
    /// What it is when left out.
    pub default: Default,
    /// Whether it may be given by keyframes.
    pub animatable: bool,
    /// What it means, for people.
    pub description: &'static str,
    /// How an agent should choose it.
    pub ai_hint: &'static str,
    /// What else does what a number out of its range asks for.
    pub instead: &'static str,
}

impl Param {
    /// A parameter that has to be given.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind,
            default: Default::Required,
            animatable: false,
            description,
            ai_hint: "",
            instead: "",
        }
    }

    /// A parameter that may be left out.
    #[must_use]
    pub const fn optional(
        name: &'static str,
        kind: Kind,
        default: Default,
        description: &'static str,
    ) -> Self {
        Self {
            default,
            ..Self::required(name, kind, description)
        }
    }

    /// The same, changeable over time.
    #[must_use]
    pub const fn animatable(self) -> Self {
        Self {
            animatable: true,
            ..self
        }
    }

    /// The same, under further names.
    #[must_use]
    pub const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same, with a word to agents.
    #[must_use]
    pub const fn hint(self, ai_hint: &'static str) -> Self {
        Self { ai_hint, ..self }
    }

    /// The same, with what to do where a number is out of its range.
    #[must_use]
    pub const fn instead(self, instead: &'static str) -> Self {
        Self { instead, ..self }
    }
}

/// A place on the picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Position {
    /// A preset name.
    Preset(&'static str),
    /// The centre of the text as fractions of the output (`None`: centred).
    Fractions {
        /// From the left, 0 to 1.
        x: Option<Animated>,
        /// From the top, 0 to 1.
        y: Option<Animated>,
    },
}

/// The presets of [`Position`].
pub const POSITIONS: [&str; 8] = [
    "center",
    "top_center",
    "bottom_center",
    "top_left",
    "top_right",
    "bottom_left",
    "bottom_right",
    "lower_third",
];

const POSITION_ALIASES: [(&str, &str); 4] = [
    ("middle", "center"),
    ("centre", "center"),
    ("top", "top_center"),
    ("bottom", "bottom_center"),
];

#[derive(Debug, Clone, PartialEq)]
enum Given {
    Number(Animated),
    Time(Time),
    Text(String),
    Bool(bool),
    Color(Color),
    Colors(Vec<Color>),
    Position(Position),
    Numbers(Vec<f64>),
    Points(Vec<(f64, f64)>),
}

/// The checked parameters of an effect, defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    given: BTreeMap<&'static str, Given>,
}

impl Params {
    /// A number, constant or not; 0 where there is none.
    #[must_use]
    pub fn animated(&self, name: &str) -> Animated {
        match self.given.get(name) {
            Some(Given::Number(value)) => value.clone(),
            _ => Animated::Constant(0.0),
        }
    }

    /// A number that cannot change over time.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.optional_number(name).unwrap_or(0.0)
    }

    /// The same, where it was given.
    #[must_use]
    pub fn optional_number(&self, name: &str) -> Option<f64> {
        match self.given.get(name) {
            Some(Given::Number(value)) => Some(value.at(0.0)),
            _ => None,
        }
    }

    /// A time in seconds, where it was given.
    #[must_use]
    pub fn seconds(&self, name: &str) -> Option<f64> {
        match self.given.get(name) {
            Some(Given::Time(time)) => Some(time.to_seconds()),
            _ => None,
        }
    }

    /// A time, where it was given.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Time> {
        match self.given.get(name) {
            Some(Given::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// A text or word; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.given.get(name) {
            Some(Given::Text(text)) => text,
            _ => "",
        }
    }

    /// True or false; false where there is none.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.given.get(name), Some(Given::Bool(true)))
    }

    /// The same, where it was given.
    #[must_use]
    pub fn optional_flag(&self, name: &str) -> Option<bool> {
        match self.given.get(name) {
            Some(Given::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A colour, where it was given.
    #[must_use]
    pub fn color(&self, name: &str) -> Option<Color> {
        match self.given.get(name) {
            Some(Given::Color(color)) => Some(color.clone()),
            _ => None,
        }
    }

    /// A list of colours; empty where there is none.
    #[must_use]
    pub fn colors(&self, name: &str) -> &[Color] {
        match self.given.get(name) {
            Some(Given::Colors(colors)) => colors,
            _ => &[],
        }
    }

    /// A place on the picture; the centre where there is none.
    #[must_use]
    pub fn position(&self, name: &str) -> Position {
        match self.given.get(name) {
            Some(Given::Position(position)) => position.clone(),
            _ => Position::Preset("center"),
        }
    }

    /// Points of a curve; empty where there are none.
    #[must_use]
    pub fn points(&self, name: &str) -> &[(f64, f64)] {
        match self.given.get(name) {
            Some(Given::Points(points)) => points,
            _ => &[],
        }
    }

    /// A list of numbers; empty where there is none.
    #[must_use]
    pub fn numbers(&self, name: &str) -> &[f64] {
        match self.given.get(name) {
            Some(Given::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }
}

/// Reads parameters by their descriptions; `pointer` is where the object stands.
pub(crate) fn read_params(
    specs: &'static [Param],
    value: &Value,
    pointer: &str,
    rate: Rate,
    problems: &mut Problems,
) -> Params {
    let field = Field::new(value, pointer);
    let Some(mut fields) = field.object(problems) else {
        return Params {
            given: BTreeMap::new(),
        };
    };
    let params = read_fields(specs, &mut fields, rate, problems);
    fields.close(problems);
    params
}

/// The same for an object that holds other fields as well; the caller closes it.
pub(crate) fn read_fields(
    specs: &'static [Param],
    fields: &mut crate::document::fields::Fields<'_>,
    rate: Rate,
    problems: &mut Problems,
) -> Params {
    let mut given = BTreeMap::new();
    for spec in specs {
        let value = match fields.get_alias(spec.name, spec.aliases, problems) {
            Some(field) => {
                let known = problems.len();
                let value = read_value(spec, &field, rate, problems);
                let new = problems.iter_mut().skip(known);
                for problem in new.filter(|problem| problem.code == "document.out_of_range") {
                    problem.hint.push_str(spec.instead);
                }
                value
            }
            None if spec.default == Default::Required => {
                fields.missing(spec.name, problems);
                None
            }
            None => default_value(spec),
        };
        if let Some(value) = value {
            given.insert(spec.name, value);
        }
    }
    Params { given }
}

fn default_value(spec: &Param) -> Option<Given> {
    match (spec.default, spec.kind) {
        (Default::Required | Default::None, _) => None,
        (Default::Number(number), Kind::Time { .. } | Kind::Moment { .. }) => {
            Time::from_seconds(number).ok().map(Given::Time)
        }
        (Default::Number(number), _) => Some(Given::Number(Animated::Constant(number))),
        (Default::Text(text), Kind::Color) => text.parse().ok().map(Given::Color),
        (Default::Text(text), Kind::Position) => POSITIONS
            .iter()
            .find(|name| **name == text)
            .map(|name| Given::Position(Position::Preset(name))),
        (Default::Text(text), _) => Some(Given::Text(text.to_owned())),
        (Default::Bool(flag), _) => Some(Given::Bool(flag)),
    }
}

fn read_value(spec: &Param, field: &Field<'_>, rate: Rate, problems: &mut Problems) -> Option<Given> {
    match spec.kind {
        Kind::Number { min, max, .. } => {
            read_animated(field, min, max, spec.animatable, rate, problems).map(Given::Number)
        }
        Kind::Whole { min, max } => {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let number = field.integer(min, max, problems)? as f64;
            Some(Given::Number(Animated::Constant(number)))
        }
        Kind::Gain => read_gain(field, spec.animatable, rate, problems).map(Given::Number),
        Kind::Time { max } | Kind::Moment { max } => {
            let time = match spec.kind {
                Kind::Moment { .. } => field.moment(rate, problems)?,
                _ => field.time(rate, problems)?,
            };
            if time.to_seconds().abs() > max {
                problems.push(
                    Problem::new(
                        "document.out_of_range",
                        field.pointer(),
                        format!("{} s is too long.", time.to_seconds()),
                    )
                    .hint(format!("Give at most {max} s.")),
                );
                return None;
            }
            Some(Given::Time(time))
        }
        Kind::Text { max } => read_text(field, max, problems).map(Given::Text),
        Kind::Table => read_table(field, problems).map(Given::Text),
        Kind::Word { allowed, aliases } => field
            .word(allowed, aliases, problems)
            .map(|word| Given::Text(word.to_owned())),
        Kind::Transition => read_transition(field, problems).map(|name| Given::Text(name.to_owned())),
        Kind::Bool => field.boolean(problems).map(Given::Bool),
        Kind::Color => read_color(field, problems).map(Given::Color),
        Kind::Colors { least, most } => read_colors(field, (least, most), problems).map(Given::Colors),
        Kind::Position => read_position(field, rate, problems).map(Given::Position),
        Kind::Points { most } => read_points(field, most, problems).map(Given::Points),
        Kind::Numbers { min, max, most } => {
            let items = field.items(problems);
            if items.len() > most {
                problems.push(
                    Problem::new(
                        "document.out_of_range",
                        field.pointer(),
                        "The list is too long.".to_owned(),
                    )
                    .hint(format!("Give at most {most} numbers.")),
                );
                return None;
            }
            items
                .iter()
                .map(|item| item.number(min, max, problems))
                .collect::<Option<Vec<f64>>>()
                .map(Given::Numbers)
        }
    }
}

/// A gain as a linear factor; `"-6dB"` is read as well.
pub(crate) fn read_gain(
    field: &Field<'_>,
    animatable: bool,
    rate: Rate,
    problems: &mut Problems,
) -> Option<Animated> {
    let Value::String(text) = field.value else {
        return read_animated(field, 0.0, 10.0, animatable, rate, problems);
    };
    let trimmed = text.trim();
    let number = trimmed
        .strip_suffix("dB")
        .or_else(|| trimmed.strip_suffix("db"))
        .or_else(|| trimmed.strip_suffix("DB"))
        .and_then(|digits| digits.trim().parse::<f64>().ok())
        .filter(|decibels| (-120.0..=20.0).contains(decibels));
    match number {
        Some(decibels) => Some(Animated::Constant(10f64.powf(decibels / 20.0))),
        None => {
            problems.push(
                Problem::new(
                    "volume.invalid",
                    field.pointer(),
                    format!("{:?} is not a volume.", shorten(text)),
                )
                .hint("Give a factor from 0 to 10, or decibels from \"-120dB\" to \"20dB\"."),
            );
            None
        }
    }
}

fn read_text(field: &Field<'_>, max: usize, problems: &mut Problems) -> Option<String> {
    let text = field.text(problems)?;
    match SafeText::with_limit(text, max) {
        Ok(safe) => Some(safe.as_str().to_owned()),
        Err(error) => {
            let hint = match error {
                TextError::ControlCharacter { .. } => {
                    "Leave control characters out; new line and tab are fine."
                }
                TextError::TooLong { .. } => "Shorten it, or split it over several texts.",
            };
            problems.push(Problem::new("text.refused", field.pointer(), format!("{error}")).hint(hint));
            None
        }
    }
}

/// A path as it stands: the application looks for the file.
fn read_table(field: &Field<'_>, problems: &mut Problems) -> Option<String> {
    let path = field.text(problems)?;
    let is_cube = path
        .rsplit_once('.')
        .is_some_and(|(name, ending)| !name.is_empty() && ending.eq_ignore_ascii_case("cube"));
    if path.contains('\0') || !is_cube {
        problems.push(
            Problem::new(
                "lut.not_cube",
                field.pointer(),
                format!("{:?} is not the path of a .cube file.", shorten(path)),
            )
            .hint(
                "Give the path of a colour table in a file that ends in .cube; export other kinds as .cube.",
            ),
        );
        return None;
    }
    Some(path.to_owned())
}

fn read_colors(
    field: &Field<'_>,
    (least, most): (usize, usize),
    problems: &mut Problems,
) -> Option<Vec<Color>> {
    let items = field.items(problems);
    if !field.value.is_array() {
        return None;
    }
    if !(least..=most).contains(&items.len()) {
        problems.push(
            Problem::new(
                "document.out_of_range",
                field.pointer(),
                format!("A list of {} colours is not possible here.", items.len()),
            )
            .hint(format!("Give {least} to {most} colours.")),
        );
        return None;
    }
    items.iter().map(|item| read_color(item, problems)).collect()
}

/// Points whose first numbers rise.
fn read_points(field: &Field<'_>, most: usize, problems: &mut Problems) -> Option<Vec<(f64, f64)>> {
    let refused = |message: &str| {
        let problem = Problem::new("curve.invalid", field.pointer(), message.to_owned());
        problem.hint(format!(
            "Give 2 to {most} points such as [[0, 0], [0.5, 0.6], [1, 1]], from left to right."
        ))
    };
    let items = field.items(problems);
    if !field.value.is_array() {
        return None;
    }
    if !(2..=most).contains(&items.len()) {
        problems.push(refused("A curve has not so many points."));
        return None;
    }
    let mut points: Vec<(f64, f64)> = Vec::new();
    for item in items {
        let pair = item.items(problems);
        if !item.value.is_array() {
            return None;
        }
        let [from, to] = pair.as_slice() else {
            problems.push(refused("A point is two numbers from 0 to 1."));
            return None;
        };
        let point = (from.number(0.0, 1.0, problems)?, to.number(0.0, 1.0, problems)?);
        // Nearer points become one in 8 bits.
        if points.last().is_some_and(|last| point.0 < last.0 + 1.0 / 255.0) {
            problems.push(refused("The points of a curve go from left to right."));
            return None;
        }
        points.push(point);
    }
    Some(points)
}

/// The name of a transition that needs no expression.
pub(crate) fn read_transition(field: &Field<'_>, problems: &mut Problems) -> Option<&'static str> {
    field.word(
        TransitionType::NAMES,
        &[
            ("crossfade", "fade"),
            ("cross_dissolve", "dissolve"),
            ("wipe", "wipeleft"),
        ],
        problems,
    )
}

fn read_position(field: &Field<'_>, rate: Rate, problems: &mut Problems) -> Option<Position> {
    if field.value.is_string() {
        return field
            .word(&POSITIONS, &POSITION_ALIASES, problems)
            .map(Position::Preset);
    }
    let mut fields = field.object(problems)?;
    let mut axis = |name: &'static str| -> Option<Option<Animated>> {
        let Some(value) = fields.get(name) else {
            return Some(None);
        };
        if value.value.is_string() {
            return value
                .word(&["center"], &[("middle", "center")], problems)
                .map(|_| None);
        }
        read_animated(&value, -1.0, 2.0, true, rate, problems).map(Some)
    };
    let x = axis("x");
    let y = axis("y");
    fields.close(problems);
    Some(Position::Fractions { x: x?, y: y? })
}
