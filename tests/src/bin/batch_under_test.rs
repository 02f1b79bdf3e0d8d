//! The batch's own process, for the crash suite to kill.

fn main() -> anyhow::Result<std::process::ExitCode> {
    jangbogo_batch::main()
}
