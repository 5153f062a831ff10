//! Composes statements: every part asked for by type, from what is in scope.

/// Types that expressions are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int4,
    Int8,
    Numeric,
    Float8,
    Text,
    Date,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
}

use Kind::{Bool, Date, Float8, Int4, Int8, Interval, Numeric, Text, Timestamp, Timestamptz, Uuid};

const KINDS: [Kind; 11] = [
    Bool,
    Int4,
    Int8,
    Numeric,
    Float8,
    Text,
    Date,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
];

/// A table: its name and the columns of known types.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    columns: Vec<(String, Kind)>,
}

impl Table {
    pub(super) fn new(name: String) -> Self {
        let columns = Vec::new();
        Self { name, columns }
    }

    pub(super) fn add(&mut self, column: &str, kind: &str) {
        let kind = match kind {
            "bool" => Bool,
            "int4" => Int4,
            "int8" => Int8,
            "numeric" => Numeric,
            "float8" => Float8,
            "text" | "varchar" => Text,
            "date" => Date,
            "timestamp" => Timestamp,
            "timestamptz" => Timestamptz,
            "uuid" => Uuid,
            _ => return,
        };
        self.columns.push((format!("\"{column}\""), kind));
    }
}

/// A statement and what may be held against its answer.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) text: String,
    /// Its rows have one order only.
    pub(super) ordered: bool,
    /// It puts equal values together, so which of them is shown is open.
    pub(super) merges: bool,
}

/// What a query can name: expressions and their types.
type Scope = Vec<(String, Kind)>;

pub(super) struct Composer<'t> {
    state: u64,
    tables: &'t [Table],
    aliases: usize,
    merges: bool,
    /// What is still to be spent on nesting.
    budget: usize,
}

impl<'t> Composer<'t> {
    pub(super) fn new(seed: u64, tables: &'t [Table]) -> Self {
        Self {
            // Neighbouring seeds begin far apart.
            state: mixed(seed ^ 0xD1B5_4A32_D192_ED03),
            tables,
            aliases: 0,
            merges: false,
            budget: 12,
        }
    }

    /// A number below `most` (splitmix64).
    fn below(&mut self, most: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        usize::try_from(mixed(self.state) % most as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn spend(&mut self) -> bool {
        let left = self.budget > 0;
        self.budget = self.budget.saturating_sub(1);
        left
    }

    /// A whole statement.
    pub(super) fn statement(mut self) -> Statement {
        let width = 1 + self.below(4);
        let kinds: Vec<Kind> = (0..width).map(|_| self.one(&KINDS)).collect();
        let with = self.chance(15).then(|| {
            let inner: Vec<Kind> = (0..2 + self.below(2)).map(|_| self.one(&KINDS)).collect();
            (self.query(&inner, &Scope::new(), 1), inner)
        });
        let mut text = self.query(&kinds, &Scope::new(), 0);
        if let Some((query, inner)) = with {
            let names: Vec<String> = (1..=inner.len()).map(|at| format!("w{at}")).collect();
            let outer = self.alias();
            let names = names.join(", ");
            text = format!(
                "with w({names}) as ({query}) select {outer}.*, (select count(*) from w) from ({text}) {outer}"
            );
        }
        let every: Vec<String> = (1..=width).map(|at| at.to_string()).collect();
        let mut ordered = false;
        if self.chance(60) {
            let mut keys = every;
            for key in &mut keys {
                key.push_str(self.one(&["", "", " desc", " nulls first", " desc nulls last"]));
            }
            let outer = self.alias();
            text = format!(
                "select * from ({text}) {outer} order by {}",
                keys.join(", ")
            );
            ordered = true;
            if self.chance(50) {
                text = format!("{text} limit {}", self.below(30));
            }
            if self.chance(20) {
                text = format!("{text} offset {}", self.below(5));
            }
        }
        Statement {
            text,
            // Equal keys of different looks may stand in any order.
            ordered: ordered && !self.merges,
            merges: self.merges,
        }
    }

    /// A query of these output types; `outer` is what it may read of queries around it.
    fn query(&mut self, kinds: &[Kind], outer: &Scope, depth: usize) -> String {
        if depth < 3 && self.chance(18) && self.spend() {
            self.merges = true;
            let word = self.one(&[
                "union",
                "union all",
                "intersect",
                "except",
                "intersect all",
                "except all",
            ]);
            let left = self.query(kinds, outer, depth + 1);
            let right = self.query(kinds, outer, depth + 1);
            return format!("({left}) {word} ({right})");
        }
        let (from, scope) = self.from(depth, outer);
        let mut visible = scope.clone();
        visible.extend(outer.iter().cloned());
        let filter = if self.chance(60) {
            format!(" where {}", self.expression(Bool, &visible, depth + 1))
        } else {
            String::new()
        };
        if self.chance(25) {
            return self.grouped(kinds, &scope, outer, &format!("{from}{filter}"), depth);
        }
        let mut targets = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let window = self
                .chance(10)
                .then(|| self.window(*kind, &scope))
                .flatten();
            targets.push(match window {
                Some(window) => window,
                None => self.expression(*kind, &visible, depth + 1),
            });
        }
        let distinct = if self.chance(12) {
            self.merges = true;
            "distinct "
        } else {
            ""
        };
        let targets = self.named(targets);
        format!("select {distinct}{targets} from {from}{filter}")
    }

    fn named(&mut self, targets: Vec<String>) -> String {
        let names = targets.into_iter().enumerate();
        let named: Vec<String> = names
            .map(|(at, target)| format!("{target} as x{}", at + 1))
            .collect();
        named.join(", ")
    }

    /// A query with GROUP BY: targets are keys and aggregates.
    fn grouped(
        &mut self,
        kinds: &[Kind],
        scope: &Scope,
        outer: &Scope,
        from: &str,
        depth: usize,
    ) -> String {
        self.merges = true;
        let keys: Scope = (0..self.below(3))
            .map(|_| scope[self.below(scope.len())].clone())
            .collect();
        let mut targets = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let key = keys.iter().find(|(_, key)| key == kind).cloned();
            let key = key.filter(|_| self.chance(60));
            targets.push(match key {
                Some((key, _)) => key,
                None if !keys.is_empty() && self.chance(15) => {
                    self.expression(*kind, &keys, depth + 2)
                }
                None => self.aggregate(*kind, scope, depth),
            });
        }
        let targets = self.named(targets);
        let mut text = format!("select {targets} from {from}");
        if !keys.is_empty() {
            let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
            let names = names.join(", ");
            let clause = match self.below(6) {
                0 => format!("rollup ({names})"),
                1 => format!("cube ({names})"),
                2 => format!("grouping sets (({names}), ())"),
                _ => names,
            };
            text = format!("{text} group by {clause}");
        }
        if self.chance(35) {
            let mut visible = keys.clone();
            visible.extend(outer.iter().cloned());
            let test = if visible.is_empty() || self.chance(40) {
                let count = self.below(3);
                let test = self.aggregate(Bool, scope, depth);
                format!("count(*) > {count} or {test}")
            } else {
                self.expression(Bool, &visible, depth + 2)
            };
            text = format!("{text} having {test}");
        }
        text
    }

    /// An aggregate of this type that does not depend on the order of rows.
    fn aggregate(&mut self, kind: Kind, scope: &Scope, depth: usize) -> String {
        let filter = if self.chance(15) {
            format!(" filter (where {})", self.simple(Bool, scope))
        } else {
            String::new()
        };
        let distinct = if self.chance(15) { "distinct " } else { "" };
        let inner = if depth < 2 && self.chance(40) { 3 } else { 9 };
        match kind {
            Int8 => match self.below(4) {
                0 => format!("count(*){filter}"),
                1 => {
                    let of = self.one(&KINDS);
                    let value = self.expression(of, scope, inner);
                    format!("count({distinct}{value}){filter}")
                }
                _ => format!("sum({distinct}{}){filter}", self.simple(Int4, scope)),
            },
            Numeric => {
                let of = self.one(&[Int4, Int8, Numeric]);
                let name = self.one(&["sum", "avg", "max", "min"]);
                let value = self.simple(of, scope);
                format!("{name}({distinct}{value})::numeric{filter}").replace(
                    &format!(")::numeric{filter}"),
                    &format!("){filter}::numeric"),
                )
            }
            Bool => {
                let name = self.one(&["bool_and", "bool_or", "every"]);
                format!("{name}({}){filter}", self.expression(Bool, scope, inner))
            }
            Text if self.chance(40) => {
                let value = self.simple(Text, scope);
                format!("string_agg({value}, ',' order by {value}){filter}")
            }
            Uuid => format!("min({}::text){filter}::uuid", self.simple(Uuid, scope)),
            other => {
                let name = self.one(&["min", "max"]);
                format!("{name}({}){filter}", self.expression(other, scope, inner))
            }
        }
    }

    /// A window call that does not depend on the order of peers.
    fn window(&mut self, kind: Kind, scope: &Scope) -> Option<String> {
        let by = self.one(&KINDS);
        let partition = self.simple(by, scope);
        let by = self.one(&[Int4, Text, Date, Timestamp, Numeric]);
        let order = self.simple(by, scope);
        let call = match kind {
            Int8 => {
                let name = self.one(&["rank()", "dense_rank()", "count(*)"]);
                name.to_owned()
            }
            Float8 => self.one(&["percent_rank()", "cume_dist()"]).to_owned(),
            Numeric => format!("sum({}::int8)", self.simple(Int4, scope)),
            Int4 | Text | Date | Timestamp => {
                let name = self.one(&["min", "max"]);
                format!("{name}({})", self.simple(kind, scope))
            }
            _ => return None,
        };
        let frame = if call.ends_with("()") {
            ""
        } else {
            self.one(&[
                "",
                "",
                " range between current row and unbounded following",
                " groups between 1 preceding and 1 following",
                " range between unbounded preceding and unbounded following",
            ])
        };
        let direction = self.one(&["", " desc", " nulls first"]);
        Some(format!(
            "{call} over (partition by {partition} order by {order}{direction}{frame})"
        ))
    }

    /// A FROM clause and what it brings into scope.
    fn from(&mut self, depth: usize, outer: &Scope) -> (String, Scope) {
        let (mut text, mut scope) = self.entry(depth, outer);
        while depth < 3 && self.chance(40) && self.spend() {
            let (right, columns) = self.entry(depth, outer);
            let Some(condition) = self.join_condition(&scope, &columns) else {
                continue;
            };
            let kind = self.one(&[
                "join",
                "join",
                "left join",
                "left join",
                "right join",
                "full join",
            ]);
            text = format!("{text} {kind} {right} on {condition}");
            if kind != "full join" && self.chance(20) {
                let mut both = scope.clone();
                both.extend(columns.iter().cloned());
                text = format!("{text} and {}", self.simple(Bool, &both));
            }
            scope.extend(columns);
        }
        if depth < 2 && self.chance(8) && self.spend() {
            let kinds = [self.one(&KINDS), self.one(&KINDS)];
            let alias = self.alias();
            let inner = self.query(&kinds, &scope, depth + 2);
            let limit = self.below(3) + 1;
            text = format!(
                "{text} cross join lateral (select * from ({inner}) s order by 1, 2 limit {limit}) {alias}"
            );
            scope.push((format!("{alias}.x1"), kinds[0]));
            scope.push((format!("{alias}.x2"), kinds[1]));
        }
        (text, scope)
    }

    fn entry(&mut self, depth: usize, outer: &Scope) -> (String, Scope) {
        let alias = self.alias();
        if depth < 3 && self.chance(20) && self.spend() {
            let width = 1 + self.below(3);
            let kinds: Vec<Kind> = (0..width).map(|_| self.one(&KINDS)).collect();
            let inner = self.query(&kinds, &Scope::new(), depth + 1);
            let columns = kinds.iter().enumerate();
            let scope = columns
                .map(|(at, kind)| (format!("{alias}.x{}", at + 1), *kind))
                .collect();
            return (format!("({inner}) {alias}"), scope);
        }
        if self.chance(8) {
            let to = 1 + self.below(6);
            let text = format!("generate_series(1, {to}) {alias}(n)");
            return (text, vec![(format!("{alias}.n"), Int4)]);
        }
        if self.chance(8) {
            let kind = self.one(&KINDS);
            let values: Vec<String> = (0..=self.below(4))
                .map(|_| format!("({})", self.literal(kind)))
                .collect();
            let text = format!("(values {}) {alias}(v)", values.join(", "));
            return (text, vec![(format!("{alias}.v"), kind)]);
        }
        let _ = outer;
        let tables = self.tables;
        let table = &tables[self.below(tables.len())];
        let columns = table.columns.iter();
        let scope: Scope = columns
            .map(|(name, kind)| (format!("{alias}.{name}"), *kind))
            .collect();
        (format!("{} {alias}", table.name), scope)
    }

    /// An equality of a column of each side.
    fn join_condition(&mut self, left: &Scope, right: &Scope) -> Option<String> {
        for _ in 0..8 {
            let (name, kind) = left[self.below(left.len())].clone();
            let of_kind: Vec<&(String, Kind)> =
                right.iter().filter(|(_, other)| *other == kind).collect();
            if kind != Bool && !of_kind.is_empty() {
                let other = of_kind[self.below(of_kind.len())].0.clone();
                return Some(format!("{name} = {other}"));
            }
        }
        None
    }

    /// A column of the type, or a literal.
    fn simple(&mut self, kind: Kind, scope: &Scope) -> String {
        let columns: Vec<&(String, Kind)> = scope.iter().filter(|(_, of)| *of == kind).collect();
        if columns.is_empty() || self.chance(8) {
            return self.literal(kind);
        }
        columns[self.below(columns.len())].0.clone()
    }

    fn literal(&mut self, kind: Kind) -> String {
        if self.chance(7) {
            return format!("null::{}", name(kind));
        }
        let small = self.below(40);
        match kind {
            Bool => self.one(&["true", "false"]).to_owned(),
            Int4 => small.to_string(),
            Int8 => format!("{small}::int8"),
            Numeric => format!("{}.{}", small, self.one(&["5", "25", "00", "10", "333"])),
            Float8 => format!("{}::float8", self.one(&["0.5", "1", "-2.25", "0", "1e10"])),
            Text => {
                let text = self.one(&[
                    "", "a", "Engineer", "en", "Quiz", "x'y", "é", " A ", "behind",
                ]);
                format!("'{}'::text", text.replace('\'', "''"))
            }
            Date => format!("date '2026-0{}-1{}'", 1 + self.below(9), self.below(10)),
            Timestamp => format!("timestamp '2026-0{}-11 10:00:00'", 1 + self.below(9)),
            Timestamptz => format!("timestamptz '2026-0{}-11 10:00:00+00'", 1 + self.below(9)),
            Interval => {
                let text = self.one(&["1 day", "36 hours", "1 mon", "-2 days", "00:10"]);
                format!("interval '{text}'")
            }
            Uuid => format!("'00000000-0000-0000-0000-0000000000{small:02}'::uuid"),
        }
    }

    /// An expression of this type.
    fn expression(&mut self, kind: Kind, scope: &Scope, depth: usize) -> String {
        if depth > 4 || self.chance(35) {
            return self.simple(kind, scope);
        }
        let next = depth + 1;
        match self.below(10) {
            0 => {
                let test = self.expression(Bool, scope, next);
                let (yes, no) = (
                    self.expression(kind, scope, next),
                    self.expression(kind, scope, next),
                );
                return if self.chance(50) {
                    format!("case when {test} then {yes} else {no} end")
                } else {
                    format!("case when {test} then {yes} end")
                };
            }
            1 => {
                let (left, right) = (self.expression(kind, scope, next), self.simple(kind, scope));
                let word = self.one(&["coalesce", "nullif", "greatest", "least"]);
                if kind != Bool || word == "coalesce" {
                    return format!("{word}({left}, {right})");
                }
            }
            2 if depth < 3 && self.spend() => return self.scalar_subquery(kind, scope, depth),
            _ => {}
        }
        match kind {
            Bool => self.condition(scope, next),
            Int4 => self.int4(scope, next),
            Int8 => match self.below(3) {
                0 => format!("{}::int8", self.expression(Int4, scope, next)),
                1 => {
                    let left = self.expression(Int8, scope, next);
                    format!("({left} + {})", self.simple(Int4, scope))
                }
                _ => format!("abs({})", self.expression(Int8, scope, next)),
            },
            Numeric => self.numeric(scope, next),
            Float8 => match self.below(4) {
                0 => format!("{}::float8", self.expression(Int4, scope, next)),
                1 => format!("sqrt(abs({}))", self.expression(Float8, scope, next)),
                2 => format!("floor({})", self.expression(Float8, scope, next)),
                _ => {
                    let left = self.expression(Float8, scope, next);
                    format!("({left} * {})", self.one(&["2", "0.5", "1.5"]))
                }
            },
            Text => self.text(scope, next),
            Date | Timestamp | Timestamptz | Interval => self.time(kind, scope, next),
            Uuid => self.simple(Uuid, scope),
        }
    }

    fn int4(&mut self, scope: &Scope, next: usize) -> String {
        match self.below(6) {
            0 => {
                let left = self.simple(Int4, scope);
                format!("({left} {} {})", self.one(&["+", "-", "*"]), self.below(20))
            }
            1 => {
                let (left, right) = (self.simple(Int4, scope), self.simple(Int4, scope));
                format!("({left} {} nullif({right}, 0))", self.one(&["/", "%"]))
            }
            2 => format!("length({})", self.expression(Text, scope, next)),
            3 => {
                let field = self.one(&["year", "month", "day", "isodow", "quarter", "doy", "week"]);
                let kind = self.one(&[Date, Timestamp, Timestamptz]);
                let value = self.expression(kind, scope, next);
                format!("extract({field} from {value})::int4")
            }
            4 => {
                let (left, right) = (self.expression(Date, scope, next), self.simple(Date, scope));
                format!("({left} - {right})")
            }
            _ => format!("abs({})", self.expression(Int4, scope, next)),
        }
    }

    fn numeric(&mut self, scope: &Scope, next: usize) -> String {
        match self.below(5) {
            0 => format!("{}::numeric", self.expression(Int4, scope, next)),
            1 => {
                let left = self.expression(Numeric, scope, next);
                let operator = self.one(&["+", "-", "*"]);
                format!("({left} {operator} {})", self.simple(Numeric, scope))
            }
            2 => {
                let left = self.simple(Numeric, scope);
                format!("({left} / nullif({}, 0))", self.simple(Numeric, scope))
            }
            3 => {
                let value = self.expression(Numeric, scope, next);
                format!("round({value}, {})", self.below(4))
            }
            _ => {
                let name = self.one(&["abs", "ceil", "floor", "trunc", "sign"]);
                format!("{name}({})", self.expression(Numeric, scope, next))
            }
        }
    }

    fn text(&mut self, scope: &Scope, next: usize) -> String {
        let value = self.expression(Text, scope, next);
        match self.below(8) {
            0 => format!("({value} || {})", self.simple(Text, scope)),
            1 => {
                let name = self.one(&["upper", "lower", "initcap", "reverse", "trim", "md5"]);
                format!("{name}({value})")
            }
            2 => format!("substr({value}, {}, {})", 1 + self.below(3), self.below(6)),
            3 => format!("left({value}, {})", self.below(5)),
            4 => format!("replace({value}, 'a', '{}')", self.one(&["", "b", "aa"])),
            5 => format!("split_part({value}, ' ', {})", 1 + self.below(2)),
            6 => {
                let kind = self.one(&[Bool, Int4, Int8, Numeric, Date, Timestamp, Uuid, Interval]);
                format!("{}::text", self.expression(kind, scope, next))
            }
            _ => {
                let kind = self.one(&[Date, Timestamp]);
                let form = self.one(&["YYYY-MM", "Dy DD Mon", "Q", "IYYY-IW", "HH24:MI"]);
                format!("to_char({}, '{form}')", self.simple(kind, scope))
            }
        }
    }

    fn time(&mut self, kind: Kind, scope: &Scope, next: usize) -> String {
        let part = self.one(&["day", "week", "month", "quarter", "year"]);
        match kind {
            Date => {
                let value = self.expression(Timestamp, scope, next);
                let days = self.below(40);
                self.one(&["{v}::date", "({v}::date + {d})", "({v}::date - {d})"])
                    .replace("{v}", &value)
                    .replace("{d}", &days.to_string())
            }
            Timestamp => match self.below(3) {
                0 => format!(
                    "date_trunc('{part}', {})",
                    self.expression(kind, scope, next)
                ),
                1 => format!("{}::timestamp", self.expression(Date, scope, next)),
                _ => {
                    let value = self.expression(kind, scope, next);
                    format!("({value} + {})", self.simple(Interval, scope))
                }
            },
            Timestamptz => match self.below(3) {
                0 => format!(
                    "date_trunc('{part}', {})",
                    self.expression(kind, scope, next)
                ),
                1 => {
                    let value = self.expression(Timestamp, scope, next);
                    format!("({value} at time zone 'Africa/Nairobi')")
                }
                _ => {
                    let value = self.expression(kind, scope, next);
                    format!("({value} - {})", self.simple(Interval, scope))
                }
            },
            _ => {
                let kind = self.one(&[Timestamp, Timestamptz]);
                let left = self.expression(kind, scope, next);
                let right = self.simple(kind, scope);
                let name = self.one(&["({l} - {r})", "age({l}, {r})"]);
                name.replace("{l}", &left).replace("{r}", &right)
            }
        }
    }

    fn condition(&mut self, scope: &Scope, next: usize) -> String {
        match self.below(10) {
            0 => {
                let left = self.expression(Bool, scope, next);
                let word = self.one(&["and", "or"]);
                format!("({left} {word} {})", self.expression(Bool, scope, next))
            }
            1 => format!("(not {})", self.expression(Bool, scope, next)),
            2 => {
                let kind = self.one(&KINDS);
                let value = self.expression(kind, scope, next);
                format!("({value} {})", self.one(&["is null", "is not null"]))
            }
            3 => {
                let kind = self.one(&KINDS);
                let value = self.expression(kind, scope, next);
                let items: Vec<String> = (0..=self.below(3))
                    .map(|_| self.simple(kind, scope))
                    .collect();
                let word = self.one(&["in", "not in"]);
                format!("({value} {word} ({}))", items.join(", "))
            }
            4 => {
                let value = self.expression(Text, scope, next);
                let like =
                    self.one(&["like 'a%'", "ilike '%A%'", "~ '[aeiou]$'", "not like '%e%'"]);
                format!("({value} {like})")
            }
            5 => {
                let kind = self.one(&[Int4, Numeric, Date, Timestamp, Text]);
                let value = self.expression(kind, scope, next);
                let (low, high) = (self.simple(kind, scope), self.simple(kind, scope));
                format!("({value} between {low} and {high})")
            }
            6 if next < 4 && self.spend() => {
                let kind = self.one(&KINDS);
                let value = self.simple(kind, scope);
                let inner = self.query(&[kind], scope, next);
                let word = self.one(&["in", "not in", "= any", "<> all", "> all", "<= any"]);
                if kind == Bool {
                    return format!("({value} in ({inner}))");
                }
                format!("({value} {word} ({inner}))")
            }
            7 if next < 4 && self.spend() => {
                let inner = self.query(&[Int4], scope, next);
                let word = self.one(&["exists", "not exists"]);
                format!("({word} ({inner}))")
            }
            _ => {
                let kind = self.one(&KINDS);
                let left = self.expression(kind, scope, next);
                let operator = self.one(&[
                    "=",
                    "<>",
                    "<",
                    "<=",
                    ">",
                    ">=",
                    "is distinct from",
                    "is not distinct from",
                ]);
                format!("({left} {operator} {})", self.simple(kind, scope))
            }
        }
    }

    /// A subquery of one row: an aggregate, or the first row by all its columns.
    fn scalar_subquery(&mut self, kind: Kind, scope: &Scope, depth: usize) -> String {
        if self.chance(50) {
            let inner = self.query(&[kind], scope, depth + 1);
            let alias = self.alias();
            let nulls = self.one(&["", " desc", " nulls first"]);
            return format!("(select x1 from ({inner}) {alias}(x1) order by 1{nulls} limit 1)");
        }
        let (from, own) = self.from(depth + 2, scope);
        let mut visible = own.clone();
        visible.extend(scope.iter().cloned());
        let filter = self.expression(Bool, &visible, depth + 2);
        let value = self.aggregate(kind, &own, 9);
        format!("(select {value} from {from} where {filter})")
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Bool => "bool",
        Int4 => "int4",
        Int8 => "int8",
        Numeric => "numeric",
        Float8 => "float8",
        Text => "text",
        Date => "date",
        Timestamp => "timestamp",
        Timestamptz => "timestamptz",
        Interval => "interval",
        Uuid => "uuid",
    }
}
