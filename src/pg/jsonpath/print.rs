//! The text of a path.

use super::{Arithmetic, Path, Pattern, Step};
use crate::pg::json::quote;

/// The whole path.
pub(super) fn path(path: &Path) -> String {
    let mut out = String::new();
    if path.strict {
        out.push_str("strict ");
    }
    steps(&path.steps, true, &mut out);
    out
}

/// How tightly an operator binds.
fn priority(step: &Step) -> u8 {
    match step {
        Step::Or(..) => 0,
        Step::And(..) => 1,
        Step::Compare(..) | Step::StartsWith(..) => 2,
        Step::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, ..) => 3,
        Step::Arithmetic(..) => 4,
        Step::Sign(..) => 5,
        _ => 6,
    }
}

fn steps(chain: &[Step], brackets: bool, out: &mut String) {
    let mut rest = chain.iter();
    if let Some(first) = rest.next() {
        step(first, brackets, chain.len() > 1, out);
    }
    for later in rest {
        step(later, true, false, out);
    }
}

fn operand(chain: &[Step], of: &Step, out: &mut String) {
    let brackets = chain
        .first()
        .is_some_and(|first| priority(first) <= priority(of));
    steps(chain, brackets, out);
}

fn bracketed(brackets: bool, out: &mut String, inner: impl FnOnce(&mut String)) {
    if brackets {
        out.push('(');
    }
    inner(out);
    if brackets {
        out.push(')');
    }
}

fn two(this: &Step, left: &[Step], sign: &str, right: &[Step], brackets: bool, out: &mut String) {
    bracketed(brackets, out, |out| {
        operand(left, this, out);
        out.push(' ');
        out.push_str(sign);
        out.push(' ');
        operand(right, this, out);
    });
}

#[expect(
    clippy::too_many_lines,
    reason = "a table: one kind of step after the other"
)]
fn step(this: &Step, brackets: bool, has_next: bool, out: &mut String) {
    let one = std::slice::from_ref::<Step>;
    match this {
        Step::Null => out.push_str("null"),
        Step::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Step::Number(value) => bracketed(has_next, out, |out| value.write(out)),
        Step::Text(text) => quote(text, out),
        Step::Variable(name) => {
            out.push('$');
            quote(name, out);
        }
        Step::Root => out.push('$'),
        Step::Current => out.push('@'),
        Step::Last => out.push_str("last"),
        Step::Key(key) => {
            out.push('.');
            quote(key, out);
        }
        Step::AnyKey => out.push_str(".*"),
        Step::AnyElement => out.push_str("[*]"),
        Step::Elements(subscripts) => {
            out.push('[');
            for (at, (from, to)) in subscripts.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                steps(from, false, out);
                if let Some(to) = to {
                    out.push_str(" to ");
                    steps(to, false, out);
                }
            }
            out.push(']');
        }
        Step::Any(first, last) => out.push_str(&match (first, last) {
            (Some(0), None) => String::from(".**"),
            (None, None) => String::from(".**{last}"),
            (Some(first), Some(last)) if first == last => format!(".**{{{first}}}"),
            (None, Some(last)) => format!(".**{{last to {last}}}"),
            (Some(first), None) => format!(".**{{{first} to last}}"),
            (Some(first), Some(last)) => format!(".**{{{first} to {last}}}"),
        }),
        Step::Arithmetic(operator, left, right) => {
            two(
                this,
                left,
                &operator.sign().to_string(),
                right,
                brackets,
                out,
            );
        }
        Step::Compare(operator, left, right) => {
            two(this, left, operator.text(), right, brackets, out);
        }
        Step::StartsWith(left, right) => two(this, left, "starts with", right, brackets, out),
        Step::And(left, right) => two(this, one(left), "&&", one(right), brackets, out),
        Step::Or(left, right) => two(this, one(left), "||", one(right), brackets, out),
        Step::Sign(negative, value) => bracketed(brackets, out, |out| {
            out.push(if *negative { '-' } else { '+' });
            operand(value, this, out);
        }),
        Step::Method(method) => {
            out.push('.');
            out.push_str(method.name());
            out.push_str("()");
        }
        Step::Datetime(template) => {
            out.push_str(".datetime(");
            if let Some(template) = template {
                quote(template, out);
            }
            out.push(')');
        }
        Step::Filter(inner) => {
            out.push_str("?(");
            step(inner, false, false, out);
            out.push(')');
        }
        Step::Not(inner) => {
            out.push_str("!(");
            step(inner, false, false, out);
            out.push(')');
        }
        Step::IsUnknown(inner) => {
            out.push('(');
            step(inner, false, false, out);
            out.push_str(") is unknown");
        }
        Step::Exists(value) => {
            out.push_str("exists (");
            steps(value, false, out);
            out.push(')');
        }
        Step::Like(value, pattern) => bracketed(brackets, out, |out| {
            operand(value, this, out);
            out.push_str(" like_regex ");
            quote(&pattern.text, out);
            flags(pattern, out);
        }),
    }
}

fn flags(pattern: &Pattern, out: &mut String) {
    let letters = [
        (pattern.ignore_case, 'i'),
        (pattern.dot_all, 's'),
        (pattern.lines, 'm'),
        (pattern.expanded, 'x'),
        (pattern.quote, 'q'),
    ];
    let letters: String = letters
        .iter()
        .filter(|(given, _)| *given)
        .map(|(_, letter)| *letter)
        .collect();
    if !letters.is_empty() {
        out.push_str(" flag \"");
        out.push_str(&letters);
        out.push('"');
    }
}
