//! The four forms in which a plan is written.

use super::{Cost, Shown, Times};
use crate::engine::statement::explain::{Format, Style};

/// A property of a node.
enum Property {
    Text(String),
    /// Digits, as they are.
    Number(String),
    Truth(bool),
    Plans(Vec<Vec<(&'static str, Property)>>),
}

type Properties = Vec<(&'static str, Property)>;

/// The lines of the text form, or the one text of the others.
pub(super) fn written(top: &Shown, style: Style, times: Times) -> Vec<String> {
    if style.format == Format::Text {
        return text(top, style, times);
    }
    let mut query = vec![("Plan", Property::Plans(vec![properties(top, style)]))];
    if style.summary {
        query.push(("Planning Time", number(times.planning, 3)));
    }
    if let (Some(execution), true) = (times.execution, style.summary) {
        query.push(("Execution Time", number(execution, 3)));
    }
    let mut out = String::new();
    match style.format {
        Format::Yaml => {
            out.push_str("- ");
            yaml(&mut out, &query, 2);
        }
        Format::Xml => {
            out.push_str("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n");
            xml(&mut out, &query, 4);
            out.push_str("  </Query>\n</explain>");
        }
        Format::Json | Format::Text => {
            out.push_str("[\n  ");
            json(&mut out, &query, 2);
            out.push_str("\n]");
        }
    }
    vec![out]
}

fn number(value: f64, digits: usize) -> Property {
    Property::Number(format!("{value:.digits$}"))
}

fn properties(node: &Shown, style: Style) -> Properties {
    let mut list = vec![
        ("Node Type", Property::Text(node.name.to_owned())),
        ("Parallel Aware", Property::Truth(false)),
        ("Async Capable", Property::Truth(false)),
    ];
    if style.costs {
        let Cost {
            startup,
            total,
            rows,
            width,
        } = node.cost;
        list.push(("Startup Cost", number(startup, 2)));
        list.push(("Total Cost", number(total, 2)));
        list.push(("Plan Rows", number(rows, 0)));
        list.push(("Plan Width", Property::Number(width.to_string())));
    }
    if let Some(actual) = node.actual {
        list.push(("Actual Rows", Property::Number(actual.to_string())));
        list.push(("Actual Loops", Property::Number(String::from("1"))));
    }
    list.push(("Details", Property::Text(node.details.clone())));
    if !node.children.is_empty() {
        let below = node.children.iter().map(|child| properties(child, style));
        list.push(("Plans", Property::Plans(below.collect())));
    }
    list
}

/// One node per line, with its detail on a line below, indented as PostgreSQL indents.
fn text(top: &Shown, style: Style, times: Times) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![(top, 0_usize)];
    while let Some((node, depth)) = open.pop() {
        let mut line = match depth {
            0 => String::new(),
            _ => format!("{}->  ", " ".repeat(depth * 6 - 4)),
        };
        line.push_str(node.name);
        if style.costs {
            let Cost {
                startup,
                total,
                rows,
                width,
            } = node.cost;
            line.push_str(&format!(
                "  (cost={startup:.2}..{total:.2} rows={rows:.0} width={width})"
            ));
        }
        if let Some(actual) = node.actual {
            let between = if style.costs { " " } else { "  " };
            line.push_str(&format!("{between}(actual rows={actual} loops=1)"));
        }
        lines.push(line);
        lines.push(format!("{}{}", " ".repeat(depth * 6 + 2), node.details));
        open.extend(node.children.iter().rev().map(|child| (child, depth + 1)));
    }
    if style.summary {
        lines.push(format!("Planning Time: {:.3} ms", times.planning));
        if let Some(execution) = times.execution {
            lines.push(format!("Execution Time: {execution:.3} ms"));
        }
    }
    lines
}

fn json(out: &mut String, properties: &Properties, indent: usize) {
    out.push('{');
    for (at, (name, value)) in properties.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        line(out, comma, indent + 2, &format!("\"{name}\": "));
        match value {
            Property::Text(text) => out.push_str(&quoted(text)),
            Property::Number(digits) => out.push_str(digits),
            Property::Truth(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Property::Plans(plans) if *name == "Plan" => {
                for plan in plans {
                    json(out, plan, indent + 2);
                }
            }
            Property::Plans(plans) => {
                out.push('[');
                for (at, plan) in plans.iter().enumerate() {
                    line(out, if at == 0 { "" } else { "," }, indent + 4, "");
                    json(out, plan, indent + 4);
                }
                line(out, "", indent + 2, "]");
            }
        }
    }
    line(out, "", indent, "}");
}

/// Ends a line after `end` and begins the next one.
fn line(out: &mut String, end: &str, indent: usize, begin: &str) {
    out.push_str(end);
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push_str(begin);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn yaml(out: &mut String, properties: &Properties, indent: usize) {
    for (at, (name, value)) in properties.iter().enumerate() {
        if at > 0 {
            line(out, "", indent, "");
        }
        out.push_str(name);
        out.push(':');
        match value {
            Property::Text(text) => {
                out.push(' ');
                out.push_str(&quoted(text));
            }
            Property::Number(digits) => {
                out.push(' ');
                out.push_str(digits);
            }
            Property::Truth(truth) => out.push_str(if *truth { " true" } else { " false" }),
            Property::Plans(plans) => {
                let mark = if *name == "Plan" { "" } else { "- " };
                for plan in plans {
                    line(out, "", indent + 2, mark);
                    yaml(out, plan, indent + 2 + mark.len());
                }
            }
        }
    }
}

fn xml(out: &mut String, properties: &Properties, indent: usize) {
    let space = " ".repeat(indent);
    let mut put = |text: String| {
        out.push_str(&text);
    };
    for (name, value) in properties {
        let tag = name.replace(' ', "-");
        match value {
            Property::Text(text) => put(format!("{space}<{tag}>{}</{tag}>\n", escaped(text))),
            Property::Number(digits) => put(format!("{space}<{tag}>{digits}</{tag}>\n")),
            Property::Truth(truth) => put(format!("{space}<{tag}>{truth}</{tag}>\n")),
            Property::Plans(plans) => {
                let many = *name == "Plans";
                let (outer, step) = if many { ("Plans", 2) } else { ("", 0) };
                if many {
                    put(format!("{space}<{outer}>\n"));
                }
                let inner = " ".repeat(indent + step);
                for plan in plans {
                    let mut below = String::new();
                    xml(&mut below, plan, indent + step + 2);
                    put(format!("{inner}<Plan>\n{below}{inner}</Plan>\n"));
                }
                if many {
                    put(format!("{space}</{outer}>\n"));
                }
            }
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#x0d;"),
            other => out.push(other),
        }
    }
    out
}
