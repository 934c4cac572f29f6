//! Pages and records as the API's envelope, NDJSON, CSV or a table.
