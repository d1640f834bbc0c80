//! The steps that make the picture.

use std::collections::BTreeSet;

use super::super::encode::{VideoEncoding, last_filters, repeatable, with_options};
use super::super::graph::{Built, Flow, Graph, SourceInput, at};
use super::super::picture::Scene;
use super::copies::Copied;
use super::measuring::ids;
use super::run::{demuxer_of, joined};
use super::spans::spans;
use super::{Job, timescale, weight};
use crate::ffmpeg::command::Output;
use crate::ffmpeg::filter::{Filter, Pad};
use crate::render::plan::{Expect, Input as PlanInput, Step, StepKind, StepOutput};
use crate::time::FrameRange;

impl Job<'_> {
    pub fn video_steps(&self, video: &VideoEncoding) -> Built<Vec<Step>> {
        let copies = self.copies(video)?;
        let copied = copies.frames();
        let spans = spans(self.arrangement, self.range, self.target.spans, &copied);
        // What is made of the whole film at once gets its parts as they were composed.
        let sequence = self.encoding.format.is_sequence();
        let whole = sequence || matches!(video.codec, "gif" | "webp");
        let intermediate = whole.then(|| VideoEncoding {
            codec: "ffv1",
            encoder: "ffv1".to_owned(),
            pixels: video.working.plain,
            options: vec![("level", "3".to_owned()), ("g", "1".to_owned())],
            ..video.clone()
        });
        let encoding = intermediate.as_ref().or(copies.beside.as_ref()).unwrap_or(video);
        let count = spans.len();
        let mut steps = Vec::new();
        let mut awaited = BTreeSet::new();
        for (index, span) in spans.into_iter().enumerate() {
            let id = if count == 1 {
                "video".to_owned()
            } else {
                format!("video-{index}")
            };
            let run = copied
                .binary_search_by_key(&span.start(), |frames| frames.start())
                .ok();
            match run.and_then(|run| copies.runs.get(run)) {
                Some(run) => steps.push(copy_step(run, id)),
                None => steps.push(Step {
                    not_copied: copies.reason(span),
                    ..self.video_step(encoding, id, span, &mut awaited)?
                }),
            }
        }
        if !copied.is_empty() {
            steps.push(self.join(&steps, video.codec));
        }
        match video.codec {
            _ if sequence => steps.push(self.pictures_step(&steps, video)?),
            "gif" => steps.extend(self.gif_steps(&steps)?),
            "webp" => steps.push(self.webp_step(&steps, video)?),
            _ => {}
        }
        let mut all = self.measuring_pictures(encoding, awaited)?;
        all.extend(steps);
        Ok(all)
    }

    /// What all parts of the picture have in common.
    pub fn scene(&self, video: &VideoEncoding) -> Scene<'_> {
        let canvas = self.canvas();
        Scene {
            arrangement: self.arrangement,
            canvas,
            scale: f64::from(canvas.1) / f64::from(self.arrangement.project.output.height),
            working: video.working,
            fonts: &self.capabilities.fonts,
            blends_last: self.capabilities.ffmpeg.blends_last(),
            writes_exactly: self.capabilities.ffmpeg.writes_exactly(),
            measurements: &self.measurements,
        }
    }

    /// One picture of parts that are encoded and copied.
    fn join(&self, parts: &[Step], codec: &str) -> Step {
        let needs: Vec<String> = parts.iter().map(|step| step.id.clone()).collect();
        Step {
            inputs: needs
                .iter()
                .map(|step| PlanInput::Step { step: step.clone() })
                .collect(),
            needs,
            why: "Copied and encoded frames in one track, packet by packet, with the parameter sets of both."
                .to_owned(),
            output: StepOutput::named("picture.mp4"),
            expect: Expect {
                frames: Some(self.range.len()),
                samples: None,
                streams: vec![self.expected_video(codec)],
            },
            weight: weight(self.range.len()) / 100.0,
            ..Step::draft(StepKind::Join, "picture".to_owned())
        }
    }

    fn video_step(
        &self,
        video: &VideoEncoding,
        id: String,
        range: FrameRange,
        awaited: &mut BTreeSet<usize>,
    ) -> Built<Step> {
        let mut graph = Graph::of_pictures();
        let picture = self.scene(video).picture(&mut graph, range)?;
        graph.end_as(picture.then_all(last_filters(video)), "v");
        let waits = graph.awaited();
        awaited.extend(&waits);
        let (inputs, filters) = graph.finish();
        let image = video.codec == "png";
        let (name, muxer) = match video.codec {
            "png" => (format!("{id}.png"), "image2pipe"),
            "prores" | "ffv1" => (format!("{id}.mov"), "mov"),
            _ => (format!("{id}.mp4"), "mp4"),
        };
        let mut file = at(Output::open().map(Pad::label("v")).format(muxer), "")?;
        file = at(file.video_codec(&video.encoder), "")?;
        file = at(
            with_options(file, &repeatable(&video.options, self.canvas().0)),
            "",
        )?;
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
            why,
            output: StepOutput::named(name),
            expect,
            weight: weight(range.len()),
            span: Some((range.start().0, range.end().0)),
            measured: ids(&waits),
            ..Step::draft(StepKind::Video, id)
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
            Flow::from(pad).then(Filter::new("palettegen").arg("stats_mode", "full")),
            "v",
        );
        let (inputs, filters) = graph.finish();
        let file = at(Output::open().map(Pad::label("v")).format("image2pipe"), "")?;
        let file = at(file.video_codec("png"), "")?;
        let palette = self.filled(
            Step {
                needs: needs.clone(),
                why: "The 255 colours that suit the whole film best.".to_owned(),
                output: StepOutput::named("palette.png"),
                expect: Expect {
                    frames: Some(1),
                    ..Expect::default()
                },
                weight: weight(self.range.len()) / 4.0,
                ..Step::draft(StepKind::Video, "palette".to_owned())
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
        // A fine pattern hides the steps of the palette; a coarse one costs more than it hides.
        let dithered = Filter::new("paletteuse")
            .arg("dither", "bayer")
            .arg("bayer_scale", 4_i64);
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
                needs: needs.into_iter().chain(["palette".to_owned()]).collect(),
                why: "The film in those colours.".to_owned(),
                output: StepOutput::named("gif.gif"),
                expect: Expect {
                    frames: Some(self.range.len()),
                    samples: None,
                    streams: vec![self.expected_video("gif")],
                },
                weight: weight(self.range.len()) / 2.0,
                ..Step::draft(StepKind::Video, "gif".to_owned())
            },
            inputs,
            filters,
            file,
        )?;
        Ok(vec![palette, gif])
    }

    /// The film as an animated picture, which is one file of all frames.
    fn webp_step(&self, videos: &[Step], video: &VideoEncoding) -> Built<Step> {
        let file = at(Output::open().map(Pad::label("v")).format("webp"), "")?;
        let file = at(file.option("loop", 0_i64), "")?;
        let step = Step {
            why: format!(
                "The film as one animated picture, encoded with {}.",
                video.encoder
            ),
            output: StepOutput::named("webp.webp"),
            ..Step::draft(StepKind::Video, "webp".to_owned())
        };
        self.of_all(step, videos, video, file)
    }

    /// The film as a file for each frame, numbered from 0.
    fn pictures_step(&self, videos: &[Step], video: &VideoEncoding) -> Built<Step> {
        let file = at(Output::open().map(Pad::label("v")).format("image2"), "")?;
        let file = at(file.option("start_number", 0_i64), "")?;
        let ending = self.encoding.format.name.trim_end_matches("-sequence");
        let step = Step {
            why: format!("A file for each frame, encoded with {}.", video.encoder),
            output: StepOutput::named(format!("pictures/%09d.{ending}")),
            ..Step::draft(StepKind::Video, "pictures".to_owned())
        };
        self.of_all(step, videos, video, file)
    }

    /// A step that reads the whole picture.
    fn of_all(&self, step: Step, videos: &[Step], video: &VideoEncoding, file: Output) -> Built<Step> {
        let list = joined(&videos.iter().collect::<Vec<_>>(), self.rate());
        let mut graph = Graph::of_pictures();
        let input = SourceInput {
            demuxer: demuxer_of(&list),
            ..SourceInput::of(list)
        };
        let film = Flow::from(graph.input(input, 0));
        graph.end_as(film.then_all(last_filters(video)), "v");
        let (inputs, filters) = graph.finish();
        let file = at(file.video_codec(&video.encoder), "")?;
        let file = at(with_options(file, &video.options), "")?;
        let [mode, passthrough] = self.capabilities.ffmpeg.passthrough_option();
        let file = at(file.option(mode.trim_start_matches('-'), passthrough), "")?;
        let step = Step {
            needs: videos.iter().map(|step| step.id.clone()).collect(),
            expect: Expect {
                frames: Some(self.range.len()),
                samples: None,
                streams: vec![self.expected_video(video.codec.trim_end_matches("_still"))],
            },
            weight: weight(self.range.len()),
            ..step
        };
        self.filled(step, inputs, filters, file)
    }
}

/// Frames that are read from their source as they are coded.
fn copy_step(run: &Copied, id: String) -> Step {
    Step {
        why: format!(
            "Frames {} to {} of the timeline are the source's own, and are copied as they are coded.",
            run.frames.start(),
            run.frames.end()
        ),
        inputs: vec![PlanInput::Source {
            path: run.path.clone(),
        }],
        expect: Expect {
            frames: Some(run.frames.len()),
            ..Expect::default()
        },
        weight: weight(run.frames.len()) / 100.0,
        span: Some((run.frames.start().0, run.frames.end().0)),
        packets: Some(run.packets),
        ..Step::draft(StepKind::Copy, id)
    }
}
