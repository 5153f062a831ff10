//! An entity diagram as self-contained SVG, laid out like a circuit board.
//!
//! Tables stand in columns, in declared order. Each table that is pointed to has one wire of its own
//! colour: a lane above all boxes, from it a lane down the gutter left of each column of boxes that
//! needs it, and short taps to the rows that point and to the table itself. Lanes and gutters hold no
//! boxes, so no line crosses a text.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::pg::typename::short_type;
use crate::schema::{Column, Product, Reference, Table};

/// Height of one line of text, in pixels; all heights are multiples.
const ROW: usize = 18;
/// Width of one letter of the diagram's font at its size, in tenths of a pixel.
const LETTER_TENTHS: usize = 68;
/// Blank space between letters and the border of their box, and around the drawing.
const PAD: usize = 10;
/// Distance between neighbouring lanes.
const LANE: usize = 9;
/// Vertical distance between boxes.
const GAP: usize = 26;
/// Lines above the lanes: title and legend.
const HEAD: usize = 4 * ROW;
/// Width of the marks before a column's name (`PK`).
const MARK: usize = 26;

const STYLE: &str = "\
text{font:11px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1f2933}\
.title{font-size:18px;font-weight:bold}.table{font-weight:bold;fill:#fff}\
.type{fill:#6b7785;text-anchor:end}.mark{fill:#9a6700;font-size:9px}.key{font-weight:bold}\
.box{fill:#fff;stroke:#52606d}.head{fill:#323f4b}.rule{stroke:#e4e7eb}\
.wire{fill:none;stroke-width:1.4}.each{stroke-dasharray:5 3}.several{stroke-dasharray:1.5 2.5}\
.joined{stroke-dasharray:8 3 1.5 3}";

/// The diagram of a product.
pub fn erd(product: &Product) -> String {
    let plan = Plan::of(product);
    let mut svg = String::new();
    // Writing to a String cannot fail.
    let _infallible = plan.draw(&mut svg);
    svg
}

/// A table and where it stands.
struct Placed<'a> {
    table: &'a Table,
    column: usize,
    top: usize,
}

/// One end of a wire: where a row, or the pointed-to table, meets the gutter.
struct Tap {
    column: usize,
    y: usize,
    /// The style of the reference; `None` at the table pointed to.
    style: Option<&'static str>,
}

struct Plan<'a> {
    product: &'a Product,
    boxes: Vec<Placed<'a>>,
    /// Taps by the name of the table pointed to; the order gives lanes and colours.
    wires: BTreeMap<&'a str, Vec<Tap>>,
    /// The wires each gutter holds, in the order of their lanes.
    gutters: Vec<Vec<&'a str>>,
    box_width: usize,
    /// Where the first gutter begins, right of the names of the lanes.
    margin: usize,
    height: usize,
}

impl<'a> Plan<'a> {
    fn of(product: &'a Product) -> Self {
        let mut wires: BTreeMap<&str, Vec<Tap>> = BTreeMap::new();
        for reference in references(product) {
            for target in &reference.targets {
                wires.entry(target.table.as_str()).or_default();
            }
        }
        let top = HEAD + wires.len() * ROW + GAP;
        let (boxes, columns, height) = place(product, top);
        for placed in &boxes {
            let name = placed.table.name.as_str();
            if let Some(taps) = wires.get_mut(name) {
                taps.push(Tap {
                    column: placed.column,
                    y: placed.top + ROW / 2 + 2,
                    style: None,
                });
            }
            for (at, column) in placed.table.columns.iter().enumerate() {
                let Some(reference) = &column.reference else {
                    continue;
                };
                for (nth, target) in reference.targets.iter().enumerate() {
                    // Several targets of one row leave it side by side.
                    let spread = nth * 4 + ROW / 2;
                    let offset = spread.saturating_sub((reference.targets.len() - 1) * 2);
                    if let Some(taps) = wires.get_mut(target.table.as_str()) {
                        taps.push(Tap {
                            column: placed.column,
                            y: placed.top + (at + 1) * ROW + 4 + offset,
                            style: Some(style(reference)),
                        });
                    }
                }
            }
        }
        let mut gutters = vec![Vec::new(); columns];
        for (at, gutter) in gutters.iter_mut().enumerate() {
            let needed = wires
                .iter()
                .filter(|(_, taps)| taps.iter().any(|tap| tap.column == at));
            gutter.extend(needed.map(|(name, _)| *name));
        }
        let letters = product.tables.iter().flat_map(|table| &table.columns);
        let letters = letters.map(|column| column.name.len() + short_type(column.kind).len() + 2);
        let titles = product.tables.iter().map(|table| table.name.as_str().len());
        let widest = letters.chain(titles).max().unwrap_or_default();
        let labels = wires.keys().map(|name| text_width(name.len()));
        let margin = labels.max().unwrap_or_default() + 2 * PAD;
        Self {
            product,
            boxes,
            wires,
            gutters,
            box_width: text_width(widest) + 2 * PAD + MARK,
            margin,
            height,
        }
    }

    /// The left edge of a column of boxes.
    fn left(&self, column: usize) -> usize {
        let gutters = self.gutters.iter().take(column + 1);
        let lanes: usize = gutters.map(|gutter| (gutter.len() + 3) * LANE).sum();
        self.margin + lanes + column * (self.box_width + LANE)
    }

    /// Where a wire goes down the gutter left of a column of boxes.
    fn lane(&self, column: usize, wire: &str) -> usize {
        let gutter = self.gutters.get(column).map_or(&[][..], Vec::as_slice);
        let at = gutter
            .iter()
            .position(|name| *name == wire)
            .unwrap_or_default();
        self.left(column) - (gutter.len() - at + 1) * LANE
    }

    fn draw(&self, svg: &mut String) -> fmt::Result {
        let width = self.left(self.gutters.len().saturating_sub(1)) + self.box_width + 2 * PAD;
        let height = self.height + 2 * PAD;
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">"
        )?;
        writeln!(
            svg,
            "<title>{} entities</title>",
            escape(&self.product.display_name)
        )?;
        writeln!(svg, "<style>{STYLE}</style>")?;
        writeln!(
            svg,
            "<rect width=\"{width}\" height=\"{height}\" fill=\"#f5f7fa\"/>"
        )?;
        self.legend(svg)?;
        for (at, (name, taps)) in self.wires.iter().enumerate() {
            self.wire(svg, at, name, taps)?;
        }
        for placed in &self.boxes {
            self.table(svg, placed)?;
        }
        svg.write_str("</svg>\n")
    }

    fn legend(&self, svg: &mut String) -> fmt::Result {
        writeln!(
            svg,
            "<text class=\"title\" x=\"{PAD}\" y=\"{}\">{} ({}), major version {}</text>",
            ROW + 6,
            escape(&self.product.display_name),
            self.product.name,
            self.product.major_version
        )?;
        let kinds = [
            ("", "refers to one row"),
            ("each", "each element refers to a row"),
            ("several", "refers to one of several tables"),
            ("joined", "joined by an expression"),
        ];
        let y = 2 * ROW + 10;
        let mut x = PAD;
        for (class, meaning) in kinds {
            writeln!(
                svg,
                "<path class=\"wire {class}\" stroke=\"#323f4b\" d=\"M{x} {y}h36\"/>\
                 <text x=\"{}\" y=\"{}\">{meaning}</text>",
                x + 42,
                y + 4
            )?;
            x += 42 + text_width(meaning.len()) + 3 * PAD;
        }
        Ok(())
    }

    fn wire(&self, svg: &mut String, at: usize, name: &str, taps: &[Tap]) -> fmt::Result {
        let colour = colour(at, self.wires.len());
        let y = HEAD + at * ROW + ROW / 2;
        writeln!(svg, "<g stroke=\"{colour}\">")?;
        let mut lanes: BTreeMap<usize, usize> = BTreeMap::new();
        for tap in taps {
            let lane = self.lane(tap.column, name);
            let lowest = lanes.entry(lane).or_default();
            *lowest = tap.y.max(*lowest);
        }
        let first = PAD + text_width(name.len() + 1);
        let last = lanes.keys().next_back().copied().unwrap_or_default();
        writeln!(svg, "<path class=\"wire\" d=\"M{first} {y}H{last}\"/>")?;
        for (lane, lowest) in &lanes {
            writeln!(svg, "<path class=\"wire\" d=\"M{lane} {y}V{lowest}\"/>")?;
            dot(svg, *lane, y, &colour)?;
        }
        for tap in taps {
            let (lane, edge) = (self.lane(tap.column, name), self.left(tap.column));
            match tap.style {
                Some(class) => writeln!(
                    svg,
                    "<path class=\"wire {class}\" d=\"M{edge} {}H{lane}\"/>",
                    tap.y
                )?,
                None => writeln!(
                    svg,
                    "<path class=\"wire\" d=\"M{lane} {y}H{edge}\"/>\
                     <path fill=\"{colour}\" d=\"M{edge} {y}l-8 -4.5v9z\"/>",
                    y = tap.y
                )?,
            }
            dot(svg, lane, tap.y, &colour)?;
        }
        svg.write_str("</g>\n")?;
        writeln!(
            svg,
            "<text x=\"{PAD}\" y=\"{}\" style=\"fill:{colour};font-weight:bold\">{name}</text>",
            y + 4
        )
    }

    fn table(&self, svg: &mut String, placed: &Placed<'_>) -> fmt::Result {
        let (x, y, width) = (self.left(placed.column), placed.top, self.box_width);
        let table = placed.table;
        writeln!(
            svg,
            "<g><title>{}</title><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\"/>\
             <rect class=\"head\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\"/>\
             <text class=\"table\" x=\"{}\" y=\"{}\">{}</text></g>",
            escape(&table.comment()),
            height(table),
            ROW + 4,
            x + PAD,
            y + ROW - 3,
            table.name
        )?;
        for (at, column) in table.columns.iter().enumerate() {
            let line = y + (at + 1) * ROW + 4;
            if at > 0 {
                writeln!(
                    svg,
                    "<path class=\"rule\" d=\"M{} {line}h{}\"/>",
                    x + 1,
                    width - 2
                )?;
            }
            let key = table.key.contains(&column.name);
            writeln!(
                svg,
                "<g><title>{}</title><text class=\"mark\" x=\"{}\" y=\"{base}\">{}</text>\
                 <text{} x=\"{}\" y=\"{base}\">{}</text>\
                 <text class=\"type\" x=\"{}\" y=\"{base}\">{}</text></g>",
                escape(&column.comment()),
                x + 5,
                mark(table, column),
                if key { " class=\"key\"" } else { "" },
                x + MARK,
                column.name,
                x + width - PAD,
                short_type(column.kind),
                base = line + ROW - 5,
            )?;
        }
        Ok(())
    }
}

fn text_width(letters: usize) -> usize {
    letters * LETTER_TENTHS / 10
}

fn dot(svg: &mut String, x: usize, y: usize, colour: &str) -> fmt::Result {
    writeln!(
        svg,
        "<circle cx=\"{x}\" cy=\"{y}\" r=\"2\" fill=\"{colour}\" stroke=\"none\"/>"
    )
}

fn references(product: &Product) -> impl Iterator<Item = &Reference> {
    let columns = product.tables.iter().flat_map(|table| &table.columns);
    columns.filter_map(|column| column.reference.as_ref())
}

fn style(reference: &Reference) -> &'static str {
    if reference.each {
        "each"
    } else if reference.targets.len() > 1 || reference.selector.is_some() {
        "several"
    } else if reference.join.is_some() {
        "joined"
    } else {
        ""
    }
}

fn mark(table: &Table, column: &Column) -> &'static str {
    let key = table.key.contains(&column.name);
    match (key && table.key_enforced, key, &column.reference) {
        (true, ..) => "PK",
        (_, true, _) => "(K)",
        (.., Some(_)) => "FK",
        _ => "",
    }
}

fn height(table: &Table) -> usize {
    (table.columns.len() + 1) * ROW + 4
}

/// Puts the boxes into columns of about equal height, as many as give a drawing wider than high.
fn place(product: &Product, top: usize) -> (Vec<Placed<'_>>, usize, usize) {
    let total: usize = product.tables.iter().map(|table| height(table) + GAP).sum();
    let tallest = product.tables.iter().map(height).max().unwrap_or_default();
    let mut columns = 1;
    // A column of boxes with its gutter is about 400 wide.
    while total / columns > columns * 400 * 2 / 3 && total / columns > tallest {
        columns += 1;
    }
    let goal = total / columns;
    let (mut column, mut y, mut lowest) = (0, top, top);
    let mut boxes = Vec::with_capacity(product.tables.len());
    for table in &product.tables {
        let size = height(table);
        // A box goes where the larger half of it fits.
        if y > top && column + 1 < columns && y - top + size / 2 > goal {
            column += 1;
            y = top;
        }
        boxes.push(Placed {
            table,
            column,
            top: y,
        });
        lowest = lowest.max(y + size);
        y += size + GAP;
    }
    (boxes, column + 1, lowest)
}

/// A colour of its own for each wire: neighbours differ in hue by the golden angle.
fn colour(at: usize, count: usize) -> String {
    let hue = at * 137 % 360;
    let lightness = if count > 12 && at % 2 == 1 { 30 } else { 42 };
    format!("hsl({hue} 75% {lightness}%)")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
