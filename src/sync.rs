//! How foreign data becomes a snapshot, and when.
