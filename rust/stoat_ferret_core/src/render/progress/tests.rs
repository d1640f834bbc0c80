use proptest::prelude::*;

use super::*;

fn parser(frames: u64) -> ProgressParser {
    ProgressParser::new(Expected {
        frames: Some(frames),
        seconds: None,
    })
}

#[test]
fn a_block_as_ffmpeg_writes_it_is_read() {
    let block = "frame=42\nfps=21.10\nstream_0_0_q=28.0\nbitrate=  77.8kbits/s\ntotal_size=48\n\
                 out_time_us=1433333\nout_time_ms=1433333\nout_time=00:00:01.433333\ndup_frames=0\n\
                 drop_frames=0\nspeed=0.717x\nprogress=continue\n";
    let expected = Progress {
        frame: 42,
        fps: Some(21.1),
        speed: Some(0.717),
        out_time: 1.433_333,
        percent: 42.0,
        eta_seconds: Some(58.0 / 21.0),
        finished: false,
    };
    assert_eq!(Some(expected), parser(100).feed(block, 2.0));
    assert_eq!(
        Some(expected),
        parser(100).feed(&block.replace('\n', "\r\n"), 2.0)
    );
}

#[test]
fn values_that_are_not_known_yet_are_none() {
    let block = "frame=0\nfps=0.00\nbitrate=N/A\ntotal_size=N/A\nout_time_us=N/A\nout_time_ms=N/A\n\
                 out_time=N/A\nspeed=N/A\nprogress=continue\n";
    let progress = parser(100).feed(block, 0.1).unwrap();
    assert_eq!(
        Progress {
            fps: Some(0.0),
            ..Progress::default()
        },
        progress
    );
}

#[test]
fn a_run_without_pictures_counts_seconds() {
    let mut parser = ProgressParser::new(Expected {
        frames: None,
        seconds: Some(10.0),
    });
    let progress = parser
        .feed("out_time_ms=2500000\nprogress=continue\n", 1.0)
        .unwrap();
    assert_eq!((25.0, Some(3.0)), (progress.percent, progress.eta_seconds));
}

#[test]
fn all_frames_done_is_not_yet_finished() {
    let mut parser = parser(100);
    let done = parser.feed("frame=100\nprogress=continue\n", 1.0).unwrap();
    assert_eq!((100.0, false), (done.percent, done.finished));
    let ended = parser.feed("frame=101\nprogress=end\n", 2.0).unwrap();
    assert_eq!(
        (100.0, true, Some(0.0)),
        (ended.percent, ended.finished, ended.eta_seconds)
    );
}

#[test]
fn a_run_that_was_stopped_is_not_made_complete() {
    let ended = parser(100).feed("frame=40\nprogress=end\n", 1.0).unwrap();
    assert_eq!((40.0, true), (ended.percent, ended.finished));
}

#[test]
fn the_estimate_follows_the_measured_throughput() {
    let mut parser = parser(1000);
    parser.feed("frame=100\nprogress=continue\n", 1.0);
    let slowing: Vec<f64> = (2..40u32)
        .map(|second| {
            let line = format!("frame={}\nprogress=continue\n", 100 + second * 10);
            parser
                .feed(&line, f64::from(second))
                .unwrap()
                .eta_seconds
                .unwrap()
        })
        .collect();
    assert!(slowing[0] > 8.0 && slowing[0] < 20.0, "{slowing:?}");
    let at_ten_per_second = (1000.0 - 490.0) / 10.0;
    assert!((slowing[37] - at_ten_per_second).abs() < 1.0, "{slowing:?}");
}

#[test]
fn a_line_without_end_is_dropped() {
    let mut parser = parser(10);
    for _ in 0..1000 {
        parser.feed("frame=1frame=1frame=1", 0.5);
    }
    assert!(parser.line.len() <= LONGEST_LINE);
    let progress = parser.feed("\nframe=5\nprogress=continue\n", 1.0).unwrap();
    assert_eq!(5, progress.frame);
}

fn any_line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "frame",
        "fps",
        "speed",
        "out_time_us",
        "out_time_ms",
        "progress",
        "x",
    ]);
    let value = prop_oneof![
        "[0-9]{1,25}",
        "-?[0-9.eE]{1,8}x?",
        Just("N/A".to_owned()),
        Just("continue".to_owned()),
        Just("inf".to_owned()),
        ".{0,8}",
    ];
    (key, value).prop_map(|(key, value)| format!("{key}={value}"))
}

proptest! {
    #[test]
    fn any_lines_are_read_and_progress_never_falls(
        lines in prop::collection::vec((any_line(), -1.0f64..100.0), 0..60),
        frames in prop::option::of(any::<u64>()),
        seconds in prop::option::of(any::<f64>()),
    ) {
        let mut parser = ProgressParser::new(Expected { frames, seconds });
        let mut before = *parser.latest();
        for (line, elapsed) in lines {
            if let Some(now) = parser.feed(&format!("{line}\n"), elapsed) {
                prop_assert!(now.percent >= before.percent && now.percent <= 100.0);
                prop_assert!(now.frame >= before.frame && now.out_time >= before.out_time);
                prop_assert!(now.eta_seconds.is_none_or(|eta| eta.is_finite() && eta >= 0.0));
                prop_assert!(now.finished >= before.finished);
                before = now;
            }
        }
    }

    #[test]
    fn any_text_is_survived(pieces in prop::collection::vec(any::<String>(), 0..20), elapsed in any::<f64>()) {
        let mut parser = parser(10);
        for piece in pieces {
            if let Some(progress) = parser.feed(&piece, elapsed) {
                prop_assert!(progress.percent <= 100.0);
            }
        }
    }

    #[test]
    fn it_does_not_matter_where_the_output_is_cut(cuts in prop::collection::vec(1usize..20, 1..40)) {
        let text = "frame=10\nfps=5\nprogress=continue\nframe=20\nspeed=2x\nprogress=end\n";
        let mut whole = parser(20);
        whole.feed(text, 1.0);
        let mut parts = parser(20);
        let mut rest = text;
        for cut in cuts {
            let (piece, left) = rest.split_at(cut.min(rest.len()));
            parts.feed(piece, 1.0);
            rest = left;
        }
        parts.feed(rest, 1.0);
        prop_assert_eq!(whole.latest(), parts.latest());
    }
}
