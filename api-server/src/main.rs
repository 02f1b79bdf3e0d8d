//! The shop's HTTP process; everything is in the library, so that others can embed it.

/// Requests are read on one thread and answered on another: the system's allocator spent a tenth of
/// the time of an order on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<std::process::ExitCode> {
    jangbogo_api_server::process::main()
}
