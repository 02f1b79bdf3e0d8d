//! Separates code from comments and literals, so that a rule about code is not broken by prose.

/// The text with comments, strings and character literals blanked out; every line keeps its
/// number.
pub(super) fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        if let Some(end) = end_of_prose(&chars, at) {
            let prose = chars.iter().take(end).skip(at);
            code.extend(prose.map(|char| if *char == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            code.push(char);
            at += 1;
        }
    }
    code
}

/// The words of a line of code (names, keywords, numbers) with what follows each.
pub(super) fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut rest = line;
    std::iter::from_fn(move || {
        let start = rest.find(is_word)?;
        let from_start = rest.get(start..)?;
        let end = from_start.find(|char| !is_word(char)).unwrap_or(from_start.len());
        let (word, after) = from_start.split_at_checked(end)?;
        rest = after;
        Some((word, after))
    })
}

/// Where the comment or literal that begins at `at` ends; `None` if none begins there.
fn end_of_prose(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match chars.get(at)? {
        '/' if next == Some('/') => Some(position(chars, at, '\n').unwrap_or(chars.len())),
        '/' if next == Some('*') => Some(end_of_block_comment(chars, at)),
        '"' => Some(end_of_string(chars, at, '"')),
        'r' => end_of_raw_string(chars, at),
        // Otherwise a lifetime.
        '\'' if next == Some('\\') || chars.get(at + 2) == Some(&'\'') => {
            Some(end_of_string(chars, at, '\''))
        }
        _ => None,
    }
}

fn position(chars: &[char], from: usize, wanted: char) -> Option<usize> {
    chars.iter().skip(from).position(|char| *char == wanted).map(|offset| from + offset)
}

/// Block comments nest.
fn end_of_block_comment(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = at;
    while let (Some(&char), next) = (chars.get(at), chars.get(at + 1)) {
        match (char, next) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], at: usize, quote: char) -> usize {
    let mut at = at + 1;
    while let Some(&char) = chars.get(at) {
        match char {
            '\\' => at += 2,
            _ if char == quote => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn end_of_raw_string(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars.iter().skip(at + 1).take_while(|char| **char == '#').count();
    let quote = at + 1 + hashes;
    if chars.get(quote) != Some(&'"') {
        return None;
    }
    let mut from = quote + 1;
    while let Some(close) = position(chars, from, '"') {
        from = close + 1;
        if chars.iter().skip(from).take_while(|char| **char == '#').count() >= hashes {
            return Some(from + hashes);
        }
    }
    Some(chars.len())
}

#[cfg(test)]
mod tests {
    use super::{code_only, words};

    fn check(text: &str, expected: &str) {
        let code = code_only(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected);
        assert_eq!(code.matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn comments_are_not_code() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ \n d */ e", "a e");
        check("/// a doc\nfn f() {}", "fn f() {}");
    }

    #[test]
    fn strings_are_not_code() {
        check(r#"a("b \" c", d)"#, "a( , d)");
        check("a(r\"b\\\", c)", "a( , c)");
        check("a(r##\"b \"# c\"##, d)", "a( , d)");
        check("let s = \"// no comment\"; f()", "let s = ; f()");
        check("b\"bytes\" + 1", "b + 1");
    }

    #[test]
    fn character_literals_and_lifetimes_are_told_apart() {
        check("f('\"', 'x', '\\'') + 1", "f( , , ) + 1");
        check("fn f<'a>(x: &'a str) -> &'a str { x }", "fn f<'a>(x: &'a str) -> &'a str { x }");
    }

    #[test]
    fn an_unfinished_literal_ends_with_the_text() {
        check("a \"b", "a");
        check("a /* b", "a");
        check("a r#\"b\"", "a");
    }

    #[test]
    fn words_come_with_what_follows() {
        let found: Vec<_> = words("x.sleep(1_f64)").collect();
        assert_eq!(found, [("x", ".sleep(1_f64)"), ("sleep", "(1_f64)"), ("1_f64", ")")]);
    }
}
