//! The reading of a request by the framework of the API's vendor: PHP's parameters, read by Laravel and by
//! spatie/laravel-query-builder.
//!
//! PHP parses the parameters of a request to one array ([`Tree`]), whose keys are the names and the texts in brackets.
//! Laravel trims its values, and has no value instead of the empty text. The query builder reads filters and sorts from
//! it, and the paginator writes it to the URLs of the pages.

mod key;
mod name;
mod number;
mod reading;
mod tree;
mod trim;

pub(crate) use number::parse_page_number;
pub(crate) use reading::{Given, Reading};

use key::Key;
use name::parse_path;
use tree::{Node, Step, Tree};
use trim::framework_trimmed_range;
