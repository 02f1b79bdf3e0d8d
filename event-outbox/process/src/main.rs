//! The relay's process; everything is in the library, so that the suites can start it too.

fn main() -> anyhow::Result<std::process::ExitCode> {
    jangbogo_event_outbox_process::main()
}
