//! Bar charts of counts, as SVG and as PNG, for slides.
//!
//! * [`Chart`] is the description of a picture: title, conditions, population, and the counts of its [`Bar`]s, each
//!   with a [`Label`] whose [`LabelKind`] says whether it names a value.
//! * [`Chart::draw`] arranges them on a slide of 1280 × 720 and returns a [`Picture`].
//! * [`Picture::encode`] returns the bytes of a file in a [`PictureFormat`].
//!
//! There is one drawing routine: the PNG is the SVG, rasterised at twice its size with the font of this crate. The SVG
//! has its texts as text, in the sans-serif font of the program that shows it. The same chart is always the same bytes.
//!
//! A picture has a bounded number of bars and series. The most frequent values keep theirs, and a bar or series *other*
//! has the rest, so that nothing is left out silently.
//!
//! ```
//! use idq_chart::{Bar, Chart, Direction, Label, PictureFormat};
//!
//! let chart = Chart {
//!     title: "Records by state".to_owned(),
//!     conditions: String::new(),
//!     population: "48 of 60 records".to_owned(),
//!     direction: Direction::Horizontal,
//!     series: Vec::new(),
//!     bars: vec![
//!         Bar { label: Label::value("active"), counts: vec![44] },
//!         Bar { label: Label::value("orphan"), counts: vec![4] },
//!     ],
//!     total: 48,
//!     notes: Vec::new(),
//! };
//! let svg = chart.draw().encode(PictureFormat::Svg)?;
//! assert!(String::from_utf8(svg)?.contains(">active</text>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chart;
mod drawing;
mod limits;
mod numbers;
mod picture;
mod text;

pub use chart::{Bar, Chart, Direction, Label, LabelKind};
pub use picture::{Error, Picture, PictureFormat};
