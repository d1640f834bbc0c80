//! From a compiled picture and sound to steps: runs of `FFmpeg` and what each has to make.

use super::arrange::{Arrangement, Lane};
use super::encode::{AudioEncoding, Encoding, VideoEncoding, last_filters, with_options};
use super::graph::{Built, Flow, Graph, SourceInput, at};
use super::picture::Scene;
use super::pieces::{Show, pieces};
use super::sound::{Score, Stem};
use super::target::{Capabilities, Target};
use crate::document::{Source, TrackKind};
use crate::ffmpeg::command::{FFmpegCommand, Input, Output, Token};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Pad, StreamRef};
use crate::render::plan::{
    Arg, Expect, ExpectedStream, Input as PlanInput, Plan, Step, StepKind, StepOutput,
};
use crate::time::{Frame, FrameRange, Rate};

/// Clips that one run opens at most: beyond it memory and open files grow for nothing.
const MOST_CLIPS: usize = 40;
/// Up to so many inputs each decoder has as many threads as it likes.
const FEW_INPUTS: usize = 2;
/// Up to so many inputs each decoder gets two threads, above one: every thread holds frames of its own.
const SOME_INPUTS: usize = 8;
/// Largest picture in pixels that a source may have.
const MOST_PIXELS: i64 = 16_384 * 16_384;

/// All that a plan is made of.
pub struct Job<'a> {
    /// Clips on the grid.
    pub arrangement: &'a Arrangement<'a>,
    /// What the binary can do.
    pub capabilities: &'a Capabilities,
    /// What is asked for.
    pub target: &'a Target,
    /// How it is encoded.
    pub encoding: &'a Encoding,
    /// Frames of the timeline to render.
    pub range: FrameRange,
}

impl Job<'_> {
    fn rate(&self) -> Rate {
        self.arrangement.project.output.rate
    }

    fn canvas(&self) -> (u32, u32) {
        let output = &self.arrangement.project.output;
        self.target.size.unwrap_or((output.width, output.height))
    }

    fn score(&self) -> Score<'_> {
        let project = self.arrangement.project.output.sample_rate;
        let sample_rate = self
            .encoding
            .audio
            .as_ref()
            .map_or(project, |audio| audio.sample_rate);
        Score {
            arrangement: self.arrangement,
            sample_rate,
        }
    }

    /// The whole plan.
    pub fn plan(&self) -> Built<Plan> {
        let canvas = self.canvas();
        let score = self.score();
        let mut steps = Vec::new();
        let mut explanation = Vec::new();
        if let Some(video) = &self.encoding.video {
            explanation.push(format!(
                "Picture: {}x{} at {} fps, {}.",
                canvas.0,
                canvas.1,
                self.rate(),
                video.why
            ));
        }
        if let Some(audio) = &self.encoding.audio {
            explanation.push(format!(
                "Sound: one continuous programme at {} Hz, {}.",
                audio.sample_rate, audio.encoder
            ));
        }
        // Picture and sound have nothing to do with one another.
        let (pictures, sounds) = both(
            self.many_clips(),
            || self.encoding.video.as_ref().map(|video| self.video_steps(video)),
            || {
                self.encoding
                    .audio
                    .as_ref()
                    .map(|audio| self.audio_steps(audio, &score))
            },
        );
        for made in [pictures, sounds].into_iter().flatten() {
            steps.extend(made?);
        }
        if self.encoding.video.is_some() && self.encoding.audio.is_some() {
            steps.push(self.mux(&steps, &score)?);
        }
        if let Some(last) = steps.last_mut() {
            last.output.finished = true;
        }
        Ok(Plan {
            schema: "stoat.plan/1",
            format: self.encoding.format.name.to_owned(),
            width: canvas.0,
            height: canvas.1,
            rate: (self.rate().num(), self.rate().den()),
            frames: self.range.len(),
            sample_rate: score.sample_rate,
            samples: score.samples(self.range),
            duration: self.rate().seconds_of(self.range.len()),
            video: self.encoding.video.is_some(),
            audio: self.encoding.audio.is_some(),
            explanation,
            notices: Vec::new(),
            steps,
        })
    }

    fn many_clips(&self) -> bool {
        let clips: usize = self.arrangement.lanes.iter().map(|lane| lane.clips.len()).sum();
        clips > MOST_CLIPS
    }

    fn video_steps(&self, video: &VideoEncoding) -> Built<Vec<Step>> {
        let chunks = chunks(self.arrangement, self.range);
        let gif = video.codec == "gif";
        let intermediate = gif.then(|| VideoEncoding {
            codec: "ffv1",
            encoder: "ffv1".to_owned(),
            pixels: video.working.plain,
            options: vec![("level", "3".to_owned()), ("g", "1".to_owned())],
            ..video.clone()
        });
        let encoding = intermediate.as_ref().unwrap_or(video);
        let count = chunks.len();
        let mut steps = Vec::new();
        for (index, chunk) in chunks.into_iter().enumerate() {
            let id = if count == 1 {
                "video".to_owned()
            } else {
                format!("video-{index}")
            };
            steps.push(self.video_step(encoding, id, chunk)?);
        }
        if gif {
            steps.extend(self.gif_steps(&steps)?);
        }
        Ok(steps)
    }

    fn video_step(&self, video: &VideoEncoding, id: String, range: FrameRange) -> Built<Step> {
        let output = &self.arrangement.project.output;
        let canvas = self.canvas();
        let scene = Scene {
            arrangement: self.arrangement,
            canvas,
            scale: f64::from(canvas.1) / f64::from(output.height),
            working: video.working,
            fonts: &self.capabilities.fonts,
            blends_last: self.capabilities.ffmpeg.blends_last(),
        };
        let mut graph = Graph::of_pictures();
        let picture = scene.picture(&mut graph, range)?;
        graph.end_as(picture.then_all(last_filters(video)), "v");
        let (inputs, filters) = graph.finish();
        let image = video.codec == "png";
        let (name, muxer) = match video.codec {
            "png" => (format!("{id}.png"), "image2pipe"),
            "prores" | "ffv1" => (format!("{id}.mov"), "mov"),
            _ => (format!("{id}.mp4"), "mp4"),
        };
        let mut file = at(Output::open().map(Pad::label("v")).format(muxer), "")?;
        file = at(file.video_codec(&video.encoder), "")?;
        file = at(with_options(file, &video.options), "")?;
        let [mode, passthrough] = self.capabilities.ffmpeg.passthrough_option();
        file = at(file.option(mode.trim_start_matches('-'), passthrough), "")?;
        if !image {
            for (name, value) in [
                ("color_range", "tv"),
                ("colorspace", "bt709"),
                ("color_primaries", "bt709"),
                ("color_trc", "bt709"),
            ] {
                file = at(file.option(name, value), "")?;
            }
            file = at(file.option("video_track_timescale", timescale(self.rate())), "")?;
        }
        let why = format!(
            "Frames {} to {} of the timeline, composed and encoded with {}.",
            range.start(),
            range.end(),
            video.encoder
        );
        let expect = Expect {
            frames: Some(range.len()),
            samples: None,
            streams: vec![self.expected_video(video.codec)],
        };
        let step = Step {
            id,
            kind: StepKind::Video,
            needs: Vec::new(),
            why,
            output: StepOutput {
                name,
                finished: false,
            },
            inputs: Vec::new(),
            graph: None,
            argv: Vec::new(),
            expect,
            weight: weight(range.len()),
        };
        self.filled(step, inputs, filters, file)
    }

    /// The palette of the whole film, then the film with it: memory stays flat.
    fn gif_steps(&self, videos: &[Step]) -> Built<Vec<Step>> {
        let list = joined(&videos.iter().collect::<Vec<_>>(), self.rate());
        let needs: Vec<String> = videos.iter().map(|step| step.id.clone()).collect();
        let input = || SourceInput {
            demuxer: demuxer_of(&list),
            ..SourceInput::of(list.clone())
        };
        let mut graph = Graph::of_pictures();
        let pad = graph.input(input(), 0);
        graph.end_as(
            Flow::from(pad).then(Filter::new("palettegen").arg("stats_mode", "diff")),
            "v",
        );
        let (inputs, filters) = graph.finish();
        let file = at(Output::open().map(Pad::label("v")).format("image2pipe"), "")?;
        let file = at(file.video_codec("png"), "")?;
        let palette = self.filled(
            Step {
                id: "palette".to_owned(),
                kind: StepKind::Video,
                needs: needs.clone(),
                why: "The 255 colours that suit the whole film best.".to_owned(),
                output: StepOutput {
                    name: "palette.png".to_owned(),
                    finished: false,
                },
                inputs: Vec::new(),
                graph: None,
                argv: Vec::new(),
                expect: Expect {
                    frames: Some(1),
                    ..Expect::default()
                },
                weight: weight(self.range.len()) / 4.0,
            },
            inputs,
            filters,
            file,
        )?;
        let mut graph = Graph::of_pictures();
        let film = graph.input(input(), 0);
        let colors = graph.input(
            SourceInput {
                demuxer: Some("png_pipe".to_owned()),
                ..SourceInput::of(PlanInput::Step {
                    step: "palette".to_owned(),
                })
            },
            0,
        );
        let dithered = Filter::new("paletteuse").arg("dither", "bayer");
        let film = graph.merge([Flow::from(film), Flow::from(colors)], dithered);
        graph.end_as(film, "v");
        let (inputs, filters) = graph.finish();
        let file = at(Output::open().map(Pad::label("v")).format("gif"), "")?;
        let file = at(file.video_codec("gif"), "")?;
        let [mode, passthrough] = self.capabilities.ffmpeg.passthrough_option();
        let file = at(file.option(mode.trim_start_matches('-'), passthrough), "")?;
        let file = at(file.option("loop", 0_i64), "")?;
        let gif = self.filled(
            Step {
                id: "gif".to_owned(),
                kind: StepKind::Video,
                needs: needs.into_iter().chain(["palette".to_owned()]).collect(),
                why: "The film in those colours.".to_owned(),
                output: StepOutput {
                    name: "gif.gif".to_owned(),
                    finished: false,
                },
                inputs: Vec::new(),
                graph: None,
                argv: Vec::new(),
                expect: Expect {
                    frames: Some(self.range.len()),
                    samples: None,
                    streams: vec![self.expected_video("gif")],
                },
                weight: weight(self.range.len()) / 2.0,
            },
            inputs,
            filters,
            file,
        )?;
        Ok(vec![palette, gif])
    }

    fn audio_steps(&self, audio: &AudioEncoding, score: &Score<'_>) -> Built<Vec<Step>> {
        let mut steps = Vec::new();
        let mixed = score.mixed(self.range);
        let mut stems = Vec::new();
        for (number, lane) in self.arrangement.lanes.iter().enumerate() {
            if lane.track.kind == TrackKind::Text || lane.track.muted {
                continue;
            }
            let parts = lane_chunks(lane, mixed);
            if parts.len() < 2 {
                continue;
            }
            for (index, part) in parts.into_iter().enumerate() {
                let id = format!("stem-{number}-{index}");
                stems.push(Stem {
                    lane: number,
                    step: id.clone(),
                });
                steps.push(self.stem(score, lane, id, part)?);
            }
        }
        let mut graph = Graph::of_sounds();
        let mut flow = score.sound(&mut graph, self.range, &stems)?;
        if audio.codec == "opus" {
            // FFmpeg 5.1 hands libopus frames as they come, and libopus takes at most 20 ms at once.
            flow = flow.then(Filter::new("asetnsamples").arg("n", 960_i64).arg("p", false));
        }
        graph.end_as(flow, "a");
        let (inputs, filters) = graph.finish();
        let alone = self.encoding.video.is_none();
        let muxer = if alone {
            self.encoding.format.muxer
        } else {
            audio.muxer
        };
        let mut file = at(Output::open().map(Pad::label("a")).format(muxer), "")?;
        file = at(file.audio_codec(audio.encoder), "")?;
        file = at(with_options(file, &audio.options), "")?;
        if matches!(muxer, "ipod" | "mp4" | "mov") {
            file = at(file.option("movie_timescale", score.sample_rate), "")?;
        }
        if alone {
            for (key, value) in &self.arrangement.project.metadata {
                file = at(file.metadata(key, value), "")?;
            }
        }
        let samples = score.samples(self.range);
        let step = Step {
            id: "audio".to_owned(),
            kind: StepKind::Audio,
            needs: steps.iter().map(|step: &Step| step.id.clone()).collect(),
            why: format!(
                "The whole sound in one pass: {samples} samples, encoded once with {}.",
                audio.encoder
            ),
            output: StepOutput {
                name: format!("audio.{}", audio.ending),
                finished: false,
            },
            inputs: Vec::new(),
            graph: None,
            argv: Vec::new(),
            expect: Expect {
                frames: None,
                samples: Some(samples),
                streams: vec![self.expected_audio(audio)],
            },
            weight: weight(self.range.len()) / 30.0,
        };
        steps.push(self.filled(step, inputs, filters, file)?);
        Ok(steps)
    }

    /// A part of a track's sound, kept exactly until the mix.
    fn stem(&self, score: &Score<'_>, lane: &Lane<'_>, id: String, range: FrameRange) -> Built<Step> {
        let mut graph = Graph::of_sounds();
        let sound = score.track(&mut graph, lane, range)?;
        graph.end_as(sound, "a");
        let (inputs, filters) = graph.finish();
        let file = at(Output::open().map(Pad::label("a")).format("w64"), "")?;
        let file = at(file.audio_codec("pcm_f32le"), "")?;
        let step = Step {
            kind: StepKind::Audio,
            needs: Vec::new(),
            why: format!(
                "The sound of track {:?}, frames {} to {}: a part of many clips.",
                lane.track.id,
                range.start(),
                range.end()
            ),
            output: StepOutput {
                name: format!("{id}.w64"),
                finished: false,
            },
            inputs: Vec::new(),
            graph: None,
            argv: Vec::new(),
            expect: Expect {
                frames: None,
                samples: Some(score.samples(range)),
                streams: Vec::new(),
            },
            weight: weight(range.len()) / 30.0,
            id,
        };
        self.filled(step, inputs, filters, file)
    }

    /// Picture and sound in one file, with metadata and chapters.
    fn mux(&self, steps: &[Step], score: &Score<'_>) -> Built<Step> {
        let videos: Vec<&Step> = steps.iter().filter(|step| step.kind == StepKind::Video).collect();
        let list = joined(&videos, self.rate());
        let mut command = command()?;
        let mut inputs = vec![list.clone()];
        let mut picture = Input::open();
        if let Some(demuxer) = demuxer_of(&list) {
            picture = at(
                picture
                    .format(&demuxer)
                    .and_then(|input| input.option("safe", 0_i64)),
                "",
            )?;
        }
        command = command.input(picture).input(Input::open());
        inputs.push(PlanInput::Step {
            step: "audio".to_owned(),
        });
        command = command.input(at(Input::open().format("ffmetadata"), "")?);
        inputs.push(PlanInput::Text {
            text: self.metadata(),
        });
        let mut file = at(Output::open().format(self.encoding.format.muxer), "")?;
        file = file
            .map(Pad::input(0, StreamRef::Video(0)))
            .map(Pad::input(1, StreamRef::Audio(0)));
        for (name, value) in [("map_metadata", "2"), ("map_chapters", "2"), ("c", "copy")] {
            file = at(file.option(name, value), "")?;
        }
        let codec = self.encoding.video.as_ref().map_or("", |video| video.codec);
        if matches!(self.encoding.format.name, "mp4" | "mov") {
            file = at(file.option("movflags", "+faststart"), "")?;
            file = at(file.option("video_track_timescale", timescale(self.rate())), "")?;
            file = at(file.option("movie_timescale", score.sample_rate), "")?;
            if codec == "hevc" {
                file = at(file.option("tag:v", "hvc1"), "")?;
            }
        }
        let mut streams = vec![self.expected_video(codec)];
        streams.extend(
            self.encoding
                .audio
                .as_ref()
                .map(|audio| self.expected_audio(audio)),
        );
        Ok(Step {
            id: "mux".to_owned(),
            kind: StepKind::Mux,
            needs: videos
                .into_iter()
                .map(|step| step.id.clone())
                .chain(["audio".to_owned()])
                .collect(),
            why: "Picture and sound joined in one file without encoding again.".to_owned(),
            output: StepOutput {
                name: format!("finished.{}", self.encoding.format.name),
                finished: true,
            },
            inputs,
            graph: None,
            argv: self.arguments(&command.output(file)),
            expect: Expect {
                frames: Some(self.range.len()),
                samples: Some(score.samples(self.range)),
                streams,
            },
            weight: weight(self.range.len()) / 100.0,
        })
    }

    /// Tags and chapters in `FFmpeg`'s own text format.
    fn metadata(&self) -> String {
        let project = self.arrangement.project;
        let mut text = ";FFMETADATA1\n".to_owned();
        for (name, value) in &project.metadata {
            text.extend([quoted(name), "=".to_owned(), quoted(value), "\n".to_owned()]);
        }
        let rate = self.rate();
        let mut chapters: Vec<(i64, &str)> = project
            .markers
            .iter()
            .filter(|marker| marker.chapter)
            .map(|marker| (rate.frame_at(marker.time), marker.name.as_str()))
            .filter(|(frame, _)| self.range.contains(*frame))
            .map(|(frame, name)| (frame - self.range.start(), name))
            .collect();
        chapters.sort_by_key(|(frame, _)| *frame);
        for (index, (start, name)) in chapters.iter().enumerate() {
            let end = chapters
                .get(index + 1)
                .map_or(self.range.len(), |(next, _)| *next);
            let chapter = format!(
                "[CHAPTER]\nTIMEBASE={}/{}\nSTART={start}\nEND={end}\ntitle={}\n",
                rate.den(),
                rate.num(),
                quoted(name)
            );
            text.push_str(&chapter);
        }
        text
    }

    fn expected_video(&self, codec: &str) -> ExpectedStream {
        let (width, height) = self.canvas();
        ExpectedStream::Video {
            codec: codec.to_owned(),
            width,
            height,
        }
    }

    fn expected_audio(&self, audio: &AudioEncoding) -> ExpectedStream {
        ExpectedStream::Audio {
            codec: audio.codec.to_owned(),
            sample_rate: audio.sample_rate,
            channels: self.arrangement.project.output.channels,
        }
    }

    /// A step with its inputs, graph and arguments.
    fn filled(&self, step: Step, inputs: Vec<SourceInput>, graph: String, file: Output) -> Built<Step> {
        let mut command = at(command()?.switch("copyts"), "")?;
        // Decoders of sound have no threads.
        let threads = (step.kind != StepKind::Audio)
            .then_some(inputs.len())
            .filter(|count| *count > FEW_INPUTS)
            .map(|count| if count > SOME_INPUTS { 1 } else { 2 });
        for input in &inputs {
            command = command.input(at(opened(input, threads), "")?);
        }
        let command = command.graph_elsewhere().output(file);
        let argv = self.arguments(&command);
        let needs = step.needs.clone();
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
            graph: Some(graph),
            argv,
            ..step
        })
    }

    fn arguments(&self, command: &FFmpegCommand) -> Vec<Arg> {
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

/// The results of both; the second on a thread of its own, where that is worth one.
fn both<A, B: Send>(apart: bool, first: impl FnOnce() -> A, second: impl FnOnce() -> B + Send) -> (A, B) {
    if !apart {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        match second.join() {
            Ok(second) => (first, second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
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

fn command() -> Built<FFmpegCommand> {
    at(FFmpegCommand::new().overwrite(true).loglevel("warning"), "")
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

fn joined(videos: &[&Step], rate: Rate) -> PlanInput {
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

fn demuxer_of(input: &PlanInput) -> Option<String> {
    matches!(input, PlanInput::Concat { .. }).then(|| "concat".to_owned())
}

/// A time base that every frame falls on exactly.
fn timescale(rate: Rate) -> u32 {
    const FINE: u32 = 10_000;
    let mut scale = rate.num();
    while scale < FINE {
        scale *= 2;
    }
    scale
}

fn weight(frames: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "frames of days stay below 2^53")]
    let weight = frames as f64;
    weight
}

/// Text as `FFmpeg`'s metadata files take it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '=' | ';' | '#' | '\\' | '\n') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    if text.ends_with('\\') {
        // At the end of a line even an escaped one would join it with the next.
        quoted.push(' ');
    }
    quoted
}

/// Parts of the range that open few clips each, cut where no transition runs.
fn chunks(arrangement: &Arrangement<'_>, range: FrameRange) -> Vec<FrameRange> {
    let lanes: Vec<&Lane<'_>> = arrangement
        .lanes
        .iter()
        .filter(|lane| lane.track.kind != TrackKind::Audio && !lane.track.hidden)
        .collect();
    let mut spans: Vec<FrameRange> = lanes
        .iter()
        .flat_map(|lane| &lane.clips)
        .filter(|placed| matches!(placed.clip.source, Source::Media(_)))
        .filter_map(|placed| placed.frames.intersect(range))
        .collect();
    spans.sort_by_key(|span| span.start());
    let mut joins: Vec<FrameRange> = lanes
        .iter()
        .flat_map(|lane| &lane.joins)
        .map(|join| join.frames)
        .collect();
    joins.sort_by_key(|join| join.start());
    cut(&spans, &joins, range)
}

/// The same for the sound of one track.
fn lane_chunks(lane: &Lane<'_>, range: FrameRange) -> Vec<FrameRange> {
    let parts = pieces(lane, range, |_| true);
    let spans: Vec<FrameRange> = parts
        .iter()
        .filter(|piece| matches!(piece.show, Show::Clip(_)))
        .map(|piece| piece.frames)
        .collect();
    let joins: Vec<FrameRange> = lane.joins.iter().map(|join| join.frames).collect();
    cut(&spans, &joins, range)
}

/// Cuts `range` at starts of `spans` that lie in no join, so that no part has many spans.
fn cut(spans: &[FrameRange], joins: &[FrameRange], range: FrameRange) -> Vec<FrameRange> {
    let mut parts = Vec::new();
    let mut start = range.start();
    let mut open = 0;
    let mut running: Vec<Frame> = Vec::new();
    for span in spans {
        let at = span.start();
        if open >= MOST_CLIPS && at > start && !in_any(joins, at) {
            parts.push(FrameRange::new(start, at));
            start = at;
            running.retain(|end| *end > at);
            open = running.len();
        }
        running.push(span.end());
        open += 1;
    }
    parts.push(FrameRange::new(start, range.end()));
    parts
}

/// Whether a cut at this frame would fall into a join; the first frame of a join counts, because a
/// join is computed from there.
fn in_any(joins: &[FrameRange], frame: Frame) -> bool {
    let after = joins.partition_point(|join| join.start() <= frame);
    joins
        .iter()
        .take(after)
        .rev()
        .take(8)
        .any(|join| join.contains(frame) && join.start() < frame)
        || joins
            .iter()
            .take(after)
            .rev()
            .take(8)
            .any(|join| join.start() == frame)
}
