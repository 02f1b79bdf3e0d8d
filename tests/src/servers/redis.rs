//! A Redis server of one's own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::bail;

use super::kept::{Kept, Stop};
use super::postgres::free_port;
use super::programs::Server;
use super::{REDIS_VARIABLE, variable};

const SERVER: Server = Server {
    name: "Redis",
    program: "redis-server",
    version_min: 7,
    package: "redis-server",
    versions: None,
};

/// A running Redis server that keeps nothing on the disk; dropping it stops it.
#[derive(Debug)]
pub struct Redis {
    kept: Kept,
    program: PathBuf,
    port: u16,
}

impl Redis {
    /// Starts a server on a free port.
    pub fn start() -> anyhow::Result<Self> {
        let program = SERVER.folder()?.join(SERVER.program);
        let mut server = Self { kept: Kept::new("redis")?, program, port: free_port()? };
        server.start_again()?;
        Ok(server)
    }

    /// The address of the run's server, which many tests share: each keeps to keys of its own, and
    /// a test that flushes or kills starts one for itself.
    pub fn shared() -> String {
        static OWN: OnceLock<Redis> = OnceLock::new();
        variable(REDIS_VARIABLE).unwrap_or_else(|| OWN.get_or_init(|| Self::start().unwrap()).url())
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Stops it; what it had in memory is gone.
    pub fn stop(&mut self, how: Stop) -> anyhow::Result<()> {
        self.kept.stop(how)
    }

    /// Starts it on the same port, empty.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let mut command = self.kept.command(&self.program);
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no"]);
        self.kept.start(command, "Ready to accept connections")
    }

    /// Stops it and starts it again, empty.
    pub fn restart(&mut self, how: Stop) -> anyhow::Result<()> {
        self.stop(how)?;
        self.start_again()
    }

    /// Forgets everything.
    pub fn flush(&self) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(b"FLUSHALL\r\n")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        if answer != "+OK\r\n" {
            bail!("Redis answered {answer:?} to FLUSHALL");
        }
        Ok(())
    }
}
