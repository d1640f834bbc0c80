//! The picture in spans: parts that are made each by themselves, and found again after an edit.
//!
//! Where a span ends is decided by what lies near it, never by how much came before: an edit changes the
//! spans around it, and all others are the same as ever, wherever they went.

use super::super::arrange::{Arrangement, Lane, Placed};
use super::super::media::{Packets, Run};
use super::super::picture::remembers;
use super::chunks::{MOST_CLIPS, opened};
use crate::document::{Effect, Generator, Source, TrackKind};
use crate::effects::acts;
use crate::time::{Frame, FrameRange, Rate};

/// Parts of a long span's length that a programme may have before spans are made longer.
///
/// A plan has to fit in memory whatever a document says: a colour may show for months.
const MOST_PARTS: i64 = 5_000;

/// The spans that fill `range`: those of the whole programme, cut off where the range is.
///
/// What is shorter than `short` seconds is put together with what lies beside it, what is longer than `long`
/// is split. Both are doubled for programmes of days. Each of the `copied` ranges is a span as it is.
pub fn spans(
    arrangement: &Arrangement<'_>,
    range: FrameRange,
    (short, long): (f64, f64),
    copied: &[FrameRange],
) -> Vec<FrameRange> {
    let planner = Planner::new(arrangement, short, long);
    let mut cuts = planner.cuts();
    for run in copied {
        let (first, last) = (run.start() + -planner.near, run.end() + planner.near);
        cuts.retain(|cut| *cut <= first || *cut >= last);
    }
    cuts.extend(copied.iter().flat_map(|run| [run.start(), run.end()]));
    cuts.retain(|cut| range.start() < *cut && *cut < range.end());
    cuts.sort();
    cuts.dedup();
    let ends: Vec<Frame> = cuts.iter().copied().chain([range.end()]).collect();
    let starts = [range.start()].into_iter().chain(cuts);
    starts
        .zip(ends)
        .flat_map(|(start, end)| planner.small(FrameRange::new(start, end)))
        .collect()
}

struct Planner<'a, 'd> {
    rate: Rate,
    /// Frames of a short span.
    near: i64,
    /// Seconds of a long one.
    long: f64,
    whole: FrameRange,
    lanes: Vec<&'a Lane<'d>>,
    /// Of the programme.
    effects: &'a [Effect],
    /// Of every lane, in order of time.
    joins: Vec<FrameRange>,
    /// Clips whose frames depend on one another: they are made from the first one each time.
    remembering: Vec<FrameRange>,
}

/// A frame where something begins or ends.
#[derive(Debug, Clone, Copy)]
struct Edge {
    at: Frame,
    /// Tells it from others by what lies beside it.
    mark: u64,
}

impl<'a, 'd> Planner<'a, 'd> {
    fn new(arrangement: &'a Arrangement<'d>, short: f64, long: f64) -> Self {
        let lanes: Vec<&Lane<'_>> = pictures(arrangement).collect();
        let mut joins: Vec<FrameRange> = lanes
            .iter()
            .flat_map(|lane| &lane.joins)
            .map(|join| join.frames)
            .collect();
        joins.sort_by_key(|join| join.start());
        let clips = lanes.iter().flat_map(|lane| &lane.clips);
        let remembering = clips
            .filter(|placed| remembers(placed))
            .map(|placed| placed.frames)
            .collect();
        let rate = arrangement.project.output.rate;
        let (mut near, mut long) = (rounded(short, rate).max(1), long.max(short));
        while rounded(long, rate).max(1) < arrangement.frames / MOST_PARTS {
            (near, long) = (near * 2, long * 2.0);
        }
        Self {
            rate,
            near,
            long,
            whole: FrameRange::new(Frame(0), Frame(arrangement.frames)),
            lanes,
            effects: &arrangement.project.effects,
            joins,
            remembering,
        }
    }

    /// Seconds of a source between the places where a long span is split.
    fn part(&self) -> f64 {
        (self.long / 2.0).max(self.rate.seconds_of(1))
    }

    /// Whether a cut at this frame would fall into a transition, or into a clip that remembers.
    fn is_within(&self, at: Frame) -> bool {
        let inside = |clip: &FrameRange| clip.start() < at && at < clip.end();
        if self.remembering.iter().any(inside) {
            return true;
        }
        let begun = self.joins.partition_point(|join| join.start() < at);
        let around = self.joins.iter().take(begun).rev().take(8);
        around.into_iter().any(|join| at < join.end())
    }

    /// Where spans end, apart from the end of the programme; in order.
    fn cuts(&self) -> Vec<Frame> {
        let chosen = self.chosen(&self.edges());
        let mut cuts = Vec::new();
        let mut start = self.whole.start();
        for end in chosen.into_iter().chain([self.whole.end()]) {
            cuts.extend(self.split(FrameRange::new(start, end)));
            if end < self.whole.end() {
                cuts.push(end);
            }
            start = end;
        }
        cuts
    }

    /// Starts and ends of clips, transitions and what effects do, that lie in no transition, in order.
    fn edges(&self) -> Vec<Edge> {
        let mut places: Vec<Frame> = self
            .lanes
            .iter()
            .flat_map(|lane| {
                let clips = lane.clips.iter().map(|placed| placed.frames);
                let joins = lane.joins.iter().map(|join| join.frames);
                let on_clips = lane
                    .clips
                    .iter()
                    .flat_map(|placed| acting(self.rate, &placed.clip.effects, placed.frames));
                let on_track = acting(self.rate, &lane.track.effects, self.whole);
                clips.chain(joins).chain(on_clips).chain(on_track)
            })
            .chain(acting(self.rate, self.effects, self.whole))
            .flat_map(|frames| [frames.start(), frames.end()])
            .filter(|at| self.whole.start() < *at && *at < self.whole.end())
            .filter(|at| !self.is_within(*at))
            .collect();
        places.sort();
        places.dedup();
        let before = [self.whole.start()].into_iter().chain(places.iter().copied());
        let after = places.iter().copied().skip(1).chain([self.whole.end()]);
        let around: Vec<(Frame, Frame)> = before.zip(after).collect();
        places
            .iter()
            .zip(around)
            .map(|(at, (before, after))| Edge {
                at: *at,
                mark: self.mark(*at, *at - before, after - *at),
            })
            .collect()
    }

    /// A number that depends on what shows around a frame alone: not on when that is, nor on names.
    fn mark(&self, at: Frame, before: i64, after: i64) -> u64 {
        let near = self.near;
        let mut mark = Mark::new();
        mark.add(before.min(near));
        mark.add(after.min(near));
        for lane in &self.lanes {
            for placed in shown(lane, FrameRange::new(at + -1, at + 1)) {
                mark.text(placed.facts.map_or("", |facts| facts.identity.as_str()));
                mark.add(placed.clip.in_point.flicks());
                mark.add((at - placed.frames.start()).min(near));
            }
        }
        mark.0
    }

    /// The edges that spans end at: each has the least mark of all that are less than a short span away.
    fn chosen(&self, edges: &[Edge]) -> Vec<Frame> {
        let near = self.near;
        let (first, last) = (self.whole.start() + near, self.whole.end() + -near);
        let free: Vec<Edge> = edges
            .iter()
            .copied()
            .filter(|edge| first <= edge.at && edge.at <= last)
            .collect();
        let mut chosen = Vec::new();
        for (index, edge) in free.iter().enumerate() {
            let before = free
                .get(..index)
                .unwrap_or_default()
                .iter()
                .rev()
                .take_while(|other| edge.at - other.at < near);
            let after = free
                .get(index + 1..)
                .unwrap_or_default()
                .iter()
                .take_while(|other| other.at - edge.at < near);
            if before.into_iter().all(|other| edge.mark < other.mark)
                && after.into_iter().all(|other| edge.mark <= other.mark)
            {
                chosen.push(edge.at);
            }
        }
        chosen
    }

    /// Frames where a span that is long is split: where the lowest clip comes to a further part of its source.
    fn split(&self, span: FrameRange) -> Vec<Frame> {
        if span.len() <= rounded(self.long, self.rate) {
            return Vec::new();
        }
        let near = self.near;
        let mut cuts: Vec<Frame> = Vec::new();
        let mut last = span.start();
        for at in self.parts(span) {
            if at - last >= near && span.end() - at >= near && !self.is_within(at) {
                cuts.push(at);
                last = at;
            }
        }
        cuts
    }

    /// Frames of a span where a source, or what has none, comes to a further part; in order.
    fn parts(&self, span: FrameRange) -> Vec<Frame> {
        let mut parts = Vec::new();
        let mut at = span.start();
        while at < span.end() {
            let lowest = self
                .lanes
                .iter()
                .find_map(|lane| shown(lane, FrameRange::new(at, at + 1)).next());
            match lowest {
                Some(placed) => {
                    let part = placed.frames.intersect(span).unwrap_or(span);
                    let to = part.end().max(at + 1);
                    parts.extend(self.parts_of(placed).filter(|frame| at < *frame && *frame < to));
                    at = to;
                }
                None => {
                    let next = self.next_start(at).min(span.end()).max(at + 1);
                    let step = rounded(self.part(), self.rate).max(1);
                    parts.extend(
                        (1..)
                            .map(|number| at + number * step)
                            .take_while(|frame| *frame < next),
                    );
                    at = next;
                }
            }
        }
        parts
    }

    /// The frames of a clip at whole multiples of seconds of its source, or where a decoder can begin soon after.
    fn parts_of<'p>(&self, placed: &'p Placed<'_>) -> impl Iterator<Item = Frame> + use<'p> {
        let moves = placed.facts.is_some_and(|facts| !facts.is_still());
        let from = if moves {
            placed.clip.in_point.to_seconds()
        } else {
            0.0
        };
        let pace = moves.then_some(&placed.pace);
        let part = self.part();
        let begins = self.begins_of(placed);
        let (start, end, rate) = (placed.frames.start(), placed.frames.end(), self.rate);
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a source")]
        let first = (from / part).floor() as i64 + 1;
        (first..)
            .map(move |number| {
                #[expect(clippy::cast_precision_loss, reason = "a source has days, not ages")]
                let played = number as f64 * part - from;
                let seconds = pace.map_or(played, |pace| pace.reached(played));
                #[expect(clippy::cast_possible_truncation, reason = "frames of a timeline")]
                let frame = (seconds * rate.as_f64()).round() as i64;
                start + begins.map_or(frame, |begins| begins.soon_after(frame))
            })
            .take_while(move |frame| *frame < end)
    }

    /// Where decoders can begin in a clip, where that is known.
    fn begins_of<'p>(&self, placed: &'p Placed<'_>) -> Option<Begins<'p>> {
        let Some(Packets::Known(run)) = placed.facts.map(|facts| facts.packets.as_ref())? else {
            return None;
        };
        placed.pace.is_plain().then(|| Begins {
            run,
            first: rounded(placed.clip.in_point.to_seconds(), self.rate),
            most: rounded(self.part() / 2.0, self.rate),
        })
    }

    fn next_start(&self, at: Frame) -> Frame {
        self.lanes
            .iter()
            .filter_map(|lane| {
                let next = lane.clips.partition_point(|placed| placed.frames.start() <= at);
                lane.clips.get(next).map(|placed| placed.frames.start())
            })
            .min()
            .unwrap_or(self.whole.end())
    }

    /// A span in parts that open few files each, cut where a file begins.
    fn small(&self, span: FrameRange) -> Vec<FrameRange> {
        let files: Vec<FrameRange> = self
            .lanes
            .iter()
            .flat_map(|lane| shown(lane, span))
            .filter(|placed| matches!(placed.clip.source, Source::Media(_)))
            .filter_map(|placed| placed.frames.intersect(span))
            .collect();
        if files.len() <= MOST_CLIPS {
            return vec![span];
        }
        opened(files, &self.joins, span)
    }
}

/// The frames of a clip that a decoder can begin with.
#[derive(Clone, Copy)]
struct Begins<'a> {
    run: &'a Run,
    /// The frame of the source that the clip begins with.
    first: i64,
    /// How far one may be away.
    most: i64,
}

impl Begins<'_> {
    /// The next one from a frame of the clip on, or the frame itself, where that is far away.
    fn soon_after(&self, frame: i64) -> i64 {
        let begin = self
            .run
            .start_from(self.first + frame)
            .map(|begin| begin - self.first);
        begin.filter(|begin| begin - frame <= self.most).unwrap_or(frame)
    }
}

fn rounded(seconds: f64, rate: Rate) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "frames of a timeline")]
    let frames = (seconds * rate.as_f64()).round() as i64;
    frames
}

/// The lanes that make the picture, the lowest first.
pub fn pictures<'a, 'd>(arrangement: &'a Arrangement<'d>) -> impl Iterator<Item = &'a Lane<'d>> {
    let all = arrangement.lanes.iter();
    all.filter(|lane| lane.track.kind != TrackKind::Audio && !lane.track.hidden)
}

/// When effects act on what lies in `frames`; those of which that is not known are left out.
pub fn acting(rate: Rate, effects: &[Effect], frames: FrameRange) -> impl Iterator<Item = FrameRange> {
    let seconds = rate.seconds_of(frames.len());
    effects
        .iter()
        .filter_map(move |effect| acts(effect.spec, &effect.params, seconds))
        .map(move |(from, to)| {
            let at = |time: f64| frames.start() + rounded(time.clamp(0.0, seconds), rate);
            FrameRange::new(at(from), at(to).max(at(from)))
        })
}

/// Whether a clip has a picture.
pub fn shows(placed: &Placed<'_>) -> bool {
    !matches!(placed.clip.source, Source::Generator(Generator::Silence))
}

/// The clips of a lane that show in a range.
fn shown<'l, 'd>(lane: &'l Lane<'d>, range: FrameRange) -> impl Iterator<Item = &'l Placed<'d>> {
    let first = lane
        .clips
        .partition_point(|placed| placed.frames.end() <= range.start());
    lane.clips
        .iter()
        .skip(first)
        .take_while(move |placed| placed.frames.start() < range.end())
        .filter(|placed| shows(placed))
}

/// A hash that is the same on every machine (FNV-1a).
struct Mark(u64);

impl Mark {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.0 ^= self.0 >> 29;
    }

    fn add(&mut self, number: i64) {
        self.bytes(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}
