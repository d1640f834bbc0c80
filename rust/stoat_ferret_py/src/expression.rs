//! `Expr`: expressions from Python.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use stoat_ferret_core::ffmpeg::expression::{Expr, ExpressionError, FuncName, Variable};

use crate::errors::{BuildError, refused};

/// Trees are walked by recursion; nobody needs one as high as this.
const TALLEST: usize = 2000;

/// An expression that FFmpeg evaluates for each frame: numbers, variables, `+ - * / **` and eighteen functions.
///
/// Where an expression is wanted, a number will do. `str()` gives FFmpeg's syntax.
#[pyclass(name = "Expr", module = "stoat_ferret_core", frozen, eq, skip_from_py_object)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyExpr {
    pub(crate) tree: Expr,
    height: usize,
}

impl PyExpr {
    fn leaf(tree: Expr) -> Self {
        Self { tree, height: 1 }
    }

    fn over(parts: &[&Self], make: impl FnOnce() -> Expr) -> PyResult<Self> {
        let height = 1 + parts.iter().map(|part| part.height).max().unwrap_or(0);
        if height > TALLEST {
            return Err(refused(ExpressionError::TooDeep { depth: height }));
        }
        Ok(Self { tree: make(), height })
    }

    fn binary(left: &Self, right: &Self, operator: impl FnOnce(Expr, Expr) -> Expr) -> PyResult<Self> {
        Self::over(&[left, right], || operator(left.tree.clone(), right.tree.clone()))
    }

    fn call(function: FuncName, arguments: Vec<Self>) -> PyResult<Self> {
        let height = arguments.iter().map(|part| part.height).max().unwrap_or(0);
        let arguments = arguments.into_iter().map(|part| part.tree).collect();
        let tree = Expr::func(function, arguments).map_err(refused)?;
        Self::over(
            &[&Self {
                tree: Expr::Const(0.0),
                height,
            }],
            || tree,
        )
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for PyExpr {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(expression) = given.cast::<Self>() {
            return Ok(expression.get().clone());
        }
        Ok(Self::leaf(
            Expr::finite(given.extract::<f64>()?).map_err(refused)?,
        ))
    }
}

/// The other side of an operator. A number that is not finite is refused as such; what is no number at all makes
/// Python ask the other side's type, as it should.
struct Operand(PyResult<PyExpr>);

impl<'a, 'py> FromPyObject<'a, 'py> for Operand {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match given.extract::<PyExpr>() {
            Err(error) if !error.is_instance_of::<BuildError>(given.py()) => Err(error),
            made => Ok(Self(made)),
        }
    }
}

#[pymethods]
impl PyExpr {
    /// A number. Whole ones are printed without decimals; NaN and infinities are refused.
    #[staticmethod]
    fn constant(value: f64) -> PyResult<Self> {
        Ok(Self::leaf(Expr::finite(value).map_err(refused)?))
    }

    /// A variable of the filter by its name: `t` (seconds), `n` (frame), `w`, `h`, `text_w`, `text_h`, `main_w`, …
    #[staticmethod]
    fn var(name: &str) -> PyResult<Self> {
        Ok(Self::leaf(Expr::var(name.parse::<Variable>().map_err(refused)?)))
    }

    /// Any of the eighteen functions by its name; the number of arguments is checked.
    #[staticmethod]
    #[pyo3(signature = (name, *arguments))]
    fn func(name: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let arguments = arguments
            .iter()
            .map(|argument| argument.extract())
            .collect::<PyResult<_>>()?;
        Self::call(name.parse().map_err(refused)?, arguments)
    }

    /// `then` where `condition` is not 0, else `otherwise`.
    #[staticmethod]
    fn if_then_else(condition: Self, then: Self, otherwise: Self) -> PyResult<Self> {
        Self::call(FuncName::If, vec![condition, then, otherwise])
    }

    /// `then` where `condition` is 0, else `otherwise`.
    #[staticmethod]
    fn ifnot(condition: Self, then: Self, otherwise: Self) -> PyResult<Self> {
        Self::call(FuncName::IfNot, vec![condition, then, otherwise])
    }

    /// 1 where `low <= value <= high`, else 0.
    #[staticmethod]
    fn between(value: Self, low: Self, high: Self) -> PyResult<Self> {
        Self::call(FuncName::Between, vec![value, low, high])
    }

    /// `value` kept within `low` and `high`.
    #[staticmethod]
    fn clip(value: Self, low: Self, high: Self) -> PyResult<Self> {
        Self::call(FuncName::Clip, vec![value, low, high])
    }

    /// 1 where `a < b`, else 0.
    #[staticmethod]
    fn lt(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Lt, vec![a, b])
    }

    /// 1 where `a > b`, else 0.
    #[staticmethod]
    fn gt(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Gt, vec![a, b])
    }

    /// 1 where `a` equals `b`, else 0.
    #[staticmethod]
    fn eq(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Eq, vec![a, b])
    }

    /// 1 where `a >= b`, else 0.
    #[staticmethod]
    fn gte(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Gte, vec![a, b])
    }

    /// 1 where `a <= b`, else 0.
    #[staticmethod]
    fn lte(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Lte, vec![a, b])
    }

    /// The value without its sign.
    #[staticmethod]
    fn abs(value: Self) -> PyResult<Self> {
        Self::call(FuncName::Abs, vec![value])
    }

    /// The smaller of two.
    #[staticmethod]
    fn min(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Min, vec![a, b])
    }

    /// The larger of two.
    #[staticmethod]
    fn max(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Max, vec![a, b])
    }

    /// The remainder of `a / b`.
    #[staticmethod]
    fn modulo(a: Self, b: Self) -> PyResult<Self> {
        Self::call(FuncName::Mod, vec![a, b])
    }

    /// 1 where `value` is 0, else 0.
    #[staticmethod]
    fn not_(value: Self) -> PyResult<Self> {
        Self::call(FuncName::Not, vec![value])
    }

    /// `first` before the first step, then the expression of each step `(position, expression)` from there on.
    ///
    /// Positions must rise. Hundreds of steps stay within FFmpeg's nesting limit.
    #[staticmethod]
    fn piecewise(position: Self, first: Self, steps: Vec<(f64, Self)>) -> PyResult<Self> {
        let heights = steps
            .iter()
            .map(|(_, step)| step.height)
            .chain([position.height, first.height]);
        let height = heights.max().unwrap_or(0) + 64;
        if height > TALLEST {
            return Err(refused(ExpressionError::TooDeep { depth: height }));
        }
        for (at, _) in &steps {
            Expr::finite(*at).map_err(refused)?;
        }
        let steps = steps.into_iter().map(|(at, step)| (at, step.tree)).collect();
        Ok(Self {
            tree: Expr::piecewise(&position.tree, first.tree, steps),
            height,
        })
    }

    /// How deep functions and parentheses nest when printed; FFmpeg reads about a hundred levels.
    #[getter]
    fn depth(&self) -> usize {
        self.tree.depth()
    }

    fn __add__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(self, &other.0?, |a, b| a + b)
    }

    fn __radd__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(&other.0?, self, |a, b| a + b)
    }

    fn __sub__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(self, &other.0?, |a, b| a - b)
    }

    fn __rsub__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(&other.0?, self, |a, b| a - b)
    }

    fn __mul__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(self, &other.0?, |a, b| a * b)
    }

    fn __rmul__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(&other.0?, self, |a, b| a * b)
    }

    fn __truediv__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(self, &other.0?, |a, b| a / b)
    }

    fn __rtruediv__(&self, other: Operand) -> PyResult<Self> {
        Self::binary(&other.0?, self, |a, b| a / b)
    }

    fn __pow__(&self, other: Operand, modulo: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        let _ = modulo;
        Self::binary(self, &other.0?, Expr::pow)
    }

    fn __rpow__(&self, other: Operand, modulo: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        let _ = modulo;
        Self::binary(&other.0?, self, Expr::pow)
    }

    fn __neg__(&self) -> PyResult<Self> {
        Self::over(&[self], || -self.tree.clone())
    }

    fn __str__(&self) -> String {
        self.tree.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Expr({})", self.tree)
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyExpr>()
}
