//! Arrays in storage: the elements of a value in a list, and its shape where that is not the usual.
//!
//! A value of an array type is a struct of two fields. `items` lists the elements, the last
//! subscript running fastest. `shape` says how many dimensions there are and where their subscripts
//! begin; it is NULL for the arrays nearly everybody has, of one dimension that begins at 1, and for
//! those without elements. So whatever only looks at elements reads the list and nothing else.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, ListArray, StructArray,
    UInt32Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};

use crate::pg::{Fault, SqlState};

/// The most dimensions an array has.
pub const DIMENSIONS_MAX: usize = 6;
/// The most elements an array has.
pub const ELEMENTS_MAX: usize = 134_217_727;

/// Follows the number of dimensions where not every one begins at 1.
const BOUNDED: u8 = 0x80;

/// One dimension: how many subscripts it has and the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension {
    /// How many subscripts there are.
    pub length: i32,
    /// The first subscript.
    pub lower: i32,
}

impl Dimension {
    /// The last subscript; one below the first when there are none.
    pub fn upper(self) -> i32 {
        self.lower.wrapping_add(self.length).wrapping_sub(1)
    }

    /// The place of a subscript, from 0.
    fn place(self, subscript: i32) -> Option<usize> {
        let at = i64::from(subscript) - i64::from(self.lower);
        (at < i64::from(self.length))
            .then(|| usize::try_from(at).ok())
            .flatten()
    }
}

/// The dimensions of one array; none when it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    count: usize,
    dimensions: [Dimension; DIMENSIONS_MAX],
}

impl Shape {
    /// No dimensions, no elements.
    pub const EMPTY: Self = Self {
        count: 0,
        dimensions: [Dimension {
            length: 0,
            lower: 1,
        }; DIMENSIONS_MAX],
    };

    /// One dimension that begins at 1, or none for no elements.
    pub fn plain(length: usize) -> Self {
        match i32::try_from(length) {
            Ok(length) if length > 0 => Self::line(Dimension { length, lower: 1 }),
            _ => Self::EMPTY,
        }
    }

    /// One dimension, even when it has no subscripts: only vectors are such.
    pub fn line(dimension: Dimension) -> Self {
        let mut shape = Self::EMPTY;
        shape.count = 1;
        if let Some(first) = shape.dimensions.first_mut() {
            *first = dimension;
        }
        shape
    }

    /// The shape of these dimensions; that of an empty array when one of them is empty.
    ///
    /// # Errors
    /// 54000 for too many dimensions or elements and for subscripts beyond int4.
    pub fn new(dimensions: &[Dimension]) -> Result<Self, Fault> {
        if dimensions.len() > DIMENSIONS_MAX {
            return Err(too_many_dimensions(dimensions.len()));
        }
        let mut size = 1_usize;
        for dimension in dimensions {
            let length = usize::try_from(dimension.length).map_err(|_| too_many_elements())?;
            size = size.saturating_mul(length);
            if size > ELEMENTS_MAX {
                return Err(too_many_elements());
            }
        }
        for dimension in dimensions {
            // The subscript after the last one has to be a number too.
            if dimension.lower.checked_add(dimension.length).is_none() {
                return Err(Fault::new(
                    SqlState::PROGRAM_LIMIT_EXCEEDED,
                    format!("array lower bound is too large: {}", dimension.lower),
                ));
            }
        }
        let mut shape = Self::EMPTY;
        if size == 0 {
            return Ok(shape);
        }
        shape.count = dimensions.len();
        for (to, from) in shape.dimensions.iter_mut().zip(dimensions) {
            *to = *from;
        }
        Ok(shape)
    }

    /// The dimensions, the outermost first.
    pub fn dimensions(&self) -> &[Dimension] {
        self.dimensions.get(..self.count).unwrap_or_default()
    }

    /// A dimension by its number from 1, as functions name it.
    pub fn dimension(&self, number: i32) -> Option<Dimension> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.dimensions().get(at).copied()
    }

    /// How many elements there are.
    pub fn size(&self) -> usize {
        if self.count == 0 {
            return 0;
        }
        let lengths = self.dimensions().iter();
        lengths
            .map(|dimension| usize::try_from(dimension.length).unwrap_or(0))
            .product()
    }

    /// The first subscript of the outermost dimension.
    pub fn lower(&self) -> i32 {
        self.dimension(1).map_or(1, |dimension| dimension.lower)
    }

    /// Whether there is one dimension, or none.
    pub fn flat(&self) -> bool {
        self.count <= 1
    }

    /// The place of an element among all of them; `None` outside the array and for another number
    /// of subscripts than there are dimensions.
    pub fn place(&self, subscripts: impl ExactSizeIterator<Item = i32>) -> Option<usize> {
        if self.count == 0 || subscripts.len() != self.count {
            return None;
        }
        let mut place = 0;
        for (dimension, subscript) in self.dimensions().iter().zip(subscripts) {
            let length = usize::try_from(dimension.length).ok()?;
            place = place * length + dimension.place(subscript)?;
        }
        Some(place)
    }

    /// The shape of an array of `count` arrays of this shape.
    ///
    /// # Errors
    /// 54000 for too many dimensions or elements.
    pub fn many(&self, count: usize) -> Result<Self, Fault> {
        let length = i32::try_from(count).map_err(|_| too_many_elements())?;
        let outer = [Dimension { length, lower: 1 }];
        let all: Vec<_> = outer.iter().chain(self.dimensions()).copied().collect();
        Self::new(&all)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let bounded = self.dimensions().iter().any(|d| d.lower != 1);
        let count = u8::try_from(self.count).unwrap_or_default();
        out.push(if bounded { count | BOUNDED } else { count });
        for dimension in self.dimensions() {
            out.extend_from_slice(&dimension.length.to_le_bytes());
        }
        if bounded {
            for dimension in self.dimensions() {
                out.extend_from_slice(&dimension.lower.to_le_bytes());
            }
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let mut shape = Self::EMPTY;
        shape.count = usize::from(first & !BOUNDED);
        let mut numbers = rest
            .chunks_exact(4)
            .filter_map(|chunk| chunk.first_chunk::<4>())
            .map(|bytes| i32::from_le_bytes(*bytes));
        for dimension in shape.dimensions.iter_mut().take(shape.count) {
            dimension.length = numbers.next()?;
        }
        if first & BOUNDED != 0 {
            for dimension in shape.dimensions.iter_mut().take(shape.count) {
                dimension.lower = numbers.next()?;
            }
        }
        Some(shape)
    }
}

/// 54000 for a number of dimensions beyond six.
pub fn too_many_dimensions(count: usize) -> Fault {
    Fault::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!(
            "number of array dimensions ({count}) exceeds the maximum allowed ({DIMENSIONS_MAX})"
        ),
    )
}

/// 2202E for an array of other dimensions than a function takes.
pub fn wrong_subscripts() -> Fault {
    Fault::new(
        SqlState::ARRAY_SUBSCRIPT_ERROR,
        "wrong number of array subscripts",
    )
}

/// 54000 for more elements than an array has room for.
pub fn too_many_elements() -> Fault {
    Fault::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("array size exceeds the maximum allowed ({ELEMENTS_MAX})"),
    )
}

fn fields(item: FieldRef) -> Fields {
    let items = Field::new("items", DataType::List(item), true);
    Fields::from(vec![items, Field::new("shape", DataType::BinaryView, true)])
}

/// The storage of arrays over elements of this storage.
pub fn storage(element: DataType) -> DataType {
    DataType::Struct(fields(Arc::new(Field::new("item", element, true))))
}

/// The field of the elements in the storage of an array; `None` for any other storage.
pub fn item(storage: &DataType) -> Option<&FieldRef> {
    let DataType::Struct(fields) = storage else {
        return None;
    };
    match fields.as_ref() {
        [items, shape] if *shape.data_type() == DataType::BinaryView => match items.data_type() {
            DataType::List(item) => Some(item),
            _ => None,
        },
        _ => None,
    }
}

/// Arrays of one dimension that begins at 1.
///
/// # Errors
/// XX000 when the list is not what arrays are made of.
pub fn plain(items: ListArray) -> Result<ArrayRef, Fault> {
    let shapes = BinaryViewArray::new_null(items.len());
    whole(items, shapes)
}

fn whole(items: ListArray, shapes: BinaryViewArray) -> Result<ArrayRef, Fault> {
    let DataType::List(item) = items.data_type() else {
        return Err(Fault::internal("elements are not in a list"));
    };
    let fields = fields(Arc::clone(item));
    let nulls = items.nulls().cloned();
    StructArray::try_new(fields, vec![Arc::new(items), Arc::new(shapes)], nulls)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|_| Fault::internal("elements and shapes do not fit together"))
}

/// One array of all values, which are arrays of one shape: what `array_agg` makes of them.
///
/// # Errors
/// 22004 for NULL, 2202E for an empty array first and for shapes that differ.
pub fn accumulated(values: &dyn Array) -> Result<ArrayRef, Fault> {
    let internal = || Fault::internal("an array is stored otherwise");
    let arrays = Arrays::of(values).ok_or_else(internal)?;
    let mut first: Option<Shape> = None;
    let mut places = Vec::new();
    for row in 0..arrays.len() {
        if arrays.null(row) {
            return Err(Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "cannot accumulate null arrays",
            ));
        }
        let shape = arrays.shape(row);
        let fault = |message| Err(Fault::new(SqlState::ARRAY_SUBSCRIPT_ERROR, message));
        match first {
            None if shape.dimensions().is_empty() => {
                return fault("cannot accumulate empty arrays");
            }
            None => first = Some(shape),
            Some(first) if first != shape => {
                return fault("cannot accumulate arrays of different dimensionality");
            }
            Some(_) => {}
        }
        let range = arrays.range(row);
        if places.len() + range.len() > ELEMENTS_MAX {
            return Err(too_many_elements());
        }
        places.extend(range.filter_map(|at| u32::try_from(at).ok()));
    }
    let shape = first.unwrap_or(Shape::EMPTY).many(arrays.len())?;
    let items = take(arrays.items(), &UInt32Array::from(places), None).map_err(|_| internal())?;
    let item = item(values.data_type()).ok_or_else(internal)?;
    let offsets = OffsetBuffer::from_lengths([items.len()]);
    let list =
        ListArray::try_new(Arc::clone(item), offsets, items, None).map_err(|_| internal())?;
    let mut shapes = Shapes::default();
    shapes.push(Some(&shape), shape.size());
    shapes.over(list)
}

/// The shapes of the values of an array on its way.
#[derive(Debug, Default)]
pub struct Shapes {
    builder: BinaryViewBuilder,
    scratch: Vec<u8>,
}

impl Shapes {
    /// The shape of the next value, which has `length` elements; `None` for NULL.
    pub fn push(&mut self, shape: Option<&Shape>, length: usize) {
        match shape {
            Some(shape) if *shape != Shape::plain(length) => {
                self.scratch.clear();
                shape.write(&mut self.scratch);
                self.builder.append_value(&self.scratch);
            }
            _ => self.builder.append_null(),
        }
    }

    /// The arrays of these elements; the shapes are gone from here.
    ///
    /// # Errors
    /// XX000 when there are not as many lists as shapes.
    pub fn over(&mut self, items: ListArray) -> Result<ArrayRef, Fault> {
        whole(items, self.builder.finish())
    }
}

/// The elements of all values of an Arrow array, if it stores arrays.
pub fn elements(array: &dyn Array) -> Option<&ArrayRef> {
    item(array.data_type())?;
    let items = array.as_struct_opt()?.columns().first()?;
    Some(items.as_list_opt::<i32>()?.values())
}

/// The values of an array type.
#[derive(Debug, Clone)]
pub struct Arrays {
    items: ListArray,
    nulls: Option<NullBuffer>,
    /// `None` when every value is plain.
    shapes: Option<BinaryViewArray>,
}

impl Arrays {
    /// The values of an Arrow array, if it stores arrays.
    pub fn of(array: &dyn Array) -> Option<Self> {
        item(array.data_type())?;
        let whole = array.as_struct_opt()?;
        let [items, shapes] = whole.columns() else {
            return None;
        };
        let shapes = shapes.as_binary_view_opt()?;
        Some(Self {
            items: items.as_list_opt()?.clone(),
            nulls: whole.nulls().cloned(),
            shapes: (shapes.null_count() < shapes.len()).then(|| shapes.clone()),
        })
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the value at `row` is NULL.
    pub fn null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Which values are NULL.
    pub fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// The elements of all values; [`Self::range`] says which are whose.
    pub fn items(&self) -> &ArrayRef {
        self.items.values()
    }

    /// The lists of elements, with the NULLs of the arrays.
    ///
    /// # Errors
    /// XX000 when the parts do not fit together.
    pub fn lists(&self) -> Result<ListArray, Fault> {
        let (field, offsets, values, _) = self.items.clone().into_parts();
        ListArray::try_new(field, offsets, values, self.nulls.clone())
            .map_err(|_| Fault::internal("elements do not make a list"))
    }

    /// Where the elements of the value at `row` are; nowhere for NULL.
    pub fn range(&self, row: usize) -> Range<usize> {
        if self.null(row) {
            return 0..0;
        }
        let offsets = self.items.value_offsets();
        let bound = |at: usize| {
            offsets
                .get(at)
                .and_then(|offset| usize::try_from(*offset).ok())
                .unwrap_or(0)
        };
        bound(row)..bound(row + 1)
    }

    /// The elements of the value at `row`.
    pub fn value(&self, row: usize) -> ArrayRef {
        let range = self.range(row);
        self.items().slice(range.start, range.len())
    }

    /// Whether every value has one dimension that begins at 1, or no elements.
    pub fn plain(&self) -> bool {
        self.shapes.is_none()
    }

    /// The shape of the value at `row`.
    pub fn shape(&self, row: usize) -> Shape {
        self.shapes
            .as_ref()
            .filter(|shapes| shapes.is_valid(row))
            .and_then(|shapes| Shape::read(shapes.value(row)))
            .unwrap_or_else(|| Shape::plain(self.range(row).len()))
    }

    /// The same shapes over other lists, a list each value.
    ///
    /// # Errors
    /// XX000 when there are not as many lists.
    pub fn with(&self, items: ListArray) -> Result<ArrayRef, Fault> {
        match &self.shapes {
            Some(shapes) => whole(items, shapes.clone()),
            None => plain(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dimension(lower: i32, length: i32) -> Dimension {
        Dimension { length, lower }
    }

    #[test]
    fn a_stored_shape_is_read_as_it_was() {
        for dimensions in [
            vec![dimension(0, 3)],
            vec![dimension(1, 2), dimension(1, 2)],
            vec![dimension(-5, 2), dimension(1, 2), dimension(7, 1)],
            vec![dimension(1, 1); 6],
        ] {
            let shape = Shape::new(&dimensions).unwrap();
            let mut bytes = Vec::new();
            shape.write(&mut bytes);
            assert_eq!(Shape::read(&bytes), Some(shape));
            assert_eq!(shape.dimensions(), dimensions);
        }
    }

    #[test]
    fn elements_are_placed_with_the_last_subscript_running_fastest() {
        let shape = Shape::new(&[dimension(1, 2), dimension(0, 3)]).unwrap();
        let place = |a: i32, b: i32| shape.place([a, b].into_iter());
        assert_eq!(place(1, 0), Some(0));
        assert_eq!(place(1, 2), Some(2));
        assert_eq!(place(2, 0), Some(3));
        assert_eq!(place(2, 3), None);
        assert_eq!(place(0, 0), None);
        assert_eq!(shape.place([1].into_iter()), None);
    }

    #[test]
    fn dimensions_elements_and_subscripts_are_bounded() {
        let state = |dimensions: &[Dimension]| Shape::new(dimensions).unwrap_err().state;
        assert_eq!(
            state(&[dimension(1, 1); 7]),
            SqlState::PROGRAM_LIMIT_EXCEEDED
        );
        assert_eq!(
            state(&[dimension(1, i32::MAX), dimension(1, i32::MAX)]),
            SqlState::PROGRAM_LIMIT_EXCEEDED
        );
        assert_eq!(
            state(&[dimension(i32::MAX, 1)]),
            SqlState::PROGRAM_LIMIT_EXCEEDED
        );
        assert_eq!(Shape::new(&[dimension(1, 0)]).unwrap(), Shape::EMPTY);
    }
}
