//! Realistic synthetic dumps of both APIs, the same bytes for the same seed.
