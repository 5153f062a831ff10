//! Who is built with what, in which order, and how it all stops.
