//! What effects make of an example: for reading, and for what they need.

use super::{
    Area, EffectSpec, FontFile, Params, PictureContext, Role, Sound, SoundContext, Step, Tables, acrossfade,
    audio_ducking, audio_mix, every_filter, read_params, refusal, speed_control, speed_control::Between,
    steps, xfade,
};
use crate::document::Effect;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;
use crate::layout::SourceShape;
use crate::problem::Problem;
use crate::time::Rate;

/// A filter string that shows what the effect does; for reading, never for rendering.
#[must_use]
pub fn preview(spec: &'static EffectSpec) -> String {
    let Ok(value) = serde_json::from_str(spec.example) else {
        return String::new();
    };
    preview_with(spec, &value).unwrap_or_default()
}

/// The filter string for these parameters, on a clip of ten seconds at 30 frames per second.
///
/// # Errors
/// The problems of the parameters.
pub fn preview_with(
    spec: &'static EffectSpec,
    parameters: &serde_json::Value,
) -> Result<String, Vec<Problem>> {
    let mut problems = Vec::new();
    let params = read_params(spec.params, parameters, "", Rate::FPS_30, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    made(spec, &params).map_err(|error| vec![refusal(&error, "")])
}

fn made(spec: &EffectSpec, params: &Params) -> Result<String, BuildError> {
    let fonts = [FontFile {
        family: "Roboto".to_owned(),
        style: "Regular".to_owned(),
        path: "/fonts/Roboto-Regular.ttf".to_owned(),
        identity: String::new(),
        coverage: Vec::new(),
        units: 0,
        ascent: 0,
        descent: 0,
        gap: 0,
        advances: String::new(),
    }];
    let picture = example_picture(&fonts);
    let sound = EXAMPLE_SOUND;
    let shown = |filters: &[Filter]| {
        let texts: Vec<String> = filters.iter().map(ToString::to_string).collect();
        texts.join(",")
    };
    let filters = match spec.role {
        Role::Picture(way) => return Ok(steps::shown(&(way.make)(params, &picture)?)),
        Role::Sound(Sound {
            beside: Some(beside), ..
        }) => {
            let beside = shown(&beside(params, &sound)?);
            return Ok(format!("asplit[0][1];[1]{beside}[2];[0][2]amix=normalize=0"));
        }
        Role::Sound(way) => (way.make)(params, &sound)?,
        Role::Both(way, heard) => {
            let picture = steps::shown(&(way.make)(params, &picture)?);
            return Ok([picture, shown(&(heard.make)(params, &sound)?)].join(","));
        }
        Role::Over(make) => vec![make(params)],
        Role::Frame(make) => make(params, &EXAMPLE_SHAPE).map_or(Vec::new(), |(filters, _)| filters),
        Role::Speed => speed_control::preview(params)?,
        Role::Transition { picture: true } => vec![xfade::preview(params)?],
        Role::Transition { picture: false } => vec![acrossfade::preview(params)?],
        Role::Ducking => {
            return Ok(
                audio_ducking::pattern(&audio_ducking::ducking(params, Vec::new()))?
                    .build()
                    .to_string(),
            );
        }
        Role::Mix => vec![audio_mix::preview(params)?],
    };
    Ok(shown(&filters))
}

/// Names of the filters that an effect is made of, in order.
pub(crate) fn filters_of(effect: &Effect, tables: &Tables<'_>) -> Vec<String> {
    let (params, role) = (&effect.params, effect.spec.role);
    let seen = |steps: Vec<Step>| every_filter(&steps).into_iter().cloned().collect::<Vec<_>>();
    let mut filters: Vec<Filter> = match role {
        Role::Over(make) => ["alphaextract", "alphamerge", "overlay", "split"]
            .into_iter()
            .map(Filter::new)
            .chain([make(params)])
            .collect(),
        Role::Frame(make) => make(params, &EXAMPLE_SHAPE).map_or(Vec::new(), |(filters, _)| filters),
        Role::Speed => Between::of(params).filter(Rate::FPS_30).into_iter().collect(),
        // What a builder refuses is told where it is built.
        _ => effect
            .spec
            .picture()
            .into_iter()
            .flat_map(|way| [Some(way.make), way.measures])
            .flatten()
            .filter_map(|make| {
                let context = PictureContext {
                    tables: Some(tables),
                    ..example_picture(&[])
                };
                make(params, &context).ok()
            })
            .flat_map(seen)
            .collect(),
    };
    if let Some(way) = effect.spec.sound() {
        let makes = [Some(way.make), way.beside];
        filters.extend(
            makes
                .into_iter()
                .flatten()
                .filter_map(|make| make(params, &EXAMPLE_SOUND).ok())
                .flatten(),
        );
    }
    if effect.spec.sound().is_some_and(|way| way.measures) {
        filters.push(Filter::new("loudnorm"));
    }
    let mut names: Vec<String> = filters
        .into_iter()
        .map(|filter| filter.name.into_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

const EXAMPLE_SHAPE: SourceShape = SourceShape::new(1920, 1080);

/// A clip of ten seconds at 30 frames per second.
const EXAMPLE_SOUND: SoundContext = SoundContext {
    rate: Rate::FPS_30,
    frames: 300,
    sample_rate: 48_000,
    channels: 2,
    measured: 0,
};

/// The same as a picture.
fn example_picture(fonts: &[FontFile]) -> PictureContext<'_> {
    PictureContext {
        rate: Rate::FPS_30,
        frames: 300,
        first: 0,
        scale: 1.0,
        canvas: (1920, 1080),
        frame: (1920, 1080),
        area: Some(Area {
            left: 656,
            top: 0,
            width: 608,
            height: 1080,
        }),
        fonts,
        tables: None,
        opacity: None,
        working: Working::EIGHT,
        alpha: false,
        enclosed: true,
        measured: 0,
    }
}
