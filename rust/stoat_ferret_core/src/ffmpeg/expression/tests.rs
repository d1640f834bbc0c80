use super::*;
use proptest::prelude::*;

fn t() -> Expr {
    Expr::var(Variable::T)
}

#[test]
fn parentheses_stand_only_where_they_are_needed() {
    for (expected, expression) in [
        ("t+1-2", t() + 1.0 - 2.0),
        ("t-(1+2)", t() - (Expr::constant(1.0) + 2.0)),
        ("t-(1-2)", t() - (Expr::constant(1.0) - 2.0)),
        ("(t+1)*2", (t() + 1.0) * 2.0),
        ("2*t+1", 2.0 * t() + 1.0),
        ("t/(2*n)", t() / (2.0 * Expr::var(Variable::N))),
        ("t-(-1)", t() - -1.0),
        ("-1+t", -1.0 + t()),
        ("-t*2", -t() * 2.0),
        ("-(t+1)", -(t() + 1.0)),
        ("-(-t)", -(-t())),
        ("(-t)^2", Expr::pow(-t(), Expr::constant(2.0))),
        ("-t^2", -Expr::pow(t(), Expr::constant(2.0))),
        (
            "t^(2^3)",
            Expr::pow(t(), Expr::pow(Expr::constant(2.0), Expr::constant(3.0))),
        ),
        (
            "(w-text_w)/2",
            (Expr::var(Variable::FrameWidth) - Variable::TextW) / 2.0,
        ),
    ] {
        assert_eq!(expected, expression.to_string());
    }
}

#[test]
fn eighteen_functions_check_their_arity() {
    assert_eq!(18, FuncName::ALL.len());
    for function in FuncName::ALL.iter().copied() {
        let (least, most) = function.arity();
        for given in 0..=4 {
            let made = Expr::func(function, vec![t(); given]);
            assert_eq!(
                (least..=most).contains(&given),
                made.is_ok(),
                "{}",
                function.name()
            );
        }
        assert_eq!(Ok(function), function.name().parse());
    }
}

#[test]
fn values_are_those_that_ffmpeg_computes() {
    let number = |value: f64| Expr::constant(value);
    let two = |function, a: f64, b: f64| Expr::func(function, vec![number(a), number(b)]).unwrap();
    for (expected, expression) in [
        (7.0, t() + 4.0),
        (-1.0, t() - 4.0),
        (0.75, t() / 4.0),
        (-81.0, -Expr::pow(t(), number(4.0))),
        (1.0, Expr::between(t(), number(3.0), number(5.0))),
        (0.0, Expr::between(t(), number(4.0), number(5.0))),
        (2.0, Expr::if_then_else(number(0.0), number(1.0), number(2.0))),
        (1.0, Expr::ifnot(number(0.0), number(1.0), number(2.0))),
        (0.0, two(FuncName::If, 0.0, 5.0)),
        (1.0, two(FuncName::Lt, 1.0, 2.0)),
        (0.0, two(FuncName::Gt, 1.0, 2.0)),
        (0.0, two(FuncName::Eq, 1.0, 2.0)),
        (0.0, two(FuncName::Gte, 1.0, 2.0)),
        (1.0, two(FuncName::Lte, 2.0, 2.0)),
        (3.0, Expr::clip(t(), number(0.0), number(4.0))),
        (4.0, Expr::clip(t(), number(4.0), number(5.0))),
        (3.0, Expr::abs(-t())),
        (1.0, two(FuncName::Min, 1.0, 2.0)),
        (2.0, two(FuncName::Max, 1.0, 2.0)),
        (0.5, two(FuncName::Mod, 5.5, 2.5)),
        (2.0, two(FuncName::Mod, -0.5, 2.5)),
        (0.0, Expr::not(t())),
    ] {
        let found = expression.value(&|name| (name == Variable::T).then_some(3.0));
        assert_eq!(Some(expected), found, "{expression}");
    }
}

#[test]
fn names_are_parsed_with_a_hint() {
    for variable in Variable::ALL.iter().copied() {
        assert_eq!(Ok(variable), variable.name().parse());
    }
    assert_eq!(Ok(Variable::TextW), "tw".parse());
    let hint = "textw".parse::<Variable>().unwrap_err().hint();
    assert_eq!("did you mean `text_w`?", hint);
}

#[test]
fn five_hundred_steps_stay_shallow() {
    let steps = (1..500)
        .map(|at| (f64::from(at), Expr::constant(f64::from(at))))
        .collect();
    let stairs = Expr::piecewise(&t(), Expr::constant(0.0), steps);
    assert!(stairs.depth() < 12);
    assert!(stairs.readable().is_ok());
    let nested = (0..200).fold(t(), |inner, _| Expr::abs(inner));
    assert_eq!(Err(ExpressionError::TooDeep { depth: 200 }), nested.readable());
}

/// The grammar of `FFmpeg` in small: sums of products of signed powers.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, c: char) -> bool {
        let found = self.rest.starts_with(c);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn sum(&mut self) -> f64 {
        let mut value = self.product();
        while self.rest.starts_with(['+', '-']) {
            value += self.product();
        }
        value
    }

    fn product(&mut self) -> f64 {
        let mut value = self.factor();
        loop {
            if self.eat('*') {
                value *= self.factor();
            } else if self.eat('/') {
                value /= self.factor();
            } else {
                return value;
            }
        }
    }

    fn sign(&mut self) -> f64 {
        if self.eat('-') {
            -1.0
        } else {
            self.eat('+');
            1.0
        }
    }

    fn factor(&mut self) -> f64 {
        let sign = self.sign();
        let mut value = self.primary();
        while self.eat('^') {
            let sign = self.sign();
            value = value.powf(sign * self.primary());
        }
        sign * value
    }

    fn primary(&mut self) -> f64 {
        if self.eat('(') {
            let value = self.sum();
            assert!(self.eat(')'));
            return value;
        }
        if self.eat('t') {
            return 3.0;
        }
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().unwrap()
    }
}

fn value_of(expression: &Expr) -> f64 {
    match expression {
        Expr::Const(value) => *value,
        Expr::Var(_) | Expr::Func(..) | Expr::Kept(_) => 3.0,
        Expr::Keeping(_, _, body) => value_of(body),
        Expr::UnaryOp(UnaryOp::Neg, value) => -value_of(value),
        Expr::BinaryOp(operator, left, right) => {
            let (left, right) = (value_of(left), value_of(right));
            match operator {
                BinaryOp::Add => left + right,
                BinaryOp::Sub => left - right,
                BinaryOp::Mul => left * right,
                BinaryOp::Div => left / right,
                BinaryOp::Pow => left.powf(right),
            }
        }
    }
}

fn arithmetic() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        Just(Expr::var(Variable::T)),
        (-4..5_i8).prop_map(|n| Expr::constant(n.into()))
    ];
    leaf.prop_recursive(5, 32, 2, |inner| {
        let operator = prop_oneof![
            Just(BinaryOp::Add),
            Just(BinaryOp::Sub),
            Just(BinaryOp::Mul),
            Just(BinaryOp::Div),
            Just(BinaryOp::Pow)
        ];
        prop_oneof![
            inner.clone().prop_map(|value| -value),
            (operator, inner.clone(), inner).prop_map(|(o, a, b)| Expr::binary(o, a, b)),
        ]
    })
}

proptest! {
    #[test]
    fn printed_arithmetic_means_what_the_tree_means(expression in arithmetic()) {
        let printed = expression.to_string();
        let mut reader = Reader { rest: &printed };
        let (expected, read) = (value_of(&expression), reader.sum());
        prop_assert!(reader.rest.is_empty(), "{}", printed);
        let same = expected.to_bits() == read.to_bits()
            || (expected.is_nan() && read.is_nan())
            || (expected - read).abs() <= 1e-9 * expected.abs();
        prop_assert!(same, "{} is {} and not {}", printed, read, expected);
    }
}
