//! Texts of a picture: their widths, and the parts of them that fit.

mod fit;
mod font;

pub(crate) use fit::{Shortening, fit, wrap};
pub(crate) use font::{FAMILY, FONT_DATA, is_covered, width};
