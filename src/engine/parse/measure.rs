//! How deep and how large a parse tree is, and which kinds of node it holds.
//!
//! The tree's types can be serialized, so one small serializer that keeps nothing sees every node
//! of every kind, also kinds that a later grammar adds.

use std::fmt;

use serde::ser::{self, Serialize};

/// What [`measure`] found.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    /// Nodes, up to one more than allowed.
    pub(crate) nodes: usize,
    /// Whether it is deeper than allowed.
    pub(crate) too_deep: bool,
    /// Whether an INSERT, UPDATE, DELETE or MERGE is inside.
    pub(crate) modifies: bool,
    /// The strongest row lock asked for, as `LockClauseStrength` numbers them.
    pub(crate) lock: i32,
    /// Whether it names a relation.
    pub(crate) reads: bool,
    /// The highest number of a parameter, `$1` and on.
    pub(crate) parameters: i32,
    in_strength: bool,
    in_parameter: bool,
    in_number: bool,
    depth: usize,
    max_depth: usize,
    max_nodes: usize,
}

/// Walks a tree until it ends or passes a bound.
pub(crate) fn measure(tree: &impl Serialize, max_depth: usize, max_nodes: usize) -> Measured {
    let mut measured = Measured {
        max_depth,
        max_nodes,
        ..Measured::default()
    };
    // An error only means that the walk stopped early, which the counts say too.
    let stopped = tree.serialize(&mut measured).is_err();
    measured.too_deep |= stopped && measured.nodes <= max_nodes;
    measured
}

/// The walk stops here.
#[derive(Debug)]
pub(crate) struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

macro_rules! ignore {
    ($($name:ident: $kind:ty),* $(,)?) => {
        $(fn $name(self, _: $kind) -> Result<(), Stop> { Ok(()) })*
    };
}

impl ser::Serializer for &mut Measured {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    ignore! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    fn serialize_i32(self, value: i32) -> Result<(), Stop> {
        if self.in_strength {
            self.lock = self.lock.max(value);
        }
        if self.in_number {
            self.parameters = self.parameters.max(value);
        }
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.nodes += 1;
        self.depth += 1;
        self.modifies |= matches!(
            variant,
            "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt"
        );
        self.reads |= variant == "RangeVar";
        if self.depth > self.max_depth || self.nodes > self.max_nodes {
            self.too_deep |= self.depth > self.max_depth;
            return Err(Stop);
        }
        self.in_parameter = variant == "ParamRef";
        value.serialize(&mut *self)?;
        self.in_parameter = false;
        self.depth -= 1;
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Stop> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Stop> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Stop> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Stop> {
        Ok(self)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self, Stop> {
        // Set operations nest without a node between them.
        if name == "SelectStmt" {
            self.nodes += 1;
        }
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        Ok(self)
    }
}

macro_rules! elements {
    ($($kind:ident: $method:ident),* $(,)?) => {
        $(impl ser::$kind for &mut Measured {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
            }
        })*
    };
}

elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! fields {
    ($($kind:ident),* $(,)?) => {
        $(impl ser::$kind for &mut Measured {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Stop> {
                match key {
                    // `SelectStmt.larg` and `.rarg` hold statements directly.
                    "larg" | "rarg" => self.nested(value),
                    "strength" => {
                        self.in_strength = true;
                        value.serialize(&mut **self)?;
                        self.in_strength = false;
                        Ok(())
                    }
                    "number" if self.in_parameter => {
                        self.in_number = true;
                        value.serialize(&mut **self)?;
                        self.in_number = false;
                        Ok(())
                    }
                    _ => value.serialize(&mut **self),
                }
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for &mut Measured {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

impl Measured {
    fn nested(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > self.max_depth {
            self.too_deep = true;
            return Err(Stop);
        }
        value.serialize(&mut *self)?;
        self.depth -= 1;
        Ok(())
    }
}
