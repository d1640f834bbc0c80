use super::*;

#[test]
fn levels_are_read_in_every_spelling() {
    for (expected, given) in [
        ("volume=-3dB", "-3dB"),
        ("volume=-3dB", " -3.0 db "),
        ("volume=6.5dB", "+6.5DB"),
        ("volume=0dB", "0"),
    ] {
        assert_eq!(
            expected,
            VolumeBuilder::from_db(given).unwrap().build().to_string()
        );
    }
    for given in ["", "dB", "loud", "-3dBx", "nan", "inf", "21dB", "-101", "é", "3é"] {
        assert!(VolumeBuilder::from_db(given).is_err(), "{given:?}");
    }
}

#[test]
fn an_expression_is_evaluated_per_frame() {
    let ramp = Expr::min(
        Expr::constant(1.0),
        Expr::var(super::super::expression::Variable::T),
    );
    let filter = VolumeBuilder::from_expression(ramp).unwrap().build();
    assert_eq!(r"volume=min(1\,t):eval=frame", filter.to_string());
}

#[test]
fn what_is_left_out_is_not_printed() {
    assert_eq!("amix=inputs=2", AmixBuilder::new(2).unwrap().build().to_string());
    assert_eq!(
        "afade=t=out:d=1",
        AfadeBuilder::new(FadeDirection::Out, 1.0)
            .unwrap()
            .build()
            .to_string()
    );
}

#[test]
fn values_out_of_range_are_refused() {
    assert!(VolumeBuilder::new(10.1).is_err());
    assert!(VolumeBuilder::new(f64::NAN).is_err());
    assert!(AmixBuilder::new(1).is_err());
    assert!(AmixBuilder::new(33).is_err());
    assert!(AmixBuilder::new(2).unwrap().weights(vec![1.0]).is_err());
    assert!(AmixBuilder::new(2).unwrap().weights(vec![1.0, -1.0]).is_err());
    assert!(AfadeBuilder::new(FadeDirection::In, 0.0).is_err());
    assert!(DuckingPattern::new().threshold(0.0).is_err());
    assert!(DuckingPattern::new().ratio(21.0).is_err());
    assert!(DuckingPattern::new().attack(2001.0).is_err());
    assert!(DuckingPattern::new().release(0.0).is_err());
}

#[test]
fn unknown_curves_name_the_nearest() {
    let error = "qsinn".parse::<Curve>().unwrap_err();
    assert_eq!("there is no curve \"qsinn\"", error.to_string());
    assert_eq!("did you mean `qsin`?", error.hint());
}
