//! Keys: a step whose key is known need not be run again, because it would make the same file.
//!
//! A key is a hash of everything that decides what a step makes: its graph, its arguments, what its sources
//! and fonts hold, the program and this core. Names, ids, paths and the time of the timeline are no part of it.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Job;
use crate::effects::FontFile;
use crate::render::plan::{Input, Step, StepKind};

/// Changes with the meaning of what is hashed.
const SCHEMA: &str = "stoat.key/1";

impl Job<'_> {
    /// Gives every step its key whose output may be kept: pictures and sounds that other steps read.
    pub fn with_keys(&self, steps: Vec<Step>) -> Vec<Step> {
        let sources = self.identities();
        let mut keys: HashMap<String, String> = HashMap::new();
        steps
            .into_iter()
            .map(|mut step| {
                if matches!(step.kind, StepKind::Video | StepKind::Audio) && !step.output.finished {
                    step.key = self.key(&step, &sources, &keys);
                }
                if let Some(key) = &step.key {
                    keys.insert(step.id.clone(), key.clone());
                }
                step
            })
            .collect()
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
        keys: &HashMap<String, String>,
    ) -> Option<String> {
        let program = &self.capabilities.ffmpeg;
        if program.identity.is_empty() {
            return None;
        }
        let inputs: Option<Vec<Value>> = step
            .inputs
            .iter()
            .map(|input| match input {
                Input::Source { path } => Some(json!({ "source": sources.get(path.as_str())? })),
                Input::Step { step } => Some(json!({ "step": keys.get(step)? })),
                Input::Text { text } => Some(json!({ "text": text })),
                Input::Concat { steps, durations } => {
                    let parts: Option<Vec<&String>> = steps.iter().map(|step| keys.get(step)).collect();
                    Some(json!({ "parts": parts?, "durations": durations }))
                }
            })
            .collect();
        let graph = step.graph.as_deref().unwrap_or_default();
        let described = json!({
            "schema": SCHEMA,
            "core": env!("CARGO_PKG_VERSION"),
            "ffmpeg": program.identity,
            "inputs": inputs?,
            "fonts": fonts(graph, &self.capabilities.fonts)?,
            "graph": graph,
            "argv": step.argv,
            "expect": step.expect,
        });
        let mut key = String::with_capacity(64);
        for byte in Sha256::digest(described.to_string()) {
            // Writing to a string cannot fail.
            let _ = write!(key, "{byte:02x}");
        }
        Some(key)
    }
}

/// What the fonts hold that a graph names; nothing where that is not known of one of them.
fn fonts<'f>(graph: &str, known: &'f [FontFile]) -> Option<Vec<&'f str>> {
    if !graph.contains("fontfile") {
        return Some(Vec::new());
    }
    known
        .iter()
        .filter(|font| names(graph, font))
        .map(|font| Some(font.identity.as_str()).filter(|identity| !identity.is_empty()))
        .collect()
}

/// Whether a graph may name a font: it does where its file's name is there, escaped or not.
fn names(graph: &str, font: &FontFile) -> bool {
    let plain = font
        .path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .split(['\\', '\'', ':', ',', ';', '[', ']', ' '])
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    graph.contains(plain)
}
