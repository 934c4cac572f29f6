//! Observation of all stages: metrics for Prometheus, and log lines about requests and long-running work. Neither
//! contains ids, filter values or anything else from a record.

pub(crate) mod metrics;
pub(crate) mod progress;
pub(crate) mod request_log;
