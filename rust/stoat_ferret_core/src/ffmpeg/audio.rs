//! Sound: level, fades, mixing and ducking.

use super::error::{BuildError, LONGEST, duration, start, tokens, within};
use super::expression::Expr;
use super::filter::{Filter, FilterChain, FilterGraph, Pad, Separator, StreamRef, Value};

tokens! {
    /// Whether something fades in or out.
    FadeDirection, "fade" {
        /// From nothing.
        In = "in",
        /// To nothing.
        Out = "out",
    }
}

tokens! {
    /// The shape of a fade of sound: those that every supported `FFmpeg` (5.1 and newer) has.
    Curve, "curve" {
        /// No fade: the sound stays as it is.
        Nofade = "nofade",
        /// Linear.
        Tri = "tri",
        /// Quarter of a sine wave.
        Qsin = "qsin",
        /// Exponential sine wave.
        Esin = "esin",
        /// Half of a sine wave.
        Hsin = "hsin",
        /// Logarithmic.
        Log = "log",
        /// Inverted parabola.
        Ipar = "ipar",
        /// Quadratic.
        Qua = "qua",
        /// Cubic.
        Cub = "cub",
        /// Square root.
        Squ = "squ",
        /// Cubic root.
        Cbr = "cbr",
        /// Parabola.
        Par = "par",
        /// Exponential.
        Exp = "exp",
        /// Inverted quarter of a sine wave.
        Iqsin = "iqsin",
        /// Inverted half of a sine wave.
        Ihsin = "ihsin",
        /// Double-exponential seat.
        Dese = "dese",
        /// Double-exponential sigmoid.
        Desi = "desi",
        /// Logistic sigmoid.
        Losi = "losi",
        /// Sine cardinal.
        Sinc = "sinc",
        /// Inverted sine cardinal.
        Isinc = "isinc",
    }
}

tokens! {
    /// When a mix ends.
    DurationMode, "duration mode" {
        /// With its longest input.
        Longest = "longest",
        /// With its shortest input.
        Shortest = "shortest",
        /// With its first input.
        First = "first",
    }
}

/// A change of level.
///
/// ```
/// use stoat_ferret_core::ffmpeg::audio::VolumeBuilder;
///
/// assert_eq!(VolumeBuilder::new(0.8).unwrap().build().to_string(), "volume=0.8");
/// assert_eq!(VolumeBuilder::from_db("-3dB").unwrap().build().to_string(), "volume=-3dB");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeBuilder {
    level: Value,
}

impl VolumeBuilder {
    /// The least and the greatest factor.
    pub const RANGE: (f64, f64) = (0.0, 10.0);
    /// The least and the greatest level in decibels.
    pub const DECIBELS: (f64, f64) = (-100.0, 20.0);

    /// Multiplies every sample by `factor`: 0 is silence, 1 changes nothing, 10 is the most.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside 0 to 10.
    pub fn new(factor: f64) -> Result<Self, BuildError> {
        Ok(Self {
            level: Value::Number(within("the volume", factor, Self::RANGE, "")?),
        })
    }

    /// Changes the level by decibels written as `-3dB`, `-3 dB` or `-3`.
    ///
    /// # Errors
    /// [`BuildError::Decibels`] for anything else, [`BuildError::OutOfRange`] outside -100 to 20 dB.
    pub fn from_db(level: &str) -> Result<Self, BuildError> {
        let trimmed = level.trim();
        let digits = match trimmed.get(trimmed.len().saturating_sub(2)..) {
            Some(unit) if unit.eq_ignore_ascii_case("db") => {
                trimmed.get(..trimmed.len() - 2).unwrap_or_default()
            }
            _ => trimmed,
        };
        let number = digits.trim_end().parse();
        Self::from_decibels(number.map_err(|_| BuildError::Decibels {
            given: level.to_owned(),
        })?)
    }

    /// Changes the level by a number of decibels.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside -100 to 20 dB.
    pub fn from_decibels(decibels: f64) -> Result<Self, BuildError> {
        Ok(Self {
            level: Value::Decibels(within("the level", decibels, Self::DECIBELS, " dB")?),
        })
    }

    /// Multiplies by an expression of the time `t`, evaluated for each block of samples.
    ///
    /// # Errors
    /// [`BuildError::Expression`] when it nests deeper than `FFmpeg` reads.
    pub fn from_expression(expression: Expr) -> Result<Self, BuildError> {
        Ok(Self {
            level: Value::Expression(expression.readable()?),
        })
    }

    /// The filter `volume`.
    #[must_use]
    pub fn build(&self) -> Filter {
        let filter = Filter::new("volume").value(self.level.clone());
        if matches!(self.level, Value::Expression(_)) {
            filter.arg("eval", "frame")
        } else {
            filter
        }
    }
}

/// A fade of sound from or to silence.
///
/// ```
/// use stoat_ferret_core::ffmpeg::audio::{AfadeBuilder, Curve, FadeDirection};
///
/// let fade = AfadeBuilder::new(FadeDirection::In, 2.0).unwrap().start_time(1.0).unwrap().curve(Curve::Tri);
/// assert_eq!(fade.build().to_string(), "afade=t=in:d=2:st=1:curve=tri");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AfadeBuilder {
    direction: FadeDirection,
    duration: f64,
    start: Option<f64>,
    curve: Option<Curve>,
}

impl AfadeBuilder {
    /// A fade that lasts `duration_s` seconds, from the first sample on.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] when it is shorter than a millisecond.
    pub fn new(direction: FadeDirection, duration_s: f64) -> Result<Self, BuildError> {
        Ok(Self {
            direction,
            duration: duration(duration_s)?,
            start: None,
            curve: None,
        })
    }

    /// When the fade starts, in seconds of the stream.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] before 0.
    pub fn start_time(self, seconds: f64) -> Result<Self, BuildError> {
        Ok(Self {
            start: Some(start(seconds)?),
            ..self
        })
    }

    /// The shape of the fade; linear when left out.
    #[must_use]
    pub fn curve(self, curve: Curve) -> Self {
        Self {
            curve: Some(curve),
            ..self
        }
    }

    /// The filter `afade`.
    #[must_use]
    pub fn build(&self) -> Filter {
        Filter::new("afade")
            .arg("t", self.direction)
            .arg("d", self.duration)
            .maybe("st", self.start)
            .maybe("curve", self.curve)
    }
}

/// A mix of 2 to 32 streams of sound.
///
/// ```
/// use stoat_ferret_core::ffmpeg::audio::{AmixBuilder, DurationMode};
///
/// let mix = AmixBuilder::new(3).unwrap()
///     .duration_mode(DurationMode::Longest)
///     .weights(vec![1.0, 0.5, 0.3]).unwrap()
///     .normalize(false);
/// assert_eq!(mix.build().to_string(), "amix=inputs=3:duration=longest:weights=1 0.5 0.3:normalize=0");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AmixBuilder {
    inputs: u32,
    mode: Option<DurationMode>,
    dropout: Option<f64>,
    weights: Vec<f64>,
    normalize: Option<bool>,
}

impl AmixBuilder {
    /// A mix of `inputs` streams.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside 2 to 32.
    pub fn new(inputs: u32) -> Result<Self, BuildError> {
        within("the number of inputs", inputs.into(), (2.0, 32.0), "")?;
        Ok(Self {
            inputs,
            mode: None,
            dropout: None,
            weights: Vec::new(),
            normalize: None,
        })
    }

    /// When the mix ends; with the longest input when left out.
    #[must_use]
    pub fn duration_mode(self, mode: DurationMode) -> Self {
        Self {
            mode: Some(mode),
            ..self
        }
    }

    /// How many seconds the level takes to settle when an input ends.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] before 0.
    pub fn dropout_transition(self, seconds: f64) -> Result<Self, BuildError> {
        let dropout = within("the dropout transition", seconds, (0.0, LONGEST), " s")?;
        Ok(Self {
            dropout: Some(dropout),
            ..self
        })
    }

    /// The factor of each input, in their order.
    ///
    /// # Errors
    /// [`BuildError::Count`] unless there is one for each input, [`BuildError::OutOfRange`] outside 0 to 100.
    pub fn weights(self, weights: Vec<f64>) -> Result<Self, BuildError> {
        let (expected, given) = (self.inputs as usize, weights.len());
        if expected != given {
            return Err(BuildError::Count {
                what: "the weights",
                expected,
                given,
            });
        }
        for weight in &weights {
            within("a weight", *weight, (0.0, 100.0), "")?;
        }
        Ok(Self { weights, ..self })
    }

    /// Whether the sum is scaled down so that it cannot clip. `FFmpeg` does when this is left out: two inputs at half.
    #[must_use]
    pub fn normalize(self, normalize: bool) -> Self {
        Self {
            normalize: Some(normalize),
            ..self
        }
    }

    /// The filter `amix`.
    #[must_use]
    pub fn build(&self) -> Filter {
        let weights = self
            .weights
            .iter()
            .copied()
            .map(Value::Number)
            .collect::<Vec<_>>();
        Filter::new("amix")
            .arg("inputs", self.inputs)
            .maybe("duration", self.mode)
            .maybe("dropout_transition", self.dropout)
            .maybe(
                "weights",
                (!weights.is_empty()).then_some(Value::List(Separator::Space, weights)),
            )
            .maybe("normalize", self.normalize)
    }
}

/// Music that steps back while a voice speaks: a graph with two inputs, music and voice, and two outputs,
/// the ducked music and the voice as it was. The music keeps its length; the voice may be shorter.
///
/// ```
/// use stoat_ferret_core::ffmpeg::audio::DuckingPattern;
///
/// let graph = DuckingPattern::new().threshold(0.05).unwrap().ratio(4.0).unwrap().build();
/// assert_eq!(
///     graph.to_string(),
///     "[1:a:0]asplit=2[voice_heard][voice_key];[voice_key]apad[voice_padded];\
///      [0:a:0]asplit=2[voice_music][voice_length];[voice_music]apad[voice_endless];\
///      [voice_length]volume=volume=0[voice_silent];\
///      [voice_endless][voice_padded]sidechaincompress=threshold=0.05:ratio=4:attack=20:release=300[voice_low];\
///      [voice_silent][voice_low]amix=inputs=2:duration=first:normalize=0[ducked];\
///      [voice_heard]anull[voice]"
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DuckingPattern {
    threshold: f64,
    ratio: f64,
    attack: f64,
    release: f64,
    music: Pad,
    voice: Pad,
    ducked: String,
    heard: String,
}

impl Default for DuckingPattern {
    fn default() -> Self {
        Self::new()
    }
}

impl DuckingPattern {
    /// The least and the greatest threshold, as an amplitude.
    pub const THRESHOLD: (f64, f64) = (0.000_976_563, 1.0);
    /// The least and the greatest ratio.
    pub const RATIO: (f64, f64) = (1.0, 20.0);
    /// The least and the greatest attack, in milliseconds.
    pub const ATTACK_MS: (f64, f64) = (0.01, 2000.0);
    /// The least and the greatest release, in milliseconds.
    pub const RELEASE_MS: (f64, f64) = (0.01, 9000.0);

    /// Ducking of input 0 (music) under input 1 (voice): threshold 0.02, ratio 8, attack 20 ms, release 300 ms.
    #[must_use]
    pub fn new() -> Self {
        Self {
            threshold: 0.02,
            ratio: 8.0,
            attack: 20.0,
            release: 300.0,
            music: Pad::input(0, StreamRef::Audio(0)),
            voice: Pad::input(1, StreamRef::Audio(0)),
            ducked: "ducked".to_owned(),
            heard: "voice".to_owned(),
        }
    }

    /// The amplitude of the voice from which the music is lowered.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside 0.000976563 to 1.
    pub fn threshold(self, amplitude: f64) -> Result<Self, BuildError> {
        Ok(Self {
            threshold: within("the threshold", amplitude, Self::THRESHOLD, "")?,
            ..self
        })
    }

    /// By how much: what exceeds the threshold by `ratio` decibels comes out one decibel above it.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside 1 to 20.
    pub fn ratio(self, ratio: f64) -> Result<Self, BuildError> {
        Ok(Self {
            ratio: within("the ratio", ratio, Self::RATIO, "")?,
            ..self
        })
    }

    /// How fast the music goes down, in milliseconds.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside 0.01 to 2000.
    pub fn attack(self, milliseconds: f64) -> Result<Self, BuildError> {
        Ok(Self {
            attack: within("the attack", milliseconds, Self::ATTACK_MS, " ms")?,
            ..self
        })
    }

    /// How fast the music comes back, in milliseconds.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] outside 0.01 to 9000.
    pub fn release(self, milliseconds: f64) -> Result<Self, BuildError> {
        Ok(Self {
            release: within("the release", milliseconds, Self::RELEASE_MS, " ms")?,
            ..self
        })
    }

    /// Where the music and the voice come from.
    #[must_use]
    pub fn inputs(self, music: impl Into<Pad>, voice: impl Into<Pad>) -> Self {
        Self {
            music: music.into(),
            voice: voice.into(),
            ..self
        }
    }

    /// The labels of the ducked music and of the voice. Both must be read, or `FFmpeg` refuses the graph.
    #[must_use]
    pub fn outputs(self, ducked: impl Into<String>, voice: impl Into<String>) -> Self {
        Self {
            ducked: ducked.into(),
            heard: voice.into(),
            ..self
        }
    }

    /// The filter `sidechaincompress` alone: music first, then a voice that is at least as long.
    #[must_use]
    pub fn compressor(&self) -> Filter {
        Filter::new("sidechaincompress")
            .arg("threshold", self.threshold)
            .arg("ratio", self.ratio)
            .arg("attack", self.attack)
            .arg("release", self.release)
    }

    /// The graph. The ducked music is as long as the music.
    ///
    /// The compressor ends with the first input that does, and loses what the other has not brought yet: both
    /// are padded, and a silent copy of the music says where to end.
    #[must_use]
    pub fn build(&self) -> FilterGraph {
        let label = |suffix: &str| [self.heard.as_str(), suffix].concat();
        let (kept, key, padded) = (label("_heard"), label("_key"), label("_padded"));
        let (endless, silent) = (label("_endless"), label("_silent"));
        let (music, length, low) = (label("_music"), label("_length"), label("_low"));
        FilterGraph::new()
            .chain(
                FilterChain::new()
                    .from(self.voice.clone())
                    .then(Filter::new("asplit").value(2_i64))
                    .to(kept.clone())
                    .to(key.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(key)
                    .then(Filter::new("apad"))
                    .to(padded.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(self.music.clone())
                    .then(Filter::new("asplit").value(2_i64))
                    .to(music.clone())
                    .to(length.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(music)
                    .then(Filter::new("apad"))
                    .to(endless.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(length)
                    .then(Filter::new("volume").arg("volume", 0_i64))
                    .to(silent.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(endless)
                    .from(padded)
                    .then(self.compressor())
                    .to(low.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(silent)
                    .from(low)
                    .then(
                        Filter::new("amix")
                            .arg("inputs", 2_i64)
                            .arg("duration", "first")
                            .arg("normalize", false),
                    )
                    .to(self.ducked.clone()),
            )
            .chain(
                FilterChain::new()
                    .from(kept)
                    .then(Filter::new("anull"))
                    .to(self.heard.clone()),
            )
    }
}

#[cfg(test)]
mod tests;
