//! Dump bytes to a snapshot: sources, shapes, record parsing, column builders.
