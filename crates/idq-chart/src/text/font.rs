//! The font of a picture: widths of texts, and the characters that it has.
//!
//! DejaVu Sans is wider than the usual sans-serif fonts, so a text of an SVG that fits by its widths fits in those too.
//!
//! The file has all glyphs of version 2.37. What the rasteriser does not read, a quarter of the bytes, was left out
//! with fontTools: `pyftsubset DejaVuSans.ttf --unicodes='*' --glyphs='*' --layout-features='*' --no-hinting
//! --no-glyph-names --name-IDs='*' --drop-tables+=FFTM,kern`.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};

/// The font file: Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian, symbols.
pub(crate) const FONT_DATA: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");

/// The name of the font's family.
pub(crate) const FAMILY: &str = "DejaVu Sans";

/// The width of a character that the font lacks, in font sizes: that of an ideograph, the widest one of most fonts.
const ABSENT_WIDTH: f64 = 1.0;

/// The factor by which a computed width is enlarged, for programs that space letters differently.
const WIDTH_MARGIN: f64 = 1.02;

/// The tables of the font that widths need.
struct Font {
    characters: Charmap<'static>,
    /// The metrics at a size of 1 pixel.
    metrics: GlyphMetrics<'static>,
}

/// The parsed font; `None` would mean that the file of the crate is damaged.
static FONT: LazyLock<Option<Font>> = LazyLock::new(|| {
    let font = FontRef::new(FONT_DATA).ok()?;
    Some(Font {
        characters: font.charmap(),
        metrics: font.glyph_metrics(Size::new(1.0), LocationRef::default()),
    })
});

/// Returns the width of a text at a font size, both in pixels.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let advances = text.chars().map(advance);
    advances.sum::<f64>() * size * WIDTH_MARGIN
}

/// Returns whether the font has every visible character of a text.
pub(crate) fn is_covered(text: &str) -> bool {
    text.chars()
        .all(|character| is_invisible(character) || glyph_advance(character).is_some())
}

/// Returns the width of a character in font sizes.
fn advance(character: char) -> f64 {
    if is_invisible(character) {
        return 0.0;
    }
    glyph_advance(character).unwrap_or(ABSENT_WIDTH)
}

/// Returns the width of a character in font sizes; `None` if the font lacks it.
fn glyph_advance(character: char) -> Option<f64> {
    let font = FONT.as_ref()?;
    let glyph = font.characters.map(character)?;
    font.metrics.advance_width(glyph).map(f64::from)
}

/// Returns whether Unicode has a character drawn as nothing where a font lacks it: joiners, marks of direction,
/// variation selectors, tags.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn font_of_the_crate_has_latin_greek_and_arabic_but_no_ideographs() {
        for (text, expected) in [
            ("Straße, Łódź", true),
            ("Αθήνα", true),
            ("الرياض", true),
            ("Київ", true),
            ("e\u{301}\u{200d}", true),
            ("…⋮⋯", true),
            ("北京", false),
            ("a京", false),
        ] {
            assert_eq!(is_covered(text), expected, "{text}");
        }
    }

    #[test]
    fn width_grows_with_text_and_size() {
        assert_eq!(width("", 12.0), 0.0);
        assert!(width("W", 12.0) > width("i", 12.0));
        assert!((width("ab", 24.0) - 2.0 * width("ab", 12.0)).abs() < 1e-6);
        assert!((width("北", 10.0) - 10.0 * WIDTH_MARGIN).abs() < 1e-6);
    }
}
