//! The arrangement: every clip and transition of a project at its place on the frame grid.
//!
//! Both edges of a clip are snapped to the nearest frame of the grid on their own, so clips that meet
//! in seconds meet on the grid, and rounding never adds up.

use std::collections::{HashMap, HashSet};

use super::graph::{Built, Refused};
use super::media::{Material, Media, MediaFacts};
use crate::document::read::transitions_of;
use crate::document::{Clip, Generator, Pace, Project, Source, Track, Transition};
use crate::effects::Tables;
use crate::problem::Problem;
use crate::time::{FrameRange, Rate, Time};
use crate::timeline::{self, TransitionFault};

/// A project on the frame grid.
#[derive(Debug)]
pub struct Arrangement<'d> {
    /// The project.
    pub project: &'d Project,
    /// One for each track, in their order.
    pub lanes: Vec<Lane<'d>>,
    /// Length of the programme: the latest end of any clip.
    pub frames: i64,
    /// The colour tables that effects may name, by their names in the document.
    pub tables: Tables<'d>,
}

/// A track on the frame grid.
#[derive(Debug)]
pub struct Lane<'d> {
    /// The track.
    pub track: &'d Track,
    /// Its enabled clips in order of time.
    pub clips: Vec<Placed<'d>>,
    /// Where two of them overlap, in order of time; `joins[i].from + 1 == joins[i].to`.
    pub joins: Vec<Join>,
}

/// A clip on the frame grid.
#[derive(Debug)]
pub struct Placed<'d> {
    /// The clip.
    pub clip: &'d Clip,
    /// The source's facts, where it is a file.
    pub facts: Option<&'d MediaFacts>,
    /// Frames of the programme that it covers, transitions included.
    pub frames: FrameRange,
    /// How fast it plays its source.
    pub pace: Pace,
}

impl Placed<'_> {
    /// The speed of a clip that has one for all of it.
    ///
    /// # Errors
    /// Another one follows keyframes, which generators with a clock of their own do not.
    pub fn even_speed(&self) -> Built<f64> {
        let refused = || {
            let message = "What a generator makes follows no keyframes of a speed.";
            Refused(
                Problem::new("effect.unsupported", &self.clip.pointer, message)
                    .hint("Give the clip one speed, or render the generator to a file and use that."),
            )
        };
        self.pace.constant().ok_or_else(refused)
    }
}

/// An overlap of two clips.
#[derive(Debug)]
pub struct Join {
    /// Index of the earlier clip in its lane.
    pub from: usize,
    /// Index of the later one.
    pub to: usize,
    /// Frames that both cover.
    pub frames: FrameRange,
    /// What happens there.
    pub transition: Transition,
}

/// A clip's times before they are put on the grid.
struct Span<'d> {
    clip: &'d Clip,
    facts: Option<&'d MediaFacts>,
    start: Time,
    end: Time,
}

/// Places everything. Without `media` only what the document alone tells is placed and checked.
pub fn arrange<'d>(
    project: &'d Project,
    media: Option<&'d Media>,
    problems: &mut Vec<Problem>,
) -> Arrangement<'d> {
    let lanes: Vec<Lane<'d>> = project
        .tracks
        .iter()
        .map(|track| lane(project.output.rate, track, media, problems))
        .collect();
    let frames = lanes
        .iter()
        .flat_map(|lane| &lane.clips)
        .map(|placed| placed.frames.end().0)
        .max()
        .unwrap_or(0);
    Arrangement {
        project,
        lanes,
        frames,
        tables: media.map_or_else(Tables::new, tables),
    }
}

fn tables(media: &Media) -> Tables<'_> {
    media
        .iter()
        .filter_map(|(name, material)| match material {
            Material::Table { table, .. } => Some((name.as_str(), table)),
            _ => None,
        })
        .collect()
}

fn lane<'d>(rate: Rate, track: &'d Track, media: Option<&'d Media>, problems: &mut Vec<Problem>) -> Lane<'d> {
    let transitions = transitions_of(track);
    let following = following(track);
    let mut incoming: HashMap<&str, Time> = HashMap::new();
    for transition in &transitions {
        let later = transition
            .to
            .as_deref()
            .or_else(|| following.get(transition.from.as_str()).copied());
        if let Some(later) = later {
            incoming.insert(later, transition.duration);
        }
    }
    let mut spans: Vec<Span<'d>> = Vec::new();
    let mut cursor = Some(Time::ZERO);
    for clip in track.clips.iter().filter(|clip| clip.enabled) {
        let overlap = incoming.get(clip.id.as_str()).copied().unwrap_or(Time::ZERO);
        let follows = cursor
            .and_then(|end| end.checked_sub(overlap))
            .map(|start| start.max(Time::ZERO));
        let span = clip
            .start
            .or(follows)
            .and_then(|start| span(rate, clip, start, media, problems));
        cursor = span.as_ref().map(|span| span.end);
        spans.extend(span);
    }
    spans.sort_by_key(|span| span.start);
    let mut clips = Vec::new();
    for span in &spans {
        let frames = FrameRange::new(rate.frame_at(span.start), rate.frame_at(span.end));
        if frames.is_empty() {
            problems.push(
                Problem::new(
                    "clip.too_short",
                    &span.clip.pointer,
                    "The clip is shorter than one frame.",
                )
                .hint(format!("A frame lasts {} s.", rate.seconds_of(1))),
            );
        }
        clips.push(Placed {
            clip: span.clip,
            facts: span.facts,
            frames,
            pace: span.clip.pace(),
        });
    }
    let joins = joins(rate, &spans, &clips, &transitions, problems);
    Lane { track, clips, joins }
}

/// Every enabled clip's id, and that of the one after it in the document.
fn following(track: &Track) -> HashMap<&str, &str> {
    let ids = || {
        let enabled = track.clips.iter().filter(|clip| clip.enabled);
        enabled.map(|clip| clip.id.as_str())
    };
    ids().zip(ids().skip(1)).collect()
}

/// When a clip starts and ends; nothing where that cannot be known (yet).
fn span<'d>(
    rate: Rate,
    clip: &'d Clip,
    start: Time,
    media: Option<&'d Media>,
    problems: &mut Vec<Problem>,
) -> Option<Span<'d>> {
    let facts = match (&clip.source, media) {
        (Source::Media(name), Some(media)) => match media.get(name) {
            Some(Material::Known(facts)) => Some(facts.as_ref()),
            // Refused sources are reported once for each place by the compiler.
            _ => return None,
        },
        (Source::Media(_), None) if clip.out_point.is_none() && clip.end.is_none() => return None,
        _ => None,
    };
    let pace = clip.pace();
    let timed = facts.is_some_and(|facts| !facts.is_still());
    let played = |length: Time| Time::from_seconds(pace.source(length.to_seconds())).ok();
    let out_point = match (clip.out_point, clip.end) {
        (Some(out_point), _) => out_point,
        (None, Some(end)) => clip.in_point.checked_add(played(end.checked_sub(start)?)?)?,
        (None, None) if timed => Time::from_seconds(facts?.duration).ok()?,
        (None, None) => {
            let what = match &clip.source {
                Source::Generator(Generator::Title(_)) => "A title",
                Source::Generator(Generator::Caption(_)) => "A caption",
                Source::Generator(_) => "A generator",
                Source::Media(_) => "A still picture",
            };
            problems.push(
                Problem::new(
                    "clip.no_length",
                    &clip.pointer,
                    format!("{what} has no length of its own."),
                )
                .hint("Give the clip an out_point (or a timeline_end)."),
            );
            return None;
        }
    };
    if out_point <= clip.in_point {
        problems.push(
            Problem::new(
                "clip.empty",
                format!("{}/out_point", clip.pointer),
                format!(
                    "The clip ends at {} s of its source, not after its start at {} s.",
                    out_point.to_seconds(),
                    clip.in_point.to_seconds()
                ),
            )
            .hint("Give an out_point after the in_point."),
        );
        return None;
    }
    if let (Some(facts), true) = (facts, timed) {
        beyond_source(clip, facts, out_point, problems);
    }
    let end = end_of(start, clip.in_point, out_point, &pace).filter(|end| *end <= Time::LIMIT);
    let Some(end) = end else {
        let days = Time::LIMIT_DAYS;
        problems.push(
            Problem::new(
                "time.invalid",
                &clip.pointer,
                format!("The clip ends more than {days} days after the start, the longest time."),
            )
            .hint("Choose an earlier place, a shorter part of the source, or a greater speed."),
        );
        return None;
    };
    if clip.out_point.is_some() {
        written_end(clip, end, rate, problems);
    }
    Some(Span {
        clip,
        facts,
        start,
        end,
    })
}

/// When a clip ends that starts at `start` and plays its source from `in_point` to `out_point`;
/// nothing beyond the longest time.
pub(crate) fn end_of(start: Time, in_point: Time, out_point: Time, pace: &Pace) -> Option<Time> {
    let length = pace.reached(out_point.checked_sub(in_point)?.to_seconds());
    start.checked_add(Time::from_seconds(length).ok()?)
}

/// A `timeline_end` is derived; where it is written all the same, it has to agree.
fn written_end(clip: &Clip, end: Time, rate: Rate, problems: &mut Vec<Problem>) {
    let Some(written) = clip.end else { return };
    if (written.to_seconds() - end.to_seconds()).abs() >= rate.seconds_of(1) {
        problems.push(
            Problem::new(
                "clip.end_mismatch",
                format!("{}/timeline_end", clip.pointer),
                format!(
                    "The clip is said to end at {} s, but it ends at {} s.",
                    written.to_seconds(),
                    end.to_seconds()
                ),
            )
            .hint("Leave timeline_end out, or change the in_point or out_point."),
        );
    }
}

fn beyond_source(clip: &Clip, facts: &MediaFacts, out_point: Time, problems: &mut Vec<Problem>) {
    // The last frame may end a little before what the container counts as the end.
    const TOLERANCE: f64 = 0.05;
    let duration = facts.duration;
    if out_point.to_seconds() > duration + TOLERANCE {
        let longest = format!("{duration:.3}");
        problems.push(
            Problem::new(
                "clip.beyond_source",
                format!("{}/out_point", clip.pointer),
                format!(
                    "The clip ends at {} s, but its source has only {longest} s.",
                    out_point.to_seconds()
                ),
            )
            .hint(format!("Give an out_point of at most {longest}."))
            .fix(
                format!("End the clip with its source at {longest} s"),
                vec![serde_json::json!({ "op": "trim_clip", "clip_id": clip.id, "out_point": duration })],
            ),
        );
    }
}

/// The places where clips overlap, as the duration algebra of [`timeline`] allows them.
fn joins(
    rate: Rate,
    spans: &[Span<'_>],
    clips: &[Placed<'_>],
    transitions: &[Transition],
    problems: &mut Vec<Problem>,
) -> Vec<Join> {
    let places: HashMap<&str, usize> = spans
        .iter()
        .enumerate()
        .map(|(index, span)| (span.clip.id.as_str(), index))
        .collect();
    let mut named = Vec::new();
    let mut edges = Vec::new();
    for transition in transitions {
        // Clips that could not be placed are reported where they stand.
        let Some(&from) = places.get(transition.from.as_str()) else {
            continue;
        };
        let to = match &transition.to {
            Some(id) => match places.get(id.as_str()) {
                Some(&to) => to,
                None => continue,
            },
            None => from + 1,
        };
        let length = frames_of(rate, spans, clips, transition, (from, to));
        named.push(transition);
        edges.push(timeline::Transition { from, to, length });
    }
    let ranges: Vec<FrameRange> = clips.iter().map(|placed| placed.frames).collect();
    let faults = timeline::check_transitions(&ranges, &edges);
    let mut refused = HashSet::new();
    for fault in &faults {
        refused.extend(transition_of(fault));
        problems.extend(told(rate, fault, spans, &named));
    }
    let mut joins: Vec<Join> = Vec::new();
    for (index, (edge, transition)) in edges.iter().zip(named).enumerate() {
        if refused.contains(&index) {
            continue;
        }
        let (Some(from), Some(to)) = (ranges.get(edge.from), ranges.get(edge.to)) else {
            continue;
        };
        let frames = FrameRange::new(to.start(), from.end());
        offset(rate, transition, from.len() - frames.len(), problems);
        joins.push(Join {
            from: edge.from,
            to: edge.to,
            frames,
            transition: transition.clone(),
        });
    }
    joins.sort_by_key(|join| join.from);
    joins
}

/// The length of a transition in frames: the overlap of its clips on the grid, where that is what was
/// meant; both edges are rounded, so it may differ by one frame from the rounded duration.
fn frames_of(
    rate: Rate,
    spans: &[Span<'_>],
    clips: &[Placed<'_>],
    transition: &Transition,
    (from, to): (usize, usize),
) -> i64 {
    let rounded = rate.frame_at(transition.duration).0;
    let pair = |index: usize| spans.get(index).zip(clips.get(index));
    let (Some((earlier, before)), Some((later, after))) = (pair(from), pair(to)) else {
        return rounded;
    };
    let overlap = earlier.end.to_seconds() - later.start.to_seconds();
    let meant = (overlap - transition.duration.to_seconds()).abs() < rate.seconds_of(1);
    let on_grid = before.frames.end() - after.frames.start();
    if meant && on_grid > 0 { on_grid } else { rounded }
}

/// The transition that a fault is about; overlaps without one are about none.
fn transition_of(fault: &TransitionFault) -> Option<usize> {
    match *fault {
        TransitionFault::NoSuchClip { transition }
        | TransitionFault::Empty { transition, .. }
        | TransitionFault::NotAdjacent { transition }
        | TransitionFault::Duplicate { transition, .. }
        | TransitionFault::TooLong { transition, .. }
        | TransitionFault::WrongOverlap { transition, .. } => Some(transition),
        TransitionFault::Crowded { out_of, .. } => Some(out_of),
        TransitionFault::Unjoined { .. } => None,
    }
}

/// A fault as a problem of the document.
fn told(
    rate: Rate,
    fault: &TransitionFault,
    spans: &[Span<'_>],
    transitions: &[&Transition],
) -> Option<Problem> {
    let id = |index: usize| spans.get(index).map_or("", |span| span.clip.id.as_str());
    let seconds = |frames: i64| format!("{:.3} s", rate.seconds_of(frames));
    let frame = rate.seconds_of(1);
    if let TransitionFault::Unjoined { earlier, later, .. } = *fault {
        let message = format!("{:?} starts before {:?} has ended.", id(later), id(earlier));
        let start = spans.get(earlier)?.end.to_seconds();
        let moved = serde_json::json!({ "op": "move_clip", "clip_id": id(later), "timeline_start": start });
        return Some(
            Problem::new("clip.overlap", &spans.get(later)?.clip.pointer, message)
                .hint("Move it to the other's end or to another track, or join the two with a transition.")
                .fix(format!("Start {:?} at {start} s", id(later)), vec![moved]),
        );
    }
    let transition = *transitions.get(transition_of(fault)?)?;
    let problem = |code: &'static str, message: String, hint: &str| {
        Some(Problem::new(code, &transition.pointer, message).hint(hint))
    };
    match *fault {
        TransitionFault::NoSuchClip { .. } => problem(
            "transition.not_adjacent",
            "There is no clip after this one.".to_owned(),
            "A transition needs a next clip on the same track.",
        ),
        TransitionFault::Empty { .. } => problem(
            "transition.too_short",
            "The transition is shorter than one frame.".to_owned(),
            &format!("A frame lasts {frame} s."),
        ),
        TransitionFault::NotAdjacent { .. } => problem(
            "transition.not_adjacent",
            "Its two clips do not follow one another.".to_owned(),
            "A transition joins a clip and the next one of the same track.",
        ),
        TransitionFault::Duplicate { .. } => problem(
            "transition.twice",
            "These two clips have a transition already.".to_owned(),
            "Remove one of the two.",
        ),
        TransitionFault::TooLong {
            clip,
            length,
            longest,
            ..
        } => problem(
            "transition.too_long",
            format!(
                "The transition lasts {}, but {:?} only {}.",
                seconds(length),
                id(clip),
                seconds(longest)
            ),
            "A transition is at most as long as either of its clips.",
        ),
        TransitionFault::Crowded {
            clip, needed, length, ..
        } => problem(
            "transition.collide",
            format!(
                "It starts before the transition before it has ended: together they need {} of {:?}, which lasts {}.",
                seconds(needed),
                id(clip),
                seconds(length)
            ),
            "Shorten one of the two.",
        ),
        TransitionFault::WrongOverlap { .. } => overlap(transition, spans),
        TransitionFault::Unjoined { .. } => None,
    }
}

/// The clips of a transition do not overlap by its duration: where the later one should start.
fn overlap(transition: &Transition, spans: &[Span<'_>]) -> Option<Problem> {
    let place = spans.iter().position(|span| span.clip.id == transition.from)?;
    let (earlier, later) = (spans.get(place)?, spans.get(place + 1)?);
    let overlap = earlier.end.to_seconds() - later.start.to_seconds();
    let wanted = transition.duration.to_seconds();
    let start = earlier.end.checked_sub(transition.duration)?.to_seconds();
    let id = &later.clip.id;
    let message = format!("The clips overlap by {overlap:.3} s, the transition lasts {wanted:.3} s.");
    Some(
        Problem::new("transition.overlap", &transition.pointer, message)
            .hint(format!(
                "Start {id:?} at {start} s, or leave its timeline_start out."
            ))
            .fix(
                format!("Move the later clip to {start} s"),
                vec![serde_json::json!({ "op": "move_clip", "clip_id": id, "timeline_start": start })],
            ),
    )
}

/// The offset that an effect may carry is derived; where it is given, it has to agree.
fn offset(rate: Rate, transition: &Transition, derived: i64, problems: &mut Vec<Problem>) {
    let Some(given) = transition.offset else { return };
    let (given, derived) = (given.to_seconds(), rate.seconds_of(derived));
    if (given - derived).abs() >= rate.seconds_of(1) {
        problems.push(
            Problem::new(
                "transition.offset",
                &transition.pointer,
                format!("The offset is {given} s, but the transition starts {derived} s into the clip."),
            )
            .hint("Leave the offset out: it is derived."),
        );
    }
}
