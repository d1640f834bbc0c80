//! Where a clip lies on the canvas.

use super::super::animated::read_animated;
use super::super::fields::{Field, Fields};
use super::super::{Animated, Crop, Transform};
use super::Reader;
use crate::effects::{self, Params, read_params};
use crate::layout::Anchor;
use crate::problem::Problem;

impl Reader {
    pub fn transform(&mut self, field: &Field<'_>) -> Option<Transform> {
        let mut fields = field.object(&mut self.problems)?;
        let full = Transform::full();
        let x = self.fraction(&mut fields, "x", (-10.0, 10.0), 0.5);
        let y = self.fraction(&mut fields, "y", (-10.0, 10.0), 0.5);
        let width = self.fraction(&mut fields, "width", (0.001, 10.0), 1.0);
        let height = self.fraction(&mut fields, "height", (0.001, 10.0), 1.0);
        let rotation = self.fraction(&mut fields, "rotation", (-36_000.0, 36_000.0), 0.0);
        let opacity = self.fraction(&mut fields, "opacity", (0.0, 1.0), 1.0);
        let anchor = match fields.get("anchor") {
            Some(field) => {
                let names = Anchor::ALL.map(|(name, _)| name);
                field
                    .word(
                        &names,
                        &[("middle", "center"), ("centre", "center")],
                        &mut self.problems,
                    )
                    .and_then(Anchor::from_name)
            }
            None => Some(full.anchor),
        };
        let crop = fields.get("crop").map(|field| {
            let params = read_params(
                effects::find("crop").map_or(&[], |spec| spec.params),
                field.value,
                &field.pointer(),
                self.rate,
                &mut self.problems,
            );
            self.crop(&params, &field.pointer())
        });
        fields.close(&mut self.problems);
        Some(Transform {
            x: x?,
            y: y?,
            width: width?,
            height: height?,
            anchor: anchor?,
            rotation: rotation?,
            opacity: opacity?,
            crop,
        })
    }

    fn fraction(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        (min, max): (f64, f64),
        default: f64,
    ) -> Option<Animated> {
        match fields.get(name) {
            Some(field) => read_animated(&field, min, max, true, self.rate, &mut self.problems),
            None => Some(Animated::Constant(default)),
        }
    }

    pub fn crop(&mut self, params: &Params, pointer: &str) -> Crop {
        let crop = effects::crop::rectangle(params);
        for (edge, extent, name) in [(&crop.x, crop.width, "width"), (&crop.y, crop.height, "height")] {
            if extent <= 0.0 || edge.max() + extent > 1.0 + 1e-9 {
                self.problems.push(
                    Problem::new(
                        "crop.outside",
                        format!("{pointer}/{name}"),
                        "The part is not inside the picture.",
                    )
                    .hint("x + width and y + height are at most 1, and both extents above 0."),
                );
            }
        }
        crop
    }
}
