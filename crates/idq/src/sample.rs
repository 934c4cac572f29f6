//! Stable samples of records: the same ids on every run and in every export.

use std::fmt;
use std::str::FromStr;

use idq_columns::Column;
use idq_snapshot::snapshot_file::checksum::record_hash;
use idq_snapshot::{ColumnError, RowId, Snapshot};

/// A part of records, chosen by a hash of their ids. An id that is chosen from one dump is chosen from another one as well,
/// with the same seed, and as far as its share allows.
///
/// ```
/// use idq::{Engine, Sample, SampleSize};
///
/// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
/// let engine = Engine::open([people])?;
/// let rows = engine.query("")?.rows()?;
/// let size: SampleSize = "10".parse()?;
/// let sample = Sample { size, seed: 0 }.choose(engine.snapshot(), &rows)?;
/// assert_eq!(sample.len(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The size.
    pub size: SampleSize,
    /// The seed: another one chooses other ids.
    pub seed: u64,
}

/// Displays as `10 records, seed 0` or `2.5%, seed 0`.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size {
            SampleSize::Records(records) => write!(f, "{records} records")?,
            SampleSize::Share(share) => write!(f, "{}%", share * 100.0)?,
        }
        write!(f, ", seed {}", self.seed)
    }
}

/// The size of a sample. Parsed from `100`, or from `2.5%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SampleSize {
    /// This number of records, or all if there are fewer.
    Records(u64),
    /// Each record with this probability, from 0 to 1.
    Share(f64),
}

/// The reason why a text is no size of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of records, such as 100, or a share from 0% to 100%, such as 2.5%")]
pub struct SampleSizeError;

impl FromStr for SampleSize {
    type Err = SampleSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.parse().map_err(|_| SampleSizeError)?;
                // Also refuses what is no number.
                if (0.0..=100.0).contains(&percent) {
                    Ok(Self::Share(percent / 100.0))
                } else {
                    Err(SampleSizeError)
                }
            }
            None => text.parse().map(Self::Records).map_err(|_| SampleSizeError),
        }
    }
}

impl Sample {
    /// Returns the rows of the sample, in their order.
    ///
    /// # Errors
    /// The ids have no column, or a snapshot file is damaged.
    pub fn choose(&self, snapshot: &Snapshot, rows: &[RowId]) -> Result<Vec<RowId>, ColumnError> {
        let id = snapshot.api().id;
        let columns = snapshot.columns(&[id])?;
        let mut text = Vec::new();
        let mut hash = |row: RowId| {
            let (chunk, row) = snapshot.locate(row);
            let id = match columns.column(chunk, id) {
                Column::Text(column) => column.value(row),
                Column::Keyword(column) => column.value(row).map(Into::into),
                _ => None,
            };
            text.clear();
            text.extend_from_slice(&self.seed.to_le_bytes());
            text.extend_from_slice(id.as_deref().unwrap_or_default().as_bytes());
            record_hash(&text)
        };
        match self.size {
            SampleSize::Records(records) => {
                let wanted = usize::try_from(records).unwrap_or(usize::MAX);
                let mut hashes: Vec<(u64, usize)> =
                    rows.iter().map(|&row| hash(row)).zip(0..).collect();
                if wanted < hashes.len() {
                    hashes.select_nth_unstable(wanted);
                    hashes.truncate(wanted);
                }
                let mut positions: Vec<usize> = hashes.into_iter().map(|(_, at)| at).collect();
                positions.sort_unstable();
                Ok(positions.into_iter().map(|at| rows[at]).collect())
            }
            SampleSize::Share(share) => {
                // The hashes are uniform; their first 53 bits are a number from 0 to 1.
                let is_chosen =
                    |row: &RowId| ((hash(*row) >> 11) as f64) < share * (1_u64 << 53) as f64;
                Ok(rows.iter().copied().filter(is_chosen).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_and_percentages() {
        let parse = |text: &str| text.parse::<SampleSize>().ok();
        assert_eq!(parse("0"), Some(SampleSize::Records(0)));
        assert_eq!(parse("100"), Some(SampleSize::Records(100)));
        assert_eq!(parse("2.5%"), Some(SampleSize::Share(0.025)));
        assert_eq!(parse("100%"), Some(SampleSize::Share(1.0)));
        for wrong in ["", "%", "-1", "1.5", "101%", "-1%", "nan%", "ten"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
