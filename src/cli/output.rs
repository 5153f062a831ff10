//! What people and scripts read: the one place that prints.
//!
//! Answers go to standard output, progress and errors to standard error. With `--json` an answer
//! is one JSON object on one line, and so is an error.

use std::io::{self, Write};

use chrono::TimeDelta;
use serde_json::{Value, json};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// One JSON object instead of lines.
    pub(crate) json: bool,
}

/// What a command found or did.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// For people.
    pub(crate) text: String,
    /// For scripts; an object.
    pub(crate) json: Value,
    /// Whether what was found is bad: exit code 1 although the command worked.
    pub(crate) bad: bool,
}

impl Answer {
    /// An answer in one line.
    pub(crate) fn line(text: impl Into<String>, json: Value) -> Self {
        Self {
            text: text.into(),
            json,
            bad: false,
        }
    }

    /// Marks the answer as bad news.
    pub(crate) fn bad(mut self, bad: bool) -> Self {
        self.bad = bad;
        self
    }
}

impl Output {
    /// Prints an answer.
    pub(crate) fn answer(self, answer: &Answer) {
        if self.json {
            write(io::stdout(), &answer.json.to_string());
        } else {
            write(io::stdout(), answer.text.trim_end_matches('\n'));
        }
    }

    /// Prints an error: what, where, and what to do.
    pub(crate) fn error(self, what: &str, remedy: Option<&str>) {
        if self.json {
            let error = json!({"ok": false, "error": what, "remedy": remedy});
            return write(io::stderr(), &error.to_string());
        }
        write(io::stderr(), &format!("error: {what}"));
        if let Some(remedy) = remedy {
            write(io::stderr(), &format!("  try: {remedy}"));
        }
    }

    /// Tells how a long step goes.
    pub(crate) fn progress(self, line: &str) {
        if !self.json {
            write(io::stderr(), line);
        }
    }
}

/// Prints one line. Who stopped reading has seen enough.
fn write(mut to: impl Write, line: &str) {
    writeln!(to, "{line}")
        .and_then(|()| to.flush())
        .unwrap_or_default();
}

/// Lays rows out in columns under their names.
pub(crate) fn columns<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = names.map(|name| name.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut add = |cells: &[String; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    add(&names.map(str::to_owned));
    rows.iter().for_each(&mut add);
    text
}

/// Bytes as people say them.
pub(crate) fn size(bytes: u64) -> String {
    let mut unit = 1_u64;
    for name in ["B", "KiB", "MiB", "GiB"] {
        if bytes / unit < 1024 {
            return if unit == 1 {
                format!("{bytes} B")
            } else {
                format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
            };
        }
        unit *= 1024;
    }
    format!("{}.{} TiB", bytes / unit, bytes % unit / (unit / 10))
}

/// A length of time as people say it: its two largest units.
pub(crate) fn span(length: TimeDelta) -> String {
    let minutes = length.num_minutes();
    match minutes {
        ..1 => "less than a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes / 60 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans_read_well() {
        assert_eq!(size(1_023), "1023 B");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size(3 << 40), "3.0 TiB");
        assert_eq!(span(TimeDelta::seconds(59)), "less than a minute");
        assert_eq!(span(TimeDelta::minutes(61)), "1 h 1 min");
        assert_eq!(span(TimeDelta::hours(49)), "2 d 1 h");
    }

    #[test]
    fn columns_line_up() {
        let rows = [
            ["a".to_owned(), "é".to_owned()],
            ["long".to_owned(), "y".to_owned()],
        ];
        assert_eq!(
            columns(["n", "value"], &rows),
            "n     value\na     é\nlong  y\n"
        );
    }
}
