//! How well a document answers a query: `ts_rank` by how often and how near, `ts_rank_cd` by covers.

use super::document::{Position, Vector};
use super::matching::{matches_where, meant};
use super::query::{Query, Value};
use crate::pg::{Fault, SqlState};

/// The weights of D, C, B and A.
pub const WEIGHTS: [f32; 4] = [0.1, 0.2, 0.4, 1.0];

/// Checks weights given by the caller; a negative one stands for the default.
pub fn checked(given: &[f32]) -> Result<[f32; 4], Fault> {
    let fault = |message: &str| Fault::new(SqlState::INVALID_PARAMETER_VALUE, message);
    if given.len() < 4 {
        return Err(Fault::new(
            SqlState::ARRAY_SUBSCRIPT_ERROR,
            "array of weight is too short",
        ));
    }
    let mut weights = WEIGHTS;
    for (weight, given) in weights.iter_mut().zip(given) {
        if *given >= 0.0 {
            *weight = *given;
        }
        if *weight > 1.0 {
            return Err(fault("weight out of range"));
        }
    }
    Ok(weights)
}

/// Where a lexeme without positions is taken to be: far from everything.
const NOWHERE: Position = Position {
    at: super::POSITION_MAX - 1,
    weight: 0,
};
const FAR: f64 = 16_384.0;

/// The distinct lexemes of a query.
fn asked(query: &Query) -> Vec<&Value> {
    let mut values: Vec<&Value> = Vec::new();
    query.values(&mut |value| values.push(value));
    values.sort_by(|a, b| a.text.cmp(&b.text));
    values.dedup_by(|a, b| a.text == b.text);
    values
}

fn of(weights: &[f32; 4], position: Position) -> f32 {
    weights
        .get(usize::from(position.weight))
        .copied()
        .unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "PostgreSQL keeps these sums in the narrower float"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// `ts_rank`.
pub fn rank(weights: &[f32; 4], document: &Vector, query: &Query, method: i32) -> f32 {
    if document.lexemes.is_empty() {
        return 0.0;
    }
    let values = asked(query);
    let near = matches!(query, Query::And(..) | Query::Phrase(..)) && values.len() > 1;
    let mut rank = if near {
        nearness(weights, document, &values)
    } else {
        frequency(weights, document, &values)
    };
    if rank < 0.0 {
        rank = 1e-20;
    }
    let length = document.length();
    if method & 1 != 0 {
        rank = narrow(f64::from(rank) / (float(length + 1).ln() / 2.0_f64.ln()));
    }
    if method & 2 != 0 && length > 0 {
        rank /= narrow(float(length));
    }
    if method & 8 != 0 {
        rank /= narrow(float(document.lexemes.len()));
    }
    if method & 16 != 0 {
        let distinct = float(document.lexemes.len() + 1).ln() / 2.0_f64.ln();
        rank = narrow(f64::from(rank) / distinct);
    }
    if method & 32 != 0 {
        rank /= rank + 1.0;
    }
    rank
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn frequency(weights: &[f32; 4], document: &Vector, values: &[&Value]) -> f32 {
    let mut rank = 0.0_f32;
    for value in values {
        for lexeme in meant(document, value) {
            let unplaced = [Position { at: 0, weight: 0 }];
            let positions = if lexeme.positions.is_empty() {
                &unplaced[..]
            } else {
                &lexeme.positions
            };
            let (mut sum, mut best, mut best_at) = (0.0_f32, -1.0_f32, 0.0_f32);
            let mut place = 1.0_f32;
            for position in positions {
                let weight = of(weights, *position);
                sum += weight / (place * place);
                if weight > best {
                    (best, best_at) = (weight, place);
                }
                place += 1.0;
            }
            // The sum of 1/i² has π²/6 as its limit.
            let part = best + sum - best / (best_at * best_at);
            rank = narrow(f64::from(rank) + f64::from(part) / 1.644_934_066_85);
        }
    }
    if values.is_empty() {
        rank
    } else {
        rank / narrow(float(values.len()))
    }
}

fn nearness(weights: &[f32; 4], document: &Vector, values: &[&Value]) -> f32 {
    let nowhere = [NOWHERE];
    let mut rank = -1.0_f32;
    let mut before: Vec<(&[Position], bool)> = Vec::new();
    for value in values {
        let mut last = None;
        for lexeme in meant(document, value) {
            let placed = !lexeme.positions.is_empty();
            let here = if placed {
                lexeme.positions.as_slice()
            } else {
                nowhere.as_slice()
            };
            for (there, there_placed) in &before {
                for a in here {
                    for b in *there {
                        let apart = (i32::from(a.at) - i32::from(b.at)).abs();
                        let known = placed && *there_placed;
                        if apart == 0 && known {
                            continue;
                        }
                        let apart = if apart == 0 { FAR } else { f64::from(apart) };
                        let product = of(weights, *a) * of(weights, *b) * closeness(apart);
                        let weight = narrow(f64::from(product).sqrt());
                        rank = if rank < 0.0 {
                            weight
                        } else {
                            narrow(1.0 - (1.0 - f64::from(rank)) * (1.0 - f64::from(weight)))
                        };
                    }
                }
            }
            last = Some((here, placed));
        }
        before.extend(last);
    }
    rank
}

fn closeness(apart: f64) -> f32 {
    if apart > 100.0 {
        return 1e-30;
    }
    let apart = narrow(apart);
    narrow(1.0 / (1.005 + 0.05 * (f64::from(apart) / 1.5 - 2.0).exp()))
}

/// A place of a document where lexemes of the query stand.
struct Place {
    position: Position,
    values: Vec<usize>,
}

/// `ts_rank_cd`.
pub fn rank_by_covers(weights: &[f32; 4], document: &Vector, query: &Query, method: i32) -> f32 {
    let values = asked_each(query);
    let places = places(document, &values);
    if places.is_empty() {
        return 0.0;
    }
    let (mut rank, mut nearness, mut previous, mut covers) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    let mut from = 0;
    while let Some((begin, end)) = cover(&places, &values, query, &mut from) {
        let within = places.get(begin..=end).unwrap_or_default();
        let inverse: f64 = within
            .iter()
            .map(|place| 1.0 / f64::from(of(weights, place.position)))
            .sum();
        let (Some(first), Some(last)) = (within.first(), within.last()) else {
            break;
        };
        let count = float(within.len());
        let span = f64::from(last.position.at) - f64::from(first.position.at);
        let mut noise = span - (count - 1.0);
        if noise < 0.0 {
            noise = ((count - 1.0) / 2.0).floor();
        }
        rank += count / inverse / (1.0 + noise);
        let middle = f64::midpoint(f64::from(first.position.at), f64::from(last.position.at));
        if covers > 0.0 && middle > previous {
            nearness += 1.0 / (middle - previous);
        }
        previous = middle;
        covers += 1.0;
    }
    let length = float(document.length());
    if method & 1 != 0 {
        rank /= (length + 1.0).ln();
    }
    if method & 2 != 0 && length > 0.0 {
        rank /= length;
    }
    if method & 4 != 0 && covers > 0.0 && nearness > 0.0 {
        rank /= covers / nearness;
    }
    if method & 8 != 0 {
        rank /= float(document.lexemes.len());
    }
    if method & 16 != 0 {
        rank /= float(document.lexemes.len() + 1).ln() / 2.0_f64.ln();
    }
    if method & 32 != 0 {
        rank /= rank + 1.0;
    }
    narrow(rank)
}

fn asked_each(query: &Query) -> Vec<&Value> {
    let mut values = Vec::new();
    query.values(&mut |value| values.push(value));
    values
}

/// Where lexemes of the query stand, in order of position and weight.
fn places(document: &Vector, values: &[&Value]) -> Vec<Place> {
    let mut all: Vec<(Position, usize)> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        for lexeme in meant(document, value) {
            let fitting = lexeme.positions.iter().filter(|position| {
                value.weights == 0 || value.weights & (1 << position.weight) != 0
            });
            all.extend(fitting.map(|position| (*position, at)));
        }
    }
    all.sort_unstable();
    let mut places: Vec<Place> = Vec::new();
    for (position, value) in all {
        match places.last_mut() {
            Some(place) if place.position == position => place.values.push(value),
            _ => places.push(Place {
                position,
                values: vec![value],
            }),
        }
    }
    places
}

/// The next stretch of places that answers the query with nothing to spare at either end.
fn cover(
    places: &[Place],
    values: &[&Value],
    query: &Query,
    from: &mut usize,
) -> Option<(usize, usize)> {
    let answers = |stretch: &[Place]| {
        matches_where(query, &|value| {
            let index = values
                .iter()
                .position(|known| std::ptr::eq(*known, value))?;
            let at: Vec<u32> = stretch
                .iter()
                .filter(|place| place.values.contains(&index))
                .map(|place| u32::from(place.position.at))
                .collect();
            (!at.is_empty()).then_some(at)
        })
    };
    while *from < places.len() {
        let end = (*from..places.len())
            .find(|end| answers(places.get(*from..=*end).unwrap_or_default()))?;
        let begin = (*from..=end)
            .rev()
            .find(|begin| answers(places.get(*begin..=end).unwrap_or_default()));
        match begin {
            Some(begin) => {
                *from = begin + 1;
                return Some((begin, end));
            }
            None => *from += 1,
        }
    }
    None
}
