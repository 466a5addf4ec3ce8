//! Readers of rarer formats.
