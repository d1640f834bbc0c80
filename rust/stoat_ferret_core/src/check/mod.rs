//! Rules that hold for a document as a whole, whatever its sources are.

use std::collections::{HashMap, HashSet};

use crate::compile::arrange::arrange;
use crate::document::{Generator, Project, Source, Track, TrackKind, Transform};
use crate::effects::Role;
use crate::effects::caption;
use crate::problem::Problem;

/// Every problem of the document that needs no look at its sources, apart from its shape.
#[must_use]
pub fn check(project: &Project) -> Vec<Problem> {
    let mut problems = Vec::new();
    for track in &project.tracks {
        sources(track, &mut problems);
        references(track, &mut problems);
        ducking(track, project, &mut problems);
        sound_on_audio(track, &mut problems);
    }
    titles(project, &mut problems);
    captions(project, &mut problems);
    ducking_rings(project, &mut problems);
    sides(project, &mut problems);
    lying_still(project, &mut problems);
    mixes(project, &mut problems);
    arrange(project, None, &mut problems);
    problems
}

fn sources(track: &Track, problems: &mut Vec<Problem>) {
    if track.captions.is_some() && track.kind != TrackKind::Text {
        problems.push(
            Problem::new(
                "captions.wrong_track",
                format!("{}/captions", track.pointer),
                "Only a text track holds captions.",
            )
            .hint("Put the captions on a text track."),
        );
    }
    for clip in &track.clips {
        let fits = match (&clip.source, track.kind) {
            (
                Source::Generator(
                    Generator::Title(_) | Generator::Caption(_) | Generator::Color(_) | Generator::TestSource,
                ),
                kind,
            ) => kind != TrackKind::Audio,
            (Source::Generator(Generator::Made { spec, .. }), kind) => match kind {
                TrackKind::Audio => spec.has_sound(),
                TrackKind::Video | TrackKind::Text => spec.has_picture(),
            },
            (Source::Media(_) | Source::Generator(_), kind) => kind != TrackKind::Text,
        };
        if !fits {
            let (what, hint) = match track.kind {
                TrackKind::Text => (
                    "A text track holds titles only.",
                    "Use a title, or put the clip on a video track.",
                ),
                _ => (
                    "An audio track holds sound only.",
                    "Put the clip on a video or text track.",
                ),
            };
            problems
                .push(Problem::new("clip.wrong_track", format!("{}/source", clip.pointer), what).hint(hint));
        }
    }
}

fn is_text(source: &Source) -> bool {
    matches!(
        source,
        Source::Generator(Generator::Title(_) | Generator::Caption(_))
    )
}

/// Captions whose words have no times that fit, or that are to move.
fn captions(project: &Project, problems: &mut Vec<Problem>) {
    let clips = project.tracks.iter().flat_map(|track| &track.clips);
    for clip in clips.filter(|clip| clip.enabled) {
        let generated = match &clip.source {
            Source::Generator(Generator::Caption(params)) => {
                Some((params, format!("{}/source", clip.pointer)))
            }
            _ => None,
        };
        let effects = clip.effects.iter().filter(|effect| effect.spec.name == "caption");
        let effects = effects.map(|effect| (&effect.params, format!("{}/params", effect.pointer)));
        for (params, pointer) in generated.into_iter().chain(effects) {
            if let Some((name, message, hint)) = caption::fault(params) {
                let code = if name == "words" {
                    "captions.words"
                } else {
                    "captions.position"
                };
                problems.push(Problem::new(code, format!("{pointer}/{name}"), message).hint(hint));
            }
        }
    }
}

/// A title is placed by its own position; a transform would have no effect.
fn titles(project: &Project, problems: &mut Vec<Problem>) {
    for clip in project
        .tracks
        .iter()
        .flat_map(|track| &track.clips)
        .filter(|clip| clip.enabled)
    {
        let full = Transform {
            opacity: clip.transform.opacity.clone(),
            ..Transform::full()
        };
        if is_text(&clip.source) && clip.transform != full {
            problems.push(
                Problem::new(
                    "transform.unsupported",
                    format!("{}/transform", clip.pointer),
                    "A title takes only the opacity of a transform.",
                )
                .hint("Place the text by its position, and size it by its fontsize."),
            );
        }
    }
}

fn references(track: &Track, problems: &mut Vec<Problem>) {
    let ids: HashSet<&str> = track.clips.iter().map(|clip| clip.id.as_str()).collect();
    let disabled: HashSet<&str> = track
        .clips
        .iter()
        .filter(|clip| !clip.enabled)
        .map(|clip| clip.id.as_str())
        .collect();
    for transition in &track.transitions {
        for (name, id) in [("from", Some(&transition.from)), ("to", transition.to.as_ref())] {
            let Some(id) = id else { continue };
            if !ids.contains(id.as_str()) {
                let pointer = format!("{}/{name}", transition.pointer);
                problems.push(Problem::unknown_name(
                    "transition.unknown_clip",
                    pointer,
                    "clip on this track called",
                    id,
                    &ids.iter().copied().collect::<Vec<_>>(),
                ));
            } else if disabled.contains(id.as_str()) {
                problems.push(
                    Problem::new(
                        "transition.disabled_clip",
                        format!("{}/{name}", transition.pointer),
                        format!("The clip {id:?} is disabled."),
                    )
                    .hint("Enable the clip or remove the transition."),
                );
            }
        }
        if transition.to.as_ref() == Some(&transition.from) {
            problems.push(
                Problem::new(
                    "transition.not_adjacent",
                    &transition.pointer,
                    "It joins a clip with itself.",
                )
                .hint("A transition joins a clip and the next one of the same track."),
            );
        }
    }
    for clip in &track.clips {
        for effect in &clip.effects {
            if effect.spec.name == "acrossfade" && !effect.params.flag("overlap") {
                problems.push(
                    Problem::new(
                        "effect.unsupported",
                        format!("{}/params/overlap", effect.pointer),
                        "A transition always overlaps its clips.",
                    )
                    .hint("Leave overlap out; to fade without overlapping give both clips an audio_fade."),
                );
            }
        }
        let speed = clip.speed();
        let beyond = [speed.min(), speed.max()]
            .into_iter()
            .find(|speed| !(0.25..=4.0).contains(speed));
        if let Some(speed) = beyond {
            problems.push(
                Problem::new(
                    "clip.speed",
                    &clip.pointer,
                    format!("The speed effects of this clip multiply to {speed}."),
                )
                .hint("Together they have to stay between 0.25 and 4."),
            );
        }
        if let Some(second) = clip.ramps().nth(1) {
            problems.push(
                Problem::new(
                    "clip.speed",
                    format!("{second}/params/factor"),
                    "Two speeds of this clip change over time.",
                )
                .hint("Put the whole curve into one speed_control; others may stay with one number."),
            );
        }
    }
}

fn ducking(track: &Track, project: &Project, problems: &mut Vec<Problem>) {
    let Some(ducking) = &track.ducking else { return };
    let pointer = format!("{}/ducking/under", track.pointer);
    if ducking.under.is_empty() {
        problems.push(
            Problem::new("ducking.nothing", &pointer, "There is no track to step back for.")
                .hint("Name the tracks with the speech, or remove the ducking."),
        );
    }
    let known: Vec<&str> = project
        .tracks
        .iter()
        .map(|other| other.id.as_str())
        .filter(|id| *id != track.id)
        .collect();
    for (index, id) in ducking.under.iter().enumerate() {
        let item = format!("{pointer}/{index}");
        if *id == track.id {
            problems.push(
                Problem::new("ducking.itself", item, "A track cannot step back for itself.")
                    .hint("Name other tracks."),
            );
        } else if !known.contains(&id.as_str()) {
            problems.push(Problem::unknown_name(
                "ducking.unknown_track",
                item,
                "other track",
                id,
                &known,
            ));
        } else if project
            .tracks
            .iter()
            .any(|other| other.id == *id && other.kind == TrackKind::Text)
        {
            problems.push(
                Problem::new(
                    "ducking.silent_track",
                    item,
                    format!("The text track {id:?} has no sound."),
                )
                .hint("Name tracks that have sound."),
            );
        }
    }
}

/// The tracks that a track steps back for, by `ducking` or by the effect that stands for it.
pub(crate) fn ducked_under(project: &Project, track: &Track) -> Vec<String> {
    if let Some(ducking) = &track.ducking {
        return ducking.under.clone();
    }
    let of_clips = track.clips.iter().flat_map(|clip| &clip.effects);
    if track
        .effects
        .iter()
        .chain(of_clips)
        .any(|effect| matches!(effect.spec.role, Role::Ducking))
    {
        return project
            .tracks
            .iter()
            .filter(|other| other.kind == TrackKind::Video && other.id != track.id)
            .map(|other| other.id.clone())
            .collect();
    }
    Vec::new()
}

fn ducking_rings(project: &Project, problems: &mut Vec<Problem>) {
    let under: HashMap<&str, Vec<String>> = project
        .tracks
        .iter()
        .map(|track| (track.id.as_str(), ducked_under(project, track)))
        .collect();
    for track in &project.tracks {
        let mut seen = HashSet::new();
        let mut open: Vec<&str> = under
            .get(track.id.as_str())
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        while let Some(id) = open.pop() {
            if id == track.id
                && !under
                    .get(id)
                    .is_some_and(|ids| ids.iter().any(|other| other == id))
            {
                problems.push(
                    Problem::new(
                        "ducking.ring",
                        &track.pointer,
                        "Tracks step back for one another in a ring.",
                    )
                    .hint("Remove the ducking of one of them."),
                );
                break;
            }
            if seen.insert(id) {
                open.extend(under.get(id).into_iter().flatten().map(String::as_str));
            }
        }
    }
}

/// What is around a clip is known where its picture lies still.
fn lying_still(project: &Project, problems: &mut Vec<Problem>) {
    let clips = project.tracks.iter().flat_map(|track| &track.clips);
    for clip in clips.filter(|clip| clip.enabled) {
        let still = [
            &clip.transform.x,
            &clip.transform.y,
            &clip.transform.width,
            &clip.transform.height,
        ];
        let turns = clip
            .transform
            .rotation
            .constant()
            .is_none_or(|degrees| degrees % 360.0 != 0.0);
        let (message, hint) = if is_text(&clip.source) {
            (
                "works around a picture; a title has none.",
                "Put it on the clip below the title.",
            )
        } else if turns || still.iter().any(|place| place.constant().is_none()) {
            (
                "works around a picture that lies still; this one moves or turns.",
                "Keep x, y, width and height of the transform constant and rotation at 0, or remove the effect.",
            )
        } else {
            continue;
        };
        let effects = clip.effects.iter();
        for effect in effects.filter(|effect| effect.spec.picture().is_some_and(|picture| picture.lies_still))
        {
            let message = format!("{} {message}", effect.spec.name);
            problems.push(Problem::new("effect.unsupported", &effect.pointer, message).hint(hint));
        }
    }
}

/// Effects on left and right need both.
fn sides(project: &Project, problems: &mut Vec<Problem>) {
    if project.output.channels > 1 {
        return;
    }
    let of_tracks = project.tracks.iter().flat_map(|track| {
        let of_clips = track.clips.iter().flat_map(|clip| &clip.effects);
        track.effects.iter().chain(of_clips)
    });
    for effect in project.effects.iter().chain(of_tracks) {
        if effect.spec.sound().is_some_and(|sound| sound.sides) {
            problems.push(
                Problem::new(
                    "effect.unsupported",
                    &effect.pointer,
                    format!(
                        "{} works on left and right; the output has one channel.",
                        effect.spec.name
                    ),
                )
                .hint("Set output.channels to 2 or 6, or remove the effect."),
            );
        }
    }
}

fn sound_on_audio(track: &Track, problems: &mut Vec<Problem>) {
    if track.kind != TrackKind::Audio {
        return;
    }
    let of_clips = track.clips.iter().flat_map(|clip| &clip.effects);
    for effect in track.effects.iter().chain(of_clips) {
        if !effect.spec.has_sound() || matches!(effect.spec.role, Role::Transition { picture: true }) {
            problems.push(
                Problem::new(
                    "effect.no_picture",
                    &effect.pointer,
                    format!("{} works on pictures; an audio track has none.", effect.spec.name),
                )
                .hint("Remove it, or use acrossfade for a transition of sound."),
            );
        }
    }
}

fn mixes(project: &Project, problems: &mut Vec<Problem>) {
    let audible = project
        .tracks
        .iter()
        .filter(|track| track.kind != TrackKind::Text)
        .count();
    let of_clips = project
        .tracks
        .iter()
        .flat_map(|track| &track.clips)
        .flat_map(|clip| &clip.effects);
    let all: Vec<_> = project
        .effects
        .iter()
        .chain(of_clips)
        .filter(|effect| matches!(effect.spec.role, Role::Mix))
        .collect();
    for effect in &all {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 32")]
        let inputs = effect.params.number("inputs") as usize;
        if inputs > audible {
            problems.push(
                Problem::new(
                    "mix.inputs",
                    format!("{}/params/inputs", effect.pointer),
                    format!("It mixes {inputs} tracks, but only {audible} have sound."),
                )
                .hint("Give the number of tracks that have sound."),
            );
        }
        if effect.params.numbers("weights").len() > inputs {
            problems.push(
                Problem::new(
                    "mix.weights",
                    format!("{}/params/weights", effect.pointer),
                    "There are more weights than inputs.",
                )
                .hint("Give at most one weight for each input."),
            );
        }
    }
    if let [_, second, ..] = all.as_slice() {
        problems.push(
            Problem::new("mix.twice", &second.pointer, "There is another audio_mix.")
                .hint("A project has one mix."),
        );
    }
}
