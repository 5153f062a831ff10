//! What texts say: the names of people and things, addresses, words by what a column is called.

use super::cell::{Row, Value, World, uuid};
use super::random::Dice;
use super::words;
use crate::schema::{Column, Table};

impl World<'_> {
    pub(super) fn text(&self, row: &Row, table: &Table, column: &Column, dice: &mut Dice) -> Value {
        let name = column.name.as_str();
        let someone = |dice: &mut Dice| {
            (
                dice.pick(words::FIRST).copied().unwrap_or_default(),
                dice.pick(words::LAST).copied().unwrap_or_default(),
            )
        };
        let (first, last) = someone(&mut self.dice(row.number, row.table, "\u{1}person"));
        let person = Some(row.table) == self.people;
        let text = match name {
            "first_name" => first.to_owned(),
            "last_name" => last.to_owned(),
            "full_name" => format!("{first} {last}"),
            "custom_name" | "name" | "display_name" if person => format!("{first} {last}"),
            _ if name.contains("email") => format!("user{}@example.org", row.number + 1),
            _ if name.contains("phone") => format!("+2547{:08}", dice.below(100_000_000)),
            _ if name == "custom_id" => format!("EMP-{:05}", row.number + 1),
            _ if name.contains("certificate") => {
                if !row.done {
                    return Value::Null;
                }
                format!("CERT-{:010X}", dice.next() >> 24)
            }
            _ if name == "guid" => uuid(dice),
            _ if name.contains("external_content")
                || name.contains("medias")
                || name.contains("url") =>
            {
                format!("https://example.org/media/{}", dice.below(10_000))
            }
            "name" => self.title(row, table, dice),
            _ if name.ends_with("_name") && !name.starts_with("cycle") => {
                let (first, last) = someone(dice);
                format!("{first} {last}")
            }
            _ => match words::few(name).and_then(|few| dice.pick(few)) {
                Some(text) => (*text).to_owned(),
                None if name.ends_with("id") => format!("{:08x}", dice.next() >> 32),
                None => dice
                    .pick(words::TOPICS)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
            },
        };
        if column.nullable && !name.contains("name") && dice.percent(7) {
            return Value::Null;
        }
        Value::Text(text)
    }

    /// What a thing is called, by what kind of thing it is.
    fn title(&self, row: &Row, table: &Table, dice: &mut Dice) -> String {
        let kind = table.name.as_str();
        let has = |word: &str| kind.contains(word);
        let pick =
            |list: &[&'static str], dice: &mut Dice| dice.pick(list).copied().unwrap_or_default();
        if has("location") {
            format!("{} {}", pick(words::PLACES, dice), row.number + 1)
        } else if has("skill") {
            format!("{} {}", pick(words::SKILLS, dice), row.number + 1)
        } else if has("group") || has("team") {
            format!(
                "{} {} {}",
                pick(words::UNITS, dice),
                pick(words::PLACES, dice),
                row.number + 1
            )
        } else if has("custom_field") {
            pick(
                &["Cost centre", "Contract", "Shift", "Language level"],
                dice,
            )
            .to_owned()
        } else {
            format!(
                "{} {} {}",
                pick(words::TOPICS, dice),
                pick(words::FORMS, dice),
                row.number + 1
            )
        }
    }
}
