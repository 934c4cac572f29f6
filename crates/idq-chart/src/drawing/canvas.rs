//! [`Canvas`]: a writer of SVG elements.

use std::borrow::Cow;
use std::fmt::Write;

use super::palette::{BACKGROUND, Fill, PATTERNS};
use crate::text::{Shortening, fit, is_covered};

/// The least width and height of a rectangle with an outline, in pixels.
const MIN_OUTLINED: f64 = 4.0;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    /// Returns the right edge.
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Returns the lower edge.
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// The point of a text that its position refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The style of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// The font size in pixels.
    pub(super) size: f64,
    pub(super) colour: &'static str,
    pub(super) anchor: Anchor,
}

/// The SVG elements of a picture.
pub(super) struct Canvas {
    svg: String,
    /// The number of texts with a character that the font lacks.
    uncovered: usize,
}

impl Canvas {
    /// Starts a picture with a background; `title` and `description` are for screen readers.
    pub(super) fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        let mut canvas = Self {
            svg: String::new(),
            uncovered: 0,
        };
        let (title, description) = (escape(title), escape(description));
        canvas.push(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" role=\"img\">\n\
             <title>{title}</title>\n<desc>{description}</desc>\n{PATTERNS}\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{BACKGROUND}\"/>\n"
        ));
        canvas
    }

    /// Ends the picture; returns the SVG, and the number of texts with a character that the font lacks.
    pub(super) fn finish(mut self) -> (String, usize) {
        self.svg.push_str("</svg>\n");
        (self.svg, self.uncovered)
    }

    /// Draws a filled rectangle. A thin one has no outline, which would hide its colour.
    pub(super) fn bar(&mut self, area: Area, fill: Fill) {
        let outline = if area.width.min(area.height) < MIN_OUTLINED {
            "none"
        } else {
            fill.outline
        };
        self.push(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{outline}\" stroke-width=\"0.75\"/>\n",
            Pixels(area.left),
            Pixels(area.top),
            Pixels(area.width),
            Pixels(area.height),
            fill.paint,
        ));
    }

    /// Draws a line from one point to another.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        self.push(format_args!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{colour}\"/>\n",
            Pixels(from.0),
            Pixels(from.1),
            Pixels(to.0),
            Pixels(to.1),
        ));
    }

    /// Draws a strip in the colour of the background, which cuts a bar in two, between two edges of two points each.
    pub(super) fn cut(&mut self, edges: [[(f64, f64); 2]; 2]) {
        let [[a, b], [c, d]] = edges;
        let corners = [a, b, d, c].map(|(x, y)| format!("{},{}", Pixels(x), Pixels(y)));
        let corners = corners.join(" ");
        self.push(format_args!(
            "<polygon points=\"{corners}\" fill=\"{BACKGROUND}\"/>\n"
        ));
        for [from, to] in edges {
            self.line(from, to, super::palette::GREY);
        }
    }

    /// Writes a text whose baseline is at `y`.
    pub(super) fn text(&mut self, x: f64, y: f64, text: &str, style: Style) {
        self.write_text(x, y, text, style, "");
    }

    /// Writes a text with an outline in the colour of the background, for a hatched one.
    pub(super) fn outlined_text(&mut self, x: f64, y: f64, text: &str, style: Style) {
        let outline = format!(" stroke=\"{BACKGROUND}\" stroke-width=\"4\" paint-order=\"stroke\"");
        self.write_text(x, y, text, style, &outline);
    }

    /// Writes a text that is shortened to a width; the whole text is in the element's title.
    pub(super) fn fitted_text(&mut self, x: f64, y: f64, text: &str, limit: f64, style: Style) {
        let fitting = fit(text, style.size, limit, Shortening::Middle);
        if fitting == text {
            return self.text(x, y, text, style);
        }
        self.push(format_args!("<g><title>{}</title>", escape(text)));
        self.text(x, y, &fitting, style);
        self.svg.truncate(self.svg.trim_end().len());
        self.svg.push_str("</g>\n");
    }

    /// Writes the element of a text.
    fn write_text(&mut self, x: f64, y: f64, text: &str, style: Style, attributes: &str) {
        if !is_covered(text) {
            self.uncovered += 1;
        }
        let anchor = match style.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        self.push(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{anchor}{attributes}>{}</text>\n",
            Pixels(x),
            Pixels(y),
            Pixels(style.size),
            style.colour,
            escape(text),
        ));
    }

    /// Appends formatted text.
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.svg.write_fmt(text);
    }
}

/// A number of pixels, written with at most two decimals.
struct Pixels(f64);

impl std::fmt::Display for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Adding 0 makes -0 a 0.
        let rounded = (self.0 * 100.0).round() / 100.0 + 0.0;
        write!(f, "{rounded}")
    }
}

/// Escapes a text for XML; characters that XML does not allow become U+FFFD, line breaks become blanks.
fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| escaped(character).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match escaped(character) {
            Some(replacement) => whole.push_str(replacement),
            None => whole.push(character),
        }
    }
    Cow::Owned(whole)
}

/// Returns the replacement of a character in XML; `None` for one that stays.
fn escaped(character: char) -> Option<&'static str> {
    Some(match character {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        '\t' | '\n' | '\r' => " ",
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_xml() {
        for (text, expected) in [
            ("plain ⋮ ж", "plain ⋮ ж"),
            ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"),
            ("a\nb\u{0}c\u{ffff}", "a b\u{fffd}c\u{fffd}"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn number_of_pixels_has_at_most_two_decimals() {
        for (number, expected) in [(1.0, "1"), (1.239, "1.24"), (-0.001, "0"), (12.5, "12.5")] {
            assert_eq!(Pixels(number).to_string(), expected);
        }
    }
}
