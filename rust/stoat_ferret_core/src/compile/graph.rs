//! A filter graph in the making: its inputs, its chains, and fresh labels.

use std::collections::{BTreeMap, BTreeSet};

use crate::effects::refusal;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, FilterChain, Label, Pad, StreamRef, Value};
use crate::ffmpeg::print::Print;
use crate::problem::Problem;
use crate::render::plan;
use crate::time::Frame;

/// A file that a graph reads, and how it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInput {
    /// Absolute path, or the output of a step.
    pub from: plan::Input,
    /// Seconds to skip on the file's clock; nothing reads from the start.
    pub seek: Option<f64>,
    /// Demuxer to force.
    pub demuxer: Option<String>,
    /// Decoder of the picture to force.
    pub decoder: Option<String>,
    /// The only demuxers that may open it, as the probe found.
    pub format: Option<String>,
    /// Frames per second of a still picture.
    pub still_rate: Option<(i64, i64)>,
}

/// Filters between a clip's input and its first use.
const USUAL_FILTERS: usize = 10;
/// Bytes of the graph of a handful of clips.
const USUAL_TEXT: usize = 16 * 1024;

/// The end of a chain that is still open: where it comes from and what has been added.
#[derive(Debug, Default)]
pub struct Flow {
    chain: FilterChain,
}

impl Flow {
    /// A flow that starts with a source filter.
    pub fn source(filter: Filter) -> Self {
        Self {
            chain: FilterChain::new().then(filter),
        }
    }

    /// A flow that goes on from a pad.
    pub fn from(pad: impl Into<Pad>) -> Self {
        Self {
            chain: FilterChain {
                inputs: vec![pad.into()],
                filters: Vec::with_capacity(USUAL_FILTERS),
                outputs: Vec::new(),
            },
        }
    }

    /// The same with one more filter. A format that the stream has already is left out, and of two
    /// filters that number frames or samples afresh only the last one counts.
    pub fn then(mut self, filter: Filter) -> Self {
        let filters = &mut self.chain.filters;
        let last_format = || filters.iter().rev().find(|last| !keeps_format(last));
        if sets_format(&filter) && last_format() == Some(&filter) {
            return self;
        }
        match filters.last_mut() {
            Some(last) if numbers(last) && numbers(&filter) => *last = filter,
            _ => filters.push(filter),
        }
        self
    }

    /// The same with more filters.
    pub fn then_all(self, filters: impl IntoIterator<Item = Filter>) -> Self {
        filters.into_iter().fold(self, Self::then)
    }

    /// Where it comes from, if nothing has been added to one labelled stream.
    fn untouched(&self) -> Option<&Label> {
        match (self.chain.inputs.as_slice(), self.chain.filters.as_slice()) {
            ([Pad::Label(label)], []) => Some(label),
            _ => None,
        }
    }
}

/// Whether it sets the format, so that doing it twice is doing it once.
fn sets_format(filter: &Filter) -> bool {
    matches!(filter.name.as_ref(), "format" | "aformat")
}

/// Whether a stream has the same format behind it as before it.
fn keeps_format(filter: &Filter) -> bool {
    matches!(
        filter.name.as_ref(),
        "setparams"
            | "setpts"
            | "settb"
            | "setsar"
            | "fps"
            | "trim"
            | "tpad"
            | "asetpts"
            | "asettb"
            | "atrim"
            | "apad"
    )
}

/// Whether it numbers frames or samples without a look at their timestamps.
fn numbers(filter: &Filter) -> bool {
    let counts = |value: &Value| match value {
        Value::Expression(expression) => counts_only(expression),
        _ => false,
    };
    ["setpts", "asetpts"].contains(&filter.name.as_ref())
        && matches!(filter.args.as_slice(), [(_, value)] if counts(value))
}

fn counts_only(expression: &Expr) -> bool {
    match expression {
        Expr::Var(variable) => *variable == Variable::FrameN,
        Expr::BinaryOp(_, left, right) => counts_only(left) && matches!(**right, Expr::Const(_)),
        _ => false,
    }
}

/// Inputs and chains of one run.
#[derive(Debug)]
pub struct Graph {
    /// In the order of `FFmpeg`'s inputs.
    pub inputs: Vec<SourceInput>,
    /// Finished chains as `FFmpeg` reads them: a long project has more filters than are worth keeping.
    text: String,
    labels: u32,
    /// The filter that does nothing, of the graph's medium.
    pass: &'static str,
    /// Numbers of the measurements that it waits for.
    measured: BTreeSet<usize>,
    /// Streams of files that several clips share, by the clip's place in the document and its first frame.
    lent: BTreeMap<(String, Frame), Flow>,
}

impl Graph {
    /// A graph of pictures.
    pub fn of_pictures() -> Self {
        Self {
            inputs: Vec::new(),
            text: String::with_capacity(USUAL_TEXT),
            labels: 0,
            pass: "null",
            measured: BTreeSet::new(),
            lent: BTreeMap::new(),
        }
    }

    /// A graph of sounds.
    pub fn of_sounds() -> Self {
        Self {
            pass: "anull",
            ..Self::of_pictures()
        }
    }

    /// The pad of a stream of a further input.
    pub fn input(&mut self, input: SourceInput, stream: usize) -> Pad {
        self.inputs.push(input);
        Pad::input(self.inputs.len() - 1, StreamRef::Index(stream))
    }

    /// Has it wait for a measurement.
    pub fn wait_for(&mut self, measurement: usize) {
        self.measured.insert(measurement);
    }

    /// The measurements that it waits for.
    pub fn awaited(&self) -> BTreeSet<usize> {
        self.measured.clone()
    }

    /// Keeps a stream for the clip at `pointer`, from frame `from` of the timeline on.
    pub fn lend(&mut self, pointer: &str, from: Frame, flow: Flow) {
        self.lent.insert((pointer.to_owned(), from), flow);
    }

    /// The stream that is kept for a clip from a frame on.
    pub fn lent(&mut self, pointer: &str, from: Frame) -> Option<Flow> {
        if self.lent.is_empty() {
            return None;
        }
        self.lent.remove(&(pointer.to_owned(), from))
    }

    /// A label that nothing else has.
    fn label(&mut self) -> Label {
        self.labels += 1;
        Label::Number(self.labels)
    }

    /// Ends a flow with a label of its own.
    pub fn end(&mut self, flow: Flow) -> Label {
        if let Some(label) = flow.untouched() {
            return label.clone();
        }
        let label = self.label();
        self.end_as(flow, label.clone());
        label
    }

    /// Ends a flow with this label.
    pub fn end_as(&mut self, flow: Flow, label: impl Into<Label>) {
        let chain = if flow.chain.filters.is_empty() {
            flow.chain.then(Filter::new(self.pass))
        } else {
            flow.chain
        };
        self.add(&chain.to(label));
    }

    /// Ends a flow in a sink.
    pub fn end_nowhere(&mut self, flow: Flow, sink: Filter) {
        self.add(&flow.then(sink).chain);
    }

    /// Several flows from one: all get everything.
    pub fn split(&mut self, flow: Flow, filter: &'static str, count: usize) -> Vec<Flow> {
        if count == 1 {
            return vec![flow];
        }
        let labels: Vec<Label> = (0..count).map(|_| self.label()).collect();
        let number = i64::try_from(count).unwrap_or(i64::MAX);
        let mut chain = flow.then(Filter::new(filter).value(number)).chain;
        chain.outputs.clone_from(&labels);
        self.add(&chain);
        labels.into_iter().map(Flow::from).collect()
    }

    /// A flow out of several ones.
    pub fn merge(&mut self, flows: impl IntoIterator<Item = Flow>, filter: Filter) -> Flow {
        let inputs = flows.into_iter().map(|flow| Pad::Label(self.end(flow))).collect();
        Flow {
            chain: FilterChain {
                inputs,
                filters: vec![filter],
                outputs: Vec::new(),
            },
        }
    }

    fn add(&mut self, chain: &FilterChain) {
        if !self.text.is_empty() {
            self.text.push_str(";\n");
        }
        chain.print(&mut self.text);
    }

    /// The inputs, and the finished graph as the text of its file.
    pub fn finish(mut self) -> (Vec<SourceInput>, String) {
        debug_assert!(self.lent.is_empty(), "every stream that is opened is shown");
        for (_, flow) in std::mem::take(&mut self.lent) {
            self.end_nowhere(flow, Filter::new("nullsink"));
        }
        (self.inputs, self.text)
    }
}

/// What stops a graph: a builder refused a value that the checks let pass, or a problem was found.
pub type Built<T> = Result<T, Refused>;

/// Why a graph could not be built.
#[derive(Debug)]
pub struct Refused(pub Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// Adds the place to a builder's refusal.
pub fn at<T>(result: Result<T, BuildError>, pointer: &str) -> Built<T> {
    result.map_err(|error| Refused(refusal(&error, pointer)))
}
