//! Horizontal bars: a label, a bar, its count and percentage in each row.

use super::canvas::{Anchor, Area, Canvas, Style};
use super::palette::{BASELINE, GREY, INK};
use super::scale::LengthScale;
use super::segments::Brush;
use crate::chart::{Chart, Direction, LabelKind};
use crate::limits::{DrawnBar, Limited};
use crate::numbers::{percent, thousands};
use crate::text::width;

/// The greatest height of a row: few bars do not fill the slide.
const MAX_ROW: f64 = 76.0;

/// The font size in rows.
const ROW_TEXT: f64 = 0.62;

/// The least font size, which 34 rows still have room for.
const MIN_SIZE: f64 = 9.0;

/// The greatest font size.
const MAX_SIZE: f64 = 18.0;

/// The share of a row that its bar takes.
const BAR_SHARE: f64 = 0.72;

/// The greatest width of the labels.
const MAX_LABEL: f64 = 360.0;

/// The distance between a label and its bar, and between a bar and its number.
const GUTTER: f64 = 10.0;

/// The distance between the values and the bars that are no values, in rows.
const SEPARATION: f64 = 0.4;

/// Returns the style of the texts of a row.
fn style_of(bar: &DrawnBar, size: f64, anchor: Anchor) -> Style {
    let colour = match bar.label.kind {
        LabelKind::Value => INK,
        _ => GREY,
    };
    Style {
        size,
        colour,
        anchor,
    }
}

/// Draws the bars.
pub(super) fn draw(
    canvas: &mut Canvas,
    chart: &Chart,
    limited: &Limited,
    scale: LengthScale,
    plot: Area,
) {
    let bars = &limited.bars;
    let is_value =
        |bar: &DrawnBar| matches!(bar.label.kind, LabelKind::Value | LabelKind::Gap { .. });
    let values = bars.iter().filter(|bar| is_value(bar)).count();
    let has_separation = values > 0 && values < bars.len();
    let separation = if has_separation { SEPARATION } else { 0.0 };
    let row = (plot.height / (bars.len() as f64 + separation)).min(MAX_ROW);
    let size = (row * ROW_TEXT).clamp(MIN_SIZE, MAX_SIZE);
    let labels = bars.iter().map(|bar| width(&bar.label.text, size));
    let label_width = labels.fold(0.0, f64::max).min(MAX_LABEL);
    let number = |bar: &DrawnBar| {
        format!(
            "{} ({})",
            thousands(bar.total),
            percent(bar.total, chart.total)
        )
    };
    let number_width = bars
        .iter()
        .map(|bar| width(&number(bar), size))
        .fold(0.0, f64::max);
    let left = plot.left + label_width + GUTTER;
    let longest = plot.right() - left - GUTTER - number_width;
    let top_of = |position: usize| {
        let separation = if position >= values { separation } else { 0.0 };
        plot.top + (position as f64 + separation) * row
    };
    let thickness = row * BAR_SHARE;
    let brush = Brush::new(chart, limited, Direction::Horizontal, thickness);
    for (position, bar) in bars.iter().enumerate() {
        let top = top_of(position);
        let baseline = top + row / 2.0 + size * 0.36;
        let label = style_of(bar, size, Anchor::End);
        canvas.fitted_text(left - GUTTER, baseline, &bar.label.text, label_width, label);
        if matches!(bar.label.kind, LabelKind::Gap { .. }) {
            continue;
        }
        let area = Area {
            left,
            top: top + (row - thickness) / 2.0,
            width: longest,
            height: thickness,
        };
        let length = longest * scale.share(bar.total);
        let length = brush.draw(canvas, bar, area, length);
        if scale.is_cut(bar.total) {
            brush.cut(canvas, area, length);
        }
        let x = left + length + GUTTER;
        canvas.text(
            x,
            baseline,
            &number(bar),
            style_of(bar, size, Anchor::Start),
        );
    }
    let bottom = top_of(bars.len() - 1) + row;
    canvas.line((left, plot.top), (left, bottom), BASELINE);
}
