//! A tolerant reader of JSON objects: it reports everything that is wrong and goes on.

use std::rc::Rc;

use serde_json::{Map, Value};

use crate::problem::{Problem, nearest, pointer};
use crate::time::{Rate, Time, parse_position};

/// What has been found wrong so far; reading never stops at the first.
pub(crate) type Problems = Vec<Problem>;

/// A JSON value and where it stands in the document.
///
/// Its pointer is put together only where it is needed: most fields are right.
#[derive(Debug, Clone)]
pub(crate) struct Field<'v> {
    pub value: &'v Value,
    parent: Rc<str>,
    step: Step<'v>,
}

/// The way from the parent's pointer to a field.
#[derive(Debug, Clone, Copy)]
enum Step<'v> {
    /// The parent is the field itself.
    Here,
    /// A member of an object.
    Name(&'v str),
    /// An item of a list.
    Index(usize),
}

/// An object that is being read: it remembers which names were asked for, so that the rest is unknown.
#[derive(Debug)]
pub(crate) struct Fields<'v> {
    map: &'v Map<String, Value>,
    pointer: Rc<str>,
    known: Vec<&'static str>,
    used: Vec<&'static str>,
}

impl<'v> Field<'v> {
    pub fn new(value: &'v Value, pointer: &str) -> Self {
        Self {
            value,
            parent: pointer.into(),
            step: Step::Here,
        }
    }

    /// Where it stands.
    pub fn pointer(&self) -> String {
        match self.step {
            Step::Here => self.parent.to_string(),
            Step::Name(name) => pointer(&self.parent, name),
            Step::Index(index) => format!("{}/{index}", self.parent),
        }
    }

    /// A member of this object, as a user named it.
    pub fn member(&self, name: &'v str, value: &'v Value) -> Self {
        Self {
            value,
            parent: self.pointer().into(),
            step: Step::Name(name),
        }
    }

    fn wrong_type<T>(&self, expected: &str, problems: &mut Problems) -> Option<T> {
        let found = match self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => format!("the number {n}"),
            Value::String(s) => format!("the text {:?}", shorten(s)),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        problems.push(
            Problem::new("document.wrong_type", self.pointer(), format!("This is {found}."))
                .hint(format!("Give {expected} here.")),
        );
        None
    }

    pub fn object(&self, problems: &mut Problems) -> Option<Fields<'v>> {
        match self.value {
            Value::Object(map) => Some(Fields {
                map,
                pointer: self.pointer().into(),
                known: Vec::new(),
                used: Vec::new(),
            }),
            _ => self.wrong_type("an object", problems),
        }
    }

    pub fn items(&self, problems: &mut Problems) -> Vec<Field<'v>> {
        if let Value::Array(items) = self.value {
            let parent: Rc<str> = self.pointer().into();
            let field = |(index, value)| Field {
                value,
                parent: Rc::clone(&parent),
                step: Step::Index(index),
            };
            items.iter().enumerate().map(field).collect()
        } else {
            self.wrong_type::<()>("a list", problems);
            Vec::new()
        }
    }

    pub fn text(&self, problems: &mut Problems) -> Option<&'v str> {
        match self.value {
            Value::String(text) => Some(text),
            _ => self.wrong_type("a text", problems),
        }
    }

    pub fn boolean(&self, problems: &mut Problems) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(*flag),
            _ => self.wrong_type("true or false", problems),
        }
    }

    pub fn number(&self, min: f64, max: f64, problems: &mut Problems) -> Option<f64> {
        let Some(number) = self.value.as_f64().filter(|n| n.is_finite()) else {
            return self.wrong_type("a number", problems);
        };
        if number < min || number > max {
            problems.push(
                Problem::new(
                    "document.out_of_range",
                    self.pointer(),
                    format!("{number} is out of range."),
                )
                .hint(format!("Give a number from {min} to {max}.")),
            );
            return None;
        }
        Some(number)
    }

    pub fn integer(&self, min: i64, max: i64, problems: &mut Problems) -> Option<i64> {
        let whole = self.value.as_i64().or_else(|| {
            let number = self.value.as_f64()?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole and far below 2^53, checked here"
            )]
            (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
        });
        let Some(number) = whole else {
            return self.wrong_type("a whole number", problems);
        };
        if number < min || number > max {
            problems.push(
                Problem::new(
                    "document.out_of_range",
                    self.pointer(),
                    format!("{number} is out of range."),
                )
                .hint(format!("Give a whole number from {min} to {max}.")),
            );
            return None;
        }
        Some(number)
    }

    /// One of the words of `allowed`; `aliases` are what people guess instead.
    pub fn word(
        &self,
        allowed: &[&'static str],
        aliases: &[(&str, &'static str)],
        problems: &mut Problems,
    ) -> Option<&'static str> {
        let text = self.text(problems)?;
        let wanted = aliases
            .iter()
            .find(|(alias, _)| *alias == text)
            .map_or(text, |(_, name)| name);
        if let Some(found) = allowed.iter().find(|name| **name == wanted) {
            return Some(found);
        }
        let guess = nearest(text, allowed.iter().copied())
            .map(|name| format!(" Did you mean {name:?}?"))
            .unwrap_or_default();
        problems.push(
            Problem::new(
                "document.not_allowed",
                self.pointer(),
                format!("{:?} is not known here.{guess}", shorten(text)),
            )
            .hint("Give one of the allowed words.")
            .allowed(allowed.iter().map(|name| (*name).to_owned())),
        );
        None
    }

    /// A time of 0 or later: seconds, a timecode or frames.
    pub fn time(&self, rate: Rate, problems: &mut Problems) -> Option<Time> {
        let time = self.moment(rate, problems)?;
        if time < Time::ZERO {
            problems.push(
                Problem::new("time.negative", self.pointer(), "A time before zero.".to_owned())
                    .hint("Give a time of 0 or later."),
            );
            return None;
        }
        Some(time)
    }

    /// A time that may lie before what it counts from: that of a clip whose first part was cut off.
    pub fn moment(&self, rate: Rate, problems: &mut Problems) -> Option<Time> {
        match parse_position(self.value, rate) {
            Ok(time) => Some(time),
            Err(error) => {
                problems.push(
                    Problem::new("time.invalid", self.pointer(), format!("{error}"))
                        .hint("Give seconds (1.5), a timecode (\"00:00:01:15\") or frames (\"45f\")."),
                );
                None
            }
        }
    }
}

impl<'v> Fields<'v> {
    /// The field, or nothing where it is left out or null.
    pub fn get(&mut self, name: &'static str) -> Option<Field<'v>> {
        self.get_or_null(name).filter(|field| !field.value.is_null())
    }

    /// The field as it stands, null included.
    pub fn get_or_null(&mut self, name: &'static str) -> Option<Field<'v>> {
        self.known.push(name);
        Some(self.field(name, self.map.get(name)?))
    }

    fn field(&self, name: &'static str, value: &'v Value) -> Field<'v> {
        Field {
            value,
            parent: Rc::clone(&self.pointer),
            step: Step::Name(name),
        }
    }

    /// The field under its name or one of its aliases; giving it twice is a problem.
    pub fn get_alias(
        &mut self,
        name: &'static str,
        aliases: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Field<'v>> {
        let mut found = self.get(name);
        for alias in aliases {
            self.used.push(alias);
            let Some(value) = self.map.get(*alias).filter(|value| !value.is_null()) else {
                continue;
            };
            let field = self.field(alias, value);
            if found.is_some() {
                problems.push(
                    Problem::new(
                        "document.given_twice",
                        field.pointer(),
                        format!("{alias:?} is another name of {name:?}, which is given too."),
                    )
                    .hint(format!("Leave {alias:?} out.")),
                );
            } else {
                found = Some(field);
            }
        }
        found
    }

    pub fn require(&mut self, name: &'static str, problems: &mut Problems) -> Option<Field<'v>> {
        let found = self.get(name);
        if found.is_none() {
            self.missing(name, problems);
        }
        found
    }

    pub fn missing(&self, name: &str, problems: &mut Problems) {
        problems.push(
            Problem::new(
                "document.missing",
                &*self.pointer,
                format!("{name:?} is missing."),
            )
            .hint(format!("Add {name:?} to this object.")),
        );
    }

    /// Reports every field that was not asked for.
    pub fn close(self, problems: &mut Problems) {
        for name in self.map.keys() {
            if self.known.iter().any(|known| known == name) || self.used.iter().any(|used| used == name) {
                continue;
            }
            let guess = nearest(name, self.known.iter().copied())
                .map(|known| format!(" Did you mean {known:?}?"))
                .unwrap_or_default();
            problems.push(
                Problem::new(
                    "document.unknown_field",
                    pointer(&self.pointer, name),
                    format!("{:?} is not known here.{guess}", shorten(name)),
                )
                .hint("Remove it, or use one of the allowed names.")
                .allowed(self.known.iter().map(|known| (*known).to_owned())),
            );
        }
    }
}

/// The first characters of what a user wrote, for a message.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}
