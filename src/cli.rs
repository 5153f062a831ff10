//! What support staff type and read.
