use proptest::prelude::*;

use super::*;

fn range(start: i64, end: i64) -> FrameRange {
    FrameRange::new(Frame(start), Frame(end))
}

/// Parts as a valid track has them: gap or overlap, transitions within their clips and apart.
fn valid_parts() -> impl Strategy<Value = Vec<Part>> {
    prop::collection::vec((2i64..200, 0i64..50, 0i64..100, any::<bool>()), 1..20).prop_map(|raw| {
        let mut free = 0;
        let mut parts: Vec<Part> = Vec::new();
        for (length, gap, wish, joined) in raw {
            let overlap = if joined && !parts.is_empty() {
                wish.min(free).min(length)
            } else {
                0
            };
            let gap = if overlap > 0 { 0 } else { gap };
            free = length - overlap;
            parts.push(Part { length, gap, overlap });
        }
        parts
    })
}

fn transitions_of(parts: &[Part]) -> Vec<Transition> {
    let joined = parts.iter().enumerate().filter(|(_, part)| part.overlap > 0);
    joined
        .map(|(index, part)| Transition {
            from: index - 1,
            to: index,
            length: part.overlap,
        })
        .collect()
}

#[test]
fn each_fault_is_told() {
    let clips = [range(0, 90), range(60, 100), range(90, 200), range(300, 310)];
    let t = |from, to, length| Transition { from, to, length };
    for (transitions, expected) in [
        (vec![t(0, 1, 30), t(1, 2, 10)], vec![]),
        (
            vec![t(0, 9, 30), t(0, 1, 30), t(1, 2, 10)],
            vec![TransitionFault::NoSuchClip { transition: 0 }],
        ),
        (
            vec![t(0, 1, 30), t(1, 2, 10), t(0, 1, 30)],
            vec![TransitionFault::Duplicate {
                transition: 2,
                other: 0,
            }],
        ),
        (
            vec![t(0, 1, 30), t(1, 2, 10), t(0, 2, 5)],
            vec![TransitionFault::NotAdjacent { transition: 2 }],
        ),
        (
            vec![t(0, 1, 30), t(1, 2, 10), t(2, 3, 5)],
            vec![TransitionFault::WrongOverlap {
                transition: 2,
                length: 5,
                overlap: -100,
            }],
        ),
        (
            vec![t(0, 1, 30)],
            vec![TransitionFault::Unjoined {
                earlier: 1,
                later: 2,
                range: range(90, 100),
            }],
        ),
        (
            vec![t(0, 1, 30), t(1, 2, 11)],
            vec![
                TransitionFault::WrongOverlap {
                    transition: 1,
                    length: 11,
                    overlap: 10,
                },
                TransitionFault::Crowded {
                    clip: 1,
                    into: 0,
                    out_of: 1,
                    needed: 41,
                    length: 40,
                },
            ],
        ),
        (
            vec![t(0, 1, 30), t(1, 2, 0)],
            vec![
                TransitionFault::Empty {
                    transition: 1,
                    length: 0,
                },
                TransitionFault::WrongOverlap {
                    transition: 1,
                    length: 0,
                    overlap: 10,
                },
            ],
        ),
    ] {
        assert_eq!(
            expected,
            check_transitions(&clips, &transitions),
            "{transitions:?}"
        );
    }
}

#[test]
fn a_transition_longer_than_a_clip_is_told() {
    let faults = check_transitions(
        &[range(0, 10), range(0, 30)],
        &[Transition {
            from: 0,
            to: 1,
            length: 20,
        }],
    );
    assert_eq!(
        vec![
            TransitionFault::TooLong {
                transition: 0,
                clip: 0,
                length: 20,
                longest: 10
            },
            TransitionFault::WrongOverlap {
                transition: 0,
                length: 20,
                overlap: 10
            },
        ],
        faults
    );
}

#[test]
fn time_ranges_are_judged_as_designed() {
    assert_eq!(Ok(()), validate_time_range(10.5, 25.0, 30.0));
    assert_eq!(
        Err(TimeRangeError::NegativeInPoint { value: -1.0 }),
        validate_time_range(-1.0, 2.0, 3.0)
    );
    assert_eq!(
        Err(TimeRangeError::OutBeforeIn {
            in_point: 2.0,
            out_point: 2.0
        }),
        validate_time_range(2.0, 2.0, 3.0)
    );
    assert!(matches!(
        validate_time_range(0.0, f64::NAN, 3.0),
        Err(TimeRangeError::NotFinite { .. })
    ));
}

#[test]
fn seconds_follow_the_same_algebra() {
    let clip = |in_point, out_point, gap, transition| ClipInput {
        in_point,
        out_point,
        gap,
        transition,
    };
    let placed = calculate_clip_positions(&[
        clip(0.0, 10.0, 0.0, 0.0),
        clip(5.0, 15.0, 0.0, 1.0),
        clip(0.0, 0.1, 0.2, 0.0),
    ]);
    let ranges: Vec<_> = placed
        .iter()
        .map(|clip| (clip.timeline_start, clip.timeline_end))
        .collect();
    assert_eq!(vec![(0.0, 10.0), (9.0, 19.0), (19.2, 19.3)], ranges);
}

proptest! {
    #[test]
    fn the_total_is_the_end_of_the_last_clip(parts in valid_parts()) {
        let ranges = positions(&parts);
        let sum = |field: fn(&Part) -> i64| parts.iter().map(field).sum::<i64>();
        let formula = sum(|part| part.length) - sum(|part| part.overlap) + sum(|part| part.gap);
        prop_assert_eq!(formula, total(&parts));
        prop_assert_eq!(Frame(formula), ranges.last().unwrap().end());
    }

    #[test]
    fn parts_and_positions_are_inverse(parts in valid_parts()) {
        prop_assert_eq!(&parts, &super::parts(&positions(&parts)));
    }

    #[test]
    fn a_valid_track_has_no_fault(parts in valid_parts()) {
        prop_assert_eq!(Vec::<TransitionFault>::new(), check_transitions(&positions(&parts), &transitions_of(&parts)));
    }

    #[test]
    fn a_track_without_fault_shows_two_clips_at_most(
        clips in prop::collection::vec((0i64..60, 1i64..30), 1..6),
        transitions in prop::collection::vec((0usize..6, 0usize..6, 1i64..20), 0..6),
        frame in 0i64..90,
    ) {
        let clips: Vec<_> = clips.into_iter().map(|(start, length)| range(start, start + length)).collect();
        let transitions: Vec<_> =
            transitions.into_iter().map(|(from, to, length)| Transition { from, to, length }).collect();
        if check_transitions(&clips, &transitions).is_empty() {
            let shown = clips.iter().filter(|clip| clip.contains(Frame(frame))).count();
            prop_assert!(shown <= 2);
            prop_assert_eq!(transitions.len(), overlaps(&clips).len());
        }
    }

    #[test]
    fn overlaps_are_found_as_by_comparing_all(clips in prop::collection::vec((0i64..100, 0i64..20), 0..12)) {
        let clips: Vec<_> = clips.into_iter().map(|(start, length)| range(start, start + length)).collect();
        let found = overlaps(&clips);
        let any = clips.iter().enumerate().any(|(index, one)| {
            clips.iter().skip(index + 1).any(|two| one.intersect(*two).is_some())
        });
        prop_assert_eq!(any, !found.is_empty());
        for overlap in found {
            prop_assert_eq!(Some(overlap.range), clips[overlap.earlier].intersect(clips[overlap.later]));
        }
    }

    #[test]
    fn seconds_of_any_kind_never_panic(values in prop::collection::vec(any::<(f64, f64, f64, f64)>(), 0..8)) {
        let clips: Vec<_> = values
            .into_iter()
            .map(|(in_point, out_point, gap, transition)| ClipInput { in_point, out_point, gap, transition })
            .collect();
        prop_assert_eq!(clips.len(), calculate_clip_positions(&clips).len());
    }
}
