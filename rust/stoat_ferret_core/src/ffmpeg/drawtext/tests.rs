use super::*;
use proptest::prelude::*;

fn text(text: &str) -> DrawtextBuilder {
    DrawtextBuilder::new(text).unwrap()
}

#[test]
fn positions_print_as_expressions() {
    for (expected, name) in [
        ("x=(w-text_w)/2:y=(h-text_h)/2", "center"),
        ("x=(w-text_w)/2:y=h-text_h-24", "bottom_center"),
        ("x=24:y=24", "top_left"),
        ("x=w-text_w-24:y=24", "top_right"),
        ("x=24:y=h-text_h-24", "bottom_left"),
        ("x=w-text_w-24:y=h-text_h-24", "bottom_right"),
    ] {
        let filter = text("a")
            .position(Position::preset(name, 24).unwrap())
            .unwrap()
            .build();
        assert_eq!(
            format!("drawtext=text=a:{expected}:expansion=none"),
            filter.to_string()
        );
    }
    let fraction = Position::Fraction {
        x: 0.5.into(),
        y: 0.25.into(),
    };
    assert_eq!(
        "drawtext=text=a:x=w*0.5-text_w/2:y=h*0.25-text_h/2:expansion=none",
        text("a").position(fraction).unwrap().build().to_string()
    );
}

#[test]
fn everything_at_once() {
    let color = |name: &str| name.parse::<Color>().unwrap();
    let filter = text("a\r\nb")
        .fontfile("/fonts/it's.ttf")
        .unwrap()
        .fontsize(Expr::var(Variable::FrameHeight) / 10)
        .unwrap()
        .with_box(color("black@0.5"), 8)
        .unwrap()
        .border(2, color("red"))
        .unwrap()
        .shadow(3, -3, color("#000"))
        .unwrap()
        .line_spacing(4)
        .unwrap()
        .align(TextAlign::Center)
        .enable(Expr::gte(Expr::var(Variable::T), Expr::constant(1.0)))
        .unwrap()
        .build();
    assert_eq!(
        "drawtext=text=a\nb:fontfile=/fonts/it\\\\\\'s.ttf:fontsize=h/10:box=1:boxcolor=black@0.5:boxborderw=8:\
         borderw=2:bordercolor=red:shadowx=3:shadowy=-3:shadowcolor=0x000000:line_spacing=4:text_align=center:\
         expansion=none:enable=gte(t\\,1)",
        filter.to_string()
    );
}

#[test]
fn fades_must_fit() {
    assert!(text("a").alpha_fade(1.0, 0.0, 1.0, 0.0).is_err());
    assert!(text("a").alpha_fade(0.0, 3.0, 5.0, 2.1).is_err());
    assert!(text("a").alpha_fade(0.1, 0.1, 0.3, 0.1).is_ok());
    assert!(text("a").alpha_fade(f64::NAN, 0.1, 0.3, 0.1).is_err());
    assert!(text("a").fontsize(0).is_err());
    assert!(DrawtextBuilder::new("a\0b").is_err());
}

#[test]
fn an_empty_first_or_last_line_has_a_space() {
    for (expected, given) in [
        ("a", "a"),
        ("", ""),
        (" \na\n ", "\na\n"),
        ("a\n\nb", "a\r\n\rb"),
        (" \n ", "\u{c}"),
    ] {
        assert_eq!(expected, text(given).text);
    }
}

#[test]
fn no_fade_is_a_hard_edge() {
    let filter = text("a").alpha_fade(1.0, 0.0, 2.0, 0.0).unwrap().build();
    assert_eq!(
        r"drawtext=text=a:alpha=if(lt(t\,1)\,0\,if(lt(t\,2)\,1\,0)):expansion=none",
        filter.to_string()
    );
}

proptest! {
    #[test]
    fn any_text_makes_a_filter_or_an_error(
        given in any::<String>(),
        size in any::<f64>(),
        times in prop::array::uniform4(any::<f64>()),
    ) {
        if let Ok(builder) = DrawtextBuilder::new(&given) {
            let [start, fade_in, end, fade_out] = times;
            let _ = Expr::finite(size).map(|size| builder.clone().fontsize(size));
            let _ = builder.clone().alpha_fade(start, fade_in, end, fade_out);
            prop_assert!(builder.build().to_string().ends_with(":expansion=none"));
        }
    }
}
