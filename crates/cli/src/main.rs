//! The binary `stead`; everything is in the library beside it, where tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    stead_cli::main()
}
