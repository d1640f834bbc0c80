//! Keys: a step whose key is known need not be run again, because it would make the same file.
//!
//! A key is a hash of everything that decides what a step makes: its graph, its arguments, what its sources
//! and fonts hold, the program and this core. Names, ids, paths and the time of the timeline are no part of it.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Job;
use crate::effects::FontFile;
use crate::ffmpeg::filter::Value;
use crate::render::plan::{Arg, Input, Step, StepKind};

/// Changes with the meaning of what is hashed.
const SCHEMA: &str = "stoat.key/1";

impl Job<'_> {
    /// Gives every step its key whose output may be kept: pictures and sounds that other steps read.
    pub fn with_keys(&self, mut steps: Vec<Step>) -> Vec<Step> {
        if self.capabilities.ffmpeg.identity.is_empty() {
            return steps;
        }
        let sources = self.identities();
        let fonts = Fonts::of(&self.capabilities.fonts);
        let mut keys: HashMap<String, String> = HashMap::new();
        for step in &mut steps {
            let kept = matches!(step.kind, StepKind::Video | StepKind::Audio | StepKind::Measure);
            if kept && !step.output.finished {
                step.key = self.key(step, &sources, &fonts, &keys);
            }
            if let Some(key) = &step.key {
                keys.insert(step.id.clone(), key.clone());
            }
        }
        steps
    }

    /// What the sources hold, by their paths.
    fn identities(&self) -> HashMap<&str, &str> {
        self.arrangement
            .lanes
            .iter()
            .flat_map(|lane| &lane.clips)
            .filter_map(|placed| placed.facts)
            .map(|facts| (facts.path.as_str(), facts.identity.as_str()))
            .filter(|(_, identity)| !identity.is_empty())
            .collect()
    }

    fn key(
        &self,
        step: &Step,
        sources: &HashMap<&str, &str>,
        fonts: &Fonts<'_>,
        keys: &HashMap<String, String>,
    ) -> Option<String> {
        let mut told = Told::new();
        told.word(SCHEMA);
        told.word(env!("CARGO_PKG_VERSION"));
        told.word(&self.capabilities.ffmpeg.identity);
        told.count(step.inputs.len());
        for input in &step.inputs {
            match input {
                Input::Source { path } => {
                    told.word("source");
                    told.word(sources.get(path.as_str())?);
                }
                Input::Step { step } => {
                    told.word("step");
                    told.word(keys.get(step)?);
                }
                Input::Text { text } => {
                    told.word("text");
                    told.word(text);
                }
                Input::Concat { steps, durations } => {
                    told.word("concat");
                    told.count(steps.len());
                    for step in steps {
                        told.word(keys.get(step)?);
                    }
                    for duration in durations {
                        told.bytes(&duration.to_le_bytes());
                    }
                }
            }
        }
        let graph = step.graph.as_deref().unwrap_or_default();
        let fonts = fonts.named(graph)?;
        told.count(fonts.len());
        for font in fonts {
            told.word(font);
        }
        told.word(&by_keys(graph, step, keys)?);
        told.count(step.argv.len());
        for word in &step.argv {
            match word {
                Arg::Text(text) => told.word(text),
                Arg::Input { input } => told.count(*input),
                Arg::Graph { .. } => told.bytes(b"graph"),
                Arg::Output { .. } => told.bytes(b"output"),
            }
        }
        if let Some(loudness) = &step.loudness {
            told.bytes(&loudness.target.to_le_bytes());
            told.bytes(&loudness.true_peak.unwrap_or(f64::INFINITY).to_le_bytes());
        }
        told.bytes(&step.expect.frames.unwrap_or(-1).to_le_bytes());
        told.bytes(&step.expect.samples.unwrap_or(-1).to_le_bytes());
        Some(told.key())
    }
}

/// A graph with the keys of measurements for their numbers, which depend on what else is measured.
fn by_keys<'g>(graph: &'g str, step: &Step, keys: &HashMap<String, String>) -> Option<Cow<'g, str>> {
    let mut graph = Cow::Borrowed(graph);
    if step.kind == StepKind::Measure {
        graph = Cow::Owned(graph.replace(&format!("[{}]", step.id), "[]"));
    }
    for id in &step.measured {
        graph = Cow::Owned(graph.replace(&format!("[{id}]"), &format!("[{}]", keys.get(id)?)));
    }
    Some(graph)
}

/// A hash in the making; every part is told with its length, so that no two lists of parts are alike.
struct Told(Sha256);

impl Told {
    fn new() -> Self {
        Self(Sha256::new())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes.len().to_le_bytes());
        self.0.update(bytes);
    }

    fn word(&mut self, word: &str) {
        self.bytes(word.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.bytes(&count.to_le_bytes());
    }

    fn key(self) -> String {
        let mut key = String::with_capacity(64);
        for byte in self.0.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(key, "{byte:02x}");
        }
        key
    }
}

/// The fonts that can be drawn with, by their paths as graphs name them.
struct Fonts<'f> {
    files: HashMap<String, &'f str>,
    /// The fonts of each folder.
    folders: HashMap<String, Vec<&'f str>>,
}

impl<'f> Fonts<'f> {
    fn of(fonts: &'f [FontFile]) -> Self {
        let mut named = Self {
            files: HashMap::new(),
            folders: HashMap::new(),
        };
        for font in fonts {
            let as_named = |path: &str| Value::Path(path.to_owned()).to_string();
            named.files.insert(as_named(&font.path), &font.identity);
            if let Some((folder, _)) = font.path.rsplit_once('/') {
                let all = named.folders.entry(as_named(folder)).or_default();
                all.push(&font.identity);
            }
        }
        named
    }

    /// What the fonts hold that a graph names, each once; nothing where that is not known of one of them.
    fn named(&self, graph: &str) -> Option<BTreeSet<&'f str>> {
        let mut found = BTreeSet::new();
        for path in values_of(graph, ":fontfile=") {
            found.insert(*self.files.get(path)?);
        }
        for folder in values_of(graph, ":fontsdir=") {
            found.extend(self.folders.get(folder)?);
        }
        (!found.contains("")).then_some(found)
    }
}

/// The values of an option, as the graph has them.
fn values_of<'g>(graph: &'g str, option: &'static str) -> impl Iterator<Item = &'g str> {
    let named = graph
        .match_indices(option)
        // In a text the colon has a backslash before it.
        .filter(|(at, _)| !graph.get(..*at).is_some_and(|before| before.ends_with('\\')));
    named.map(move |(at, _)| {
        let rest = graph.get(at + option.len()..).unwrap_or_default();
        rest.get(..end_of_value(rest)).unwrap_or_default()
    })
}

/// Where the value of an option ends: at the first separator without a backslash before it. A backslash of the
/// value itself is never its last character: no font's name ends in one.
fn end_of_value(text: &str) -> usize {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        if before != '\\' && matches!(character, ':' | ',' | ';' | '[' | '\n') {
            return at;
        }
        before = character;
    }
    text.len()
}
