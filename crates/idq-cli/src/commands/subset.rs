//! The subset of its sources that a snapshot file has, for `idq info`.

use std::io::{self, Write};

use idq::{PackedRequest, SourceReport, escape};

/// Writes the requests by which a snapshot file was packed, one after another.
pub(super) fn write_requests(requests: &[PackedRequest], out: &mut impl Write) -> io::Result<()> {
    for request in requests {
        if let Some(subset) = describe_subset(request) {
            writeln!(out, "Subset         {subset}")?;
        }
        if let Some(now) = &request.now {
            writeln!(out, "As of          {}", escape(now))?;
        }
        if let Some(time_zone) = &request.time_zone {
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
        let subsets = source.requests.iter().filter_map(describe_subset);
        for subset in subsets {
            writeln!(out, "  {} is a subset: {subset}", escape(&source.name))?;
        }
        write_subsets_of_sources(&source.packed_from, out)?;
    }
    Ok(())
}

/// Returns the conditions and the sample of a request in words; `None` if it has neither.
fn describe_subset(request: &PackedRequest) -> Option<String> {
    let conditions = request.conditions.iter();
    let conditions: Vec<String> = conditions.map(|condition| escape(condition)).collect();
    let conditions = conditions.join("; ");
    let conditions = match (conditions.is_empty(), request.unknown_only) {
        (true, _) => None,
        (false, false) => Some(conditions),
        (false, true) => Some(format!("--unknown only of {conditions}")),
    };
    let sample = request.sample.as_deref().map(escape);
    match (conditions, sample) {
        (conditions, None) => conditions,
        (None, Some(sample)) => Some(format!("a sample: {sample}")),
        (Some(conditions), Some(sample)) => Some(format!("{conditions}; a sample: {sample}")),
    }
}
