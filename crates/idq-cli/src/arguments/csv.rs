//! Options of CSV.

use std::io::Write;

use clap::Args;
use idq::render::{ExcelCsv, FormulaPolicy};

use super::values::formula_policy;
use crate::exit::UsageError;

/// How CSV is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct CsvArguments {
    /// Do not neutralise CSV cells that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) raw_csv: bool,
    /// Write CSV as Excel opens it: with the mark of UTF-8, with long digits such as ids as text, and with SEPARATOR between
    /// the cells: `,` or, where Excel's language has a decimal comma, `--excel=';'`
    #[arg(long, value_name = "SEPARATOR", num_args = 0..=1, require_equals = true, default_missing_value = ",", value_parser = separator)]
    pub(crate) excel: Option<u8>,
}

impl CsvArguments {
    /// Returns the treatment of cells that a spreadsheet would run as a formula.
    pub(crate) fn formula_policy(&self) -> FormulaPolicy {
        formula_policy(self.raw_csv)
    }

    /// Refuses the options for a format that is not CSV. `way` says how CSV is chosen.
    pub(crate) fn check(&self, is_csv: bool, format: &str, way: &str) -> Result<(), UsageError> {
        let option = match (self.raw_csv, self.excel) {
            _ if is_csv => return Ok(()),
            (true, _) => "--raw-csv",
            (false, Some(_)) => "--excel",
            (false, None) => return Ok(()),
        };
        Err(UsageError(format!(
            "{option} does not apply to {format}: add {way}"
        )))
    }

    /// Returns the output for CSV.
    pub(crate) fn output(&self, out: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        match self.excel {
            Some(separator) => Box::new(ExcelCsv::new(out, separator)),
            None => out,
        }
    }
}

/// Parses a separator of cells.
fn separator(text: &str) -> Result<u8, &'static str> {
    match text {
        "," => Ok(b','),
        ";" => Ok(b';'),
        "tab" | "\t" => Ok(b'\t'),
        _ => Err("expected `,`, `;` or `tab`"),
    }
}
