//! `denoise`: less noise, within each frame.

use super::steps::chain;
use super::ways::past_alpha;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `denoise`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "denoise",
    description: "Takes noise out of each frame and keeps edges (wavelet thresholds); pictures below 16 pixels stay.",
    ai_hint: "Footage at night: 4 to 8. Too much makes skin look like wax. Slow: about a tenth of the speed.",
    example_prompt: "Clean up the noise in the concert footage.",
    example: r#"{"strength": 6}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "strength",
        Kind::Number {
            min: 0.0,
            max: 50.0,
            unit: "levels of 255",
        },
        Default::Number(4.0),
        "Detail weaker than this is taken for noise.",
    )
    .alias(&["amount", "threshold"])],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let strength = params.number("strength");
    // The filter crashes on less than it needs for its wavelets.
    let is_tiny = context.frame.0.min(context.frame.1) < 16;
    if strength == 0.0 || is_tiny {
        return Ok(Vec::new());
    }
    let levels = f64::from(context.working.white + 1) / 256.0;
    let denoiser = Filter::new("vaguedenoiser").arg("threshold", strength * levels);
    Ok(past_alpha(context, chain([denoiser])))
}
