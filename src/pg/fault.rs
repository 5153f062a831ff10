//! An error as a client reads it: SQLSTATE, primary text, detail, hint, position.
//!
//! Source of the fields: PostgreSQL manual, "Error and Notice Message Fields"; of the codes:
//! appendix "PostgreSQL Error Codes".

use std::fmt;

/// A five-character SQLSTATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlState(pub &'static str);

macro_rules! states {
    ($($name:ident = $code:literal),* $(,)?) => {
        #[expect(missing_docs, reason = "each name is the condition name of the manual's appendix")]
        impl SqlState {
            $(pub const $name: Self = Self($code);)*
        }
    };
}

states! {
    SUCCESSFUL_COMPLETION = "00000",
    WARNING = "01000",
    PROTOCOL_VIOLATION = "08P01",
    FEATURE_NOT_SUPPORTED = "0A000",
    CARDINALITY_VIOLATION = "21000",
    DATA_EXCEPTION = "22000",
    STRING_DATA_RIGHT_TRUNCATION = "22001",
    NUMERIC_VALUE_OUT_OF_RANGE = "22003",
    NULL_VALUE_NOT_ALLOWED = "22004",
    INVALID_DATETIME_FORMAT = "22007",
    DATETIME_FIELD_OVERFLOW = "22008",
    INVALID_TIME_ZONE_DISPLACEMENT_VALUE = "22009",
    SUBSTRING_ERROR = "22011",
    DIVISION_BY_ZERO = "22012",
    INVALID_PRECEDING_OR_FOLLOWING_SIZE = "22013",
    INVALID_ARGUMENT_FOR_NTILE = "22014",
    INTERVAL_FIELD_OVERFLOW = "22015",
    INVALID_ARGUMENT_FOR_NTH_VALUE = "22016",
    CHARACTER_NOT_IN_REPERTOIRE = "22021",
    INVALID_PARAMETER_VALUE = "22023",
    INVALID_ARGUMENT_FOR_LOGARITHM = "2201E",
    INVALID_ARGUMENT_FOR_POWER_FUNCTION = "2201F",
    INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION = "2201G",
    INVALID_REGULAR_EXPRESSION = "2201B",
    INVALID_ROW_COUNT_IN_LIMIT_CLAUSE = "2201W",
    INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE = "2201X",
    INVALID_ESCAPE_SEQUENCE = "22025",
    ARRAY_SUBSCRIPT_ERROR = "2202E",
    STRING_DATA_LENGTH_MISMATCH = "22026",
    INVALID_TABLESAMPLE_ARGUMENT = "2202H",
    INVALID_TABLESAMPLE_REPEAT = "2202G",
    INVALID_JSON_TEXT = "22030",
    INVALID_ARGUMENT_FOR_JSON_DATETIME_FUNCTION = "22031",
    INVALID_JSON_SUBSCRIPT = "22033",
    NON_NUMERIC_JSON_ITEM = "22036",
    SINGLETON_JSON_ITEM_REQUIRED = "22038",
    JSON_ARRAY_NOT_FOUND = "22039",
    JSON_MEMBER_NOT_FOUND = "2203A",
    JSON_NUMBER_NOT_FOUND = "2203B",
    JSON_OBJECT_NOT_FOUND = "2203C",
    INVALID_TEXT_REPRESENTATION = "22P02",
    INVALID_BINARY_REPRESENTATION = "22P03",
    UNTRANSLATABLE_CHARACTER = "22P05",
    INVALID_CURSOR_STATE = "24000",
    ACTIVE_SQL_TRANSACTION = "25001",
    READ_ONLY_SQL_TRANSACTION = "25006",
    NO_ACTIVE_SQL_TRANSACTION = "25P01",
    IN_FAILED_SQL_TRANSACTION = "25P02",
    IDLE_IN_TRANSACTION_SESSION_TIMEOUT = "25P03",
    INVALID_SQL_STATEMENT_NAME = "26000",
    INVALID_AUTHORIZATION_SPECIFICATION = "28000",
    INVALID_PASSWORD = "28P01",
    INVALID_CURSOR_NAME = "34000",
    INVALID_SCHEMA_NAME = "3F000",
    INVALID_SAVEPOINT_SPECIFICATION = "3B001",
    INVALID_CATALOG_NAME = "3D000",
    INSUFFICIENT_PRIVILEGE = "42501",
    SYNTAX_ERROR = "42601",
    INVALID_NAME = "42602",
    INVALID_COLUMN_DEFINITION = "42611",
    NAME_TOO_LONG = "42622",
    DUPLICATE_COLUMN = "42701",
    AMBIGUOUS_COLUMN = "42702",
    UNDEFINED_COLUMN = "42703",
    UNDEFINED_OBJECT = "42704",
    DUPLICATE_ALIAS = "42712",
    AMBIGUOUS_FUNCTION = "42725",
    GROUPING_ERROR = "42803",
    DATATYPE_MISMATCH = "42804",
    WRONG_OBJECT_TYPE = "42809",
    INVALID_FOREIGN_KEY = "42830",
    CANNOT_COERCE = "42846",
    UNDEFINED_FUNCTION = "42883",
    COLLATION_MISMATCH = "42P21",
    INDETERMINATE_COLLATION = "42P22",
    RESERVED_NAME = "42939",
    UNDEFINED_TABLE = "42P01",
    UNDEFINED_PARAMETER = "42P02",
    DUPLICATE_CURSOR = "42P03",
    DUPLICATE_PREPARED_STATEMENT = "42P05",
    AMBIGUOUS_PARAMETER = "42P08",
    AMBIGUOUS_ALIAS = "42P09",
    INVALID_COLUMN_REFERENCE = "42P10",
    INVALID_CURSOR_DEFINITION = "42P11",
    INDETERMINATE_DATATYPE = "42P18",
    INVALID_RECURSION = "42P19",
    WINDOWING_ERROR = "42P20",
    INSUFFICIENT_RESOURCES = "53000",
    DISK_FULL = "53100",
    OUT_OF_MEMORY = "53200",
    TOO_MANY_CONNECTIONS = "53300",
    CONFIGURATION_LIMIT_EXCEEDED = "53400",
    PROGRAM_LIMIT_EXCEEDED = "54000",
    STATEMENT_TOO_COMPLEX = "54001",
    TOO_MANY_COLUMNS = "54011",
    TOO_MANY_ARGUMENTS = "54023",
    OBJECT_NOT_IN_PREREQUISITE_STATE = "55000",
    CANT_CHANGE_RUNTIME_PARAM = "55P02",
    QUERY_CANCELED = "57014",
    ADMIN_SHUTDOWN = "57P01",
    CANNOT_CONNECT_NOW = "57P03",
    IDLE_SESSION_TIMEOUT = "57P05",
    IO_ERROR = "58030",
    UNDEFINED_FILE = "58P01",
    INTERNAL_ERROR = "XX000",
    DATA_CORRUPTED = "XX001",
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How much an error or notice ends, in the words of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The statement failed; the session goes on.
    Error,
    /// The session ends.
    Fatal,
    /// Something the reader should know; nothing failed.
    Notice,
    /// Something that was probably not meant; nothing failed.
    Warning,
}

impl Severity {
    /// The word the protocol uses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
        }
    }
}

/// One error or notice, exactly as a client will read it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What it ends.
    pub severity: Severity,
    /// The SQLSTATE.
    pub state: SqlState,
    /// The primary text: short, lower case, no full stop.
    pub message: String,
    /// More about the cause, in sentences.
    pub detail: Option<String>,
    /// What to do, in sentences.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<u32>,
    /// The call stack of the error ("context" in psql), such as `unnamed portal parameter $1`.
    pub context: Option<String>,
}

impl Fault {
    /// Makes an error of severity `ERROR`.
    pub fn new(state: SqlState, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            state,
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
            context: None,
        }
    }

    /// Makes an error that ends the session.
    pub fn fatal(state: SqlState, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Fatal,
            ..Self::new(state, message)
        }
    }

    /// Makes a notice.
    pub fn notice(state: SqlState, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Notice,
            ..Self::new(state, message)
        }
    }

    /// Makes a warning.
    pub fn warning(state: SqlState, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::new(state, message)
        }
    }

    /// Says that PostgreSQL has this and syllabase does not run it (yet).
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("{what} is not supported"),
        )
    }

    /// Marks a state that correct code never reaches; the client sees XX000.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(SqlState::INTERNAL_ERROR, what)
    }

    /// Adds a detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets the position (characters from 1) unless one is known already: the innermost wins.
    #[must_use]
    pub fn at(mut self, position: Option<u32>) -> Self {
        self.position = self.position.or(position);
        self
    }
}

/// What an error of any module says to a client.
pub trait ClientFault {
    /// The error in the client's terms; internals stay behind.
    fn client_fault(&self) -> Fault;
}
