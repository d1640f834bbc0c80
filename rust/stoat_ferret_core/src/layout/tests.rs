use proptest::prelude::*;

use super::*;

#[test]
fn every_named_layout_lies_within_the_output() {
    for name in Layout::NAMES {
        let layout = Layout::from_name(name, PipOptions::default()).unwrap();
        for rect in layout.rects() {
            assert_eq!(
                Ok(*rect),
                Rect::new(rect.x(), rect.y(), rect.width(), rect.height()),
                "{name}"
            );
        }
    }
}

#[test]
fn the_small_picture_stands_in_its_corner() {
    let options = PipOptions {
        size: 0.25,
        margin: 0.125,
    };
    for (name, x, y) in [
        ("pip_top_left", 0.125, 0.125),
        ("pip_top_right", 0.625, 0.125),
        ("pip_bottom_left", 0.125, 0.625),
        ("pip_bottom_right", 0.625, 0.625),
    ] {
        let layout = Layout::from_name(name, options).unwrap();
        assert_eq!(
            [Rect::FULL, Rect::new(x, y, 0.25, 0.25).unwrap()],
            layout.rects(),
            "{name}"
        );
    }
}

#[test]
fn a_layout_that_does_not_fit_is_refused_with_a_hint() {
    for (size, margin) in [
        (0.0, 0.0),
        (1.1, 0.0),
        (0.5, 0.6),
        (0.5, -0.1),
        (f64::NAN, 0.0),
        (0.2, f64::INFINITY),
    ] {
        let error = Layout::from_name("pip_top_left", PipOptions { size, margin }).unwrap_err();
        assert!(!error.hint().is_empty());
    }
    let error = Layout::from_name("grid2x2", PipOptions::default()).unwrap_err();
    assert_eq!("did you mean `grid_2x2`?", error.hint());
}

#[test]
fn neighbours_share_their_edge() {
    let cells = Layout::from_name("grid_2x2", PipOptions::default()).unwrap();
    let boxes: Vec<_> = cells
        .rects()
        .iter()
        .map(|rect| rect.to_pixels(1279, 719))
        .collect();
    assert_eq!(
        PixelBox {
            x: 0,
            y: 0,
            width: 640,
            height: 360
        },
        boxes[0]
    );
    assert_eq!(
        PixelBox {
            x: 640,
            y: 360,
            width: 639,
            height: 359
        },
        boxes[3]
    );
}

#[test]
fn pictures_fit_as_seen() {
    let square = SourceShape::new(640, 360);
    let phone = SourceShape {
        rotation: 270,
        ..square
    };
    let anamorphic = SourceShape {
        sar: (4, 3),
        ..SourceShape::new(1440, 1080)
    };
    let turned_anamorphic = SourceShape {
        rotation: 90,
        ..anamorphic
    };
    for (source, how, scale, crop, pad) in [
        (square, Fit::Contain, (1920, 1080), (0, 0), (0, 0)),
        (square, Fit::Stretch, (1920, 1080), (0, 0), (0, 0)),
        (phone, Fit::Contain, (608, 1080), (0, 0), (656, 0)),
        (phone, Fit::Cover, (1920, 3414), (0, 1166), (0, 0)),
        (phone, Fit::Stretch, (1920, 1080), (0, 0), (0, 0)),
        (anamorphic, Fit::Contain, (1920, 1080), (0, 0), (0, 0)),
        (turned_anamorphic, Fit::Contain, (608, 1080), (0, 0), (656, 0)),
        (
            SourceShape::new(1, 10_000),
            Fit::Contain,
            (2, 1080),
            (0, 0),
            (958, 0),
        ),
        (
            SourceShape {
                sar: (0, 1),
                ..square
            },
            Fit::Contain,
            (1920, 1080),
            (0, 0),
            (0, 0),
        ),
    ] {
        let fitted = fit(source, 1920, 1080, how).unwrap();
        assert_eq!(
            scale,
            (fitted.scale_width, fitted.scale_height),
            "{source:?} {how:?}"
        );
        assert_eq!(crop, (fitted.crop_x, fitted.crop_y), "{source:?} {how:?}");
        assert_eq!(pad, (fitted.pad_x, fitted.pad_y), "{source:?} {how:?}");
    }
}

#[test]
fn what_has_no_area_or_is_a_sliver_is_refused() {
    assert!(matches!(
        fit(SourceShape::new(0, 9), 10, 10, Fit::Contain),
        Err(LayoutError::NoArea { .. })
    ));
    assert!(matches!(
        fit(SourceShape::new(9, 9), 1, 10, Fit::Contain),
        Err(LayoutError::NoArea { .. })
    ));
    let sliver = fit(SourceShape::new(1, 10_000), 1920, 1080, Fit::Cover);
    assert!(matches!(sliver, Err(LayoutError::TooNarrow { .. })));
}

proptest! {
    #[test]
    fn a_fit_fills_its_box_and_keeps_the_shape(
        width in 1u32..8000,
        height in 1u32..8000,
        sar in (0u32..200, 0u32..200),
        rotation in prop::sample::select(vec![0u32, 90, 180, 270]),
        box_width in 2u32..4000,
        box_height in 2u32..4000,
        how in prop::sample::select(vec![Fit::Contain, Fit::Cover, Fit::Stretch]),
    ) {
        let source = SourceShape { width, height, sar, rotation };
        let Ok(fitted) = fit(source, box_width, box_height, how) else {
            prop_assert_eq!(Fit::Cover, how);
            return Ok(());
        };
        let sizes = [fitted.scale_width, fitted.scale_height, fitted.width, fitted.height];
        prop_assert!(sizes.iter().all(|size| *size >= 2 && size % 2 == 0), "{:?}", fitted);
        let offsets = [fitted.crop_x, fitted.crop_y, fitted.pad_x, fitted.pad_y];
        prop_assert!(offsets.iter().all(|offset| offset % 2 == 0), "{:?}", fitted);
        prop_assert!(fitted.crop_x + fitted.width <= fitted.scale_width);
        prop_assert!(fitted.crop_y + fitted.height <= fitted.scale_height);
        prop_assert!(fitted.pad_x + fitted.width <= box_width && fitted.pad_y + fitted.height <= box_height);
        let (even_width, even_height) = (box_width & !1, box_height & !1);
        if how == Fit::Contain {
            prop_assert!(!fitted.is_cropped());
            prop_assert!(fitted.width == even_width || fitted.height == even_height);
        } else {
            prop_assert_eq!((even_width, even_height), (fitted.width, fitted.height));
        }
        if how != Fit::Stretch {
            let (across, down) = if sar.0 == 0 || sar.1 == 0 { (1, 1) } else { sar };
            let seen = (f64::from(width) * f64::from(across), f64::from(height) * f64::from(down));
            let (seen_width, seen_height) = if rotation % 180 == 90 { (seen.1, seen.0) } else { seen };
            let by_width = (f64::from(fitted.scale_width) * seen_height / seen_width - f64::from(fitted.scale_height)).abs();
            let by_height = (f64::from(fitted.scale_height) * seen_width / seen_height - f64::from(fitted.scale_width)).abs();
            let smallest = fitted.scale_width.min(fitted.scale_height) == 2;
            prop_assert!(smallest || by_width.min(by_height) <= 1.0 + 1e-6, "{:?}", fitted);
        }
    }

    #[test]
    fn boxes_stay_within_the_output(
        x in 0.0f64..1.0, y in 0.0f64..1.0, width in 0.0f64..1.0, height in 0.0f64..1.0,
        columns in 4u32..4000, rows in 4u32..4000,
    ) {
        if let Ok(rect) = Rect::new(x, y, width, height) {
            let pixels = rect.to_pixels(columns, rows);
            prop_assert!(pixels.x >= 0 && pixels.y >= 0);
            prop_assert!(pixels.x % 2 == 0 && pixels.y % 2 == 0);
            prop_assert!((f64::from(pixels.x) - x * f64::from(columns)).abs() <= 1.0);
            prop_assert!(pixels.width >= 2 && pixels.height >= 2);
            prop_assert!(pixels.x + i32::try_from(pixels.width).unwrap() <= i32::try_from(columns).unwrap() + 2);
        }
    }

    #[test]
    fn any_numbers_are_placed_or_refused(values in any::<[f64; 4]>(), columns in any::<u32>(), rows in any::<u32>()) {
        let [x, y, width, height] = values;
        if let Ok(rect) = Rect::new(x, y, width, height) {
            let _ = rect.to_pixels(columns, rows);
        }
        for (_, anchor) in Anchor::ALL {
            if let Ok(rect) = Rect::anchored(x, y, width, height, anchor) {
                let _ = rect.to_pixels(columns, rows);
            }
        }
    }

    #[test]
    fn any_shape_is_fitted_or_refused(
        width in any::<u32>(), height in any::<u32>(), sar in any::<(u32, u32)>(), rotation in any::<u32>(),
        box_width in any::<u32>(), box_height in any::<u32>(),
    ) {
        let source = SourceShape { width, height, sar, rotation };
        let _ = source.display_size();
        for how in [Fit::Contain, Fit::Cover, Fit::Stretch] {
            let _ = fit(source, box_width, box_height, how);
        }
    }
}
