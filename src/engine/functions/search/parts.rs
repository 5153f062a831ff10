//! Vectors changed and taken apart; what parser and dictionaries say of a text.

use arrow::array::{Array, ArrayRef, AsArray};

use super::{configuration, session};
use crate::engine::functions::call::{Call, Context, Elements, List, ObjectId, Text};
use crate::engine::functions::registry::Registry;
use crate::engine::functions::system::format_reg;
use crate::engine::functions::system::rows::{records, token_name};
use crate::pg::search::document::{Lexeme, Vector};
use crate::pg::search::parser::tokens;
use crate::pg::search::weight;
use crate::pg::search::words::{Configuration, Dictionary};
use crate::pg::text::literal::quote_element;
use crate::pg::{Fault, SqlState, types};

pub(super) fn register(registry: &mut Registry) {
    changes(registry);
    conversions(registry);
    registry.unary::<Text, i32>("length(tsvector)", |vector, _| {
        crate::engine::functions::text::count(Vector::read(vector)?.lexemes.len())
    });
    registry.nullary::<u32>("get_current_ts_config()", |context| {
        let name = context.settings.raw("default_text_search_config");
        crate::engine::functions::system::parse_reg(types::REGCONFIG, name, context).map(Some)
    });
    registry.binary::<ObjectId, Text, Option<Elements<String>>>(
        "ts_lexize(regdictionary,text)",
        |oid, token, context| {
            let name = format_reg(types::REGDICTIONARY, oid, context);
            let dictionary = match name.strip_prefix("pg_catalog.").unwrap_or(&name) {
                "simple" => Dictionary::Simple,
                "english_stem" => Dictionary::English,
                name => return Err(Fault::unsupported(format!("text search dictionary {name}"))),
            };
            let lexeme = dictionary.lexeme(token);
            Ok(Some(Elements(lexeme.into_iter().map(Some).collect())))
        },
    );
    registry.set("unnest(tsvector)", |call| {
        let vectors = call.input::<Text>(0)?;
        let sets = (0..call.rows).map(|row| vectors.at(row).map(unnested).transpose());
        records(call, sets.collect::<Result<_, _>>()?)
    });
    registry.set("ts_parse(text,text)", parsed);
    registry.set("ts_parse(oid,text)", parsed);
    registry.set("ts_debug(text)", |call| {
        let texts = call.input::<Text>(0)?;
        let sets = (0..call.rows).map(|row| {
            let text = texts.at(row);
            text.map(|text| debugged(session(call.context)?, text, call.context))
                .transpose()
        });
        records(call, sets.collect::<Result<_, Fault>>()?)
    });
    registry.set("ts_debug(regconfig,text)", |call| {
        let (oids, texts) = (call.input::<ObjectId>(0)?, call.input::<Text>(1)?);
        let sets = (0..call.rows).map(|row| match (oids.at(row), texts.at(row)) {
            (Some(oid), Some(text)) => {
                debugged(configuration(oid, call.context)?, text, call.context).map(Some)
            }
            _ => Ok(None),
        });
        records(call, sets.collect::<Result<_, Fault>>()?)
    });
}

fn read(vector: &str) -> Result<Vector, Fault> {
    Vector::read(vector)
}

/// The weight of a `"char"` argument.
fn weight_of(text: &str) -> Result<u8, Fault> {
    let letter = text.chars().next();
    letter.and_then(weight).ok_or_else(|| {
        let code = letter.map_or(0, u32::from);
        Fault::new(
            SqlState::INTERNAL_ERROR,
            format!("unrecognized weight: {code}"),
        )
    })
}

/// The texts of an array; NULL is refused where `nulls` names the refusal.
fn texts(array: &ArrayRef, nulls: Option<&str>) -> Result<Vec<String>, Fault> {
    let values = array
        .as_string_view_opt()
        .ok_or_else(|| Fault::internal("lexemes are not text"))?;
    if let Some(what) = nulls.filter(|_| values.null_count() > 0) {
        return Err(Fault::new(
            SqlState::NULL_VALUE_NOT_ALLOWED,
            format!("{what} may not contain nulls"),
        ));
    }
    Ok(values.iter().flatten().map(str::to_owned).collect())
}

fn weighed(vector: &str, weight: &str, only: Option<&[String]>) -> Result<String, Fault> {
    let weight = weight_of(weight)?;
    let mut vector = read(vector)?;
    for lexeme in &mut vector.lexemes {
        if only.is_none_or(|only| only.contains(&lexeme.text)) {
            for position in &mut lexeme.positions {
                position.weight = weight;
            }
        }
    }
    Ok(vector.text())
}

fn without(vector: &str, lexemes: &[String]) -> Result<String, Fault> {
    let mut vector = read(vector)?;
    vector
        .lexemes
        .retain(|lexeme| !lexemes.contains(&lexeme.text));
    Ok(vector.text())
}

fn changes(registry: &mut Registry) {
    registry.binary::<Text, Text, String>("setweight(tsvector,char)", |vector, weight, _| {
        weighed(vector, weight, None)
    });
    registry.ternary::<Text, Text, List, String>(
        "setweight(tsvector,char,_text)",
        |vector, weight, only, _| {
            let only = texts(&only, None)?;
            weighed(vector, weight, Some(&only))
        },
    );
    registry.unary::<Text, String>("strip(tsvector)", |vector, _| {
        Ok(read(vector)?.stripped().text())
    });
    registry.binary::<Text, Text, String>("tsvector_concat(tsvector,tsvector)", |a, b, _| {
        Ok(read(a)?.followed_by(&read(b)?)?.text())
    });
    registry.binary::<Text, Text, String>("ts_delete(tsvector,text)", |vector, lexeme, _| {
        without(vector, &[lexeme.to_owned()])
    });
    registry.binary::<Text, List, String>("ts_delete(tsvector,_text)", |vector, lexemes, _| {
        without(vector, &texts(&lexemes, None)?)
    });
    registry.binary::<Text, List, String>("ts_filter(tsvector,_char)", |vector, weights, _| {
        let weights: Vec<u8> = texts(&weights, Some("weight array"))?
            .iter()
            .map(|text| {
                text.chars().next().and_then(weight).ok_or_else(|| {
                    Fault::new(
                        SqlState::INVALID_PARAMETER_VALUE,
                        format!("unrecognized weight: \"{text}\""),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        let mut vector = read(vector)?;
        for lexeme in &mut vector.lexemes {
            lexeme
                .positions
                .retain(|position| weights.contains(&position.weight));
        }
        vector.lexemes.retain(|lexeme| !lexeme.positions.is_empty());
        Ok(vector.text())
    });
}

fn conversions(registry: &mut Registry) {
    registry.unary::<List, String>("array_to_tsvector(_text)", |lexemes, _| {
        let lexemes = texts(&lexemes, Some("lexeme array"))?;
        if lexemes.iter().any(String::is_empty) {
            return Err(Fault::new(
                SqlState("2200F"),
                "lexeme array may not contain empty strings",
            ));
        }
        let lexemes = lexemes.into_iter().map(|text| Lexeme {
            text,
            positions: Vec::new(),
        });
        Ok(Vector::of(lexemes.collect())?.text())
    });
    registry.unary::<Text, Elements<String>>("tsvector_to_array(tsvector)", |vector, _| {
        let lexemes = read(vector)?.lexemes.into_iter();
        Ok(Elements(lexemes.map(|lexeme| Some(lexeme.text)).collect()))
    });
}

type Row = Vec<Option<String>>;

fn array(values: impl Iterator<Item = String>) -> String {
    let mut out = vec![b'{'];
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quote_element(value.as_bytes(), &mut out);
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}

fn unnested(vector: &str) -> Result<Vec<Row>, Fault> {
    let rows = read(vector)?.lexemes.into_iter().map(|lexeme| {
        let placed = !lexeme.positions.is_empty();
        let positions = array(lexeme.positions.iter().map(|place| place.at.to_string()));
        let letters = lexeme
            .positions
            .iter()
            .map(|place| ["D", "C", "B", "A"].get(usize::from(place.weight)).copied())
            .map(|letter| letter.unwrap_or("D").to_owned());
        let weights = array(letters);
        vec![
            Some(lexeme.text),
            placed.then_some(positions),
            placed.then_some(weights),
        ]
    });
    Ok(rows.collect())
}

fn parsed(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.input::<Text>(1)?;
    let names = call.spread(0)?;
    let sets = (0..call.rows).map(|row| {
        let Some(text) = texts.at(row).filter(|_| !names.is_null(row)) else {
            return Ok(None);
        };
        if let Some(names) = names.as_string_view_opt() {
            crate::engine::functions::system::rows::parser(names.value(row), call.context)?;
        }
        let rows = tokens(text).into_iter().map(|token| {
            vec![
                Some((token.kind as u8).to_string()),
                Some(token.text.to_owned()),
            ]
        });
        Ok(Some(rows.collect()))
    });
    records(call, sets.collect::<Result<_, Fault>>()?)
}

/// What becomes of each token.
fn debugged(
    configuration: Configuration,
    text: &str,
    context: &Context,
) -> Result<Vec<Row>, Fault> {
    let oid = |name: &str| {
        crate::engine::functions::system::parse_reg(types::REGDICTIONARY, name, context)
            .map(|oid| oid.to_string())
    };
    tokens(text)
        .into_iter()
        .map(|token| {
            let dictionary = configuration.dictionary(token.kind);
            let (alias, description) = token_name(token.kind as u8);
            let oid = dictionary
                .map(|dictionary| {
                    oid(match dictionary {
                        Dictionary::Simple => "simple",
                        Dictionary::English => "english_stem",
                    })
                })
                .transpose()?;
            let lexemes =
                dictionary.map(|dictionary| array(dictionary.lexeme(token.text).into_iter()));
            Ok(vec![
                alias,
                description,
                Some(token.text.to_owned()),
                Some(array(oid.clone().into_iter())),
                oid,
                lexemes,
            ])
        })
        .collect()
}
