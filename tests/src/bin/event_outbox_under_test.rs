//! The relay's own process, for the crash suite to kill.

fn main() -> anyhow::Result<std::process::ExitCode> {
    jangbogo_event_outbox_process::main()
}
