//! The PostgreSQL protocol: bytes, phases, formats.
