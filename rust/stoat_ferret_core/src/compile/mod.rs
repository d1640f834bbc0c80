//! The compiler: from a document and what is known of its sources to a plan.
//!
//! One compiler serves everything that shows a project: any range of frames that it compiles gives
//! exactly the frames that the whole gives.

pub(crate) mod arrange;
mod delivery;
mod encode;
mod graph;
pub mod grid;
mod measurements;
pub mod media;
mod picture;
mod pieces;
mod place;
mod sequence;
mod sound;
mod steps;
pub mod target;
mod tint;

pub use encode::FORMATS;
pub use media::{Material, Media, MediaFacts};
pub use target::{Capabilities, Captions, Target};

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::document::{Clip, Effect, Generator, Project, Source, TrackKind, read};
use crate::effects::{self, FontFile, Kind, Params, Role, covers};
use crate::generators;
use crate::problem::Problem;
use crate::render::plan::Plan;
use crate::time::{Frame, FrameRange};
use arrange::{Arrangement, arrange};

/// A file that a document names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// Its path or library id, as the document writes it.
    pub key: String,
    /// What it has to be.
    pub kind: UseKind,
    /// Pointers of the places that name it.
    pub pointers: Vec<String>,
}

/// What a file that a document names has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UseKind {
    /// The source of a clip.
    Media,
    /// A colour table of an effect.
    Lut,
}

/// The files and library ids that a document shows, each once for what it has to be.
///
/// # Errors
/// Every problem of the document.
pub fn sources(document: &Value) -> Result<Vec<Use>, Vec<Problem>> {
    let project = read(document)?;
    let mut uses: Vec<Use> = Vec::new();
    let mut places: HashMap<(&str, UseKind), usize> = HashMap::new();
    for (name, kind, pointer) in named(&project) {
        let place = *places.entry((name, kind)).or_insert(uses.len());
        match uses.get_mut(place) {
            Some(known) => known.pointers.push(pointer),
            None => uses.push(Use {
                key: name.to_owned(),
                kind,
                pointers: vec![pointer],
            }),
        }
    }
    Ok(uses)
}

/// Every place that names a file: clips that are enabled, then effects.
fn named(project: &Project) -> impl Iterator<Item = (&str, UseKind, String)> {
    let clips = project.tracks.iter().flat_map(|track| &track.clips);
    let media = clips
        .filter(|clip| clip.enabled)
        .filter_map(|clip| match &clip.source {
            Source::Media(name) => Some((name.as_str(), UseKind::Media, format!("{}/source", clip.pointer))),
            Source::Generator(_) => None,
        });
    let luts = every_effect(project).flat_map(|effect| {
        let tables = effect
            .spec
            .params
            .iter()
            .filter(|param| matches!(param.kind, Kind::Table));
        tables.map(|param| {
            let pointer = format!("{}/params/{}", effect.pointer, param.name);
            (effect.params.text(param.name), UseKind::Lut, pointer)
        })
    });
    media.chain(luts)
}

/// Compiles a range of frames (nothing: all) to a plan.
///
/// # Errors
/// Every problem of document, sources and target, at once.
pub fn compile(
    document: &Value,
    media: &Media,
    capabilities: &Capabilities,
    target: &Target,
    range: Option<(i64, i64)>,
) -> Result<Plan, Vec<Problem>> {
    let mut project = read(document)?;
    delivery::take_captions(&mut project, target);
    let mut problems = Vec::new();
    delivery::deliver(&mut project, target, &mut problems);
    let prepared = prepare(&project, media, capabilities, target, range, &mut problems);
    let (Some(prepared), true) = (prepared, problems.is_empty()) else {
        return Err(problems);
    };
    let job = prepared.job(capabilities, target, prepared.range);
    let mut plan = job.plan().map_err(|refused| vec![refused.0])?;
    plan.notices.extend(prepared.notices.iter().cloned());
    plan.notices.extend(job.unknown_languages());
    plan.notices.extend(delivery::notices(
        &prepared.arrangement,
        target,
        &prepared.encoding,
    ));
    Ok(plan)
}

/// What stands between a document and a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Obstacles {
    /// Whether the document is wrong by itself, whatever its sources and the target are.
    pub wrong: bool,
    /// All problems; none where a plan could be made.
    pub problems: Vec<Problem>,
}

/// The problems that [`compile`] would raise for the whole.
///
/// With `parts`, half-open ranges of frames, the filters of these alone are tried: of the rest it is known
/// that they can be built.
#[must_use]
pub fn obstacles(
    document: &Value,
    media: &Media,
    capabilities: &Capabilities,
    target: &Target,
    parts: Option<&[(i64, i64)]>,
) -> Obstacles {
    let mut project = match read(document) {
        Ok(project) => project,
        Err(problems) => {
            return Obstacles {
                wrong: true,
                problems,
            };
        }
    };
    delivery::take_captions(&mut project, target);
    let mut problems = Vec::new();
    delivery::deliver(&mut project, target, &mut problems);
    let prepared = prepare(&project, media, capabilities, target, None, &mut problems);
    if let (Some(prepared), true) = (prepared, problems.is_empty()) {
        let whole = prepared.range;
        let tried = match parts {
            None => vec![whole],
            Some(parts) => parts
                .iter()
                .filter(|(start, end)| start < end)
                .filter_map(|(start, end)| FrameRange::new(Frame(*start), Frame(*end)).intersect(whole))
                .collect(),
        };
        let refused = |range| prepared.job(capabilities, target, range).plan().err();
        problems.extend(tried.into_iter().find_map(refused).map(|refused| refused.0));
    }
    Obstacles {
        wrong: false,
        problems,
    }
}

/// A project of which everything but its filters is known to be sound.
struct Prepared<'a> {
    arrangement: Arrangement<'a>,
    encoding: encode::Encoding,
    range: FrameRange,
    notices: Vec<Problem>,
}

impl Prepared<'_> {
    fn job<'j>(
        &'j self,
        capabilities: &'j Capabilities,
        target: &'j Target,
        range: FrameRange,
    ) -> steps::Job<'j> {
        steps::Job {
            arrangement: &self.arrangement,
            capabilities,
            target,
            encoding: &self.encoding,
            range,
            measurements: measurements::measurements(&self.arrangement),
        }
    }
}

fn prepare<'a>(
    project: &'a Project,
    media: &'a Media,
    capabilities: &Capabilities,
    target: &Target,
    range: Option<(i64, i64)>,
    problems: &mut Vec<Problem>,
) -> Option<Prepared<'a>> {
    let encoding = encode::encoding(target, &project.output, capabilities, problems);
    refused_sources(project, media, problems);
    let arrangement = arrange(project, Some(media), problems);
    needs(&arrangement, capabilities, problems);
    silent(&arrangement, problems);
    let mut notices = glyphs(project, &capabilities.fonts, problems);
    notices.extend(framed_texts(project));
    let range = frames(&arrangement, range, problems.is_empty(), problems);
    if let (Some(encoding), Some(range)) = (&encoding, range) {
        delivery::impossible(encoding, project.output.rate, range, problems);
        delivery::too_fast(target, encoding, project.output.rate, problems);
    }
    Some(Prepared {
        arrangement,
        encoding: encoding?,
        range: range?,
        notices,
    })
}

fn refused_sources(project: &Project, media: &Media, problems: &mut Vec<Problem>) {
    for (name, kind, pointer) in named(project) {
        match (media.get(name), kind) {
            (Some(Material::Known(_)), UseKind::Media) | (Some(Material::Table { .. }), UseKind::Lut) => {}
            (Some(Material::Refused { error }), _)
            | (Some(Material::Table { error, .. }), UseKind::Media) => {
                problems.push(
                    Problem::new(error.code.clone(), pointer, error.message.clone()).hint(error.hint.clone()),
                );
            }
            (Some(Material::Known(_)), UseKind::Lut) => problems.push(
                Problem::new(
                    "media.not_a_lut",
                    pointer,
                    format!("{name:?} holds pictures or sound, not a colour table."),
                )
                .hint("Name a .cube file."),
            ),
            (None, _) => problems.push(
                Problem::new("media.unknown", pointer, format!("Nothing is known of {name:?}."))
                    .hint("Check the path; relative paths start at the project file."),
            ),
        }
    }
}

/// Sources on audio tracks that have no sound.
fn silent(arrangement: &Arrangement<'_>, problems: &mut Vec<Problem>) {
    for lane in arrangement
        .lanes
        .iter()
        .filter(|lane| lane.track.kind == TrackKind::Audio)
    {
        for placed in &lane.clips {
            if placed.facts.is_some_and(|facts| facts.audio.is_none()) {
                problems.push(
                    Problem::new(
                        "source.no_sound",
                        format!("{}/source", placed.clip.pointer),
                        "An audio track takes only the sound of its sources, and this one has none.",
                    )
                    .hint("Put the clip on a video track, or use a source with sound."),
                );
            }
        }
    }
}

/// What it has to have for the project's generators.
fn generated(project: &Project, capabilities: &Capabilities, problems: &mut Vec<Problem>) {
    let version = &capabilities.ffmpeg.version;
    for clip in every_clip(project) {
        let Source::Generator(Generator::Made { spec, params, .. }) = &clip.source else {
            continue;
        };
        let missing: Vec<String> = generators::filters_of(spec, params)
            .into_iter()
            .filter(|filter| !capabilities.filters.contains(filter))
            .collect();
        if !missing.is_empty() {
            let (name, missing) = (spec.name, missing.join(" and no "));
            problems.push(
                Problem::new(
                    "generator.unavailable",
                    format!("{}/source/generator", clip.pointer),
                    format!("FFmpeg {version} cannot make {name}: it has no {missing}."),
                )
                .hint("Use FFmpeg 9, which has all filters, or another source."),
            );
        }
    }
}

/// What the `FFmpeg` at hand has to have for this project.
fn needs(arrangement: &Arrangement<'_>, capabilities: &Capabilities, problems: &mut Vec<Problem>) {
    let version = &capabilities.ffmpeg.version;
    for effect in every_effect(arrangement.project) {
        let missing: Vec<String> = effects::filters_of(effect, &arrangement.tables)
            .into_iter()
            .filter(|filter| !capabilities.filters.contains(filter))
            .collect();
        if !missing.is_empty() {
            let (name, missing) = (effect.spec.name, missing.join(" and no "));
            problems.push(
                Problem::new(
                    "effect.unavailable",
                    format!("{}/type", effect.pointer),
                    format!("FFmpeg {version} cannot do {name}: it has no {missing}."),
                )
                .hint("Use FFmpeg 9, which has all filters, or take the effect off."),
            );
        }
    }
    generated(arrangement.project, capabilities, problems);
    for lane in &arrangement.lanes {
        for join in &lane.joins {
            let Some(kind) = &join.transition.kind else {
                continue;
            };
            if lane.track.kind != TrackKind::Audio && !capabilities.transitions.contains(kind) {
                problems.push(
                    Problem::new(
                        "transition.unavailable",
                        if join.transition.to.is_some() {
                            format!("{}/type", join.transition.pointer)
                        } else {
                            format!("{}/params/transition", join.transition.pointer)
                        },
                        format!("FFmpeg {version} has no transition {kind:?}."),
                    )
                    .hint("Choose another transition, or use FFmpeg 9, which has all of them.")
                    .allowed({
                        let mut names: Vec<&String> = capabilities
                            .transitions
                            .iter()
                            .filter(|name| *name != "custom")
                            .collect();
                        names.sort();
                        names
                    }),
                );
            }
        }
        for placed in &lane.clips {
            let demuxer = placed.facts.and_then(|facts| facts.demuxer.as_ref());
            let known = &capabilities.formats.demuxers;
            if let Some(demuxer) = demuxer.filter(|name| !known.is_empty() && !known.contains(*name)) {
                problems.push(
                    Problem::new(
                        "source.format_unavailable",
                        format!("{}/source", placed.clip.pointer),
                        format!("FFmpeg {version} cannot read this kind of file: it has no {demuxer}."),
                    )
                    .hint("Use FFmpeg 9, or convert the file."),
                );
            }
            let hdr = placed
                .facts
                .and_then(|facts| facts.video.as_ref())
                .is_some_and(media::VideoFacts::is_hdr);
            let missing: Vec<&str> = ["zscale", "tonemap"]
                .into_iter()
                .filter(|filter| hdr && !capabilities.filters.contains(*filter))
                .collect();
            if !missing.is_empty() {
                problems.push(
                    Problem::new(
                        "source.hdr_unavailable",
                        format!("{}/source", placed.clip.pointer),
                        format!(
                            "FFmpeg {version} cannot show HDR: it has no {}.",
                            missing.join(" and no ")
                        ),
                    )
                    .hint("Use an FFmpeg with zscale and tonemap."),
                );
            }
        }
    }
}

/// Texts whose fonts are missing (problems) or lack glyphs (notices).
fn glyphs(project: &Project, fonts: &[FontFile], problems: &mut Vec<Problem>) -> Vec<Problem> {
    let mut notices = Vec::new();
    for (params, pointer) in texts(project) {
        let font = match effects::font(params, fonts) {
            Ok(font) => font,
            Err(lacking) => {
                problems.push(no_font(lacking, params, pointer, fonts));
                continue;
            }
        };
        let text = effects::words(params);
        let mut missing: Vec<char> = text.chars().filter(|c| !covers(font, *c)).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let shown: String = missing.iter().take(10).collect();
            let hint = match effects::complete(fonts, &text) {
                Some(other) => format!("{:?} has all of them: name it with `font`.", other.family),
                None => "Install a font that has them, and name it with `font`.".to_owned(),
            };
            notices.push(
                Problem::new(
                    "text.missing_glyphs",
                    pointer,
                    format!(
                        "The font {} has no glyph for {shown:?}; a box is drawn instead.",
                        font.family
                    ),
                )
                .hint(hint),
            );
        }
    }
    notices
}

/// Effects on texts that change nothing: a part can be taken only of a picture that is there before it is
/// written on.
fn framed_texts(project: &Project) -> impl Iterator<Item = Problem> {
    let texts = every_clip(project).filter(|clip| {
        matches!(
            clip.source,
            Source::Generator(Generator::Title(_) | Generator::Caption(_))
        )
    });
    let framing = texts
        .flat_map(|clip| &clip.effects)
        .filter(|effect| matches!(effect.spec.role, Role::Frame(_)));
    framing.map(|effect| {
        let message = format!(
            "{} takes a part of a picture; a text has none of its own, and stays as it is.",
            effect.spec.name
        );
        Problem::new("effect.changes_nothing", &effect.pointer, message)
            .hint("Hide what is not to be seen with mask, or place the text elsewhere.")
    })
}

fn no_font(lacking: effects::Lacking, params: &Params, pointer: &str, fonts: &[FontFile]) -> Problem {
    match lacking {
        effects::Lacking::Font => {
            // A family has a file for each of its styles.
            let mut families: Vec<String> = fonts.iter().map(|font| font.family.clone()).collect();
            families.dedup();
            let name = params.text("font");
            Problem::new(
                "text.no_font",
                pointer,
                format!("There is no font {name:?} here."),
            )
            .hint("`stoat doctor` lists the fonts; leave the font out to take the default one.")
            .allowed(families)
        }
        effects::Lacking::Style {
            family,
            wanted,
            styles,
        } => Problem::new(
            "text.no_style",
            pointer,
            format!("The font {family:?} has no style {wanted:?} here."),
        )
        .hint(format!(
            "It has {}: choose a weight of those, or another font.",
            styles.join(", ")
        ))
        .allowed(styles),
    }
}

/// The clips that are enabled.
fn every_clip(project: &Project) -> impl Iterator<Item = &Clip> {
    let clips = project.tracks.iter().flat_map(|track| &track.clips);
    clips.filter(|clip| clip.enabled)
}

/// The effects of clips that are enabled, of tracks and of the programme.
fn every_effect(project: &Project) -> impl Iterator<Item = &Effect> {
    every_clip(project)
        .flat_map(|clip| &clip.effects)
        .chain(project.tracks.iter().flat_map(|track| &track.effects))
        .chain(&project.effects)
}

fn texts(project: &Project) -> Vec<(&Params, &str)> {
    let clips = || {
        project
            .tracks
            .iter()
            .filter(|track| !(track.hidden && track.captions.is_some()))
            .flat_map(|track| &track.clips)
            .filter(|clip| clip.enabled)
    };
    let titles = clips().filter_map(|clip| match &clip.source {
        Source::Generator(Generator::Title(params) | Generator::Caption(params)) => {
            Some((params, clip.pointer.as_str()))
        }
        // Numbers: every font has glyphs for them.
        Source::Generator(Generator::Made { spec, params, .. })
            if spec.params.iter().any(|param| param.name == "font") =>
        {
            Some((params, clip.pointer.as_str()))
        }
        _ => None,
    });
    let effects = every_effect(project)
        .filter(|effect| effect.spec.writes() || effect.spec.name == "caption")
        .map(|effect| (&effect.params, effect.pointer.as_str()));
    titles.chain(effects).collect()
}

fn frames(
    arrangement: &Arrangement<'_>,
    range: Option<(i64, i64)>,
    judge: bool,
    problems: &mut Vec<Problem>,
) -> Option<FrameRange> {
    let all = arrangement.frames;
    if all == 0 {
        if judge {
            problems.push(
                Problem::new(
                    "project.empty",
                    "/tracks",
                    "There is nothing to render: no clip is enabled.",
                )
                .hint("Add a clip."),
            );
        }
        return None;
    }
    let (start, end) = range.unwrap_or((0, all));
    if start < 0 || end <= start || end > all {
        problems.push(
            Problem::new(
                "target.range",
                "/target/range",
                format!("Frames {start} to {end} are no part of the project's {all} frames."),
            )
            .hint(format!(
                "Give a range within 0 and {} s.",
                arrangement.project.output.rate.seconds_of(all)
            )),
        );
        return None;
    }
    Some(FrameRange::new(Frame(start), Frame(end)))
}
