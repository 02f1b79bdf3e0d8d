//! The files that belong to the repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

/// Folders that are never part of the repository.
const FOREIGN_FOLDERS: [&str; 3] = [".git", "target", "data"];

/// One file of the repository.
#[derive(Debug)]
pub(super) struct File {
    /// From the root folder, with `/`.
    pub(super) path: String,
    pub(super) size_bytes: u64,
    /// `None` when the file is not text.
    pub(super) text: Option<String>,
}

impl File {
    pub(super) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    #[cfg(test)]
    pub(super) fn from_text(path: &str, text: &str) -> Self {
        let size_bytes = u64::try_from(text.len()).expect("the length fits");
        Self { path: path.to_owned(), size_bytes, text: Some(text.to_owned()) }
    }
}

/// Every file that is or would be committed, in the order of its path.
pub(super) fn read(root: &Path) -> anyhow::Result<Vec<File>> {
    let mut paths = match paths_from_git(root) {
        Some(paths) => paths,
        // A source archive has no history to ask.
        None => paths_from_folder(root)?,
    };
    paths.sort();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        let full = root.join(&path);
        // A file that was deleted but not yet removed from the index.
        if !full.is_file() {
            continue;
        }
        let bytes = fs::read(&full).with_context(|| format!("cannot read {path}"))?;
        let size_bytes = u64::try_from(bytes.len()).context("a file of impossible size")?;
        files.push(File { path, size_bytes, text: String::from_utf8(bytes).ok() });
    }
    Ok(files)
}

/// Also those that are new, so that a breach is found before it is committed.
fn paths_from_git(root: &Path) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let listed = String::from_utf8(output.stdout).ok()?;
    Some(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn paths_from_folder(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder);
        for entry in entries.with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().context("cannot tell a file's type")?.is_dir() {
                if !FOREIGN_FOLDERS.iter().any(|foreign| name == *foreign) {
                    folders.push(path);
                }
            } else if let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                paths.push(relative.replace('\\', "/"));
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{paths_from_folder, read};

    const HERE: &str = env!("CARGO_MANIFEST_DIR");

    #[test]
    fn a_folder_without_history_is_walked() {
        let paths = paths_from_folder(Path::new(HERE)).expect("the folder can be read");
        assert!(paths.contains(&"Cargo.toml".to_owned()));
        assert!(paths.contains(&"src/tidy/tree.rs".to_owned()));
    }

    #[test]
    fn files_come_with_text_and_size() {
        let files = read(Path::new(HERE)).expect("the folder can be read");
        let main = files.iter().find(|file| file.path == "src/main.rs").expect("is there");
        assert!(main.text.as_ref().is_some_and(|text| text.starts_with("//!")));
        assert!(main.size_bytes > 100);
    }
}
