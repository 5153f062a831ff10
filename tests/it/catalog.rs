//! See `CONTRIBUTING.md`, section tests.
