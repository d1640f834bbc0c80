//! A whole `FFmpeg` command as data. Only argument lists leave here: no shell ever reads them.

use std::fmt::Write;

use super::error::{BuildError, LONGEST, within};
use super::expression::Expr;
use super::filter::{FilterGraph, Pad, StreamRef, Value, is_word};
use super::print::push_number;

/// The value of an option on the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct ArgValue(String);

impl From<i64> for ArgValue {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl From<u32> for ArgValue {
    fn from(value: u32) -> Self {
        Self(value.to_string())
    }
}

impl From<f64> for ArgValue {
    fn from(value: f64) -> Self {
        let mut text = String::new();
        push_number(&mut text, value);
        Self(text)
    }
}

impl From<&str> for ArgValue {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for ArgValue {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<(i64, i64)> for ArgValue {
    fn from((numerator, denominator): (i64, i64)) -> Self {
        Self(Value::Rational(numerator, denominator).to_string())
    }
}

impl From<Expr> for ArgValue {
    fn from(value: Expr) -> Self {
        Self(value.to_string())
    }
}

/// One argument of a command, with places that are filled in when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// The argument itself.
    Text(String),
    /// The file of input number n.
    Input(usize),
    /// The option that reads the graph from a file; see [`GraphOption`].
    GraphOption,
    /// The file of the graph.
    Graph,
    /// The file of output number n.
    Output(usize),
}

/// How a version of `FFmpeg` is told to read a graph from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphOption {
    /// `-/filter_complex`, from 7 on.
    Slash,
    /// `-filter_complex_script`, gone in 9.
    Script,
}

impl GraphOption {
    /// The option for an `FFmpeg` of this major version.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::command::GraphOption;
    ///
    /// assert_eq!(GraphOption::for_major(9).argument(), "-/filter_complex");
    /// assert_eq!(GraphOption::for_major(5).argument(), "-filter_complex_script");
    /// ```
    #[must_use]
    pub const fn for_major(major: u32) -> Self {
        if major >= 7 { Self::Slash } else { Self::Script }
    }

    /// The argument.
    #[must_use]
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Slash => "-/filter_complex",
            Self::Script => "-filter_complex_script",
        }
    }
}

/// Options that other methods set, or that would read or write files behind the command's back.
const RESERVED: &[&str] = &[
    "i",
    "y",
    "n",
    "map",
    "filter_complex",
    "filter_complex_script",
    "/filter_complex",
    "lavfi",
    "vf",
    "af",
    "filter",
    "filter_script",
    "f",
    "ss",
    "t",
    "attach",
    "dump_attachment",
    "progress",
    "report",
    "passlogfile",
    "vstats_file",
    "init_hw_device",
    "sdp_file",
    "fpre",
    "vpre",
    "apre",
    "pre",
];

fn checked_name(name: &str) -> Result<String, BuildError> {
    let stem = name.split(':').next().unwrap_or_default();
    let plain = !stem.is_empty()
        && !stem.starts_with('-')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_:-".contains(c));
    if plain && !RESERVED.contains(&stem) {
        Ok(name.to_owned())
    } else {
        Err(BuildError::CommandOption {
            name: name.to_owned(),
        })
    }
}

fn checked_word(word: &str) -> Result<String, BuildError> {
    match Value::word(word.to_owned())? {
        Value::Word(word) => Ok(word.into_owned()),
        _ => Err(BuildError::Incomplete { missing: "a token" }),
    }
}

fn checked_path(path: &str) -> Result<String, BuildError> {
    if path.contains('\0') {
        return Err(BuildError::Nul { what: "the path" });
    }
    if std::path::Path::new(path).is_absolute() {
        Ok(path.to_owned())
    } else {
        Err(BuildError::RelativePath {
            path: path.to_owned(),
        })
    }
}

/// Options in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Default)]
struct Options(Vec<(String, Option<ArgValue>)>);

impl Options {
    fn set(&mut self, name: &str, value: impl Into<ArgValue>) {
        self.0.push((name.to_owned(), Some(value.into())));
    }

    fn switch(&mut self, name: String) {
        self.0.push((name, None));
    }

    fn write(&self, tokens: &mut Vec<Token>) {
        for (name, value) in &self.0 {
            tokens.push(Token::Text(["-", name].concat()));
            tokens.extend(value.iter().map(|value| Token::Text(value.0.clone())));
        }
    }
}

/// A file that a command reads, with the options that stand before it.
///
/// ```
/// use stoat_ferret_core::ffmpeg::command::Input;
///
/// assert!(Input::file("/media/a.mp4").unwrap().seek(1.5).is_ok());
/// assert!(Input::file("a.mp4").is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    path: Option<String>,
    options: Options,
}

impl Input {
    /// A file by its absolute path.
    ///
    /// # Errors
    /// [`BuildError::RelativePath`], or [`BuildError::Nul`] when the path has a NUL character.
    pub fn file(path: &str) -> Result<Self, BuildError> {
        Ok(Self {
            path: Some(checked_path(path)?),
            options: Options::default(),
        })
    }

    /// A file that is filled in when the command runs.
    #[must_use]
    pub fn open() -> Self {
        Self {
            path: None,
            options: Options::default(),
        }
    }

    /// Starts reading `seconds` after the file's start.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] before 0.
    pub fn seek(mut self, seconds: f64) -> Result<Self, BuildError> {
        self.options
            .set("ss", within("the seek", seconds, (0.0, LONGEST), " s")?);
        Ok(self)
    }

    /// Reads at most `seconds`.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] when it is not above 0.
    pub fn duration(mut self, seconds: f64) -> Result<Self, BuildError> {
        self.options.set("t", super::error::duration(seconds)?);
        Ok(self)
    }

    /// Forces the demuxer, `png_pipe` for example.
    ///
    /// # Errors
    /// [`BuildError::Word`] when it is not a plain token.
    pub fn format(mut self, demuxer: &str) -> Result<Self, BuildError> {
        self.options.set("f", checked_word(demuxer)?);
        Ok(self)
    }

    /// Forces the decoder of the pictures, `libvpx-vp9` for example.
    ///
    /// # Errors
    /// [`BuildError::Word`] when it is not a plain token.
    pub fn video_decoder(mut self, decoder: &str) -> Result<Self, BuildError> {
        self.options.set("c:v", checked_word(decoder)?);
        Ok(self)
    }

    /// Any other option with its value.
    ///
    /// # Errors
    /// [`BuildError::CommandOption`] when the name is not plain or a method of its own sets it.
    pub fn option(mut self, name: &str, value: impl Into<ArgValue>) -> Result<Self, BuildError> {
        self.options.set(&checked_name(name)?, value);
        Ok(self)
    }

    /// A switch, which has no value: `shortest` for example.
    ///
    /// # Errors
    /// [`BuildError::CommandOption`] when the name is not plain or a method of its own sets it.
    pub fn switch(mut self, name: &str) -> Result<Self, BuildError> {
        self.options.switch(checked_name(name)?);
        Ok(self)
    }
}

/// A file that a command writes, with what goes into it and the options that stand before it.
///
/// ```
/// use stoat_ferret_core::ffmpeg::command::Output;
///
/// let output = Output::file("/out/a.mp4").unwrap().map("v").video_codec("libx264").unwrap();
/// assert!(output.option("i", "b.mp4").is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    path: Option<String>,
    maps: Vec<Pad>,
    options: Options,
}

impl Output {
    /// A file by its absolute path.
    ///
    /// # Errors
    /// [`BuildError::RelativePath`], or [`BuildError::Nul`] when the path has a NUL character.
    pub fn file(path: &str) -> Result<Self, BuildError> {
        Ok(Self {
            path: Some(checked_path(path)?),
            maps: Vec::new(),
            options: Options::default(),
        })
    }

    /// A file that is filled in when the command runs.
    #[must_use]
    pub fn open() -> Self {
        Self {
            path: None,
            maps: Vec::new(),
            options: Options::default(),
        }
    }

    /// Adds a stream: a label of the graph or a stream of an input.
    #[must_use]
    pub fn map(mut self, pad: impl Into<Pad>) -> Self {
        self.maps.push(pad.into());
        self
    }

    /// Forces the muxer.
    ///
    /// # Errors
    /// [`BuildError::Word`] when it is not a plain token.
    pub fn format(mut self, muxer: &str) -> Result<Self, BuildError> {
        self.options.set("f", checked_word(muxer)?);
        Ok(self)
    }

    /// The encoder of the pictures, or `copy`.
    ///
    /// # Errors
    /// [`BuildError::Word`] when it is not a plain token.
    pub fn video_codec(mut self, encoder: &str) -> Result<Self, BuildError> {
        self.options.set("c:v", checked_word(encoder)?);
        Ok(self)
    }

    /// The encoder of the sound, or `copy`.
    ///
    /// # Errors
    /// [`BuildError::Word`] when it is not a plain token.
    pub fn audio_codec(mut self, encoder: &str) -> Result<Self, BuildError> {
        self.options.set("c:a", checked_word(encoder)?);
        Ok(self)
    }

    /// Writes at most `seconds`.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] when it is not above 0.
    pub fn duration(mut self, seconds: f64) -> Result<Self, BuildError> {
        self.options.set("t", super::error::duration(seconds)?);
        Ok(self)
    }

    /// A tag of the file, such as `title`.
    ///
    /// # Errors
    /// [`BuildError::Word`] when the key is not a plain token, [`BuildError::Nul`] for a value with a NUL character.
    pub fn metadata(mut self, key: &str, value: &str) -> Result<Self, BuildError> {
        if value.contains('\0') {
            return Err(BuildError::Nul { what: "the tag" });
        }
        self.options
            .set("metadata", [&checked_word(key)?, "=", value].concat());
        Ok(self)
    }

    /// Any other option with its value.
    ///
    /// # Errors
    /// [`BuildError::CommandOption`] when the name is not plain or a method of its own sets it.
    pub fn option(mut self, name: &str, value: impl Into<ArgValue>) -> Result<Self, BuildError> {
        self.options.set(&checked_name(name)?, value);
        Ok(self)
    }

    /// A switch, which has no value: `shortest` for example.
    ///
    /// # Errors
    /// [`BuildError::CommandOption`] when the name is not plain or a method of its own sets it.
    pub fn switch(mut self, name: &str) -> Result<Self, BuildError> {
        self.options.switch(checked_name(name)?);
        Ok(self)
    }
}

/// An `FFmpeg` command: flags, inputs, one filter graph, outputs.
///
/// ```
/// use stoat_ferret_core::ffmpeg::command::{FFmpegCommand, Input, Output};
/// use stoat_ferret_core::ffmpeg::filter::{Filter, FilterChain, FilterGraph, Pad, StreamRef};
///
/// let flipped = FilterChain::new().from(Pad::input(0, StreamRef::Video(0))).then(Filter::new("hflip")).to("v");
/// let command = FFmpegCommand::new()
///     .overwrite(true)
///     .input(Input::file("/in/a.mp4").unwrap().seek(1.5).unwrap())
///     .graph(FilterGraph::new().chain(flipped))
///     .output(Output::file("/out/-b.mp4").unwrap().map("v").video_codec("libx264").unwrap());
/// assert_eq!(
///     command.argv().unwrap().join(" "),
///     "-nostdin -hide_banner -y -ss 1.5 -i file:/in/a.mp4 -filter_complex [0:v:0]hflip[v] \
///      -map [v] -c:v libx264 file:/out/-b.mp4"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FFmpegCommand {
    overwrite: bool,
    globals: Options,
    inputs: Vec<Input>,
    graph: Graph,
    outputs: Vec<Output>,
}

/// Whether a command has a filter graph, and where it is.
#[derive(Debug, Clone, PartialEq, Default)]
enum Graph {
    #[default]
    None,
    Here(FilterGraph),
    Elsewhere,
}

impl FFmpegCommand {
    /// A command without inputs and outputs that never reads the terminal and never overwrites a file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether files that exist are overwritten; else `FFmpeg` stops at them.
    #[must_use]
    pub fn overwrite(self, overwrite: bool) -> Self {
        Self { overwrite, ..self }
    }

    /// How much is logged: `error`, `warning`, `info`, …
    ///
    /// # Errors
    /// [`BuildError::Word`] when it is not a plain token.
    pub fn loglevel(mut self, level: &str) -> Result<Self, BuildError> {
        self.globals.set("loglevel", checked_word(level)?);
        Ok(self)
    }

    /// Any other global option with its value.
    ///
    /// # Errors
    /// [`BuildError::CommandOption`] when the name is not plain or a method of its own sets it.
    pub fn option(mut self, name: &str, value: impl Into<ArgValue>) -> Result<Self, BuildError> {
        self.globals.set(&checked_name(name)?, value);
        Ok(self)
    }

    /// A switch, which has no value: `shortest` for example.
    ///
    /// # Errors
    /// [`BuildError::CommandOption`] when the name is not plain or a method of its own sets it.
    pub fn switch(mut self, name: &str) -> Result<Self, BuildError> {
        self.globals.switch(checked_name(name)?);
        Ok(self)
    }

    /// Adds an input.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// Sets the filter graph.
    #[must_use]
    pub fn graph(self, graph: FilterGraph) -> Self {
        Self {
            graph: Graph::Here(graph),
            ..self
        }
    }

    /// The command reads a filter graph that somebody else keeps: [`FFmpegCommand::tokens`] have places for it.
    #[must_use]
    pub fn graph_elsewhere(self) -> Self {
        Self {
            graph: Graph::Elsewhere,
            ..self
        }
    }

    /// Adds an output.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }

    /// The text of the graph's file, when there is a graph here.
    #[must_use]
    pub fn graph_text(&self) -> Option<String> {
        match &self.graph {
            Graph::Here(graph) => Some(graph.to_file_text()),
            Graph::None | Graph::Elsewhere => None,
        }
    }

    /// The arguments without the program's name, with places for files and graph.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        let text = |argument: &str| Token::Text(argument.to_owned());
        let mut tokens = vec![text("-nostdin"), text("-hide_banner")];
        tokens.push(text(if self.overwrite { "-y" } else { "-n" }));
        self.globals.write(&mut tokens);
        for (at, input) in self.inputs.iter().enumerate() {
            input.options.write(&mut tokens);
            tokens.extend([text("-i"), Token::Input(at)]);
        }
        if self.graph != Graph::None {
            tokens.extend([Token::GraphOption, Token::Graph]);
        }
        for (at, output) in self.outputs.iter().enumerate() {
            for pad in &output.maps {
                tokens.extend([text("-map"), Token::Text(map_argument(pad))]);
            }
            output.options.write(&mut tokens);
            tokens.push(Token::Output(at));
        }
        tokens
    }

    /// The arguments without the program's name, the graph inline.
    ///
    /// # Errors
    /// [`BuildError::Incomplete`] without an input or output, or when a file was left open or the graph is elsewhere.
    pub fn argv(&self) -> Result<Vec<String>, BuildError> {
        let graph = match &self.graph {
            Graph::None => String::new(),
            Graph::Here(graph) => graph.to_string(),
            Graph::Elsewhere => {
                return Err(BuildError::Incomplete {
                    missing: "the filter graph",
                });
            }
        };
        self.filled("-filter_complex", &graph)
    }

    /// The arguments without the program's name, the graph read from the file at `path`,
    /// into which [`FFmpegCommand::graph_text`] belongs.
    ///
    /// # Errors
    /// As [`FFmpegCommand::argv`], and [`BuildError::RelativePath`].
    pub fn argv_with_graph_file(&self, path: &str, option: GraphOption) -> Result<Vec<String>, BuildError> {
        self.filled(option.argument(), &checked_path(path)?)
    }

    fn filled(&self, graph_option: &str, graph: &str) -> Result<Vec<String>, BuildError> {
        if self.inputs.is_empty() && self.graph == Graph::None {
            return Err(BuildError::Incomplete { missing: "an input" });
        }
        if self.outputs.is_empty() {
            return Err(BuildError::Incomplete { missing: "an output" });
        }
        let file = |path: Option<&String>, missing| {
            path.map(|path| ["file:", path].concat())
                .ok_or(BuildError::Incomplete { missing })
        };
        self.tokens()
            .into_iter()
            .map(|token| match token {
                Token::Text(text) => Ok(text),
                Token::Input(at) => file(
                    self.inputs.get(at).and_then(|input| input.path.as_ref()),
                    "the path of an input",
                ),
                Token::GraphOption => Ok(graph_option.to_owned()),
                Token::Graph => Ok(graph.to_owned()),
                Token::Output(at) => file(
                    self.outputs.get(at).and_then(|output| output.path.as_ref()),
                    "the path of an output",
                ),
            })
            .collect()
    }
}

fn map_argument(pad: &Pad) -> String {
    let mut argument = String::new();
    // Writing to a String cannot fail.
    let _ = match pad {
        Pad::Input { input, stream } => write!(argument, "{input}:{stream}"),
        Pad::Label(label) => write!(argument, "[{label}]"),
    };
    argument
}

impl std::str::FromStr for Pad {
    type Err = BuildError;

    /// Reads `0:v`, `1:a:2`, `0:3` or a label, with or without brackets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        let mut parts = inner.split(':');
        let number = |part: Option<&str>| part.and_then(|digits| digits.parse::<usize>().ok());
        let parsed = match (number(parts.next()), parts.next(), parts.next(), parts.next()) {
            (Some(input), Some(kind @ ("v" | "a")), nth, None) => {
                let nth = if nth.is_none() { Some(0) } else { number(nth) };
                nth.map(|nth| {
                    let stream = if kind == "v" {
                        StreamRef::Video(nth)
                    } else {
                        StreamRef::Audio(nth)
                    };
                    Self::input(input, stream)
                })
            }
            (Some(input), index @ Some(_), None, None) => {
                number(index).map(|index| Self::input(input, StreamRef::Index(index)))
            }
            _ => is_word(inner).then(|| Self::label(inner)),
        };
        parsed.ok_or_else(|| {
            BuildError::Word(super::filter::WordError {
                word: text.to_owned(),
            })
        })
    }
}

#[cfg(test)]
mod tests;
