use proptest::prelude::*;
use serde_json::json;

use super::*;

/// 2^23 seconds: beyond, neighbouring `f64` seconds are more than a flick apart.
const FLICKS_IN_97_DAYS: i64 = Time::FLICKS_PER_SECOND << 23;

fn rate(num: u32, den: u32) -> Rate {
    Rate::new(num, den).unwrap()
}

fn any_rate() -> impl Strategy<Value = Rate> {
    prop_oneof![
        prop::sample::select(vec![
            (24, 1),
            (25, 1),
            (30, 1),
            (48, 1),
            (50, 1),
            (60, 1),
            (120, 1),
            (24_000, 1001),
            (30_000, 1001),
            (60_000, 1001),
            (120_000, 1001),
            (25, 2),
        ])
        .prop_map(|(num, den)| rate(num, den)),
        (1u32..100_000, 100u32..2000).prop_map(|(num, den)| rate(num, den)),
    ]
}

fn drop_frame_rate() -> impl Strategy<Value = Rate> {
    prop::sample::select(vec![rate(30_000, 1001), rate(60_000, 1001), rate(120_000, 1001)])
}

#[test]
fn decimals_name_the_broadcast_rates() {
    for (written, num, den) in [
        (json!(29.97), 30_000, 1001),
        (json!("29.970"), 30_000, 1001),
        (json!(30_000.0 / 1001.0), 30_000, 1001),
        (json!(23.976), 24_000, 1001),
        (json!(23.98), 24_000, 1001),
        (json!(59.94), 60_000, 1001),
        (json!(119.88), 120_000, 1001),
        (json!(30), 30, 1),
        (json!(30.0), 30, 1),
        (json!("30.00"), 30, 1),
        (json!("25"), 25, 1),
        (json!("2997/100"), 2997, 100),
        (json!(12.5), 25, 2),
        (json!(14.999), 14_999, 1000),
        (json!(100.0 / 3.0), 100, 3),
        (json!(1000), 1000, 1),
    ] {
        assert_eq!(Ok(rate(num, den)), Rate::from_json(&written), "{written}");
    }
}

#[test]
fn what_is_no_rate_is_refused() {
    for written in [
        json!(0),
        json!(-30),
        json!(1000.5),
        json!(1e300),
        json!(1e-300),
        json!("0/1"),
        json!("1/0"),
        json!("30fps"),
        json!("1e2"),
        json!("inf"),
        json!(""),
        json!("."),
        json!("30."),
        json!(null),
        json!([30, 1]),
        json!("99999999999999999999999"),
    ] {
        let error = Rate::from_json(&written).unwrap_err();
        assert!(!error.hint().is_empty(), "{written}");
    }
}

#[test]
fn frames_of_the_named_rates_are_whole_flicks() {
    for (num, den) in [24, 25, 30, 48, 50, 60, 90, 100, 120]
        .map(|n| (n, 1))
        .into_iter()
        .chain([24_000, 30_000, 48_000, 60_000, 120_000].map(|n| (n, 1001)))
    {
        assert_eq!(
            0,
            i64::from(den) * Time::FLICKS_PER_SECOND % i64::from(num),
            "{num}/{den}"
        );
    }
    for sample_rate in [
        8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
    ] {
        assert_eq!(0, Time::FLICKS_PER_SECOND % sample_rate, "{sample_rate}");
    }
}

#[test]
fn positions_read_as_people_write_them() {
    let at = |value| parse_position(&value, rate(30, 1)).map(Time::to_seconds);
    for (written, seconds) in [
        (json!(12.5), 12.5),
        (json!(0), 0.0),
        (json!("12.5"), 12.5),
        (json!("10s"), 10.0),
        (json!(" 10 s "), 10.0),
        (json!("500ms"), 0.5),
        (json!("1:30"), 90.0),
        (json!("1:02:03.5"), 3723.5),
        (json!("90:00"), 5400.0),
        (json!("00:01:02:15"), 62.5),
        (json!("315f"), 10.5),
        (json!("-15f"), -0.5),
        (json!("-1:30"), -90.0),
        (json!("-00:00:01:15"), -1.5),
    ] {
        assert_eq!(Ok(seconds), at(written.clone()), "{written}");
    }
}

#[test]
fn what_is_no_position_is_refused_with_a_hint() {
    for written in [
        json!("soon"),
        json!(""),
        json!("f"),
        json!("1.5f"),
        json!("1e3"),
        json!("inf"),
        json!("nan"),
        json!("+1"),
        json!("--1"),
        json!("1:60"),
        json!("1.5:30"),
        json!("1:-30"),
        json!(":30"),
        json!("1:2:3:4:5"),
        json!("00:00:00:30"),
        json!("00:61:00:00"),
        json!("00:00:10;00"),
        json!("00;00;10;00"),
        json!("9999999999999999999f"),
        json!("99999999999f"),
        json!("99999999999999"),
        json!(1e300),
        json!(null),
        json!({"seconds": 1}),
    ] {
        let error = parse_position(&written, rate(30, 1)).unwrap_err();
        assert!(!error.hint().is_empty(), "{written}");
    }
}

#[test]
fn drop_frame_skips_the_labels_of_most_minutes() {
    let rate = rate(30_000, 1001);
    for (frame, label) in [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17_981, "00:09:59;29"),
        (17_982, "00:10:00;00"),
        (17_982 + 1800, "00:11:00;02"),
        (107_892, "01:00:00;00"),
    ] {
        assert_eq!(Some(label), rate.drop_frame_timecode(Frame(frame)).as_deref());
        assert_eq!(Ok(Frame(frame)), rate.parse_timecode(label));
    }
    assert_eq!(
        TimeError::DroppedLabel {
            timecode: "00:01:00;01".into(),
            next: "00:01:00;02".into()
        },
        rate.parse_timecode("00:01:00;01").unwrap_err(),
    );
}

#[test]
fn extremes_saturate_and_never_panic() {
    let slowest = rate(1, u32::MAX);
    assert_eq!(i64::MAX, slowest.time_of(Frame(i64::MAX)).flicks());
    assert_eq!(i64::MIN, slowest.time_of(Frame(i64::MIN)).flicks());
    assert_eq!(i64::MIN, slowest.samples(i64::MIN, u32::MAX));
    assert_eq!(
        i64::MAX,
        (Time::from_flicks(i64::MAX) + Time::from_flicks(1)).flicks()
    );
    assert_eq!(
        None,
        Time::from_flicks(i64::MAX).checked_add(Time::from_flicks(1))
    );
    assert!(slowest.timecode(Frame(i64::MIN)).starts_with('-'));
    assert!(rate(30_000, 1001).drop_frame_timecode(Frame(i64::MIN)).is_some());
}

proptest! {
    #[test]
    fn every_flick_round_trips_over_seconds(flicks in -FLICKS_IN_97_DAYS..FLICKS_IN_97_DAYS) {
        let time = Time::from_flicks(flicks);
        prop_assert_eq!(Ok(time), Time::from_seconds(time.to_seconds()));
        let wire = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(time, serde_json::from_str(&wire).unwrap());
    }

    #[test]
    fn every_frame_round_trips_over_seconds_below_147_days(rate in any_rate(), flicks in -(1i64 << 53)..(1i64 << 53)) {
        let frame = rate.frame_at(Time::from_flicks(flicks - flicks.signum() * 1_000_000_000_000));
        let wire = rate.time_of(frame).to_seconds();
        prop_assert_eq!(frame, rate.frame_at(Time::from_seconds(wire).unwrap()));
    }

    #[test]
    fn a_frame_is_found_again_at_its_time(rate in any_rate(), flicks in -(1i64 << 62)..(1i64 << 62)) {
        let frame = rate.frame_at(Time::from_flicks(flicks));
        let time = rate.time_of(frame);
        prop_assert_eq!(frame, rate.frame_at(time));
        prop_assert!(rate.is_on_grid(time));
    }

    #[test]
    fn frames_keep_the_order_of_times(rate in any_rate(), a in any::<i64>(), b in any::<i64>()) {
        let (early, late) = (a.min(b), a.max(b));
        prop_assert!(rate.frame_at(Time::from_flicks(early)) <= rate.frame_at(Time::from_flicks(late)));
        prop_assert!(rate.time_of(Frame(early)) <= rate.time_of(Frame(late)));
    }

    #[test]
    fn the_nearest_frame_is_within_half_a_frame(rate in any_rate(), flicks in -(1i64 << 53)..(1i64 << 53)) {
        let frame = rate.frame_at(Time::from_flicks(flicks));
        let distance = (flicks - rate.time_of(frame).flicks()).abs();
        let frame_length = Time::FLICKS_PER_SECOND * i64::from(rate.den()) / i64::from(rate.num());
        prop_assert!(distance <= frame_length / 2 + 2, "{} of {}", distance, frame_length);
    }

    #[test]
    fn a_rate_reads_back_from_the_wire(num in 1u32.., den in 1u32..) {
        if let Ok(rate) = Rate::new(num, den) {
            prop_assert_eq!(Ok(rate), Rate::from_json(&rate.to_wire()));
            prop_assert_eq!(Ok(rate), rate.to_string().parse());
        }
    }

    #[test]
    fn drop_frame_labels_are_a_bijection(rate in drop_frame_rate(), frame in 0i64..100_000_000) {
        let label = rate.drop_frame_timecode(Frame(frame)).unwrap();
        prop_assert_eq!(Ok(Frame(frame)), rate.parse_timecode(&label));
        prop_assert_ne!(Some(label), rate.drop_frame_timecode(Frame(frame + 1)));
    }

    #[test]
    fn a_drop_frame_label_stays_with_the_clock(rate in drop_frame_rate(), ten_minutes in 0i64..1000) {
        let label = format!("{:02}:{:02}:00;00", ten_minutes / 6, ten_minutes % 6 * 10);
        let clock = Time::from_seconds(f64::from(i32::try_from(ten_minutes).unwrap()) * 600.0).unwrap();
        let labelled = rate.time_of(rate.parse_timecode(&label).unwrap());
        prop_assert!((labelled - clock).to_seconds().abs() <= 0.001 * f64::from(i32::try_from(ten_minutes).unwrap()));
    }

    #[test]
    fn non_drop_labels_are_a_bijection(rate in any_rate(), frame in -10_000_000i64..10_000_000) {
        prop_assert_eq!(Ok(Frame(frame)), rate.parse_timecode(&rate.timecode(Frame(frame))));
    }

    #[test]
    fn samples_of_adjacent_ranges_add_up(
        rate in any_rate(),
        cuts in prop::collection::vec(0i64..1_000_000, 2..20),
        sample_rate in prop::sample::select(vec![8000u32, 44_100, 48_000, 96_000]),
    ) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let whole = FrameRange::new(Frame(cuts[0]), Frame(cuts[cuts.len() - 1]));
        let parts: i64 = cuts
            .windows(2)
            .map(|pair| rate.samples_in(FrameRange::new(Frame(pair[0]), Frame(pair[1])), sample_rate))
            .sum();
        prop_assert_eq!(rate.samples_in(whole, sample_rate), parts);
    }

    #[test]
    fn samples_are_the_nearest_count(rate in any_rate(), frames in 0i64..10_000_000) {
        let exact = i128::from(frames) * 48_000 * i128::from(rate.den());
        let error = i128::from(rate.samples(frames, 48_000)) * i128::from(rate.num()) - exact;
        prop_assert!(error.abs() * 2 <= i128::from(rate.num()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*", rate in any_rate()) {
        let _ = parse_position(&json!(text), rate);
        let _ = Rate::from_json(&json!(text));
        let _ = rate.parse_timecode(&text);
    }

    #[test]
    fn any_text_of_time_letters_is_read_or_refused(text in "[-0-9:;.fsm ]{0,20}", rate in any_rate()) {
        if let Ok(time) = parse_position(&json!(text), rate) {
            prop_assert!(time.flicks().abs() <= Time::LIMIT.flicks());
        }
    }

    #[test]
    fn an_intersection_holds_what_both_hold(
        a in -50i64..50, b in -50i64..50, c in -50i64..50, d in -50i64..50, frame in -60i64..60,
    ) {
        let (one, two) = (FrameRange::new(Frame(a), Frame(b)), FrameRange::new(Frame(c), Frame(d)));
        let common = one.intersect(two);
        prop_assert_eq!(common, two.intersect(one));
        prop_assert_eq!(
            one.contains(Frame(frame)) && two.contains(Frame(frame)),
            common.is_some_and(|range| range.contains(Frame(frame)))
        );
    }
}
