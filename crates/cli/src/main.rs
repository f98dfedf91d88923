//! The binary `stead`; everything is in the library beside it, where tests can reach it.

use std::process::ExitCode;

/// It gives memory back and costs less than the system's (decision 21).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    stead_cli::main()
}
