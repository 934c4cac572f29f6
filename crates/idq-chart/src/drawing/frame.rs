//! The texts around the bars: title, conditions, population, legend, notes.

use super::canvas::{Anchor, Area, Canvas, Style};
use super::palette::{GREY, INK, fill};
use super::{HEIGHT, WIDTH};
use crate::chart::Chart;
use crate::limits::Limited;
use crate::text::{width, wrap};

/// The distance of everything from the edges of the picture.
const MARGIN: f64 = 48.0;

/// The font size of the title.
const TITLE_SIZE: f64 = 28.0;

/// The font size of a title that is shortened rather than made smaller.
const MIN_TITLE_SIZE: f64 = 20.0;

/// The font size of conditions, population and legend.
const TEXT_SIZE: f64 = 15.0;

/// The font size of notes.
const NOTE_SIZE: f64 = 12.0;

/// The distance of two baselines, in font sizes.
const LINE_HEIGHT: f64 = 1.45;

/// The greatest number of lines of the conditions.
const MAX_CONDITION_LINES: usize = 2;

/// The greatest number of lines of notes.
const MAX_NOTES: usize = 4;

/// The side of a square of colour in the legend.
const SWATCH: f64 = 14.0;

/// The greatest width of the label of a series.
const MAX_SERIES_LABEL: f64 = 240.0;

/// Draws the texts around the bars; returns the area that is left for the bars.
pub(super) fn draw(
    canvas: &mut Canvas,
    chart: &Chart,
    limited: &Limited,
    notes: &[String],
) -> Area {
    let available = f64::from(WIDTH) - 2.0 * MARGIN;
    let style = |size, colour| Style {
        size,
        colour,
        anchor: Anchor::Start,
    };
    let mut y = MARGIN + TITLE_SIZE * 0.7;
    let title_size = TITLE_SIZE * (available / width(&chart.title, TITLE_SIZE)).min(1.0);
    let title = style(title_size.max(MIN_TITLE_SIZE), INK);
    canvas.fitted_text(MARGIN, y, &chart.title, available, title);
    y += 8.0;
    let conditions = wrap(&chart.conditions, TEXT_SIZE, available, MAX_CONDITION_LINES);
    let population = wrap(&chart.population, TEXT_SIZE, available, 1);
    for (line, colour) in conditions
        .iter()
        .map(|line| (line, INK))
        .chain(population.iter().map(|line| (line, GREY)))
    {
        y += TEXT_SIZE * LINE_HEIGHT;
        canvas.text(MARGIN, y, line, style(TEXT_SIZE, colour));
    }
    if !chart.series.is_empty() {
        y = draw_legend(canvas, limited, y + 12.0, available);
    }
    let bottom = draw_notes(canvas, notes, available);
    let top = y + 24.0;
    Area {
        left: MARGIN,
        top,
        width: available,
        height: bottom - top,
    }
}

/// Draws a square and a label for each series; returns the lower edge.
fn draw_legend(canvas: &mut Canvas, limited: &Limited, top: f64, available: f64) -> f64 {
    let line_height = TEXT_SIZE * LINE_HEIGHT + 2.0;
    let (mut x, mut y) = (MARGIN, top + line_height * 0.7);
    for (position, series) in limited.series.iter().enumerate() {
        let label = width(&series.text, TEXT_SIZE).min(MAX_SERIES_LABEL);
        let entry = SWATCH + 7.0 + label;
        if x > MARGIN && x + entry > MARGIN + available {
            (x, y) = (MARGIN, y + line_height);
        }
        let swatch = Area {
            left: x,
            top: y - SWATCH + 2.0,
            width: SWATCH,
            height: SWATCH,
        };
        canvas.bar(swatch, fill(series, position));
        let style = Style {
            size: TEXT_SIZE,
            colour: INK,
            anchor: Anchor::Start,
        };
        canvas.fitted_text(x + SWATCH + 7.0, y, &series.text, label.max(1.0), style);
        x += entry + 26.0;
    }
    y + line_height * 0.3
}

/// Writes the notes at the bottom; returns the upper edge.
fn draw_notes(canvas: &mut Canvas, notes: &[String], available: f64) -> f64 {
    let line_height = NOTE_SIZE * LINE_HEIGHT;
    let lines: Vec<String> = notes
        .iter()
        .flat_map(|note| wrap(note, NOTE_SIZE, available, MAX_NOTES))
        .collect();
    // More notes than lines are joined, so that a long one is shortened visibly.
    let lines = if lines.len() > MAX_NOTES {
        wrap(&notes.join(" "), NOTE_SIZE, available, MAX_NOTES)
    } else {
        lines
    };
    let bottom = f64::from(HEIGHT) - MARGIN + 14.0;
    let first = bottom - line_height * lines.len().saturating_sub(1) as f64;
    let style = Style {
        size: NOTE_SIZE,
        colour: GREY,
        anchor: Anchor::Start,
    };
    for (position, line) in lines.iter().enumerate() {
        canvas.text(MARGIN, first + line_height * position as f64, line, style);
    }
    if lines.is_empty() {
        f64::from(HEIGHT) - MARGIN
    } else {
        first - line_height - 6.0
    }
}
