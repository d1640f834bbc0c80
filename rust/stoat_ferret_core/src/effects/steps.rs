//! What an effect makes of a picture: filters one after another, and ways beside one another.

use std::fmt::Write;

use crate::ffmpeg::filter::Filter;

/// One step of the way of a picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A filter of one input and one output.
    Filter(Filter),
    /// The picture goes several ways at once.
    Fork {
        /// The ways, in the order in which `merge` takes them.
        ways: Vec<Way>,
        /// What brings them together.
        merge: Filter,
    },
}

/// One of several ways.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// The picture itself.
    Along(Vec<Step>),
    /// A grey picture of this size in pixels, made once and shown with every frame.
    Still {
        /// Width and height.
        size: (u32, u32),
        /// What is painted on black.
        paint: Vec<Filter>,
        /// What is done with every frame of it, whose `t` is the picture's.
        show: Vec<Filter>,
    },
}

impl From<Filter> for Step {
    fn from(filter: Filter) -> Self {
        Self::Filter(filter)
    }
}

impl Step {
    /// The picture as it is beside a way of its own, brought together by `merge`.
    pub(super) fn beside(way: Vec<Step>, merge: Filter) -> Self {
        Self::Fork {
            ways: vec![Way::Along(Vec::new()), Way::Along(way)],
            merge,
        }
    }

    /// Every filter in it.
    pub(crate) fn filters(&self) -> Vec<&Filter> {
        match self {
            Self::Filter(filter) => vec![filter],
            Self::Fork { ways, merge } => ways
                .iter()
                .flat_map(|way| match way {
                    Way::Along(steps) => every_filter(steps),
                    Way::Still { paint, show, .. } => paint.iter().chain(show).collect(),
                })
                .chain([merge])
                .collect(),
        }
    }
}

/// Every filter of some steps.
pub(crate) fn every_filter(steps: &[Step]) -> Vec<&Filter> {
    steps.iter().flat_map(Step::filters).collect()
}

/// Steps that are filters one after another.
pub(crate) fn chain(filters: impl IntoIterator<Item = Filter>) -> Vec<Step> {
    filters.into_iter().map(Step::from).collect()
}

/// The steps as a graph, for reading.
pub(super) fn shown(steps: &[Step]) -> String {
    let mut graph = Shown::default();
    graph.steps(steps);
    graph.text
}

#[derive(Default)]
struct Shown {
    text: String,
    labels: u32,
}

impl Shown {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Filter(filter) => self.filter(filter),
                Step::Fork { ways, merge } => self.fork(ways, merge),
            }
        }
    }

    fn filter(&mut self, filter: &Filter) {
        if !(self.text.is_empty() || self.text.ends_with([']', ';'])) {
            self.text.push(',');
        }
        self.text.push_str(&filter.to_string());
    }

    fn fork(&mut self, ways: &[Way], merge: &Filter) {
        let along = ways.iter().filter(|way| matches!(way, Way::Along(_))).count();
        if along > 1 {
            self.filter(&Filter::new("split").value(i64::try_from(along).unwrap_or(i64::MAX)));
        }
        let mut starts: Vec<u32> = Vec::new();
        for _ in 0..along {
            starts.push(self.label());
        }
        let mut starts = starts.into_iter();
        let mut ends = Vec::new();
        for way in ways {
            self.text.push(';');
            match way {
                Way::Along(steps) => {
                    let start = starts.next().unwrap_or_default();
                    let _ = write!(self.text, "[{start}]");
                    if steps.is_empty() {
                        self.text.push_str("null");
                    }
                    self.steps(steps);
                }
                Way::Still { size, paint, show } => {
                    let _ = write!(self.text, "color=c=black:s={}x{}", size.0, size.1);
                    paint.iter().chain(show).for_each(|filter| self.filter(filter));
                }
            }
            ends.push(self.label());
        }
        self.text.push(';');
        for end in ends {
            let _ = write!(self.text, "[{end}]");
        }
        self.text.push_str(&merge.to_string());
    }

    fn label(&mut self) -> u32 {
        self.labels += 1;
        let _ = write!(self.text, "[{}]", self.labels);
        self.labels
    }
}
