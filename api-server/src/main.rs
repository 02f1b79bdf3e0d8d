//! The shop's HTTP process; everything is in the library, so that others can embed it.

fn main() -> anyhow::Result<std::process::ExitCode> {
    jangbogo_api_server::process::main()
}
