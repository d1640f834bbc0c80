//! Frames that are copied as they are coded: where the picture is nothing but a source's own frames, and
//! their packets can be decoded without those that are cut away.

use std::collections::{BTreeMap, HashMap};

use super::super::arrange::{Lane, Placed};
use super::super::encode::{OWN_ID, SAME_SETS, VideoEncoding, X264_PARAMS, last_filters};
use super::super::graph::{Built, Graph};
use super::super::media::{MediaFacts, NEAREST, Packets, Run};
use super::Job;
use super::spans::{acting, pictures, shows};
use crate::effects::speed_control::Between;
use crate::render::plan::{self, Input};
use crate::time::FrameRange;

/// Numbers that a parameter set may go by.
const MOST_IDS: u32 = 31;

/// What is copied, and why not more is.
#[derive(Debug, Default)]
pub struct Copies {
    /// In order of time; no two overlap.
    pub runs: Vec<Copied>,
    /// Frames that are shown as they are, and cannot be copied, with the reason.
    pub refused: Vec<(FrameRange, String)>,
    /// What encodes the frames between them, where that is not the usual encoder.
    pub beside: Option<VideoEncoding>,
}

/// Frames that are copied.
#[derive(Debug, Clone)]
pub struct Copied {
    /// Of the timeline.
    pub frames: FrameRange,
    /// The source.
    pub path: String,
    /// What of it.
    pub packets: plan::Packets,
}

/// A run of packets that could be copied.
struct Candidate<'a> {
    copied: Copied,
    run: &'a Run,
    /// All frames of the clip around it that are shown as they are.
    untouched: FrameRange,
}

impl Copies {
    /// Why frames of a span that is encoded are not copied, where they are shown as they are.
    pub fn reason(&self, span: FrameRange) -> Option<String> {
        self.refused
            .iter()
            .filter_map(|(frames, why)| Some((frames.intersect(span)?.len(), why)))
            .max_by_key(|(frames, _)| *frames)
            .map(|(_, why)| why.clone())
    }

    pub fn frames(&self) -> Vec<FrameRange> {
        self.runs.iter().map(|copied| copied.frames).collect()
    }
}

impl Job<'_> {
    /// What of the picture is copied.
    pub fn copies(&self, video: &VideoEncoding) -> Built<Copies> {
        let mut copies = Copies::default();
        if !self.target.copy || video.codec != "h264" || self.encoding.format.is_package() {
            return Ok(copies);
        }
        let mut candidates = Vec::new();
        for (facts, placed, frames) in self.untouched() {
            let Some(packets) = &facts.packets else { continue };
            if let Some(why) = self.converted(video, facts, frames)? {
                copies.refused.push((frames, why.to_owned()));
                continue;
            }
            match self.candidate(video, packets, facts, placed, frames) {
                Ok(candidate) => candidates.push(candidate),
                Err(why) => copies.refused.push((frames, why)),
            }
        }
        let Some(best) = most_frames(&candidates) else {
            return Ok(copies);
        };
        for candidate in candidates {
            if candidate.run.parameters != best.parameters {
                let why = "most of what is copied has other parameter sets of the same numbers";
                copies.refused.push((candidate.untouched, why.to_owned()));
                continue;
            }
            let why = "a decoder needs frames that are cut away to begin there, or to end there";
            copies.refused.push((candidate.untouched, why.to_owned()));
            copies.runs.push(candidate.copied);
        }
        copies.runs.sort_by_key(|copied| copied.frames.start());
        copies.beside = beside(video, &best);
        Ok(copies)
    }

    fn candidate<'a>(
        &self,
        video: &VideoEncoding,
        packets: &'a Packets,
        facts: &MediaFacts,
        placed: &Placed<'_>,
        frames: FrameRange,
    ) -> Result<Candidate<'a>, String> {
        let run = match packets {
            Packets::Refused { refused } => return Err(refused.clone()),
            Packets::Known(run) => run,
        };
        if let Some(why) = self.against(video) {
            return Err(why);
        }
        if free_id(run).is_none() {
            return Err("its parameter sets take all numbers that there are".to_owned());
        }
        let exact = placed.clip.in_point.to_seconds() * self.rate().as_f64();
        if (exact - exact.round()).abs() > NEAREST {
            return Err("its frames lie between those of the timeline".to_owned());
        }
        #[expect(clippy::cast_possible_truncation, reason = "frames of a source")]
        let from = exact.round() as i64 + (frames.start() - placed.frames.start());
        let least = self.least();
        let found = run
            .within(from, from + frames.len())
            .filter(|(start, end)| end - start >= least);
        let Some((start, end)) = found else {
            return Err(format!(
                "no {least} frames of it in a row can be decoded without those that are cut away"
            ));
        };
        Ok(Candidate {
            copied: Copied {
                frames: FrameRange::from_length(frames.start() + (start - from), end - start),
                path: facts.path.clone(),
                packets: plan::Packets {
                    track: facts.video.as_ref().map_or(0, |video| video.index),
                    first: start - run.first,
                    count: end - start,
                },
            },
            run,
            untouched: frames,
        })
    }

    /// Why nothing at all can be copied for this target.
    fn against(&self, video: &VideoEncoding) -> Option<String> {
        if self.target.bitrate.is_some() {
            return Some("a bit rate is asked for, which copied frames do not keep to".to_owned());
        }
        if self.target.quality == "lossless" {
            return Some("lossless frames are of another profile".to_owned());
        }
        (video.encoder != "libx264").then(|| {
            format!(
                "frames between copied ones are encoded with libx264, and {} is asked for",
                video.encoder
            )
        })
    }

    /// Frames that are worth a run of their own: half of the shortest span.
    fn least(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "frames of minutes")]
        let half = (self.target.spans.0 / 2.0 * self.rate().as_f64()).round() as i64;
        half.max(2)
    }

    /// Parts of clips that nothing else is shown with, and that no effect acts on whose time is known.
    fn untouched(&self) -> Vec<(&MediaFacts, &Placed<'_>, FrameRange)> {
        let lanes: Vec<&Lane<'_>> = pictures(self.arrangement).collect();
        let rate = self.rate();
        let whole = FrameRange::from_length(crate::time::Frame(0), self.arrangement.frames);
        let mut found = Vec::new();
        for (number, lane) in lanes.iter().enumerate() {
            let others = lanes
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != number)
                .flat_map(|(_, other)| &other.clips)
                .filter(|placed| shows(placed))
                .map(|placed| placed.frames);
            let busy = others
                .chain(lane.joins.iter().map(|join| join.frames))
                .chain(acting(rate, &lane.track.effects, whole))
                .chain(acting(rate, &self.arrangement.project.effects, whole));
            let busy = in_order(busy.collect());
            for placed in &lane.clips {
                let Some(facts) = placed.facts.filter(|facts| facts.packets.is_some()) else {
                    continue;
                };
                let (Some(part), false) = (placed.frames.intersect(self.range), retimed(placed)) else {
                    continue;
                };
                let own = in_order(acting(rate, &placed.clip.effects, placed.frames).collect());
                for free in without(part, &busy) {
                    found.extend(without(free, &own).into_iter().map(|free| (facts, placed, free)));
                }
            }
        }
        found
    }

    /// Why what is composed of these frames is not the source's own picture; nothing where no filter changes
    /// a pixel.
    fn converted(
        &self,
        video: &VideoEncoding,
        facts: &MediaFacts,
        frames: FrameRange,
    ) -> Built<Option<&'static str>> {
        let usual = |tag: &Option<String>| tag.as_deref().is_none_or(|tag| tag == "bt709");
        let same = facts.video.as_ref().is_some_and(|picture| {
            picture.pixel_format == video.pixels
                && picture.decoder.is_none()
                && picture.rotation == 0
                && usual(&picture.color.primaries)
                && usual(&picture.color.transfer)
        });
        if !same {
            return Ok(Some(
                "it has other colours than the film, other pixels, or is turned",
            ));
        }
        let mut graph = Graph::of_pictures();
        let picture = self.scene(video).picture(&mut graph, frames)?;
        graph.end_as(picture.then_all(last_filters(video)), "v");
        let (inputs, text) = graph.finish();
        let alone = matches!(
            inputs.as_slice(),
            [only] if matches!(&only.from, Input::Source { path } if *path == facts.path)
        );
        if !alone {
            return Ok(Some("other pictures lie over it"));
        }
        let plain = filters(&text)
            .into_iter()
            .all(|filter| changes_nothing(filter, video.pixels));
        Ok((!plain).then_some("its size, its colours or the shape of its pixels are converted"))
    }
}

/// Whether a filter leaves pixels of this format as they are, and only says when and as what they show.
fn changes_nothing(filter: &str, pixels: &str) -> bool {
    let (name, value) = filter.split_once('=').unwrap_or((filter, ""));
    match name {
        "settb" | "setpts" | "fps" | "tpad" | "trim" | "setsar" | "setparams" | "null" => true,
        "format" => value == pixels,
        _ => false,
    }
}

/// The filters of a graph with their arguments.
fn filters(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if matches!(character, ',' | ';') && !escaped {
            found.extend(text.get(start..at));
            start = at + 1;
        }
        escaped = character == '\\' && !escaped;
    }
    found.extend(text.get(start..));
    found.into_iter().map(without_labels).collect()
}

fn without_labels(filter: &str) -> &str {
    let mut rest = filter.trim();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        rest = after;
    }
    rest.split_once('[').map_or(rest, |(before, _)| before)
}

fn retimed(placed: &Placed<'_>) -> bool {
    !placed.pace.is_plain() || placed.clip.between() != Between::Nearest
}

/// Ranges in order, those that touch or overlap as one.
fn in_order(mut ranges: Vec<FrameRange>) -> Vec<FrameRange> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start());
    let mut merged: Vec<FrameRange> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start() <= last.end() => {
                *last = FrameRange::new(last.start(), last.end().max(range.end()));
            }
            _ => merged.push(range),
        }
    }
    merged
}

/// What is left of a range without others that are in order.
fn without(range: FrameRange, others: &[FrameRange]) -> Vec<FrameRange> {
    let mut left = Vec::new();
    let mut start = range.start();
    let first = others.partition_point(|other| other.end() <= range.start());
    for other in others
        .iter()
        .skip(first)
        .take_while(|other| other.start() < range.end())
    {
        if start < other.start() {
            left.push(FrameRange::new(start, other.start()));
        }
        start = start.max(other.end());
    }
    if start < range.end() {
        left.push(FrameRange::new(start, range.end()));
    }
    left
}

/// The packets whose parameter sets allow the most frames to be copied.
fn most_frames(candidates: &[Candidate<'_>]) -> Option<Run> {
    let mut frames: BTreeMap<&str, i64> = BTreeMap::new();
    let mut runs: HashMap<&str, &Run> = HashMap::new();
    for candidate in candidates {
        *frames.entry(&candidate.run.parameters).or_default() += candidate.copied.frames.len();
        runs.entry(&candidate.run.parameters).or_insert(candidate.run);
    }
    let (best, _) = frames.into_iter().max_by_key(|(_, count)| *count)?;
    runs.get(best).map(|run| (*run).clone())
}

/// The number for the parameter sets of what is encoded: the usual one, where the source has it not.
fn free_id(run: &Run) -> Option<u32> {
    [OWN_ID]
        .into_iter()
        .chain(1..=MOST_IDS)
        .find(|id| !run.ids.contains(id))
}

/// The encoder for frames between copied ones, where its usual numbers are taken.
fn beside(video: &VideoEncoding, run: &Run) -> Option<VideoEncoding> {
    let id = free_id(run).filter(|id| *id != OWN_ID)?;
    let mut options = video.options.clone();
    options.retain(|(name, _)| *name != X264_PARAMS);
    options.push((X264_PARAMS, format!("sps-id={id}:{SAME_SETS}")));
    Some(VideoEncoding {
        options,
        ..video.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Frame;

    fn range(start: i64, end: i64) -> FrameRange {
        FrameRange::new(Frame(start), Frame(end))
    }

    #[test]
    fn what_others_cover_is_left_out() {
        let others = in_order(vec![
            range(8, 12),
            range(2, 4),
            range(3, 5),
            range(30, 40),
            range(7, 7),
        ]);
        assert_eq!(vec![range(2, 5), range(8, 12), range(30, 40)], others);
        assert_eq!(
            vec![range(0, 2), range(5, 8), range(12, 20)],
            without(range(0, 20), &others)
        );
        assert_eq!(Vec::<FrameRange>::new(), without(range(9, 11), &others));
        assert_eq!(vec![range(12, 13)], without(range(10, 13), &others));
        assert_eq!(vec![range(3, 9)], without(range(3, 9), &[]));
    }

    #[test]
    fn filters_are_found_whatever_their_arguments_are() {
        let text = "[0:0]settb=1/30,setpts=if(N\\,PTS\\,0),format=yuv420p[1];\n[1]crop=w=2,null[v]";
        let found = filters(text);
        assert_eq!(
            vec![
                "settb=1/30",
                "setpts=if(N\\,PTS\\,0)",
                "format=yuv420p",
                "crop=w=2",
                "null"
            ],
            found
        );
        let harmless: Vec<bool> = found
            .iter()
            .map(|filter| changes_nothing(filter, "yuv420p"))
            .collect();
        assert_eq!(vec![true, true, true, false, true], harmless);
        assert!(!changes_nothing("format=rgb24", "yuv420p"));
    }
}
