//! [`Brush`]: drawing of bars, with a segment for each series.

use super::canvas::{Anchor, Area, Canvas, Style};
use super::palette::{Fill, fill};
use crate::chart::{Chart, Direction};
use crate::limits::{DrawnBar, Limited};
use crate::numbers::thousands;
use crate::text::width;

/// The least length of a bar with records, in pixels, so that it is visible.
const MIN_LENGTH: f64 = 1.5;

/// The least distance of a number in a segment from its edges, both sides together.
const NUMBER_PADDING: f64 = 6.0;

/// The greatest font size of a number in a segment.
const MAX_NUMBER_SIZE: f64 = 13.0;

/// The least font size of a number in a segment.
const MIN_NUMBER_SIZE: f64 = 9.0;

/// The font size of a number in a horizontal bar, in thicknesses of the bar.
const NUMBER_SHARE: f64 = 0.7;

/// The height of digits, in font sizes.
const DIGIT_HEIGHT: f64 = 0.73;

/// The width of the strip that cuts a bar.
const CUT_WIDTH: f64 = 6.0;

/// The position of that strip in a bar, in lengths of the bar.
const CUT_POSITION: f64 = 0.92;

/// The style of all bars of a picture.
pub(super) struct Brush {
    direction: Direction,
    /// The fills of the series; none for a chart without series, whose bars have the fills of their labels.
    fills: Vec<Fill>,
    /// The font size of numbers in segments; `None` if they have none.
    number_size: Option<f64>,
}

impl Brush {
    /// Chooses the fills of the series and the size of numbers for bars of a thickness in pixels.
    pub(super) fn new(
        chart: &Chart,
        limited: &Limited,
        direction: Direction,
        thickness: f64,
    ) -> Self {
        if chart.series.is_empty() {
            return Self {
                direction,
                fills: Vec::new(),
                number_size: None,
            };
        }
        let series = limited.series.iter().enumerate();
        let number_size = match direction {
            Direction::Horizontal => Some((thickness * NUMBER_SHARE).min(MAX_NUMBER_SIZE)),
            // Numbers in some columns only would look like a selection.
            Direction::Vertical => {
                let counts = limited.bars.iter().flat_map(|bar| &bar.counts);
                let widest = counts
                    .map(|&count| width(&thousands(count), 1.0))
                    .fold(0.0, f64::max);
                Some(((thickness - NUMBER_PADDING) / widest.max(0.1)).min(MAX_NUMBER_SIZE))
            }
        };
        Self {
            direction,
            fills: series
                .map(|(position, label)| fill(label, position))
                .collect(),
            number_size: number_size.filter(|&size| size >= MIN_NUMBER_SIZE),
        }
    }

    /// Draws a bar of `length` pixels in `area`, which is that of the longest bar; returns the drawn length.
    pub(super) fn draw(&self, canvas: &mut Canvas, bar: &DrawnBar, area: Area, length: f64) -> f64 {
        if bar.total == 0 {
            return 0.0;
        }
        let length = length.max(MIN_LENGTH);
        if self.fills.is_empty() {
            // All values have the first colour.
            canvas.bar(self.segment(area, 0.0, length), fill(&bar.label, 0));
            return length;
        }
        // `bar.total` saturates, so the counts may sum to more.
        let total: f64 = bar.counts.iter().map(|&count| count as f64).sum();
        let mut start = 0.0;
        for (&count, &fill) in bar
            .counts
            .iter()
            .zip(&self.fills)
            .filter(|(count, _)| **count > 0)
        {
            let part = length * (count as f64 / total);
            let segment = self.segment(area, start, part);
            canvas.bar(segment, fill);
            self.draw_number(canvas, segment, count, fill);
            start += part;
        }
        length
    }

    /// Returns the part of an area between two lengths.
    fn segment(&self, area: Area, start: f64, length: f64) -> Area {
        match self.direction {
            Direction::Horizontal => Area {
                left: area.left + start,
                width: length,
                ..area
            },
            Direction::Vertical => Area {
                top: area.bottom() - start - length,
                height: length,
                ..area
            },
        }
    }

    /// Writes the count of a segment into it, if it fits.
    fn draw_number(&self, canvas: &mut Canvas, segment: Area, count: u64, fill: Fill) {
        let Some(size) = self.number_size else {
            return;
        };
        let number = thousands(count);
        let fits = width(&number, size) + NUMBER_PADDING <= segment.width + 0.01
            && size * DIGIT_HEIGHT + NUMBER_PADDING / 2.0 <= segment.height;
        if !fits {
            return;
        }
        let style = Style {
            size,
            colour: fill.ink,
            anchor: Anchor::Middle,
        };
        let x = segment.left + segment.width / 2.0;
        let y = segment.top + segment.height / 2.0 + size * DIGIT_HEIGHT / 2.0;
        if fill.is_hatched {
            canvas.outlined_text(x, y, &number, style);
        } else {
            canvas.text(x, y, &number, style);
        }
    }

    /// Draws the mark of a bar that is longer than it is drawn: a slanted strip near its end.
    pub(super) fn cut(&self, canvas: &mut Canvas, area: Area, length: f64) {
        let at = length * CUT_POSITION;
        let slant = CUT_WIDTH / 2.0;
        let edges = [0.0, CUT_WIDTH].map(|offset| match self.direction {
            Direction::Horizontal => {
                let x = area.left + at + offset;
                [
                    (x - slant, area.bottom() + 2.0),
                    (x + slant, area.top - 2.0),
                ]
            }
            Direction::Vertical => {
                let y = area.bottom() - at - offset;
                [
                    (area.left - 2.0, y + slant),
                    (area.right() + 2.0, y - slant),
                ]
            }
        });
        canvas.cut(edges);
    }
}
