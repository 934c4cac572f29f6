//! Options of masking.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use idq_mask::PseudonymOptions;

use super::completion::complete_field;
use super::values::column_name;

/// The heading of the options in help.
const MASKING: &str = "Masking";

/// The masked values, and what their pseudonyms keep.
#[derive(Debug, Args)]
pub(crate) struct MaskArguments {
    /// Print pseudonyms in place of the values of these fields, paths and everything below them. `auto` stands for ids,
    /// names, addresses, profiles and whatever the API does not describe
    ///
    /// One value has one pseudonym, which keeps its form: an address stays an address. A masked value of six characters or
    /// more is also replaced where it stands inside other texts. Requests are evaluated on the original values
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field), help_heading = MASKING)]
    pub(crate) mask: Vec<String>,
    /// The file of the key that decides the pseudonyms: one file, the same pseudonyms everywhere. A file that does not exist
    /// is written. By default each run has a random key
    #[arg(long, value_name = "FILE", requires = "mask", help_heading = MASKING)]
    pub(crate) mask_key: Option<PathBuf>,
    /// Keep the domains of masked addresses
    #[arg(long, requires = "mask", help_heading = MASKING)]
    pub(crate) mask_keep_domain: bool,
    /// Shift the dates of a record, those in fields of dates and in masked documents, by one number of days, up to a year, which
    /// its id decides
    #[arg(long, requires = "mask", help_heading = MASKING)]
    pub(crate) mask_dates: bool,
}

impl MaskArguments {
    /// Returns the names, without those that a comma too many leaves empty.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.mask.iter().filter(|name| !name.is_empty())
    }

    /// Returns what pseudonyms keep.
    pub(crate) fn pseudonyms(&self) -> PseudonymOptions {
        PseudonymOptions {
            keep_domains: self.mask_keep_domain,
            shift_dates: self.mask_dates,
        }
    }
}
