//! Arrangement of a chart on a slide, as SVG elements.

mod canvas;
mod dates;
mod frame;
mod horizontal;
mod palette;
mod scale;
mod segments;
mod vertical;

use self::canvas::{Anchor, Canvas, Style};
use self::scale::LengthScale;
use crate::chart::{Chart, Direction, LabelKind};
use crate::limits::Limited;

/// The width of a picture in pixels.
pub(crate) const WIDTH: u32 = 1280;

/// The height of a picture in pixels: the shape of a slide.
pub(crate) const HEIGHT: u32 = 720;

/// The sentence on bars that are shorter than their counts.
const CUT_NOTE: &str = "A bar with a break is longer than it is drawn.";

/// Draws a chart; returns the SVG, and the number of texts with a character that the font lacks.
pub(crate) fn draw(chart: &Chart) -> (String, usize) {
    let limited = Limited::new(chart);
    let scale = LengthScale::new(&limited.bars);
    let mut canvas = Canvas::new(
        f64::from(WIDTH),
        f64::from(HEIGHT),
        &chart.title,
        &chart.population,
    );
    let plot = frame::draw(&mut canvas, chart, &limited, &notes(chart, &limited, scale));
    if limited.bars.is_empty() {
        let style = Style {
            size: 20.0,
            colour: palette::GREY,
            anchor: Anchor::Middle,
        };
        let middle = (plot.left + plot.width / 2.0, plot.top + plot.height / 2.0);
        canvas.text(middle.0, middle.1, "No records", style);
        return canvas.finish();
    }
    match chart.direction {
        Direction::Horizontal => horizontal::draw(&mut canvas, chart, &limited, scale, plot),
        Direction::Vertical => vertical::draw(&mut canvas, chart, &limited, scale, plot),
    }
    canvas.finish()
}

/// Returns the sentences below the bars.
fn notes(chart: &Chart, limited: &Limited, scale: LengthScale) -> Vec<String> {
    let mut notes = chart.notes.clone();
    if chart.direction == Direction::Vertical {
        let gaps = limited.bars.iter().filter_map(|bar| match bar.label.kind {
            LabelKind::Gap { values } => Some(crate::numbers::thousands(values)),
            _ => None,
        });
        let gaps: Vec<String> = gaps.collect();
        match gaps.as_slice() {
            [] => {}
            [gap] => notes.push(format!("⋯ stands for {gap} values without records.")),
            gaps => notes.push(format!(
                "⋯ stands for values without records, from left to right: {}.",
                gaps.join(", ")
            )),
        }
    }
    if limited.bars.iter().any(|bar| scale.is_cut(bar.total)) {
        notes.push(CUT_NOTE.to_owned());
    }
    notes
}
