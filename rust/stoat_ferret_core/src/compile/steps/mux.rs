//! The step that joins picture and sound, with tags and chapters.

use super::super::graph::{Built, at};
use super::super::sound::Score;
use super::run::{command, demuxer_of, joined};
use super::{Job, timescale, weight};
use crate::ffmpeg::command::{Input, Output};
use crate::ffmpeg::filter::{Pad, StreamRef};
use crate::render::plan::{Expect, Input as PlanInput, Step, StepKind, StepOutput};

impl Job<'_> {
    /// Picture and sound in one file, with metadata and chapters.
    pub fn mux(&self, steps: &[Step], score: &Score<'_>) -> Built<Step> {
        let of = |kind: StepKind| steps.iter().filter(move |step| step.kind == kind);
        let join: Vec<&Step> = of(StepKind::Join).collect();
        let videos = if join.is_empty() {
            of(StepKind::Video).collect()
        } else {
            join
        };
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
        let tracks = self.streamed();
        for track in &tracks {
            command = command.input(at(Input::open().format(self.caption_demuxer()), "")?);
            inputs.push(PlanInput::Text {
                text: self.told(track),
            });
        }
        let mut file = at(Output::open().format(self.encoding.format.muxer), "")?;
        file = file
            .map(Pad::input(0, StreamRef::Video(0)))
            .map(Pad::input(1, StreamRef::Audio(0)));
        for (name, value) in [("map_metadata", "2"), ("map_chapters", "2"), ("c", "copy")] {
            file = at(file.option(name, value), "")?;
        }
        file = self.with_captions(file, &tracks)?;
        let codec = self.encoding.video.as_ref().map_or("", |video| video.codec);
        if matches!(self.encoding.format.muxer, "mp4" | "mov") {
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
        streams.extend(self.expected_captions(&tracks));
        Ok(Step {
            needs: videos
                .into_iter()
                .map(|step| step.id.clone())
                .chain(["audio".to_owned()])
                .collect(),
            why: "Picture and sound joined in one file without encoding again.".to_owned(),
            output: StepOutput {
                name: format!("finished.{}", self.encoding.format.name),
                finished: !self.encoding.format.is_package(),
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
            ..Step::draft(StepKind::Mux, "mux".to_owned())
        })
    }

    /// The film in segments that players fetch one after another, with a playlist for each kind of player.
    pub fn package(&self, film: &Step) -> Built<Step> {
        let mut file = at(Output::open().format("dash"), "")?
            .map(Pad::input(0, StreamRef::Video(0)))
            .map(Pad::input(0, StreamRef::Audio(0)));
        for (name, value) in [
            ("c", "copy"),
            ("seg_duration", "4"),
            ("hls_playlist", "1"),
            ("hls_master_name", "index.m3u8"),
            ("adaptation_sets", "id=0,streams=v id=1,streams=a"),
            ("init_seg_name", "init-$RepresentationID$.m4s"),
            ("media_seg_name", "segment-$RepresentationID$-$Number%05d$.m4s"),
        ] {
            file = at(file.option(name, value), "")?;
        }
        Ok(Step {
            needs: vec![film.id.clone()],
            why: "The film in segments of 4 to 6 s without encoding again, with playlists for HLS and DASH."
                .to_owned(),
            output: StepOutput::named("package/index.mpd"),
            inputs: vec![PlanInput::Step {
                step: film.id.clone(),
            }],
            graph: None,
            argv: self.arguments(&command()?.input(Input::open()).output(file)),
            expect: film.expect.clone(),
            weight: weight(self.range.len()) / 100.0,
            ..Step::draft(StepKind::Mux, "package".to_owned())
        })
    }

    /// Tags and chapters in `FFmpeg`'s own text format.
    pub fn metadata(&self) -> String {
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
        // These formats keep chapters as a track without gaps, which starts with the film.
        let gapless = matches!(self.encoding.format.muxer, "mp4" | "mov" | "ipod");
        if gapless && chapters.first().is_some_and(|(first, _)| *first > 0) {
            chapters.insert(0, (0, ""));
        }
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
