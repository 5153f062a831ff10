//! The server file: raw form, checked form, limits with units.
