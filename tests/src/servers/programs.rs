//! Finding the servers' programs, and installing them where that is permitted.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// A server as the system's package manager and the file system know it.
pub(super) struct Server {
    /// Its name for people.
    pub(super) name: &'static str,
    /// The program that is asked for its version.
    pub(super) program: &'static str,
    /// The oldest that will do.
    pub(super) version_min: u32,
    /// Debian's package.
    pub(super) package: &'static str,
    /// Where Debian keeps versions side by side, a folder each.
    pub(super) versions: Option<&'static str>,
}

impl Server {
    /// The folder with its programs: the newest on PATH or in Debian's folders, installed first if
    /// there is none.
    pub(super) fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        let Self { name, version_min, package, .. } = self;
        if !may_install() {
            bail!(
                "{name} {version_min} or later is neither on PATH nor in Debian's folders, and \
                 installing it ({package}) needs root and apt-get: install it, then run \
                 `cargo xtask test` again"
            );
        }
        self.install().with_context(|| format!("cannot install {package} with apt-get"))?;
        self.find().with_context(|| format!("{package} brought no {name} {version_min} or later"))
    }

    fn find(&self) -> Option<PathBuf> {
        let mut folders = path_folders();
        if let Some(versions) = self.versions {
            let entries = fs::read_dir(versions).into_iter().flatten().flatten();
            folders.extend(entries.map(|entry| entry.path().join("bin")));
        }
        let versions = folders.into_iter().filter_map(|folder| {
            let version = version_of(&folder.join(self.program))?;
            (version >= self.version_min).then_some((version, folder))
        });
        versions.max_by_key(|(version, _)| *version).map(|(_, folder)| folder)
    }

    fn install(&self) -> anyhow::Result<()> {
        // No cluster beside ours; the folder exists before the package does nothing to it.
        let settings = Path::new("/etc/postgresql-common");
        fs::create_dir_all(settings)?;
        let no_cluster = settings.join("createcluster.conf");
        if !no_cluster.exists() {
            fs::write(&no_cluster, "create_main_cluster = false\n")?;
        }
        let install = ["install", "--yes", "--no-install-recommends", self.package];
        if apt_get(&install).is_err() {
            apt_get(&["update"])?;
            apt_get(&install)?;
        }
        Ok(())
    }
}

/// The account that servers run under: PostgreSQL refuses to be root. None: our own.
pub(super) fn account() -> anyhow::Result<Option<(u32, u32)>> {
    if !is_root() {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let found = ["postgres", "nobody"].iter().find_map(|name| ids_of(&accounts, name));
    found.map(Some).context("neither postgres nor nobody has an account here")
}

fn ids_of(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(str::parse);
    Some((ids.next()?.ok()?, ids.next()?.ok()?))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn may_install() -> bool {
    is_root() && path_folders().iter().any(|folder| folder.join("apt-get").exists())
}

fn path_folders() -> Vec<PathBuf> {
    let path = super::variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new("apt-get")
        // Another test may be installing the same.
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Tells the package's scripts to start no service; ours are started by ourselves.
        .env("RUNLEVEL", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("apt-get {} failed: {status}", arguments.join(" "));
    }
    Ok(())
}

fn version_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    major_version(&String::from_utf8_lossy(&output.stdout))
}

/// The first number of what a server says of itself.
fn major_version(said: &str) -> Option<u32> {
    let digits = said.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_their_version_in_several_ways() {
        let redis = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        assert_eq!(major_version(redis), Some(7));
        assert_eq!(major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("no such program"), None);
    }

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8::/:\npostgres:x:101:104:::/x\n";
        assert_eq!(ids_of(accounts, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(accounts, "nobody"), None);
    }

    #[test]
    fn a_server_that_is_nowhere_is_not_found() {
        let server = Server {
            name: "nothing",
            program: "jangbogo-no-such-server",
            version_min: 1,
            package: "none",
            versions: Some("/nonexistent"),
        };
        assert_eq!(server.find(), None);
    }
}
