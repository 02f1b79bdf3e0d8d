//! A folder of its own for one task, removed at the end.

use std::path::{Path, PathBuf};

/// A temporary folder.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder that nobody else uses.
    pub(crate) fn new(name: &str) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("jangbogo-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind in the system's temporary folder is the system's to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
