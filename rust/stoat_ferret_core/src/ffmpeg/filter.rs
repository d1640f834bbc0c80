//! Filters, chains and graphs as typed values.

use std::borrow::Cow;
use std::fmt::{self, Display};

use super::expression::Expr;
use super::print::{Print, push_escaped, push_integer, push_number};

/// A value of a filter option. [`Display`] prints it escaped for use inside a graph.
///
/// ```
/// use stoat_ferret_core::ffmpeg::filter::Value;
///
/// assert_eq!(Value::from(2.0).to_string(), "2");
/// assert_eq!(Value::Rational(30000, 1001).to_string(), "30000/1001");
/// assert_eq!(Value::Text("a, b".to_owned()).to_string(), r"a\, b");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Free text of a user.
    Text(String),
    /// A path of a file that the filter opens.
    Path(String),
    /// An expression that `FFmpeg` evaluates.
    Expression(Expr),
    /// A finite number.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// A fraction, printed `n/d`.
    Rational(i64, i64),
    /// A level in decibels, printed `-3dB`.
    Decibels(f64),
    /// A token such as an enumeration's name or a colour; see [`Value::word`].
    Word(Cow<'static, str>),
    /// What a measurement makes, by its number: filled in before the graph is read; printed `[measured-0]`,
    /// which no other value is.
    Measured(usize),
    /// A switch, printed `1` or `0`.
    Flag(bool),
    /// Several values in one option.
    List(Separator, Vec<Value>),
}

/// What stands between the values of a [`Value::List`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// One space, as `amix` wants its weights.
    Space,
    /// A bar, as most filters want their lists.
    Bar,
}

/// A name or token with a character that none of `FFmpeg`'s has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a plain token")]
pub struct WordError {
    /// The refused token.
    pub word: String,
}

impl WordError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        "a token has one or more of A-Z a-z 0-9 _ . + @ # | -".to_owned()
    }
}

impl Value {
    /// A [`Value::Word`] after a check that it has only `A-Z a-z 0-9 _ . + @ # | -`.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::filter::Value;
    ///
    /// assert_eq!(Value::word("white@0.5").unwrap().to_string(), "white@0.5");
    /// assert!(Value::word("a,b").is_err());
    /// ```
    ///
    /// # Errors
    /// [`WordError`] for an empty token or any other character.
    pub fn word(word: impl Into<Cow<'static, str>>) -> Result<Self, WordError> {
        let word = word.into();
        if is_word(&word) {
            Ok(Self::Word(word))
        } else {
            Err(WordError {
                word: word.into_owned(),
            })
        }
    }
}

pub(crate) fn is_word(word: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.+@#|-".contains(c))
}

/// What stands in a graph for the result of a measurement.
#[must_use]
pub fn measured(number: usize) -> String {
    format!("[measured-{number}]")
}

/// Words of our own are tokens, as their constructors see to; only those from outside need a look.
#[expect(clippy::ptr_arg, reason = "whose word it is, is what counts")]
fn push_word(out: &mut String, word: &Cow<'static, str>) {
    match word {
        Cow::Borrowed(word) => out.push_str(word),
        Cow::Owned(word) => push_escaped(out, word),
    }
}

impl Print for Value {
    fn print(&self, out: &mut String) {
        match self {
            Self::Text(text) | Self::Path(text) => push_escaped(out, text),
            Self::Word(word) => push_word(out, word),
            Self::Expression(expression) => expression.print(out),
            Self::Number(number) => push_number(out, *number),
            Self::Integer(integer) => push_integer(out, *integer),
            Self::Rational(numerator, denominator) => {
                push_integer(out, *numerator);
                out.push('/');
                push_integer(out, *denominator);
            }
            Self::Decibels(level) => {
                push_number(out, *level);
                out.push_str("dB");
            }
            Self::Measured(number) => out.push_str(&measured(*number)),
            Self::Flag(on) => out.push(if *on { '1' } else { '0' }),
            Self::List(separator, values) => {
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push(match separator {
                            Separator::Space => ' ',
                            Separator::Bar => '|',
                        });
                    }
                    value.print(out);
                }
            }
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        debug_assert!(value.is_finite(), "a filter's number must be finite");
        Self::Number(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<Expr> for Value {
    fn from(value: Expr) -> Self {
        Self::Expression(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        debug_assert!(is_word(value), "{value:?} is not a plain token");
        Self::Word(Cow::Borrowed(value))
    }
}

/// One filter with its options, in the order in which they are printed.
///
/// ```
/// use stoat_ferret_core::ffmpeg::filter::Filter;
///
/// let filter = Filter::new("scale").arg("w", 1280_i64).arg("h", 720_i64).arg("flags", "bicubic");
/// assert_eq!(filter.to_string(), "scale=w=1280:h=720:flags=bicubic");
/// assert_eq!(Filter::new("volume").value(0.8).to_string(), "volume=0.8");
/// assert_eq!(Filter::new("anull").to_string(), "anull");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The filter's name, perhaps with an instance (`drawtext@title`).
    pub name: Cow<'static, str>,
    /// Options in order; an empty key is a positional value.
    pub args: Vec<(Cow<'static, str>, Value)>,
}

impl Filter {
    /// A filter without options.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        debug_assert!(is_word(&name), "{name:?} is not a filter's name");
        Self {
            name,
            args: Vec::new(),
        }
    }

    /// A filter of a name that comes from outside.
    ///
    /// # Errors
    /// [`WordError`] when the name is not a plain token.
    pub fn named(name: impl Into<String>) -> Result<Self, WordError> {
        let name = name.into();
        if is_word(&name) {
            Ok(Self {
                name: Cow::Owned(name),
                args: Vec::new(),
            })
        } else {
            Err(WordError { word: name })
        }
    }

    /// Adds an option, printed `key=value`.
    #[must_use]
    pub fn arg(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let key = key.into();
        debug_assert!(is_word(&key), "{key:?} is not an option's name");
        self.args.push((key, value.into()));
        self
    }

    /// Adds an option when there is a value.
    #[must_use]
    pub fn maybe(self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.arg(key, value),
            None => self,
        }
    }

    /// Adds a positional value, printed without a key.
    #[must_use]
    pub fn value(mut self, value: impl Into<Value>) -> Self {
        self.args.push((Cow::Borrowed(""), value.into()));
        self
    }
}

impl Print for Filter {
    fn print(&self, out: &mut String) {
        push_word(out, &self.name);
        let mut separator = '=';
        for (key, value) in &self.args {
            out.push(separator);
            if !key.is_empty() {
                push_word(out, key);
                out.push('=');
            }
            value.print(out);
            separator = ':';
        }
    }
}

/// Which stream of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamRef {
    /// The stream of this absolute index in the file.
    Index(usize),
    /// The n-th video stream, printed `v:n`.
    Video(usize),
    /// The n-th audio stream, printed `a:n`.
    Audio(usize),
    /// The n-th stream of subtitles, printed `s:n`.
    Subtitle(usize),
}

impl Print for StreamRef {
    fn print(&self, out: &mut String) {
        let (kind, index) = match self {
            Self::Index(index) => ("", index),
            Self::Video(index) => ("v:", index),
            Self::Audio(index) => ("a:", index),
            Self::Subtitle(index) => ("s:", index),
        };
        out.push_str(kind);
        push_integer(out, *index);
    }
}

/// Where a chain reads from: a stream of an input file or another chain's output.
///
/// ```
/// use stoat_ferret_core::ffmpeg::filter::{Pad, StreamRef};
///
/// assert_eq!(Pad::input(0, StreamRef::Video(0)).to_string(), "[0:v:0]");
/// assert_eq!(Pad::from("base").to_string(), "[base]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pad {
    /// A stream of the command's input number `input`.
    Input {
        /// Index of the input in the command, from 0.
        input: usize,
        /// The stream of that input.
        stream: StreamRef,
    },
    /// A label that another chain wrote.
    Label(Label),
}

/// The name of a stream inside a graph.
///
/// ```
/// use stoat_ferret_core::ffmpeg::filter::Label;
///
/// assert_eq!(Label::from("base").to_string(), "base");
/// assert_eq!(Label::Number(7).to_string(), "s7");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Label {
    /// A name of somebody's choice.
    Name(Cow<'static, str>),
    /// A stream that needs no name but one of its own; printed `s` and the number.
    Number(u32),
}

impl From<&str> for Label {
    fn from(label: &str) -> Self {
        Self::Name(Cow::Owned(label.to_owned()))
    }
}

impl From<String> for Label {
    fn from(label: String) -> Self {
        Self::Name(Cow::Owned(label))
    }
}

impl Print for Label {
    fn print(&self, out: &mut String) {
        match self {
            Self::Name(name) => push_word(out, name),
            Self::Number(number) => {
                out.push('s');
                push_integer(out, *number);
            }
        }
    }
}

impl Pad {
    /// A stream of an input.
    #[must_use]
    pub fn input(input: usize, stream: StreamRef) -> Self {
        Self::Input { input, stream }
    }

    /// A label of another chain's output.
    #[must_use]
    pub fn label(label: impl Into<Label>) -> Self {
        Self::Label(label.into())
    }
}

impl<L: Into<Label>> From<L> for Pad {
    fn from(label: L) -> Self {
        Self::label(label)
    }
}

impl Print for Pad {
    fn print(&self, out: &mut String) {
        out.push('[');
        match self {
            Self::Input { input, stream } => {
                push_integer(out, *input);
                out.push(':');
                stream.print(out);
            }
            Self::Label(label) => label.print(out),
        }
        out.push(']');
    }
}

/// Filters that feed one another, with the pads that the first reads and the last writes.
///
/// ```
/// use stoat_ferret_core::ffmpeg::filter::{Filter, FilterChain, Pad, StreamRef};
///
/// let chain = FilterChain::new()
///     .from(Pad::input(0, StreamRef::Index(1)))
///     .then(Filter::new("hflip"))
///     .then(Filter::new("setsar").value(1_i64))
///     .to("a");
/// assert_eq!(chain.to_string(), "[0:1]hflip,setsar=1[a]");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilterChain {
    /// What the first filter reads.
    pub inputs: Vec<Pad>,
    /// The filters in order.
    pub filters: Vec<Filter>,
    /// Labels that the last filter writes.
    pub outputs: Vec<Label>,
}

impl FilterChain {
    /// A chain without filters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pad that the first filter reads.
    #[must_use]
    pub fn from(mut self, pad: impl Into<Pad>) -> Self {
        self.inputs.push(pad.into());
        self
    }

    /// Adds a filter at the end.
    #[must_use]
    pub fn then(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Adds filters at the end.
    #[must_use]
    pub fn then_all(mut self, filters: impl IntoIterator<Item = Filter>) -> Self {
        self.filters.extend(filters);
        self
    }

    /// Adds a label that the last filter writes.
    #[must_use]
    pub fn to(mut self, label: impl Into<Label>) -> Self {
        self.outputs.push(label.into());
        self
    }
}

impl Print for FilterChain {
    fn print(&self, out: &mut String) {
        for pad in &self.inputs {
            pad.print(out);
        }
        for (at, filter) in self.filters.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            filter.print(out);
        }
        for label in &self.outputs {
            out.push('[');
            label.print(out);
            out.push(']');
        }
    }
}

/// A whole graph. [`Display`] joins the chains by `;`.
///
/// ```
/// use stoat_ferret_core::ffmpeg::filter::{Filter, FilterChain, FilterGraph};
///
/// let graph = FilterGraph::new()
///     .chain(FilterChain::new().then(Filter::new("anullsrc")).to("silence"))
///     .chain(FilterChain::new().from("silence").then(Filter::new("anull")).to("out"));
/// assert_eq!(graph.to_string(), "anullsrc[silence];[silence]anull[out]");
/// assert_eq!(graph.to_file_text(), "anullsrc[silence];\n[silence]anull[out]");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilterGraph {
    /// The chains in the order in which they are printed.
    pub chains: Vec<FilterChain>,
}

/// Characters that a filter takes in a graph's text, generously: the text of a long graph is not moved about.
const USUAL_LENGTH: usize = 40;

impl FilterGraph {
    /// A graph without chains.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chain.
    #[must_use]
    pub fn chain(mut self, chain: FilterChain) -> Self {
        self.chains.push(chain);
        self
    }

    /// Adds a chain in place.
    pub fn push(&mut self, chain: FilterChain) {
        self.chains.push(chain);
    }

    /// The graph as it is written to a graph file: one chain on a line, none at the end (`FFmpeg` refuses a last `;`).
    #[must_use]
    pub fn to_file_text(&self) -> String {
        self.joined(";\n")
    }

    fn joined(&self, separator: &str) -> String {
        let filters: usize = self.chains.iter().map(|chain| chain.filters.len() + 1).sum();
        let mut text = String::with_capacity(filters * USUAL_LENGTH);
        for (at, chain) in self.chains.iter().enumerate() {
            if at > 0 {
                text.push_str(separator);
            }
            chain.print(&mut text);
        }
        text
    }
}

macro_rules! display_as_printed {
    ($($kind:ty),+) => {
        $(impl Display for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.printed())
            }
        })+
    };
}

display_as_printed!(Value, Filter, StreamRef, Pad, Label, FilterChain);

impl Display for FilterGraph {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.joined(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::Variable;
    use super::*;

    #[test]
    fn values_are_escaped_for_both_parsers() {
        let filter = Filter::new("drawtext")
            .arg("text", Value::Text("it's 1:2, [x]; 50%\\".to_owned()))
            .arg("fontfile", Value::Path("/a b:c.ttf".to_owned()));
        assert_eq!(
            r"drawtext=text=it\\\'s 1\\:2\, \[x\]\; 50%\\\\:fontfile=/a b\\:c.ttf",
            filter.to_string()
        );
    }

    #[test]
    fn commas_of_expressions_are_escaped() {
        let enable = Expr::between(Expr::var(Variable::T), Expr::constant(1.0), Expr::constant(2.5));
        let filter = Filter::new("hflip").arg("enable", enable);
        assert_eq!(r"hflip=enable=between(t\,1\,2.5)", filter.to_string());
    }

    #[test]
    fn every_kind_of_value_prints() {
        let filter = Filter::new("x")
            .arg("a", true)
            .arg("b", -4_i64)
            .arg("c", 0.1 + 0.2)
            .arg("d", Value::Decibels(-3.0))
            .arg("e", Value::List(Separator::Space, vec![1.0.into(), 0.5.into()]))
            .arg("f", Value::List(Separator::Bar, vec!["a".into(), "b".into()]))
            .arg("g", Value::Rational(1, 30))
            .maybe("h", None::<f64>)
            .maybe("i", Some(false));
        assert_eq!(
            "x=a=1:b=-4:c=0.30000000000000004:d=-3dB:e=1 0.5:f=a|b:g=1/30:i=0",
            filter.to_string()
        );
    }

    #[test]
    fn names_from_outside_are_checked() {
        assert!(Filter::named("drawtext@title").is_ok());
        for name in ["", "a,b", "a b", "movie=x", "a[b]", "é"] {
            assert_eq!(
                Err(WordError {
                    word: name.to_owned()
                }),
                Filter::named(name)
            );
        }
    }
}
