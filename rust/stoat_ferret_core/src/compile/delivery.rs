//! What a target asks of a programme: what becomes of captions and loudness, what its format has no room for.

use serde_json::{Value, json};

use super::arrange::Arrangement;
use super::encode::{Encoding, Format};
use super::target::{Captions, Target};
use crate::document::{Effect, Project};
use crate::effects::{self, read_params};
use crate::problem::Problem;
use crate::time::{FrameRange, Rate};

/// What the target asks of the whole programme, as effects behind all others.
pub fn deliver(project: &mut Project, target: &Target, problems: &mut Vec<Problem>) {
    const POINTER: &str = "/target";
    let Some(loudness) = target.loudness else {
        return;
    };
    let spec = &effects::loudness::SPEC;
    let mut asked = json!({ "target": loudness });
    if let (Some(peak), Value::Object(asked)) = (target.true_peak, &mut asked) {
        asked.insert("true_peak".to_owned(), json!(peak));
    }
    let known = problems.len();
    let params = read_params(spec.params, &asked, POINTER, project.output.rate, problems);
    for problem in problems.iter_mut().skip(known) {
        // Where it stands in the target.
        problem.path = problem.path.replace("/target/target", "/target/loudness");
    }
    project.effects.push(Effect {
        spec,
        params,
        pointer: POINTER.to_owned(),
    });
}

/// What a format cannot hold of a programme, however it is encoded.
pub fn impossible(encoding: &Encoding, rate: Rate, range: FrameRange, problems: &mut Vec<Problem>) {
    // Pictures of a GIF last whole hundredths of a second, and viewers slow down what lasts less than two.
    const FASTEST_GIF: f64 = 50.0;
    // Those of a WebP last whole milliseconds, and browsers slow down what lasts ten or less.
    const FASTEST_WEBP: f64 = 90.0;
    // Opus comes in packets, and only their last one can be cut.
    const SHORTEST_OPUS: f64 = 0.02;
    let fastest = match encoding.format.name {
        "gif" => Some(("GIF", FASTEST_GIF)),
        "webp" => Some(("WebP", FASTEST_WEBP)),
        _ => None,
    };
    if let Some((name, fastest)) = fastest.filter(|(_, fastest)| rate.as_f64() > *fastest) {
        problems.push(
            Problem::new(
                "target.rate",
                "/output/fps",
                format!("A {name} cannot show {rate} frames a second."),
            )
            .hint(format!(
                "Give the project at most {fastest} fps, or choose another format."
            )),
        );
    }
    let opus = encoding.audio.as_ref().is_some_and(|audio| audio.codec == "opus");
    if opus && rate.seconds_of(range.len()) < SHORTEST_OPUS {
        problems.push(
            Problem::new(
                "target.too_short",
                "/target/range",
                format!(
                    "Sound of {} s is too short for Opus.",
                    rate.seconds_of(range.len())
                ),
            )
            .hint(format!(
                "Render at least {SHORTEST_OPUS} s, or choose another format."
            )),
        );
    }
}

/// More frames a second than who is delivered to takes.
pub fn too_fast(target: &Target, encoding: &Encoding, rate: Rate, problems: &mut Vec<Problem>) {
    let most = target.most_fps.filter(|_| encoding.video.is_some());
    if let Some(most) = most.filter(|most| rate.as_f64() > *most) {
        problems.push(
            Problem::new(
                "profile.rate",
                "/output/fps",
                format!("The project has {rate} frames a second, and the profile takes at most {most}."),
            )
            .hint(format!(
                "Give the project at most {most} fps, or leave the profile out."
            )),
        );
    }
}

/// Takes captions out of the picture that are to be read elsewhere.
pub fn take_captions(project: &mut Project, target: &Target) {
    if target.captions == Captions::Burn {
        return;
    }
    for track in project.tracks.iter_mut().filter(|track| track.captions.is_some()) {
        // What is hidden is not shown elsewhere either.
        track.captions = track.captions.take().filter(|_| !track.hidden);
        track.hidden = true;
    }
}

/// What is to be known of how the programme becomes the target, though nothing is wrong.
pub fn notices(arrangement: &Arrangement<'_>, target: &Target, encoding: &Encoding) -> Vec<Problem> {
    let project = arrangement.project;
    let found = [
        other_shape(project, target, encoding),
        other_sample_rate(project, target, encoding),
        no_captions(project, target),
        chapters(project, encoding.format),
    ];
    found
        .into_iter()
        .flatten()
        .chain(late_chapters(arrangement))
        .collect()
}

/// A picture of another shape than the project's: it is composed anew, not cut or stretched.
fn other_shape(project: &Project, target: &Target, encoding: &Encoding) -> Option<Problem> {
    // Rounding to even pixels makes no other shape.
    const ALIKE: f64 = 0.02;
    let ratio = |(width, height): (u32, u32)| f64::from(width) / f64::from(height);
    let (own, wanted) = ((project.output.width, project.output.height), target.size?);
    let same = (ratio(own) / ratio(wanted) - 1.0).abs() < ALIKE;
    (encoding.video.is_some() && !same).then(|| {
        Problem::new(
            "target.shape",
            "/target/size",
            format!(
                "The project is {}x{} and the film {}x{}: clips that are fitted into it have bars.",
                own.0, own.1, wanted.0, wanted.1
            ),
        )
        .hint("Fill it with \"fit\": \"cover\", the effects reframe or background_blur, or give the project this shape.")
    })
}

/// Samples a second that the codec does not have.
fn other_sample_rate(project: &Project, target: &Target, encoding: &Encoding) -> Option<Problem> {
    let sound = encoding.audio.as_ref()?;
    let (wanted, path) = match target.sample_rate {
        Some(rate) => (rate, "/target/sample_rate"),
        None => (project.output.sample_rate, "/output/sample_rate"),
    };
    (sound.sample_rate != wanted).then(|| {
        Problem::new(
            "target.sample_rate",
            path,
            format!(
                "Sound in {} cannot have {wanted} samples a second; it is made with {}.",
                sound.codec, sound.sample_rate
            ),
        )
        .hint(format!(
            "Set it to {}, or choose another format.",
            sound.sample_rate
        ))
    })
}

/// Captions that are asked for where no track has any.
fn no_captions(project: &Project, target: &Target) -> Option<Problem> {
    let wanted = matches!(target.captions, Captions::Stream | Captions::File);
    let some = project.tracks.iter().any(|track| track.captions.is_some());
    (wanted && !some).then(|| {
        Problem::new("target.no_captions", "/target/captions", "No track holds captions that are shown.").hint(
            "import_captions makes a track of captions; update_track with captions, such as eng, makes one of a text track.",
        )
    })
}

/// Chapters that the format has no room for; one picture is not expected to have any.
fn chapters(project: &Project, format: &Format) -> Option<Problem> {
    let first = project.markers.iter().position(|marker| marker.chapter)?;
    let left_out = !format.chapters && format.name != "png";
    left_out.then(|| {
        Problem::new(
            "target.no_chapters",
            format!("/markers/{first}"),
            format!("A {} file has no chapters; they are left out.", format.name),
        )
        .hint("mp4, mov, mkv, webm, m4a and mp3 have them.")
    })
}

/// Chapters that would start when the programme is over.
fn late_chapters(arrangement: &Arrangement<'_>) -> Vec<Problem> {
    let rate = arrangement.project.output.rate;
    let end = rate.seconds_of(arrangement.frames);
    let markers = arrangement.project.markers.iter().enumerate();
    markers
        .filter(|(_, marker)| marker.chapter && rate.frame_at(marker.time).0 >= arrangement.frames)
        .map(|(number, marker)| {
            Problem::new(
                "marker.beyond_end",
                format!("/markers/{number}/time"),
                format!(
                    "The chapter {:?} starts after the end at {end} s; it is left out.",
                    marker.name
                ),
            )
            .hint(format!("Give it a time before {end} s."))
        })
        .collect()
}
