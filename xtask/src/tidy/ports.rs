//! A port without a contract does not exist: some test must name each one.

use super::Finding;
use super::lexer::{code_only, words};
use super::tree::File;

/// Every `pub trait` of a core crate's `ports.rs` must be named, by itself or inside the name of
/// a contract function, in that crate's `contract.rs`, a file below it, or the tests package.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let in_tests: String = files.iter().filter(|file| is_test(file)).map(code).collect();
    let mut findings = Vec::new();
    for file in files {
        let Some(folder) = file.path.strip_suffix("/src/ports.rs") else {
            continue;
        };
        if !folder.starts_with("core/") {
            continue;
        }
        let contract_path = format!("{folder}/src/contract.rs");
        let rooms = format!("{folder}/src/contract/");
        let is_contract =
            |file: &&File| file.path == contract_path || file.path.starts_with(&rooms);
        let contract: String = files.iter().filter(is_contract).map(code).collect();
        for port in ports(&code(file)) {
            if !names(&contract, &port) && !names(&in_tests, &port) {
                let message = format!("no test names port `{port}`; write it into {contract_path}");
                findings.push(Finding::fault(&file.path, message));
            }
        }
    }
    findings
}

fn is_test(file: &File) -> bool {
    file.path.starts_with("tests/") && file.is_rust()
}

fn code(file: &File) -> String {
    code_only(file.text.as_deref().unwrap_or_default())
}

fn ports(code: &str) -> Vec<String> {
    let declarations = code.lines().filter_map(|line| line.trim_start().strip_prefix("pub trait "));
    declarations.filter_map(|rest| words(rest).next()).map(|(name, _)| name.to_owned()).collect()
}

fn names(code: &str, port: &str) -> bool {
    let function = snake_case(port);
    words(code).any(|(word, _)| word == port || word.contains(&function))
}

/// `OrderRepository` as it appears in the name of a function.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for char in name.chars() {
        if char.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    const PORTS: &str = "//! Ports.\n#[async_trait]\npub trait OrderRepository: Send {}\n";

    fn findings(others: &[(&str, &str)]) -> usize {
        let mut files = vec![File::from_text("core/ordering/src/ports.rs", PORTS)];
        files.extend(others.iter().map(|(path, text)| File::from_text(path, text)));
        check(&files).len()
    }

    #[test]
    fn a_port_that_no_test_names_is_found() {
        assert_eq!(findings(&[]), 1);
        assert_eq!(findings(&[("core/ordering/src/contract.rs", "fn other() {}")]), 1);
    }

    #[test]
    fn a_mention_in_prose_or_elsewhere_is_no_contract() {
        assert_eq!(findings(&[("core/ordering/src/contract.rs", "// OrderRepository")]), 1);
        assert_eq!(findings(&[("core/cart/src/contract.rs", "use OrderRepository;")]), 1);
        assert_eq!(findings(&[("adapters/sql/src/order.rs", "use OrderRepository;")]), 1);
        assert_eq!(findings(&[("tests/README.md", "OrderRepository")]), 1);
    }

    #[test]
    fn a_port_is_covered_by_its_name_or_its_contract_function() {
        let contract = "core/ordering/src/contract.rs";
        assert_eq!(findings(&[(contract, "fn keeps(it: &dyn OrderRepository) {}")]), 0);
        assert_eq!(findings(&[(contract, "pub async fn order_repository_keeps() {}")]), 0);
        assert_eq!(findings(&[("tests/contract/main.rs", "use a::OrderRepository;")]), 0);
    }
}
