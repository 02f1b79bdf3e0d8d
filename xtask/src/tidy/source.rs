//! Rules for one Rust file.

use std::ops::RangeInclusive;

use super::Finding;
use super::lexer::{code_only, words};

const COLUMNS_MAX: usize = 100;
/// Above this a file is a smell …
const LINES_WARNED: usize = 500;
/// … and above this a fault.
const LINES_MAX: usize = 800;
/// Unfinished or leftover work.
const BANNED_MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = check_shape(path, text);
    let code = code_only(text);
    let is_core = path.starts_with("core/");
    let test_lines = test_lines(path, &code);
    for (number, line) in (1..).zip(code.lines()) {
        let place = || format!("{path}:{number}");
        if line.contains("#[ignore") {
            let message = "a test that is ignored proves nothing: repair or remove it";
            findings.push(Finding::fault(place(), message));
        }
        for (word, after) in words(line) {
            if BANNED_MACROS.contains(&word) && after.starts_with('!') {
                findings.push(Finding::fault(place(), format!("`{word}!` is unfinished work")));
            }
            if is_core && is_float(word) {
                let message = format!("`{word}` in core: amounts and rates are integers");
                findings.push(Finding::fault(place(), message));
            }
            let is_in_test = test_lines.iter().any(|lines| lines.contains(&number));
            if is_in_test && word == "sleep" && after.starts_with('(') {
                let message = "a test that sleeps is slow or flaky: wait for the event itself";
                findings.push(Finding::fault(place(), message));
            }
        }
    }
    findings
}

/// Length, width and the opening sentence.
fn check_shape(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        let message = "the first line must be a `//!` sentence that says what the file is";
        findings.push(Finding::fault(path, message));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        let message = format!("{lines} lines; {LINES_MAX} is the limit: split it by subject");
        findings.push(Finding::fault(path, message));
    } else if lines > LINES_WARNED {
        let message = format!("{lines} lines; more than {LINES_WARNED} is hard to read");
        findings.push(Finding::warning(path, message));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let columns = line.chars().count();
        // An address cannot be broken.
        if columns > COLUMNS_MAX && !line.contains("://") {
            let message = format!("{columns} columns; {COLUMNS_MAX} is the limit");
            findings.push(Finding::fault(format!("{path}:{number}"), message));
        }
    }
    findings
}

/// `f64`, and `1.5_f64` or `1f64`, but not a hexadecimal number that ends so.
fn is_float(word: &str) -> bool {
    let Some(rest) = word.strip_suffix("f32").or_else(|| word.strip_suffix("f64")) else {
        return false;
    };
    rest.chars().all(|char| char.is_ascii_digit() || char == '_')
}

/// The lines that belong to tests: the whole file by its path, or its `#[cfg(test)]` items.
fn test_lines(path: &str, code: &str) -> Vec<RangeInclusive<usize>> {
    if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
        return vec![1..=usize::MAX];
    }
    let line_of = |offset: usize| 1 + code.get(..offset).unwrap_or(code).matches('\n').count();
    let items = code.match_indices("#[cfg(test)]");
    items.map(|(start, _)| line_of(start)..=line_of(end_of_item(code, start))).collect()
}

/// The offset at which the item that begins at `start` ends: its closing brace or semicolon.
fn end_of_item(code: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, char) in code.char_indices().skip_while(|(offset, _)| *offset < start) {
        match char {
            ';' if depth == 0 => return offset,
            '{' => depth += 1,
            '}' if depth <= 1 => return offset,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::check;

    /// The places of the faults in a file that opens as it should.
    fn faults(path: &str, text: &str) -> Vec<String> {
        let findings = check(path, &format!("//! A file.\n{text}"));
        findings.into_iter().filter(|it| it.level == Level::Fault).map(|it| it.place).collect()
    }

    #[test]
    fn an_ordinary_file_is_in_order() {
        assert!(faults("core/cart/src/cart.rs", "pub fn total() -> i64 { 1 }\n").is_empty());
    }

    #[test]
    fn a_file_must_open_with_a_sentence() {
        assert_eq!(check("a.rs", "fn f() {}\n").len(), 1);
        assert_eq!(check("a.rs", "\n//! Too late.\n").len(), 1);
        assert_eq!(check("a.rs", "").len(), 1);
    }

    #[test]
    fn a_long_file_is_warned_of_and_a_longer_one_refused() {
        assert!(check("a.rs", &format!("//! A.\n{}", "x\n".repeat(499))).is_empty());
        let long = check("a.rs", &format!("//! A.\n{}", "x\n".repeat(500)));
        assert!(matches!(long.as_slice(), [finding] if finding.level == Level::Warning));
        assert_eq!(faults("a.rs", &"x\n".repeat(799)), [""; 0]);
        assert_eq!(faults("a.rs", &"x\n".repeat(800)), ["a.rs"]);
    }

    #[test]
    fn a_wide_line_is_refused_unless_it_holds_an_address() {
        assert_eq!(faults("a.rs", &"가".repeat(100)), [""; 0]);
        assert_eq!(faults("a.rs", &"가".repeat(101)), ["a.rs:2"]);
        assert_eq!(faults("a.rs", &format!("// https://{}", "a".repeat(100))), [""; 0]);
    }

    #[test]
    fn unfinished_work_and_ignored_tests_are_refused() {
        assert_eq!(faults("a.rs", "fn f() {\n    todo!()\n}"), ["a.rs:3"]);
        assert_eq!(faults("a.rs", "fn f() { unimplemented!(\"later\") }"), ["a.rs:2"]);
        assert_eq!(faults("a.rs", "let x = dbg!(1);"), ["a.rs:2"]);
        assert_eq!(faults("a.rs", "#[ignore = \"slow\"]\nfn f() {}"), ["a.rs:2"]);
    }

    #[test]
    fn prose_may_name_what_code_may_not_use() {
        let text = "// todo! and #[ignore] and f64\nconst A: &str = \"dbg!(f32) sleep(\";\n";
        assert_eq!(faults("core/kernel/src/a.rs", text), [""; 0]);
        assert_eq!(faults("core/kernel/src/a.rs", "fn todo() { not_a_todo!() }"), [""; 0]);
    }

    #[test]
    fn floats_are_refused_in_core_only() {
        for text in ["fn f(x: f64) {}", "let x = 1 as f32;", "let x = 1.5_f64;", "let x = 1f32;"] {
            assert_eq!(faults("core/kernel/src/money.rs", text), ["core/kernel/src/money.rs:2"]);
            assert_eq!(faults("xtask/src/bench.rs", text), [""; 0]);
        }
        assert_eq!(faults("core/kernel/src/a.rs", "let buf64 = 0xf64 + to_f64;"), [""; 0]);
    }

    #[test]
    fn tests_may_not_sleep() {
        let sleep = "async fn f() { tokio::time::sleep(PAUSE).await; }";
        assert_eq!(faults("tests/acceptance/main.rs", sleep), ["tests/acceptance/main.rs:2"]);
        assert_eq!(faults("adapters/sql/tests/a.rs", sleep), ["adapters/sql/tests/a.rs:2"]);
        assert_eq!(faults("core/cart/src/tests.rs", sleep), ["core/cart/src/tests.rs:2"]);
        assert_eq!(faults("event-outbox/src/relay.rs", sleep), [""; 0]);
    }

    #[test]
    fn only_the_test_module_of_an_ordinary_file_may_not_sleep() {
        let text = "fn wait() { sleep(1) }\n\
            #[cfg(test)]\nuse a::b;\nfn wait_too() { sleep(1) }\n\
            #[cfg(test)]\nmod tests {\n    fn a() {}\n    fn b() { sleep(1) }\n}\n\
            fn wait_again() { sleep(1) }\n";
        assert_eq!(faults("event-outbox/src/relay.rs", text), ["event-outbox/src/relay.rs:9"]);
    }
}
