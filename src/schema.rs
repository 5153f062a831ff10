//! The declared truth of products; everything about tables is derived from it.
