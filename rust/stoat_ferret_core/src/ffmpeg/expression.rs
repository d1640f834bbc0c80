//! Expressions that `FFmpeg` evaluates per frame, as typed trees.
//!
//! Only eighteen functions can be named here, and none of them has a side effect (`st`, `ld`, `print`, `random` do);
//! a value that is used more than once is kept by [`Expr::keeping`] alone.

mod names;

use std::fmt::{self, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::print::{Print, push_number};
use crate::nearest::suggestion;
pub use names::{FuncName, Variable};

/// How deep functions and parentheses may nest: `FFmpeg`'s parser gives up at 100.
pub const MAX_DEPTH: usize = 90;

/// Why an expression could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExpressionError {
    /// NaN or an infinity.
    #[error("{value} is not a finite number")]
    NotFinite {
        /// The refused number.
        value: f64,
    },
    /// A function got too few or too many arguments.
    #[error("`{function}` does not take {given} arguments")]
    Arity {
        /// The function's name.
        function: &'static str,
        /// The fewest arguments that it takes.
        least: usize,
        /// The most arguments that it takes.
        most: usize,
        /// How many were given.
        given: usize,
    },
    /// A variable that is not known.
    #[error("there is no variable {name:?}")]
    UnknownVariable {
        /// The name that was asked for.
        name: String,
    },
    /// A function that is not known.
    #[error("there is no function {name:?}")]
    UnknownFunction {
        /// The name that was asked for.
        name: String,
    },
    /// The tree nests deeper than `FFmpeg` reads.
    #[error("the expression nests {depth} levels deep")]
    TooDeep {
        /// How deep it nests.
        depth: usize,
    },
}

impl ExpressionError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotFinite { .. } => "constants of an expression are finite numbers".to_owned(),
            Self::Arity {
                function,
                least,
                most,
                ..
            } if least == most => {
                format!("`{function}` takes {least}")
            }
            Self::Arity {
                function,
                least,
                most,
                ..
            } => format!("`{function}` takes {least} to {most}"),
            Self::UnknownVariable { name } => {
                suggestion(name, Variable::ALL.iter().map(|known| known.name()))
            }
            Self::UnknownFunction { name } => {
                suggestion(name, FuncName::ALL.iter().map(|known| known.name()))
            }
            Self::TooDeep { .. } => {
                format!("FFmpeg reads {MAX_DEPTH} levels; `Expr.piecewise` keeps long lists shallow")
            }
        }
    }
}

/// An operator between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `^`
    Pow,
}

impl BinaryOp {
    const fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Sub => '-',
            Self::Mul => '*',
            Self::Div => '/',
            Self::Pow => '^',
        }
    }

    const fn strength(self) -> u8 {
        match self {
            Self::Add | Self::Sub => SUM,
            Self::Mul | Self::Div => PRODUCT,
            Self::Pow => POWER,
        }
    }
}

/// An operator before one expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
}

// How tightly each form binds in FFmpeg's grammar. A sign belongs to a whole power: -2^2 is -(2^2).
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const SIGN: u8 = 3;
const POWER: u8 = 4;
const ATOM: u8 = 5;

/// An expression. Make it with the constructors and the operators `+ - * /`; [`Display`] gives `FFmpeg`'s syntax
/// with no more parentheses than needed.
///
/// ```
/// use stoat_ferret_core::ffmpeg::expression::{Expr, Variable};
///
/// let fade_in = Expr::if_then_else(
///     Expr::lt(Expr::var(Variable::T), Expr::constant(2.0)),
///     Expr::var(Variable::T) / Expr::constant(2.0),
///     Expr::constant(1.0),
/// );
/// assert_eq!(fade_in.to_string(), "if(lt(t,2),t/2,1)");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A finite number.
    Const(f64),
    /// A variable of the filter.
    Var(Variable),
    /// Two expressions and the operator between them.
    BinaryOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// An operator before an expression.
    UnaryOp(UnaryOp, Box<Expr>),
    /// A function of expressions.
    Func(FuncName, Vec<Expr>),
    /// A value that is computed once, and the expression that uses it.
    Keeping(u8, Box<Expr>, Box<Expr>),
    /// The value of a slot.
    Kept(u8),
}

impl Expr {
    /// A constant. The number must be finite; numbers from outside go through [`Expr::finite`].
    #[must_use]
    pub fn constant(value: f64) -> Self {
        debug_assert!(value.is_finite(), "a constant must be finite");
        Self::Const(value)
    }

    /// A constant, checked.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::expression::Expr;
    ///
    /// assert_eq!(Expr::finite(5.0).unwrap().to_string(), "5");
    /// assert!(Expr::finite(f64::NAN).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ExpressionError::NotFinite`] for NaN and the infinities.
    pub fn finite(value: f64) -> Result<Self, ExpressionError> {
        if value.is_finite() {
            Ok(Self::Const(value))
        } else {
            Err(ExpressionError::NotFinite { value })
        }
    }

    /// A variable.
    #[must_use]
    pub fn var(variable: Variable) -> Self {
        Self::Var(variable)
    }

    /// Any function, with its number of arguments checked.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::expression::{Expr, FuncName};
    ///
    /// assert_eq!(Expr::func(FuncName::Abs, vec![Expr::constant(-1.0)]).unwrap().to_string(), "abs(-1)");
    /// assert!(Expr::func(FuncName::Abs, vec![]).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ExpressionError::Arity`] when there are too few or too many.
    pub fn func(function: FuncName, arguments: Vec<Self>) -> Result<Self, ExpressionError> {
        let (least, most) = function.arity();
        let given = arguments.len();
        if (least..=most).contains(&given) {
            Ok(Self::Func(function, arguments))
        } else {
            Err(ExpressionError::Arity {
                function: function.name(),
                least,
                most,
                given,
            })
        }
    }

    /// `then` where `condition` is not 0, else `otherwise`.
    #[must_use]
    pub fn if_then_else(condition: Self, then: Self, otherwise: Self) -> Self {
        Self::Func(FuncName::If, vec![condition, then, otherwise])
    }

    /// `then` where `condition` is 0, else `otherwise`.
    #[must_use]
    pub fn ifnot(condition: Self, then: Self, otherwise: Self) -> Self {
        Self::Func(FuncName::IfNot, vec![condition, then, otherwise])
    }

    /// 1 where `low <= value <= high`, both ends included.
    #[must_use]
    pub fn between(value: Self, low: Self, high: Self) -> Self {
        Self::Func(FuncName::Between, vec![value, low, high])
    }

    /// `value` kept within `low` and `high`.
    #[must_use]
    pub fn clip(value: Self, low: Self, high: Self) -> Self {
        Self::Func(FuncName::Clip, vec![value, low, high])
    }

    /// 1 where `a < b`.
    #[must_use]
    pub fn lt(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Lt, vec![a, b])
    }

    /// 1 where `a > b`.
    #[must_use]
    pub fn gt(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Gt, vec![a, b])
    }

    /// 1 where `a` equals `b`.
    #[must_use]
    pub fn eq(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Eq, vec![a, b])
    }

    /// 1 where `a >= b`.
    #[must_use]
    pub fn gte(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Gte, vec![a, b])
    }

    /// 1 where `a <= b`.
    #[must_use]
    pub fn lte(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Lte, vec![a, b])
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(value: Self) -> Self {
        Self::Func(FuncName::Abs, vec![value])
    }

    /// The smaller of two.
    #[must_use]
    pub fn min(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Min, vec![a, b])
    }

    /// The larger of two.
    #[must_use]
    pub fn max(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Max, vec![a, b])
    }

    /// The remainder of `a / b`, printed `mod`.
    #[must_use]
    pub fn modulo(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Mod, vec![a, b])
    }

    /// `body` with a value that it uses more than once computed once: where `body` says [`Self::kept`] of the
    /// same slot (0 to 9), the value stands.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::expression::{Expr, Variable};
    ///
    /// let square = Expr::keeping(0, Expr::var(Variable::T), Expr::kept(0) * Expr::kept(0));
    /// assert_eq!(square.to_string(), "st(0,t)*0+ld(0)*ld(0)");
    /// ```
    #[must_use]
    pub fn keeping(slot: u8, value: Self, body: Self) -> Self {
        Self::Keeping(slot, Box::new(value), Box::new(body))
    }

    /// What [`Self::keeping`] keeps in a slot.
    #[must_use]
    pub fn kept(slot: u8) -> Self {
        Self::Kept(slot)
    }

    /// The length of the hypotenuse over two sides.
    #[must_use]
    pub fn hypot(a: Self, b: Self) -> Self {
        Self::Func(FuncName::Hypot, vec![a, b])
    }

    /// The angle of the point `x, y` in radians, from the right and clockwise on a picture.
    #[must_use]
    pub fn atan2(y: Self, x: Self) -> Self {
        Self::Func(FuncName::Atan2, vec![y, x])
    }

    /// The cosine of radians.
    #[must_use]
    pub fn cos(radians: Self) -> Self {
        Self::Func(FuncName::Cos, vec![radians])
    }

    /// The sine of radians.
    #[must_use]
    pub fn sin(radians: Self) -> Self {
        Self::Func(FuncName::Sin, vec![radians])
    }

    /// 1 where `value` is 0.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "named as FFmpeg's function; `!` would promise a boolean"
    )]
    pub fn not(value: Self) -> Self {
        Self::Func(FuncName::Not, vec![value])
    }

    /// `base ^ exponent`.
    #[must_use]
    pub fn pow(base: Self, exponent: Self) -> Self {
        Self::BinaryOp(BinaryOp::Pow, Box::new(base), Box::new(exponent))
    }

    /// `first` before the first step, then each step's expression from its position on.
    /// Positions must rise. The tree is balanced, so that hundreds of steps stay within `FFmpeg`'s nesting limit.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::expression::{Expr, Variable};
    ///
    /// let steps = vec![(1.0, Expr::constant(5.0)), (2.0, Expr::constant(6.0))];
    /// let stairs = Expr::piecewise(&Expr::var(Variable::T), Expr::constant(4.0), steps);
    /// assert_eq!(stairs.to_string(), "if(lt(t,2),if(lt(t,1),4,5),6)");
    /// ```
    #[must_use]
    pub fn piecewise(position: &Self, first: Self, mut steps: Vec<(f64, Self)>) -> Self {
        if steps.is_empty() {
            return first;
        }
        let mut upper = steps.split_off(steps.len() / 2).into_iter();
        let Some((at, middle)) = upper.next() else {
            return first;
        };
        Self::if_then_else(
            Self::lt(position.clone(), Self::constant(at)),
            Self::piecewise(position, first, steps),
            Self::piecewise(position, middle, upper.collect()),
        )
    }

    /// How deep functions and parentheses nest when printed; `FFmpeg` reads up to [`MAX_DEPTH`].
    #[must_use]
    pub fn depth(&self) -> usize {
        let mut depth = 0_usize;
        let mut deepest = 0_usize;
        for c in self.to_string().chars() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// Whether the variable stands anywhere in it.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::expression::{Expr, Variable};
    ///
    /// let half = Expr::var(Variable::T) / Expr::constant(2.0);
    /// assert!(half.uses(Variable::T));
    /// assert!(!half.uses(Variable::N));
    /// ```
    #[must_use]
    pub fn uses(&self, variable: Variable) -> bool {
        match self {
            Self::Const(_) | Self::Kept(_) => false,
            Self::Var(own) => *own == variable,
            Self::BinaryOp(_, left, right) => left.uses(variable) || right.uses(variable),
            Self::UnaryOp(_, inner) => inner.uses(variable),
            Self::Func(_, inner) => inner.iter().any(|one| one.uses(variable)),
            Self::Keeping(_, value, body) => value.uses(variable) || body.uses(variable),
        }
    }

    /// The number that it is where `variable` tells what variables are; nothing where one is not known.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::expression::{Expr, Variable};
    ///
    /// let half = Expr::max(Expr::var(Variable::T) / 2.0, Expr::constant(3.0));
    /// assert_eq!(Some(4.0), half.value(&|_| Some(8.0)));
    /// assert_eq!(None, half.value(&|_| None));
    /// ```
    #[must_use]
    pub fn value(&self, variable: &dyn Fn(Variable) -> Option<f64>) -> Option<f64> {
        Some(match self {
            Self::Const(value) => *value,
            Self::Var(name) => variable(*name)?,
            Self::UnaryOp(UnaryOp::Neg, inner) => -inner.value(variable)?,
            Self::BinaryOp(operator, left, right) => {
                let (left, right) = (left.value(variable)?, right.value(variable)?);
                match operator {
                    BinaryOp::Add => left + right,
                    BinaryOp::Sub => left - right,
                    BinaryOp::Mul => left * right,
                    BinaryOp::Div => left / right,
                    BinaryOp::Pow => left.powf(right),
                }
            }
            Self::Func(function, arguments) => {
                let numbers: Vec<f64> = arguments
                    .iter()
                    .map(|one| one.value(variable))
                    .collect::<Option<_>>()?;
                function.of(&numbers)?
            }
            // Made for filters alone, of what only they know.
            Self::Keeping(..) | Self::Kept(_) => return None,
        })
    }

    /// The expression itself when `FFmpeg` can read it.
    ///
    /// # Errors
    /// [`ExpressionError::TooDeep`] when it nests deeper than [`MAX_DEPTH`].
    pub fn readable(self) -> Result<Self, ExpressionError> {
        let depth = self.depth();
        if depth > MAX_DEPTH {
            Err(ExpressionError::TooDeep { depth })
        } else {
            Ok(self)
        }
    }

    fn binary(operator: BinaryOp, left: Self, right: Self) -> Self {
        Self::BinaryOp(operator, Box::new(left), Box::new(right))
    }

    fn strength(&self) -> u8 {
        match self {
            Self::Const(value) if *value < 0.0 => SIGN,
            Self::Const(_) | Self::Var(_) | Self::Func(..) | Self::Kept(_) => ATOM,
            Self::Keeping(..) => SUM,
            Self::UnaryOp(..) => SIGN,
            Self::BinaryOp(operator, ..) => operator.strength(),
        }
    }

    fn starts_with_sign(&self) -> bool {
        match self {
            Self::BinaryOp(operator, left, _) => {
                left.strength() >= operator.strength() && left.starts_with_sign()
            }
            _ => self.strength() == SIGN,
        }
    }

    /// Prints in parentheses when it binds less tightly than `least`, with `comma` between arguments.
    fn push(&self, out: &mut String, least: u8, comma: &str) {
        if self.strength() < least {
            out.push('(');
            self.push(out, SUM, comma);
            out.push(')');
            return;
        }
        match self {
            Self::Const(value) => push_number(out, *value),
            Self::Var(variable) => out.push_str(variable.name()),
            Self::UnaryOp(UnaryOp::Neg, value) => {
                out.push('-');
                value.push(out, POWER, comma);
            }
            Self::BinaryOp(operator, left, right) => {
                left.push(out, operator.strength(), comma);
                out.push(operator.symbol());
                // Operators group to the left, the power too; a sign after an operator needs parentheses.
                if right.starts_with_sign() {
                    right.push(out, ATOM, comma);
                } else {
                    right.push(out, operator.strength() + 1, comma);
                }
            }
            Self::Func(function, arguments) => {
                out.push_str(function.name());
                let mut separator = "(";
                for argument in arguments {
                    out.push_str(separator);
                    argument.push(out, SUM, comma);
                    separator = comma;
                }
                out.push(')');
            }
            Self::Keeping(slot, value, body) => {
                // Sums are computed from left to right.
                out.push_str("st(");
                push_number(out, f64::from(*slot));
                out.push_str(comma);
                value.push(out, SUM, comma);
                out.push_str(")*0+");
                body.push(out, if body.starts_with_sign() { ATOM } else { SUM }, comma);
            }
            Self::Kept(slot) => {
                out.push_str("ld(");
                push_number(out, f64::from(*slot));
                out.push(')');
            }
        }
    }
}

/// Escaped for a graph: the comma is the only special character that an expression has.
impl Print for Expr {
    fn print(&self, out: &mut String) {
        self.push(out, SUM, r"\,");
    }
}

impl Display for Expr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.push(&mut text, SUM, ",");
        out.write_str(&text)
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Self::constant(value)
    }
}

impl From<i32> for Expr {
    fn from(value: i32) -> Self {
        Self::Const(value.into())
    }
}

impl From<u32> for Expr {
    fn from(value: u32) -> Self {
        Self::Const(value.into())
    }
}

impl From<Variable> for Expr {
    fn from(variable: Variable) -> Self {
        Self::Var(variable)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<R: Into<Expr>> $trait<R> for Expr {
            type Output = Self;

            fn $method(self, right: R) -> Self {
                Self::binary(BinaryOp::$trait, self, right.into())
            }
        }

        impl $trait<Expr> for f64 {
            type Output = Expr;

            fn $method(self, right: Expr) -> Expr {
                Expr::binary(BinaryOp::$trait, Expr::constant(self), right)
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl Neg for Expr {
    type Output = Self;

    fn neg(self) -> Self {
        Self::UnaryOp(UnaryOp::Neg, Box::new(self))
    }
}

#[cfg(test)]
mod tests;
