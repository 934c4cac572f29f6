//! The columns of a snapshot as queries see them, in whole or in part, and their statistics.

pub(crate) mod named_values;
pub(crate) mod part;
pub(crate) mod statistics;
pub(crate) mod view;
