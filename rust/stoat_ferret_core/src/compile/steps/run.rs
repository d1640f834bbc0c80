//! One run of `FFmpeg`: its inputs and how they are opened, its graph and its arguments.

use super::super::graph::{Built, SourceInput, at};
use super::Job;
use crate::ffmpeg::command::{FFmpegCommand, Input, Output, Token};
use crate::ffmpeg::error::BuildError;
use crate::render::plan::{Arg, Input as PlanInput, Step, StepKind, Table};
use crate::time::Rate;

/// Up to so many inputs each decoder has as many threads as it likes.
const FEW_INPUTS: usize = 2;
/// Up to so many inputs each decoder gets two threads, above one: every thread holds frames of its own.
const SOME_INPUTS: usize = 8;
/// What is logged, apart from what is measured.
const QUIET: &str = "warning";
/// Largest picture in pixels that a source may have.
const MOST_PIXELS: i64 = 16_384 * 16_384;

impl Job<'_> {
    /// A step with its inputs, graph and arguments.
    pub fn filled(&self, step: Step, inputs: Vec<SourceInput>, graph: String, file: Output) -> Built<Step> {
        // What is measured is told at a level of its own.
        let log = if step.kind == StepKind::Measure {
            "info"
        } else {
            QUIET
        };
        let command = at(FFmpegCommand::new().overwrite(true).loglevel(log), "")?;
        let mut command = at(command.switch("copyts"), "")?;
        // Decoders of sound have no threads.
        let threads = (!matches!(step.kind, StepKind::Audio | StepKind::Measure))
            .then_some(inputs.len())
            .filter(|count| *count > FEW_INPUTS)
            .map(|count| if count > SOME_INPUTS { 1 } else { 2 });
        for input in &inputs {
            command = command.input(at(opened(input, threads), "")?);
        }
        let command = command.graph_elsewhere().output(file);
        let argv = self.arguments(&command);
        let mut needs = step.needs.clone();
        needs.extend(step.measured.iter().cloned());
        let used = inputs.iter().filter_map(|input| match &input.from {
            PlanInput::Step { step } => Some(step.clone()),
            _ => None,
        });
        let mut all = needs;
        for id in used {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        Ok(Step {
            needs: all,
            inputs: inputs.into_iter().map(|input| input.from).collect(),
            tables: self.tables(&graph),
            graph: Some(graph),
            argv,
            ..step
        })
    }

    /// The colour tables that a graph names, each once.
    fn tables(&self, graph: &str) -> Vec<Table> {
        let mut found: Vec<Table> = self
            .arrangement
            .tables
            .values()
            .map(|table| Table {
                name: table.name(),
                path: table.path.clone(),
                digest: table.digest.clone(),
            })
            .filter(|table| graph.contains(&table.name))
            .collect();
        // Two files may hold the same table, and a map has no order.
        found.sort_by(|one, other| (&one.name, &one.path).cmp(&(&other.name, &other.path)));
        found.dedup_by(|one, other| one.name == other.name);
        found
    }

    pub fn arguments(&self, command: &FFmpegCommand) -> Vec<Arg> {
        command
            .tokens()
            .into_iter()
            .map(|token| match token {
                Token::Text(text) => Arg::Text(text),
                Token::Input(input) => Arg::Input { input },
                Token::GraphOption => Arg::from(self.capabilities.ffmpeg.graph_option()),
                Token::Graph => Arg::Graph { graph: true },
                Token::Output(_) => Arg::Output { output: true },
            })
            .collect()
    }
}

impl SourceInput {
    /// An input that is read from its start.
    pub fn of(from: PlanInput) -> Self {
        Self {
            from,
            seek: None,
            demuxer: None,
            decoder: None,
            still_rate: None,
            format: None,
        }
    }
}

pub fn command() -> Built<FFmpegCommand> {
    at(FFmpegCommand::new().overwrite(true).loglevel(QUIET), "")
}

fn opened(input: &SourceInput, threads: Option<i64>) -> Result<Input, BuildError> {
    let mut opened = Input::open();
    if matches!(input.from, PlanInput::Source { .. }) {
        opened = opened
            .option("protocol_whitelist", "file")?
            .option("max_pixels", MOST_PIXELS)?;
        if let Some(format) = &input.format {
            opened = opened.option("format_whitelist", format.as_str())?;
        }
    }
    if let Some(threads) = threads {
        opened = opened.option("threads", threads)?;
    }
    if let Some(demuxer) = &input.demuxer {
        opened = opened.format(demuxer)?;
        if demuxer == "concat" {
            opened = opened.option("safe", 0_i64)?;
        }
    }
    if let Some(rate) = input.still_rate {
        opened = opened.option("framerate", rate)?;
    }
    if let Some(decoder) = &input.decoder {
        opened = opened.video_decoder(decoder)?;
    }
    if let Some(seek) = input.seek {
        opened = opened
            .seek((seek * 1e6).floor() / 1e6)?
            .switch("noaccurate_seek")?;
    }
    Ok(opened)
}

pub fn joined(videos: &[&Step], rate: Rate) -> PlanInput {
    match videos {
        [only] => PlanInput::Step {
            step: only.id.clone(),
        },
        _ => PlanInput::Concat {
            steps: videos.iter().map(|step| step.id.clone()).collect(),
            durations: videos
                .iter()
                .map(|step| rate.seconds_of(step.expect.frames.unwrap_or(0)))
                .collect(),
        },
    }
}

pub fn demuxer_of(input: &PlanInput) -> Option<String> {
    matches!(input, PlanInput::Concat { .. }).then(|| "concat".to_owned())
}
