//! The shop's own process, for the crash suite to kill.

fn main() -> anyhow::Result<std::process::ExitCode> {
    jangbogo_api_server::process::main()
}
