//! Columns from left to right, with an axis of numbers.

use super::canvas::{Anchor, Area, Canvas, Style};
use super::dates::labelled;
use super::palette::{BASELINE, GREY, GRID, INK};
use super::scale::LengthScale;
use super::segments::Brush;
use crate::chart::{Chart, Direction, LabelKind};
use crate::limits::{DrawnBar, Limited};
use crate::numbers::{thousands, tick_step};
use crate::text::width;

/// The font size of the labels of columns and ticks.
const LABEL_SIZE: f64 = 13.0;

/// The font sizes of numbers above columns, from which the greatest that fits is chosen.
const NUMBER_SIZES: [f64; 4] = [13.0, 12.0, 11.0, 10.0];

/// The height of the numbers above the columns.
const NUMBER_HEIGHT: f64 = 22.0;

/// The height of the labels below the columns.
const LABEL_HEIGHT: f64 = 24.0;

/// The greatest width of a column with its distance: few columns do not fill the slide.
const MAX_SLOT: f64 = 180.0;

/// The greatest width of a column that is no value.
const MAX_ABSENT_SLOT: f64 = 150.0;

/// The greatest width of the mark of a gap.
const MAX_GAP_SLOT: f64 = 30.0;

/// The distance between the values and the columns that are no values.
const SEPARATION: f64 = 24.0;

/// The share of a slot that its column takes.
const COLUMN_SHARE: f64 = 0.78;

/// The left edge and the width of the slot of each column.
struct Slots {
    /// Left edges and widths, in the order of the bars.
    slots: Vec<(f64, f64)>,
    /// The width of the slot of a value.
    value: f64,
}

/// Returns whether a column is on the line of values.
fn is_on_line(bar: &DrawnBar) -> bool {
    matches!(bar.label.kind, LabelKind::Value | LabelKind::Gap { .. })
}

/// Returns whether a column is the mark of a gap.
fn is_gap(bar: &DrawnBar) -> bool {
    matches!(bar.label.kind, LabelKind::Gap { .. })
}

impl Slots {
    /// Divides the width of an area.
    fn new(bars: &[DrawnBar], area: Area) -> Self {
        let absent_slot = |bar: &DrawnBar| {
            let widest = width(&bar.label.text, LABEL_SIZE)
                .max(width(&thousands(bar.total), NUMBER_SIZES[0]));
            (widest + 18.0).min(MAX_ABSENT_SLOT)
        };
        let absent: f64 = bars
            .iter()
            .filter(|bar| !is_on_line(bar))
            .map(absent_slot)
            .sum();
        let gaps = bars.iter().filter(|bar| is_gap(bar)).count() as f64;
        let values = bars
            .iter()
            .filter(|bar| bar.label.kind == LabelKind::Value)
            .count() as f64;
        let separation = if absent > 0.0 && values + gaps > 0.0 {
            SEPARATION
        } else {
            0.0
        };
        let available = area.width - absent - separation;
        let gap = MAX_GAP_SLOT.min(available / 2.0 / gaps.max(1.0));
        let value = ((available - gaps * gap) / values.max(1.0)).min(MAX_SLOT);
        let mut left = area.left;
        let mut is_separated = false;
        let mut slots = Vec::with_capacity(bars.len());
        for bar in bars {
            let slot = match bar.label.kind {
                LabelKind::Value => value,
                LabelKind::Gap { .. } => gap,
                _ => absent_slot(bar),
            };
            if !is_on_line(bar) && !is_separated {
                left += separation;
                is_separated = true;
            }
            slots.push((left, slot));
            left += slot;
        }
        Self { slots, value }
    }
}

/// Draws the columns.
pub(super) fn draw(
    canvas: &mut Canvas,
    chart: &Chart,
    limited: &Limited,
    scale: LengthScale,
    plot: Area,
) {
    let step = tick_step(scale.greatest);
    let tick_width = width(&thousands(scale.greatest / step * step), LABEL_SIZE);
    let left = plot.left + tick_width + 10.0;
    let area = Area {
        left,
        top: plot.top + NUMBER_HEIGHT,
        width: plot.right() - left,
        height: plot.height - NUMBER_HEIGHT - LABEL_HEIGHT,
    };
    draw_axis(canvas, scale, step, area);
    let bars = &limited.bars;
    let slots = Slots::new(bars, area);
    let number_size = number_size(bars, slots.value);
    let brush = Brush::new(
        chart,
        limited,
        Direction::Vertical,
        slots.value * COLUMN_SHARE,
    );
    for (bar, &(left, slot)) in bars.iter().zip(&slots.slots) {
        let thickness = if is_on_line(bar) {
            slot * COLUMN_SHARE
        } else {
            (slot * COLUMN_SHARE).min(slots.value.max(24.0))
        };
        let centre = left + slot / 2.0;
        let column = Area {
            left: centre - thickness / 2.0,
            width: thickness,
            ..area
        };
        let length = area.height * scale.share(bar.total);
        let length = brush.draw(canvas, bar, column, length);
        if scale.is_cut(bar.total) {
            brush.cut(canvas, column, length);
        }
        // Columns without a value have room for their number always; it is needed where they are cut.
        let (size, colour) = match number_size {
            Some(size) if is_on_line(bar) => (size, INK),
            None if is_on_line(bar) => continue,
            _ => (NUMBER_SIZES[0], GREY),
        };
        if bar.total > 0 {
            let style = Style {
                size,
                colour,
                anchor: Anchor::Middle,
            };
            canvas.text(
                centre,
                area.bottom() - length - 6.0,
                &thousands(bar.total),
                style,
            );
        }
    }
    canvas.line(
        (area.left, area.bottom()),
        (area.right(), area.bottom()),
        BASELINE,
    );
    draw_labels(canvas, bars, &slots, (plot.left, area.bottom()));
}

/// Draws the lines and the numbers of the axis.
fn draw_axis(canvas: &mut Canvas, scale: LengthScale, step: u64, area: Area) {
    let style = Style {
        size: LABEL_SIZE,
        colour: GREY,
        anchor: Anchor::End,
    };
    for tick in 0..=scale.greatest / step {
        let count = tick * step;
        let y = area.bottom() - area.height * scale.share(count);
        if count > 0 {
            canvas.line((area.left, y), (area.right(), y), GRID);
        }
        canvas.text(
            area.left - 8.0,
            y + LABEL_SIZE * 0.36,
            &thousands(count),
            style,
        );
    }
}

/// Returns the greatest font size at which the numbers of all values fit above their columns; `None` if there is none.
fn number_size(bars: &[DrawnBar], slot: f64) -> Option<f64> {
    let values = bars.iter().filter(|bar| is_on_line(bar));
    let numbers: Vec<String> = values.map(|bar| thousands(bar.total)).collect();
    let fits = |size: &f64| {
        numbers
            .iter()
            .all(|number| width(number, *size) + 4.0 <= slot)
    };
    NUMBER_SIZES.into_iter().find(fits)
}

/// Writes the labels below the columns, not left of `left`.
fn draw_labels(canvas: &mut Canvas, bars: &[DrawnBar], slots: &Slots, (left, bottom): (f64, f64)) {
    let baseline = bottom + LABEL_HEIGHT - 6.0;
    let style = |colour| Style {
        size: LABEL_SIZE,
        colour,
        anchor: Anchor::Middle,
    };
    let (mut texts, mut centres) = (Vec::new(), Vec::new());
    for (bar, &(slot_left, slot)) in bars.iter().zip(&slots.slots) {
        let centre = slot_left + slot / 2.0;
        match bar.label.kind {
            LabelKind::Value => {
                texts.push(bar.label.text.as_str());
                centres.push(centre);
            }
            // Above the line, because the label of a narrow column may need the space below.
            LabelKind::Gap { .. } => canvas.text(centre, bottom - 6.0, "⋯", style(GREY)),
            _ => canvas.fitted_text(centre, baseline, &bar.label.text, slot - 6.0, style(GREY)),
        }
    }
    let is_labelled = labelled(&texts, &centres, slots.value, LABEL_SIZE);
    let limit = MAX_SLOT.max(slots.value);
    for ((text, &centre), is_labelled) in texts.iter().zip(&centres).zip(is_labelled) {
        if is_labelled {
            // The label of the first column does not leave the area.
            let half = width(text, LABEL_SIZE).min(limit) / 2.0;
            canvas.fitted_text(centre.max(left + half), baseline, text, limit, style(INK));
        }
    }
}
