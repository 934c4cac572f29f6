//! [`Picture`]: a drawn chart, and its encoding as SVG or PNG.

use std::path::Path;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

use crate::chart::Chart;
use crate::drawing::{self, HEIGHT, WIDTH};
use crate::text::{FAMILY, FONT_DATA};

/// The number of pixels of a PNG for each pixel of the SVG, in both directions: slides are shown on dense displays.
const PNG_SCALE: u32 = 2;

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// Scalable, with texts as text.
    Svg,
    /// Pixels, with the font of this crate.
    Png,
}

impl PictureFormat {
    /// Returns the format of a file by its extension, in any case.
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        let formats = [("svg", Self::Svg), ("png", Self::Png)];
        let format = formats
            .iter()
            .find(|(name, _)| extension.eq_ignore_ascii_case(name));
        format.map(|(_, format)| *format)
    }
}

/// An error of the encoding.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rasteriser refuses the SVG.
    #[error("cannot rasterise the picture: {0}: write an .svg file instead")]
    Rasterise(String),
    /// The pixels cannot be encoded.
    #[error("cannot encode the picture as PNG: {0}: write an .svg file instead")]
    Encode(String),
}

/// A drawn chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    svg: String,
    uncovered: usize,
}

impl Chart {
    /// Draws the chart.
    pub fn draw(&self) -> Picture {
        let (svg, uncovered) = drawing::draw(self);
        Picture { svg, uncovered }
    }
}

impl Picture {
    /// Returns the SVG, whose size is 1280 × 720.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Returns the number of texts with a character that the font of this crate lacks, such as an ideograph. A PNG has
    /// a box for each such character; the program that shows an SVG has more fonts.
    pub fn uncovered_texts(&self) -> usize {
        self.uncovered
    }

    /// Returns the bytes of a file.
    ///
    /// # Errors
    /// The rasteriser refuses the SVG, or the PNG cannot be encoded.
    pub fn encode(&self, format: PictureFormat) -> Result<Vec<u8>, Error> {
        match format {
            PictureFormat::Svg => Ok(self.svg.clone().into_bytes()),
            PictureFormat::Png => self.rasterise(),
        }
    }

    /// Returns the bytes of a PNG, whose size is 2560 × 1440.
    fn rasterise(&self) -> Result<Vec<u8>, Error> {
        // Only the font of this crate, so that the picture is the same on every machine.
        let mut fonts = Database::new();
        fonts.load_font_source(Source::Binary(Arc::new(FONT_DATA)));
        fonts.set_sans_serif_family(FAMILY);
        let options = Options {
            fontdb: Arc::new(fonts),
            font_family: FAMILY.to_owned(),
            ..Options::default()
        };
        let tree = Tree::from_str(&self.svg, &options)
            .map_err(|error| Error::Rasterise(error.to_string()))?;
        let pixels = Pixmap::new(WIDTH * PNG_SCALE, HEIGHT * PNG_SCALE);
        let mut pixels =
            pixels.ok_or_else(|| Error::Rasterise("its size is invalid".to_owned()))?;
        let scale = Transform::from_scale(PNG_SCALE as f32, PNG_SCALE as f32);
        resvg::render(&tree, scale, &mut pixels.as_mut());
        pixels
            .encode_png()
            .map_err(|error| Error::Encode(error.to_string()))
    }
}
