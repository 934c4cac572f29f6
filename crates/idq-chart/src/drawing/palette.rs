//! Colours and hatchings.

use crate::chart::{Label, LabelKind};

/// The colours of values, of Okabe and Ito, which people with a colour vision deficiency can tell apart.
const VALUES: [&str; crate::limits::MAX_SERIES] = [
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000",
];

/// The colour of values that share a bar.
const OTHER: &str = "#999999";

/// The background.
pub(super) const BACKGROUND: &str = "#FFFFFF";

/// The colour of the title and of the labels of values.
pub(super) const INK: &str = "#1A1A1A";

/// The colour of other texts.
pub(super) const GREY: &str = "#595959";

/// The colour of the line at which bars begin.
pub(super) const BASELINE: &str = "#8C8C8C";

/// The colour of the lines of an axis.
pub(super) const GRID: &str = "#E6E6E6";

/// The outline of hatched bars.
const HATCH_OUTLINE: &str = "#7F7F7F";

/// The definitions of the hatchings. Null, missing and empty have different directions, so that they differ in black
/// and white as well.
pub(super) const PATTERNS: &str = r##"<defs>
<pattern id="null" width="6" height="6" patternUnits="userSpaceOnUse">
<rect width="6" height="6" fill="#F2F2F2"/>
<path d="M-1,1 L1,-1 M0,6 L6,0 M5,7 L7,5" stroke="#7F7F7F" stroke-width="1.2"/>
</pattern>
<pattern id="missing" width="6" height="6" patternUnits="userSpaceOnUse">
<rect width="6" height="6" fill="#F2F2F2"/>
<path d="M-1,5 L1,7 M0,0 L6,6 M5,-1 L7,1" stroke="#7F7F7F" stroke-width="1.2"/>
</pattern>
<pattern id="empty" width="6" height="6" patternUnits="userSpaceOnUse">
<rect width="6" height="6" fill="#F2F2F2"/>
<path d="M0,3 L6,3" stroke="#7F7F7F" stroke-width="1.2"/>
</pattern>
</defs>
"##;

/// The fill of a bar, with the colour of its outline and of a number on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fill {
    /// The value of the attribute `fill`.
    pub(super) paint: &'static str,
    /// The value of the attribute `stroke`.
    pub(super) outline: &'static str,
    /// The colour of a number on the bar.
    pub(super) ink: &'static str,
    /// Whether a number on the bar needs a background of its own.
    pub(super) is_hatched: bool,
}

/// Returns the fill of the bar or series at a position.
pub(super) fn fill(label: &Label, position: usize) -> Fill {
    let (paint, is_hatched) = match label.kind {
        LabelKind::Value => (VALUES[position % VALUES.len()], false),
        LabelKind::Null => ("url(#null)", true),
        LabelKind::Missing => ("url(#missing)", true),
        LabelKind::Empty => ("url(#empty)", true),
        LabelKind::Other { .. } | LabelKind::Gap { .. } => (OTHER, false),
    };
    let has_dark_paint = matches!(paint, "#0072B2" | "#D55E00" | "#000000");
    Fill {
        paint,
        outline: if is_hatched {
            HATCH_OUTLINE
        } else {
            BACKGROUND
        },
        ink: if has_dark_paint { "#FFFFFF" } else { "#000000" },
        is_hatched,
    }
}
