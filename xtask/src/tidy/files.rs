//! Rules for every file: no large files, no trailing white space; the changelog is kept.

use super::Finding;
use super::tree::File;

/// Larger files make every clone slow and are rarely source.
const SIZE_BYTES_MAX: u64 = 256 * 1024;
/// Written by programs, and as large as they need to be.
const GENERATED: [&str; 2] = ["Cargo.lock", "api-server/openapi.json"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.size_bytes > SIZE_BYTES_MAX && !GENERATED.contains(&file.path.as_str()) {
        let size_kib = file.size_bytes / 1024;
        let message = format!("{size_kib} KiB is too large for the repository (256 KiB)");
        findings.push(Finding::fault(&file.path, message));
    }
    let Some(text) = &file.text else {
        return findings;
    };
    for (number, line) in (1..).zip(text.split('\n')) {
        if line.ends_with(char::is_whitespace) {
            let place = format!("{}:{number}", file.path);
            findings.push(Finding::fault(place, "trailing white space"));
        }
    }
    findings
}

pub(super) fn check_changelog(files: &[File]) -> Option<Finding> {
    let changelog = files.iter().find(|file| file.path == "CHANGELOG.md");
    let text = changelog.and_then(|file| file.text.as_deref()).unwrap_or_default();
    let is_kept = text.lines().any(|line| line.trim_end() == "## [Unreleased]");
    (!is_kept).then(|| Finding::fault("CHANGELOG.md", "no `## [Unreleased]` section"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::File;
    use super::{Finding, check, check_changelog};

    #[test]
    fn an_ordinary_file_is_in_order() {
        assert_eq!(check(&File::from_text("README.md", "# Shop\n\nText.\n")), []);
    }

    #[test]
    fn trailing_white_space_is_found_with_its_line() {
        let findings = check(&File::from_text("a.toml", "a = 1\nb = 2\x20\nc = 3\t\n"));
        let fault = |place: &str| Finding::fault(place, "trailing white space");
        assert_eq!(findings, [fault("a.toml:2"), fault("a.toml:3")]);
    }

    #[test]
    fn a_large_file_is_found_unless_it_is_generated() {
        let large =
            |path: &str| File { path: path.to_owned(), size_bytes: 256 * 1024 + 1, text: None };
        assert_eq!(check(&large("docs/film.mp4")).len(), 1);
        assert_eq!(check(&large("Cargo.lock")), []);
        assert_eq!(check(&large("api-server/openapi.json")), []);
    }

    #[test]
    fn a_changelog_without_unreleased_section_is_found() {
        let kept = File::from_text("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n");
        let finished = File::from_text("CHANGELOG.md", "# Changelog\n\n## [0.1.0]\n");
        assert_eq!(check_changelog(&[kept]), None);
        assert!(check_changelog(&[finished]).is_some());
        assert!(check_changelog(&[]).is_some());
    }
}
