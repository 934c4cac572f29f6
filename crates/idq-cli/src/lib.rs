//! The idq command.
