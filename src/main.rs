//! Arguments in, exit code out.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A statement is planned by making and dropping many small values on many threads, where the
/// C library's allocator is slow and keeps what it was given.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    syllabase::cli::main()
}
