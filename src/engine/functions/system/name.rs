//! Names in text: reading `schema."Name"` and writing it.

use crate::pg::keywords::quote_ident;
use crate::pg::{Fault, SqlState};

/// A name as SQL, after its schema if one is given.
pub(super) fn shown(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote_ident(schema), quote_ident(name)),
        None => quote_ident(name).into_owned(),
    }
}

/// The parts of a dotted name: quoted ones as they are, others in lower case.
pub(super) fn parts(text: &str) -> Result<Vec<String>, Fault> {
    let invalid = || Fault::new(SqlState::INVALID_NAME, "invalid name syntax");
    let mut rest = text.trim_matches(blank);
    let mut parts = Vec::new();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_part(quoted).ok_or_else(invalid)?,
            None => {
                let end = rest
                    .find(|c: char| c == '.' || blank(c))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end).ok_or_else(invalid)?;
                if word.is_empty() || word.contains('"') {
                    return Err(invalid());
                }
                (word.to_lowercase(), after)
            }
        };
        parts.push(part);
        let after = after.trim_start_matches(blank);
        if after.is_empty() {
            return Ok(parts);
        }
        rest = after
            .strip_prefix('.')
            .ok_or_else(invalid)?
            .trim_start_matches(blank);
    }
}

fn quoted_part(quoted: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut characters = quoted.char_indices();
    while let Some((_, character)) = characters.next() {
        if character != '"' {
            part.push(character);
            continue;
        }
        let after = characters.as_str();
        if !after.starts_with('"') {
            return (!part.is_empty()).then_some((part, after));
        }
        part.push('"');
        characters.next();
    }
    None
}

/// Schema and name of a dotted name of at most two parts.
pub(super) fn schema_and_name(text: &str) -> Result<(Option<String>, String), Fault> {
    let mut parts = parts(text)?;
    match (parts.pop(), parts.pop(), parts.is_empty()) {
        (Some(name), schema, true) => Ok((schema, name)),
        (Some(name), Some(schema), false) => {
            parts.extend([schema, name]);
            Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                format!(
                    "improper qualified name (too many dotted names): {}",
                    parts.join(".")
                ),
            ))
        }
        _ => Err(Fault::new(SqlState::INVALID_NAME, "invalid name syntax")),
    }
}

/// Splits `name(type, type)`; `None` when there are no parentheses.
pub(super) fn with_arguments(text: &str) -> Result<(&str, Vec<&str>), Fault> {
    let malformed = |what: &str| Fault::new(SqlState::INVALID_TEXT_REPRESENTATION, what);
    let open = outside_quotes(text, '(').ok_or_else(|| malformed("expected a left parenthesis"))?;
    let (name, rest) = text
        .split_at_checked(open)
        .ok_or_else(|| malformed("expected a name"))?;
    let inner = rest
        .trim_end_matches(blank)
        .strip_suffix(')')
        .and_then(|rest| rest.strip_prefix('('))
        .ok_or_else(|| malformed("expected a right parenthesis"))?;
    let inner = inner.trim_matches(blank);
    if inner.is_empty() {
        return Ok((name, Vec::new()));
    }
    let mut arguments = Vec::new();
    let mut rest = inner;
    while let Some(comma) = top_level_comma(rest) {
        let (argument, after) = rest.split_at_checked(comma).unwrap_or((rest, ""));
        arguments.push(argument.trim_matches(blank));
        rest = after.strip_prefix(',').unwrap_or_default();
    }
    arguments.push(rest.trim_matches(blank));
    if arguments.iter().any(|argument| argument.is_empty()) {
        return Err(malformed("expected a type name"));
    }
    Ok((name, arguments))
}

fn outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '"';
        (character == wanted && !quoted).then_some(at)
    })
}

fn top_level_comma(text: &str) -> Option<usize> {
    let (mut quoted, mut depth) = (false, 0_i32);
    text.char_indices().find_map(|(at, character)| {
        match character {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        (character == ',' && !quoted && depth == 0).then_some(at)
    })
}

fn blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_are_read_as_postgresql_reads_them() {
        let read = |text| parts(text).ok();
        let some = |list: &[&str]| Some(list.iter().map(|part| (*part).to_owned()).collect());
        assert_eq!(read("Users"), some(&["users"]));
        assert_eq!(
            read(" learnamp . \"My \"\"T\" "),
            some(&["learnamp", "My \"T"])
        );
        for bad in ["", "a b", "a.", ".a", "\"a", "\"\"", "a..b", "a\"b"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn argument_lists_are_split() {
        assert_eq!(with_arguments("f()").unwrap(), ("f", vec![]));
        let numeric = with_arguments("s.f(numeric(1,2), text) ").unwrap();
        assert_eq!(numeric, ("s.f", vec!["numeric(1,2)", "text"]));
        assert!(with_arguments("f").is_err());
        assert!(with_arguments("f(a,)").is_err());
    }
}
