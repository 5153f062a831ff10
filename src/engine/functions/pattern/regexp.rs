//! The functions and operators over regular expressions.

use arrow::array::ArrayRef;

use super::expression::{Expression, Found};
use super::similar;
use crate::engine::functions::call::{Call, Column, Elements, Int4, Output, Text};
use crate::engine::functions::registry::Registry;
use crate::engine::functions::text::{RESULT_BYTES, count, too_large};
use crate::pg::{Fault, SqlState};

/// Registers every function of this file.
pub(super) fn register(registry: &mut Registry) {
    operators(registry);
    searches(registry);
    splits(registry);
    positions(registry);
    replacements(registry);
}

fn operators(registry: &mut Registry) {
    for kind in ["text", "name", "bpchar"] {
        for (name, flags, negated) in [
            ("regexeq", "", false),
            ("regexne", "", true),
            ("icregexeq", "i", false),
            ("icregexne", "i", true),
        ] {
            registry.kernel(format!("{kind}{name}({kind},text)"), move |call| {
                let shape = Shape {
                    fixed: flags,
                    ..Shape::default()
                };
                shape.run(call, |expression, row| {
                    Ok(expression.matches(row.text)? != negated)
                })
            });
        }
    }
    for (signature, flags) in [
        ("regexp_like(text,text)", None),
        ("regexp_like(text,text,text)", Some(2)),
    ] {
        registry.kernel(signature, move |call| {
            let shape = Shape {
                flags,
                local: Some("regexp_like()"),
                ..Shape::default()
            };
            shape.run(call, |expression, row| expression.matches(row.text))
        });
    }
}

fn searches(registry: &mut Registry) {
    for (signature, flags) in [
        ("regexp_match(text,text)", None),
        ("regexp_match(text,text,text)", Some(2)),
    ] {
        registry.kernel(signature, move |call| {
            let shape = Shape {
                flags,
                local: Some("regexp_match()"),
                ..Shape::default()
            };
            shape.run(call, |expression, row| {
                let found = expression.find(row.text, 0)?;
                Ok(found.map(|found| groups(row.text, &found)))
            })
        });
    }
    for (signature, flags) in [
        ("regexp_matches(text,text)", None),
        ("regexp_matches(text,text,text)", Some(2)),
    ] {
        registry.set(signature, move |call| {
            let shape = Shape {
                flags,
                ..Shape::default()
            };
            shape.run(call, |expression, row| {
                let (mut all, global) = (Vec::new(), expression.flags.global);
                expression.every(row.text, 0, |found| {
                    all.push(Some(groups(row.text, &found)));
                    Ok(global)
                })?;
                Ok(Elements(all))
            })
        });
    }
    registry.kernel("substring(text,text)", |call| {
        Shape::default().run(call, |expression, row| part(expression, row.text))
    });
    registry.kernel("substring(text,text,text)", |call| {
        let (texts, patterns) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
        let (escapes, mut memo) = (call.input::<Text>(2)?, Memo::default());
        let rows = (0..call.rows).map(|row| {
            let (Some(text), Some(pattern), Some(escape)) =
                (texts.at(row), patterns.at(row), escapes.at(row))
            else {
                return Ok(None);
            };
            let expression = memo.expression(&similar::advanced(pattern, escape)?, "")?;
            part(expression, text)
        });
        String::collect(rows, call.rows, call.storage)
    });
}

fn splits(registry: &mut Registry) {
    for (signature, flags) in [
        ("regexp_split_to_array(text,text)", None),
        ("regexp_split_to_array(text,text,text)", Some(2)),
    ] {
        registry.kernel(signature, move |call| {
            let shape = Shape {
                flags,
                local: Some("regexp_split_to_array()"),
                ..Shape::default()
            };
            shape.run(call, split)
        });
    }
    for (signature, flags) in [
        ("regexp_split_to_table(text,text)", None),
        ("regexp_split_to_table(text,text,text)", Some(2)),
    ] {
        registry.set(signature, move |call| {
            let shape = Shape {
                flags,
                local: Some("regexp_split_to_table()"),
                ..Shape::default()
            };
            shape.run(call, split)
        });
    }
}

fn positions(registry: &mut Registry) {
    for (tail, numbers, flags) in [
        ("", &[][..], None),
        (",int4", &[2][..], None),
        (",int4,text", &[2][..], Some(3)),
    ] {
        registry.kernel(format!("regexp_count(text,text{tail})"), move |call| {
            let shape = Shape {
                flags,
                numbers,
                local: Some("regexp_count()"),
                ..Shape::default()
            };
            shape.run(call, |expression, row| {
                let (from, mut matches) = (row.start(0)?, 0);
                expression.every(row.text, from, |_| {
                    matches += 1;
                    Ok(true)
                })?;
                count(matches)
            })
        });
    }
    for (tail, numbers, flags) in [
        ("", &[][..], None),
        (",int4", &[2][..], None),
        (",int4,int4", &[2, 3][..], None),
        (",int4,int4,int4", &[2, 3, 4][..], None),
        (",int4,int4,int4,text", &[2, 3, 4][..], Some(5)),
        (",int4,int4,int4,text,int4", &[2, 3, 4, 6][..], Some(5)),
    ] {
        registry.kernel(format!("regexp_instr(text,text{tail})"), move |call| {
            let shape = Shape {
                flags,
                numbers,
                local: Some("regexp_instr()"),
                ..Shape::default()
            };
            shape.run(call, instr)
        });
    }
    for (tail, numbers, flags) in [
        ("", &[][..], None),
        (",int4", &[2][..], None),
        (",int4,int4", &[2, 3][..], None),
        (",int4,int4,text", &[2, 3][..], Some(4)),
        (",int4,int4,text,int4", &[2, 3, 5][..], Some(4)),
    ] {
        registry.kernel(format!("regexp_substr(text,text{tail})"), move |call| {
            let shape = Shape {
                flags,
                numbers,
                local: Some("regexp_substr()"),
                ..Shape::default()
            };
            shape.run(call, |expression, row| {
                let (from, n) = (row.start(0)?, row.at_least(1, "n", 1, 1)?);
                let group = row.at_least(2, "subexpr", 0, 0)?;
                let span = nth(expression, row.text, from, n, group)?;
                Ok(span.and_then(|(start, end)| row.text.get(start..end).map(String::from)))
            })
        });
    }
}

fn replacements(registry: &mut Registry) {
    for (tail, numbers, flags) in [
        ("", &[][..], None),
        (",text", &[][..], Some(3)),
        (",int4", &[3][..], None),
        (",int4,int4", &[3, 4][..], None),
        (",int4,int4,text", &[3, 4][..], Some(5)),
    ] {
        registry.kernel(
            format!("regexp_replace(text,text,text{tail})"),
            move |call| {
                let shape = Shape {
                    flags,
                    numbers,
                    extra: Some(2),
                    ..Shape::default()
                };
                shape
                    .run(call, |expression, row| {
                        let from = row.start(0)?;
                        let first = i32::from(!expression.flags.global);
                        let n = row.at_least(1, "n", 0, first)?;
                        replace(expression, row.text, row.extra, from, n)
                    })
                    .map_err(|fault| hinted(fault, flags == Some(3)))
            },
        );
    }
}

/// Which arguments a function takes beside the text and the pattern.
#[derive(Default, Clone, Copy)]
struct Shape {
    /// Flags that are always there.
    fixed: &'static str,
    /// Where the flags argument is.
    flags: Option<usize>,
    /// Where the `int4` arguments are.
    numbers: &'static [usize],
    /// Where the replacement is.
    extra: Option<usize>,
    /// The function's name where it refuses the flag `g`.
    local: Option<&'static str>,
}

/// The arguments of one row.
struct Row<'a> {
    text: &'a str,
    extra: &'a str,
    numbers: Vec<i32>,
}

impl Shape {
    fn run<R: Output>(
        self,
        call: &Call<'_>,
        mut body: impl FnMut(&mut Expression, &Row<'_>) -> Result<R, Fault>,
    ) -> Result<ArrayRef, Fault> {
        let (texts, patterns) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
        let flags = self.flags.map(|at| call.input::<Text>(at)).transpose()?;
        let extras = self.extra.map(|at| call.input::<Text>(at)).transpose()?;
        let numbers: Vec<Column<Int4>> = self
            .numbers
            .iter()
            .map(|at| call.input::<Int4>(*at))
            .collect::<Result<_, _>>()?;
        let mut memo = Memo::default();
        let mut answer = |row: usize| -> Option<Result<R, Fault>> {
            let (text, pattern) = (texts.at(row)?, patterns.at(row)?);
            let flags = match &flags {
                Some(flags) => flags.at(row)?,
                None => self.fixed,
            };
            let extra = match &extras {
                Some(extras) => extras.at(row)?,
                None => "",
            };
            let numbers = numbers.iter().map(|n| n.at(row)).collect::<Option<_>>()?;
            let row = Row {
                text,
                extra,
                numbers,
            };
            Some(memo.expression(pattern, flags).and_then(|expression| {
                self.check(flags)?;
                body(expression, &row)
            }))
        };
        let rows = (0..call.rows).map(|row| answer(row).transpose());
        R::collect(rows, call.rows, call.storage)
    }

    fn check(self, flags: &str) -> Result<(), Fault> {
        let Some(name) = self.local.filter(|_| flags.contains('g')) else {
            return Ok(());
        };
        let fault = Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("{name} does not support the \"global\" option"),
        );
        Err(if name == "regexp_match()" {
            fault.hint("Use the regexp_matches function instead.")
        } else {
            fault
        })
    }
}

impl Row<'_> {
    /// The number at `index`, held to be at least `least`; `missing` when the call has none.
    fn at_least(&self, index: usize, name: &str, least: i32, missing: i32) -> Result<i32, Fault> {
        match self.numbers.get(index) {
            None => Ok(missing),
            Some(value) if *value >= least => Ok(*value),
            Some(value) => Err(bad_parameter(name, *value)),
        }
    }

    /// The byte where the search begins; past the end when there are fewer characters.
    fn start(&self, index: usize) -> Result<usize, Fault> {
        let start = self.at_least(index, "start", 1, 1)?;
        let skipped = usize::try_from(start - 1).unwrap_or(0);
        let present = self.text.char_indices().map(|(at, _)| at);
        Ok(present
            .chain(std::iter::once(self.text.len()))
            .nth(skipped)
            .unwrap_or(self.text.len() + 1))
    }
}

/// The expression of the row before: most calls have one pattern for all rows.
#[derive(Default)]
struct Memo(Option<(String, String, Expression)>);

impl Memo {
    fn expression(&mut self, pattern: &str, flags: &str) -> Result<&mut Expression, Fault> {
        let stale = !matches!(&self.0, Some((p, f, _)) if p == pattern && f == flags);
        if stale {
            self.0 = None;
        }
        match &mut self.0 {
            Some((_, _, expression)) => Ok(expression),
            empty => {
                let compiled = Expression::compile(pattern, flags)?;
                Ok(&mut empty
                    .insert((String::from(pattern), String::from(flags), compiled))
                    .2)
            }
        }
    }
}

/// The groups of a match, or the whole when there are none.
fn groups(text: &str, found: &Found) -> Elements<String> {
    let piece = |(start, end): (usize, usize)| text.get(start..end).map(String::from);
    Elements(if found.groups.is_empty() {
        vec![piece((found.start, found.end))]
    } else {
        found
            .groups
            .iter()
            .map(|group| group.and_then(piece))
            .collect()
    })
}

/// What `substring(text from pattern)` gives: the first group, or the whole.
fn part(expression: &mut Expression, text: &str) -> Result<Option<String>, Fault> {
    let span = expression
        .find(text, 0)?
        .and_then(|found| match found.groups.first() {
            Some(group) => *group,
            None => Some((found.start, found.end)),
        });
    Ok(span.and_then(|(start, end)| text.get(start..end).map(String::from)))
}

fn split(expression: &mut Expression, row: &Row<'_>) -> Result<Elements<String>, Fault> {
    let (mut parts, mut from, mut previous) = (Vec::new(), 0, 0);
    expression.every(row.text, 0, |found| {
        // A match of nothing does not divide at the ends, nor right behind another match.
        if found.start < row.text.len() && found.end > previous {
            parts.push(row.text.get(from..found.start).map(String::from));
            from = found.end;
        }
        previous = found.end;
        Ok(true)
    })?;
    parts.push(row.text.get(from..).map(String::from));
    Ok(Elements(parts))
}

/// Where the `n`-th match from `from` on is, or its group.
fn nth(
    expression: &mut Expression,
    text: &str,
    from: usize,
    n: i32,
    group: i32,
) -> Result<Option<(usize, usize)>, Fault> {
    let (mut left, mut hit) = (n, None);
    expression.every(text, from, |found| {
        left -= 1;
        if left == 0 {
            hit = Some(found);
        }
        Ok(left > 0)
    })?;
    let group = usize::try_from(group).unwrap_or(0);
    Ok(
        hit.and_then(|found| match (group, found.groups.as_slice()) {
            (0, _) | (1, []) => Some((found.start, found.end)),
            (group, groups) => groups.get(group - 1).copied().flatten(),
        }),
    )
}

fn instr(expression: &mut Expression, row: &Row<'_>) -> Result<i32, Fault> {
    let (from, n) = (row.start(0)?, row.at_least(1, "n", 1, 1)?);
    let end = row.at_least(2, "endoption", 0, 0)?;
    if end > 1 {
        return Err(bad_parameter("endoption", end));
    }
    let group = row.at_least(3, "subexpr", 0, 0)?;
    match nth(expression, row.text, from, n, group)? {
        Some(span) => {
            let at = if end == 1 { span.1 } else { span.0 };
            count(row.text.get(..at).unwrap_or_default().chars().count() + 1)
        }
        None => Ok(0),
    }
}

/// Replaces the `n`-th match from `from` on, or every one when `n` is 0.
fn replace(
    expression: &mut Expression,
    text: &str,
    replacement: &str,
    from: usize,
    n: i32,
) -> Result<String, Fault> {
    let (mut out, mut copied, mut seen) = (String::new(), 0, 0);
    expression.every(text, from, |found| {
        seen += 1;
        if n > 0 && seen < n {
            return Ok(true);
        }
        out.push_str(text.get(copied..found.start).unwrap_or_default());
        fill(&mut out, text, replacement, &found);
        copied = found.end;
        if out.len() > RESULT_BYTES.max(text.len()) {
            return Err(too_large());
        }
        Ok(n == 0)
    })?;
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

/// Writes the replacement with `\1`, `\&` and `\\` filled in.
fn fill(out: &mut String, text: &str, replacement: &str, found: &Found) {
    let mut characters = replacement.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut ahead = characters.clone();
        let span = match ahead.next() {
            Some('&') => Some((found.start, found.end)),
            Some('\\') => {
                out.push('\\');
                None
            }
            Some(digit @ '1'..='9') => digit
                .to_digit(10)
                .and_then(|digit| usize::try_from(digit - 1).ok())
                .and_then(|group| found.groups.get(group).copied().flatten()),
            _ => {
                out.push('\\');
                continue;
            }
        };
        characters = ahead;
        if let Some((start, end)) = span {
            out.push_str(text.get(start..end).unwrap_or_default());
        }
    }
}

fn bad_parameter(name: &str, value: i32) -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!("invalid value for parameter \"{name}\": {value}"),
    )
}

/// A digit among the flags of `regexp_replace(_, _, _, flags)` was meant as a start.
fn hinted(fault: Fault, flags: bool) -> Fault {
    let option = fault
        .message
        .strip_prefix("invalid regular expression option: \"");
    if flags && option.is_some_and(|option| option.starts_with(|c: char| c.is_ascii_digit())) {
        return fault.hint(
            "If you meant to use regexp_replace() with a start parameter, \
             cast the fourth argument to integer explicitly.",
        );
    }
    fault
}
