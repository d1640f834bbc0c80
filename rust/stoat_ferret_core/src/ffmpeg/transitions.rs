//! From one clip to the next: fades, crossfades of pictures and of sound.

use std::str::FromStr;

use super::audio::{Curve, FadeDirection};
use super::color::Color;
use super::error::{BuildError, duration, start, within};
use super::expression::Expr;
use super::filter::Filter;

macro_rules! transitions {
    ($($(#[$note:meta])* $variant:ident = $name:literal,)+) => {
        /// A transition of `xfade`: all 59 that `FFmpeg` 9 knows. Older ones lack some; ask their `-h filter=xfade`.
        ///
        /// ```
        /// use stoat_ferret_core::ffmpeg::transitions::TransitionType;
        ///
        /// assert_eq!("dissolve".parse(), Ok(TransitionType::Dissolve));
        /// let error = "disolve".parse::<TransitionType>().unwrap_err();
        /// assert_eq!(error.hint(), "did you mean `dissolve`?");
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        pub enum TransitionType {
            $($(#[$note])* $variant,)+
            /// Each pixel of each plane by an expression of `X Y W H A B PLANE P`; `P` goes from 1 down to 0.
            Custom(Expr),
        }

        impl TransitionType {
            /// Every transition that has a name of its own: all but `custom`.
            pub const NAMED: &'static [Self] = &[$(Self::$variant,)+];
            /// Their names.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The name that `FFmpeg` knows.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Custom(_) => "custom",
                }
            }

            /// The variant's name, as Rust and Python write it.
            #[must_use]
            pub const fn variant(&self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                    Self::Custom(_) => "Custom",
                }
            }
        }

        impl FromStr for TransitionType {
            type Err = BuildError;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    "custom" => Err(BuildError::CustomNeedsExpression),
                    _ => Err(BuildError::Unknown {
                        what: "transition",
                        given: name.to_owned(),
                        allowed: Self::NAMES.to_vec(),
                    }),
                }
            }
        }
    };
}

transitions! {
    /// Crossfade.
    Fade = "fade",
    /// A straight edge wipes left.
    Wipeleft = "wipeleft",
    /// A straight edge wipes right.
    Wiperight = "wiperight",
    /// A straight edge wipes up.
    Wipeup = "wipeup",
    /// A straight edge wipes down.
    Wipedown = "wipedown",
    /// The second picture pushes the first left.
    Slideleft = "slideleft",
    /// The second picture pushes the first right.
    Slideright = "slideright",
    /// The second picture pushes the first up.
    Slideup = "slideup",
    /// The second picture pushes the first down.
    Slidedown = "slidedown",
    /// A circle closes on the first picture and opens on the second.
    Circlecrop = "circlecrop",
    /// A rectangle closes on the first picture and opens on the second.
    Rectcrop = "rectcrop",
    /// A crossfade weighted by how far the colours lie apart.
    Distance = "distance",
    /// Through black.
    Fadeblack = "fadeblack",
    /// Through white.
    Fadewhite = "fadewhite",
    /// A hand of a clock wipes.
    Radial = "radial",
    /// A soft edge wipes left.
    Smoothleft = "smoothleft",
    /// A soft edge wipes right.
    Smoothright = "smoothright",
    /// A soft edge wipes up.
    Smoothup = "smoothup",
    /// A soft edge wipes down.
    Smoothdown = "smoothdown",
    /// A circle opens on the second picture.
    Circleopen = "circleopen",
    /// A circle closes on the first picture.
    Circleclose = "circleclose",
    /// Opens from a vertical line.
    Vertopen = "vertopen",
    /// Closes to a vertical line.
    Vertclose = "vertclose",
    /// Opens from a horizontal line.
    Horzopen = "horzopen",
    /// Closes to a horizontal line.
    Horzclose = "horzclose",
    /// Pixel by pixel, at random.
    Dissolve = "dissolve",
    /// Through large pixels.
    Pixelize = "pixelize",
    /// A soft diagonal edge from the top left.
    Diagtl = "diagtl",
    /// A soft diagonal edge from the top right.
    Diagtr = "diagtr",
    /// A soft diagonal edge from the bottom left.
    Diagbl = "diagbl",
    /// A soft diagonal edge from the bottom right.
    Diagbr = "diagbr",
    /// Slices towards the left.
    Hlslice = "hlslice",
    /// Slices towards the right.
    Hrslice = "hrslice",
    /// Slices upwards.
    Vuslice = "vuslice",
    /// Slices downwards.
    Vdslice = "vdslice",
    /// Through a horizontal blur.
    Hblur = "hblur",
    /// Through greys.
    Fadegrays = "fadegrays",
    /// A rectangle wipes towards the top left.
    Wipetl = "wipetl",
    /// A rectangle wipes towards the top right.
    Wipetr = "wipetr",
    /// A rectangle wipes towards the bottom left.
    Wipebl = "wipebl",
    /// A rectangle wipes towards the bottom right.
    Wipebr = "wipebr",
    /// The first picture is squeezed to a horizontal line.
    Squeezeh = "squeezeh",
    /// The first picture is squeezed to a vertical line.
    Squeezev = "squeezev",
    /// Zooms into the first picture.
    Zoomin = "zoomin",
    /// A crossfade that is fast on differing pixels.
    Fadefast = "fadefast",
    /// A crossfade that is slow on differing pixels.
    Fadeslow = "fadeslow",
    /// Wind towards the left.
    Hlwind = "hlwind",
    /// Wind towards the right.
    Hrwind = "hrwind",
    /// Wind upwards.
    Vuwind = "vuwind",
    /// Wind downwards.
    Vdwind = "vdwind",
    /// The second picture slides over the first, left.
    Coverleft = "coverleft",
    /// The second picture slides over the first, right.
    Coverright = "coverright",
    /// The second picture slides over the first, up.
    Coverup = "coverup",
    /// The second picture slides over the first, down.
    Coverdown = "coverdown",
    /// The first picture slides away left.
    Revealleft = "revealleft",
    /// The first picture slides away right.
    Revealright = "revealright",
    /// The first picture slides away up.
    Revealup = "revealup",
    /// The first picture slides away down.
    Revealdown = "revealdown",
}

/// A fade of pictures from or to a colour.
///
/// ```
/// use stoat_ferret_core::ffmpeg::audio::FadeDirection;
/// use stoat_ferret_core::ffmpeg::color::Color;
/// use stoat_ferret_core::ffmpeg::transitions::FadeBuilder;
///
/// let fade = FadeBuilder::new(FadeDirection::In, 1.5).unwrap().color(Color::BLACK);
/// assert_eq!(fade.build().to_string(), "fade=t=in:d=1.5:c=black");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FadeBuilder {
    direction: FadeDirection,
    duration: f64,
    start: Option<f64>,
    color: Option<Color>,
    alpha: bool,
}

impl FadeBuilder {
    /// A fade that lasts `duration_s` seconds, from the first frame on.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] when it is shorter than a millisecond.
    pub fn new(direction: FadeDirection, duration_s: f64) -> Result<Self, BuildError> {
        Ok(Self {
            direction,
            duration: duration(duration_s)?,
            start: None,
            color: None,
            alpha: false,
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

    /// The colour from or to which it fades; black when left out.
    #[must_use]
    pub fn color(self, color: Color) -> Self {
        Self {
            color: Some(color),
            ..self
        }
    }

    /// Whether the opacity fades instead of the colour, where the picture has one.
    #[must_use]
    pub fn alpha(self, alpha: bool) -> Self {
        Self { alpha, ..self }
    }

    /// The filter `fade`.
    #[must_use]
    pub fn build(&self) -> Filter {
        Filter::new("fade")
            .arg("t", self.direction)
            .arg("d", self.duration)
            .maybe("st", self.start)
            .maybe("c", self.color.clone())
            .maybe("alpha", self.alpha.then_some(true))
    }
}

/// A crossfade of two streams of pictures of the same size, rate and time base.
///
/// The second stream must last at least as long as the transition: `FFmpeg` 5.1 hangs on a shorter one.
///
/// ```
/// use stoat_ferret_core::ffmpeg::transitions::{TransitionType, XfadeBuilder};
///
/// let crossfade = XfadeBuilder::new(TransitionType::Dissolve, 1.0, 5.0).unwrap();
/// assert_eq!(crossfade.build().to_string(), "xfade=transition=dissolve:duration=1:offset=5");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct XfadeBuilder {
    transition: TransitionType,
    duration: f64,
    offset: f64,
}

impl XfadeBuilder {
    /// The shortest and the longest transition, in seconds.
    pub const DURATION: (f64, f64) = (0.001, 60.0);

    /// A transition of `duration_s` seconds that starts `offset` seconds into the first stream.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] when it is longer than 60 s or starts before 0,
    /// [`BuildError::Expression`] when a custom expression nests deeper than `FFmpeg` reads.
    pub fn new(transition: TransitionType, duration_s: f64, offset: f64) -> Result<Self, BuildError> {
        let transition = match transition {
            TransitionType::Custom(expression) => TransitionType::Custom(expression.readable()?),
            named => named,
        };
        Ok(Self {
            transition,
            duration: within("the duration", duration_s, Self::DURATION, " s")?,
            offset: start(offset)?,
        })
    }

    /// The filter `xfade`.
    #[must_use]
    pub fn build(&self) -> Filter {
        let expression = match &self.transition {
            TransitionType::Custom(expression) => Some(expression.clone()),
            _ => None,
        };
        Filter::new("xfade")
            .arg("transition", self.transition.name())
            .arg("duration", self.duration)
            .arg("offset", self.offset)
            .maybe("expr", expression)
    }
}

/// A crossfade of two streams of sound.
///
/// ```
/// use stoat_ferret_core::ffmpeg::audio::Curve;
/// use stoat_ferret_core::ffmpeg::transitions::AcrossfadeBuilder;
///
/// let crossfade = AcrossfadeBuilder::new(1.0).unwrap().curve1(Curve::Tri).curve2(Curve::Tri).overlap(true);
/// assert_eq!(crossfade.build().to_string(), "acrossfade=d=1:c1=tri:c2=tri:o=1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcrossfadeBuilder {
    duration: f64,
    curve1: Option<Curve>,
    curve2: Option<Curve>,
    overlap: Option<bool>,
}

impl AcrossfadeBuilder {
    /// A crossfade of `duration_s` seconds.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] when it is shorter than a millisecond.
    pub fn new(duration_s: f64) -> Result<Self, BuildError> {
        Ok(Self {
            duration: duration(duration_s)?,
            curve1: None,
            curve2: None,
            overlap: None,
        })
    }

    /// How the first stream fades out; linear when left out.
    #[must_use]
    pub fn curve1(self, curve: Curve) -> Self {
        Self {
            curve1: Some(curve),
            ..self
        }
    }

    /// How the second stream fades in; linear when left out.
    #[must_use]
    pub fn curve2(self, curve: Curve) -> Self {
        Self {
            curve2: Some(curve),
            ..self
        }
    }

    /// Whether the streams sound together during the crossfade (so `FFmpeg` when left out),
    /// or one fades out before the other fades in.
    #[must_use]
    pub fn overlap(self, overlap: bool) -> Self {
        Self {
            overlap: Some(overlap),
            ..self
        }
    }

    /// The filter `acrossfade`.
    #[must_use]
    pub fn build(&self) -> Filter {
        Filter::new("acrossfade")
            .arg("d", self.duration)
            .maybe("c1", self.curve1)
            .maybe("c2", self.curve2)
            .maybe("o", self.overlap)
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::Variable;
    use super::*;

    #[test]
    fn fifty_nine_transitions_with_custom() {
        assert_eq!(58, TransitionType::NAMED.len());
        for transition in TransitionType::NAMED {
            assert_eq!(Ok(transition.clone()), transition.name().parse());
            assert_eq!(transition.name(), transition.variant().to_lowercase());
        }
    }

    #[test]
    fn custom_comes_only_from_an_expression() {
        assert_eq!(
            Err(BuildError::CustomNeedsExpression),
            "custom".parse::<TransitionType>()
        );
        let wipe = Expr::if_then_else(
            Expr::gt(Expr::var(Variable::PixelX), Expr::var(Variable::W) * Variable::P),
            Expr::var(Variable::B),
            Expr::var(Variable::A),
        );
        let filter = XfadeBuilder::new(TransitionType::Custom(wipe), 1.0, 0.5)
            .unwrap()
            .build();
        assert_eq!(
            r"xfade=transition=custom:duration=1:offset=0.5:expr=if(gt(X\,W*P)\,B\,A)".replace(r"\\", r"\"),
            filter.to_string()
        );
    }

    #[test]
    fn times_out_of_range_are_refused() {
        for (seconds, offset) in [
            (0.0, 0.0),
            (61.0, 0.0),
            (1.0, -0.1),
            (f64::NAN, 0.0),
            (1.0, f64::INFINITY),
        ] {
            assert!(XfadeBuilder::new(TransitionType::Fade, seconds, offset).is_err());
        }
        assert!(AcrossfadeBuilder::new(-1.0).is_err());
        assert!(FadeBuilder::new(FadeDirection::In, 0.0).is_err());
    }
}
