//! Beside all stages, observation: the metrics and the log.

pub(crate) mod metrics;
pub(crate) mod progress;
