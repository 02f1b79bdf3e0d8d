//! Reads the report that nextest writes: only the few tags that matter here.
//!
//! Good for that file alone, in which `<` and `>` occur only as tags (nextest escapes them in
//! text and attributes); it is no XML parser.

use super::summary::Verdict;

/// One test of the report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) suite: String,
    pub(crate) test: String,
    pub(crate) verdict: Verdict,
}

pub(crate) fn parse(report: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut suite = String::new();
    for tag in report.split('<').skip(1) {
        let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        match (name, cases.last_mut()) {
            ("testsuite", _) => suite = attribute(tag, "name"),
            ("testcase", _) => cases.push(Case {
                suite: suite.clone(),
                test: attribute(tag, "name"),
                verdict: Verdict::Passed,
            }),
            ("failure" | "error", Some(case)) => case.verdict = Verdict::Failed,
            ("skipped", Some(case)) => case.verdict = Verdict::Skipped,
            _ => {}
        }
    }
    cases
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag
        .split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("", |(value, _)| value);
    // The ampersand last, or an escaped escape would be unescaped twice.
    let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    plain.replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{Case, Verdict, parse};

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="3" failures="1" errors="0" time="0.080">
    <testsuite name="jangbogo-kernel" tests="1" skipped="0" errors="0" failures="0">
        <testcase name="money::adds" classname="jangbogo-kernel" time="0.007"/>
    </testsuite>
    <testsuite name="jangbogo-tests::contract" tests="2" skipped="0" failures="1">
        <testcase name="postgres::a&lt;b&gt;" classname="x" time="0.006">
            <failure message="&apos;bad&apos; panicked" type="exit code 101">&lt;error&gt;</failure>
            <system-out>&lt;testcase name="no"/&gt;</system-out>
        </testcase>
        <testcase name="sqlite::later" classname="x"><skipped/></testcase>
    </testsuite>
</testsuites>"#;

    fn case(suite: &str, test: &str, verdict: Verdict) -> Case {
        Case { suite: suite.to_owned(), test: test.to_owned(), verdict }
    }

    #[test]
    fn every_test_is_read_with_its_suite_and_verdict() {
        let expected = [
            case("jangbogo-kernel", "money::adds", Verdict::Passed),
            case("jangbogo-tests::contract", "postgres::a<b>", Verdict::Failed),
            case("jangbogo-tests::contract", "sqlite::later", Verdict::Skipped),
        ];
        assert_eq!(parse(REPORT), expected);
    }

    #[test]
    fn a_report_without_tests_has_no_cases() {
        assert_eq!(parse("<testsuites name=\"nextest-run\" tests=\"0\"/>"), []);
    }
}
