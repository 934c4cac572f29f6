//! The subset of its sources that a snapshot file has, for `idq info`.

use std::io::{self, Write};

use idq::{PackSelection, SourceReport, escape};

/// Writes the selections by which a snapshot file was packed, one after another.
pub(super) fn write_selections(
    selections: &[PackSelection],
    out: &mut impl Write,
) -> io::Result<()> {
    for selection in selections {
        if let Some(subset) = describe_subset(selection) {
            writeln!(out, "Subset         {subset}")?;
        }
        if let Some(now) = &selection.now {
            writeln!(out, "As of          {}", escape(now))?;
        }
        if let Some(time_zone) = &selection.time_zone {
            writeln!(out, "Time zone      {}", escape(time_zone))?;
        }
    }
    Ok(())
}

/// Writes a line for each snapshot file among several sources that has a subset of its own sources.
pub(super) fn write_subsets_of_sources(
    sources: &[SourceReport],
    out: &mut impl Write,
) -> io::Result<()> {
    for source in sources {
        let subsets = source.selections.iter().filter_map(describe_subset);
        for subset in subsets {
            writeln!(out, "  {} is a subset: {subset}", escape(&source.name))?;
        }
        write_subsets_of_sources(&source.packed_from, out)?;
    }
    Ok(())
}

/// Returns the conditions of a selection in words; `None` if it has none.
fn describe_subset(selection: &PackSelection) -> Option<String> {
    let conditions = selection.conditions.iter();
    let conditions: Vec<String> = conditions.map(|condition| escape(condition)).collect();
    let conditions = conditions.join("; ");
    match (conditions.is_empty(), selection.unknown_only) {
        (true, _) => None,
        (false, false) => Some(conditions),
        (false, true) => Some(format!("--unknown only of {conditions}")),
    }
}
