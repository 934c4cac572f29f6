//! The engine against the slow oracle.
