//! How texts come and go: from an edge, letter by letter, growing.

use super::lettering::{t, unit};
use super::{Default, Kind, Param, Params};
use crate::document::animated::Easing;
use crate::ffmpeg::expression::{Expr, Variable};

const WAYS: Kind = Kind::Word {
    allowed: &[
        "none",
        "fade",
        "slide_left",
        "slide_right",
        "slide_up",
        "slide_down",
        "typewriter",
        "pop",
    ],
    aliases: &[("type", "typewriter"), ("typing", "typewriter"), ("zoom", "pop")],
};

pub(super) const ANIMATION_IN: Param = Param::optional(
    "animation_in",
    WAYS,
    Default::Text("none"),
    "How it comes: it fades in, slides to the left (right, up, down) to its place from beyond the edge, is written character by character, or grows beyond its size and back.",
)
.alias(&["animate_in", "animation"])
.hint("Calm: fade, slide_up. Playful: pop. As if somebody wrote it: typewriter, with an animation_duration of 0.05 s for each character.");
pub(super) const ANIMATION_OUT: Param = Param::optional(
    "animation_out",
    WAYS,
    Default::Text("none"),
    "How it goes, in the same words: it slides to the left out of the picture, its characters go one by one from the last, and so on.",
)
.alias(&["animate_out"]);
pub(super) const ANIMATION_DURATION: Param = Param::optional(
    "animation_duration",
    Kind::Time { max: 600.0 },
    Default::Number(0.5),
    "How long coming and going take each.",
);

/// How far a text grows beyond its size before it settles.
const BEYOND: f64 = 0.15;
/// The part of its time after which it is there.
const TURN: f64 = 0.6;

/// How a text comes and goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moving<'p> {
    /// The way in.
    pub coming: &'p str,
    /// The way out.
    pub going: &'p str,
    /// How long each takes, in seconds.
    pub seconds: f64,
    /// When it is there, in seconds from the clip's start.
    pub span: (f64, f64),
}

impl<'p> Moving<'p> {
    /// As the parameters want it.
    pub fn of(params: &'p Params, span: (f64, f64)) -> Self {
        Self {
            coming: params.text("animation_in"),
            going: params.text("animation_out"),
            seconds: params.seconds("animation_duration").unwrap_or(0.0),
            span,
        }
    }

    /// Whether it comes or goes this way.
    pub fn has(&self, way: &str) -> bool {
        self.seconds > 0.0 && (self.coming == way || self.going == way)
    }

    /// Seconds of fading in and out, together with those that parameters ask for.
    pub fn fades(&self, params: &Params) -> (f64, f64) {
        let fade = |name: &str, way: &str| {
            let own = params.seconds(name).unwrap_or(0.0);
            own.max(if way == "fade" { self.seconds } else { 0.0 })
        };
        (fade("fade_in", self.coming), fade("fade_out", self.going))
    }

    /// From 0 to 1 while it comes.
    fn come(&self) -> Expr {
        unit((t() - Expr::constant(self.span.0)) / Expr::constant(self.seconds))
    }

    /// From 1 to 0 while it goes.
    fn gone(&self) -> Expr {
        unit((Expr::constant(self.span.1) - t()) / Expr::constant(self.seconds))
    }

    /// How far it is from its place, across and down: what lies there at `corner` and has this `size` comes from
    /// beyond the edge of the picture, and goes there.
    pub fn offset(&self, corner: &(Expr, Expr), size: &(Expr, Expr)) -> (Option<Expr>, Option<Expr>) {
        if self.seconds <= 0.0 {
            return (None, None);
        }
        let across = || Expr::var(Variable::FrameWidth) - corner.0.clone();
        let down = || Expr::var(Variable::FrameHeight) - corner.1.clone();
        let back = || -(corner.0.clone() + size.0.clone());
        let up = || -(corner.1.clone() + size.1.clone());
        let (mut x, mut y) = (None, None);
        for (way, forth, part) in [(self.coming, true, self.come()), (self.going, false, self.gone())] {
            // What comes to the left comes from the right, and goes to the left.
            let (axis, distance) = match (way, forth) {
                ("slide_left", true) | ("slide_right", false) => (&mut x, across()),
                ("slide_right", true) | ("slide_left", false) => (&mut x, back()),
                ("slide_up", true) | ("slide_down", false) => (&mut y, down()),
                ("slide_down", true) | ("slide_up", false) => (&mut y, up()),
                _ => continue,
            };
            let left = || Expr::constant(1.0) - part.clone();
            let offset = distance * (left() * left());
            *axis = Some(match axis.take() {
                None => offset,
                Some(other) => other + offset,
            });
        }
        (x, y)
    }

    /// How large it is; nothing where it always has its size.
    pub fn scale(&self) -> Option<Expr> {
        let grown = |part: Expr| {
            let rise = Easing::EaseOut.shape(part.clone() / Expr::constant(TURN));
            let settle =
                Easing::Ease.shape((part.clone() - Expr::constant(TURN)) / Expr::constant(1.0 - TURN));
            Expr::if_then_else(
                Expr::lt(part, Expr::constant(TURN)),
                Expr::constant(1.0 + BEYOND) * rise,
                Expr::constant(1.0 + BEYOND) - Expr::constant(BEYOND) * settle,
            )
        };
        let ways = [(self.coming, self.come()), (self.going, self.gone())];
        ways.into_iter()
            .filter(|(way, _)| *way == "pop" && self.seconds > 0.0)
            .map(|(_, part)| grown(part))
            .reduce(|a, b| a * b)
    }

    /// When character `number` of `all` appears and when it goes, in seconds from the clip's start.
    pub fn typed(&self, number: usize, all: usize) -> (f64, f64) {
        let (start, end) = self.span;
        #[expect(clippy::cast_precision_loss, reason = "a count of characters")]
        let part = number as f64 / all.max(1) as f64 * self.seconds;
        (
            if self.coming == "typewriter" {
                start + part
            } else {
                start
            },
            if self.going == "typewriter" {
                end - part
            } else {
                end
            },
        )
    }
}
