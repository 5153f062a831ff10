//! Where and how a plan runs.
