//! The PostgreSQL protocol: bytes, phases, formats.
//!
//! listen → startup → conversation → query | portal → encode. Nothing is decided here: who may come
//! in is the directory's to say, what a statement means the engine's. The protocol library encodes
//! what we send; what clients send is read by [`frontend`], within bounds.

mod attempts;
mod cancel;
mod channel;
mod conversation;
mod decode;
mod encode;
mod fault;
mod frontend;
mod listen;
mod portal;
mod query;
mod scram;
mod startup;

pub use listen::{Shutdown, Wire};
