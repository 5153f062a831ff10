//! What is refused, and in whose words: PostgreSQL's, when every transaction is read-only.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{
    DoStmt, LockStmt, ObjectType, RangeVar, ReindexObjectType, ReindexStmt, SelectStmt, VacuumStmt,
};

use crate::engine::parse::Measured;
use crate::engine::statement::Kind;
use crate::pg::{Fault, SqlState};

/// The lock mode of a reader, as `lockdefs.h` numbers it.
const ACCESS_SHARE: i32 = 1;

const VACUUM_OPTIONS: [&str; 10] = [
    "verbose",
    "skip_locked",
    "analyze",
    "freeze",
    "full",
    "disable_page_skipping",
    "index_cleanup",
    "process_toast",
    "truncate",
    "parallel",
];
const ANALYZE_OPTIONS: [&str; 2] = ["verbose", "skip_locked"];

/// 25006 for a command of this name.
pub(crate) fn read_only(tag: &str) -> Fault {
    Fault::new(
        SqlState::READ_ONLY_SQL_TRANSACTION,
        format!("cannot execute {tag} in a read-only transaction"),
    )
}

/// 25006 for commands that a read-only transaction allows and a read-only server does not.
fn during_recovery(tag: &str) -> Fault {
    Fault::new(
        SqlState::READ_ONLY_SQL_TRANSACTION,
        format!("cannot execute {tag} during recovery"),
    )
}

/// Finds a write anywhere inside a query, also one that is explained or copied.
pub(crate) fn inside(node: &Node, measured: &Measured) -> Option<Fault> {
    fn selects_into(query: &SelectStmt) -> bool {
        query.into_clause.is_some() || query.larg.as_deref().is_some_and(selects_into)
    }
    let into = |node: &Node| matches!(node, Node::SelectStmt(query) if selects_into(query));
    let queries = matches!(
        node,
        Node::SelectStmt(_) | Node::ExplainStmt(_) | Node::DeclareCursorStmt(_) | Node::CopyStmt(_)
    );
    if into(node) {
        return Some(read_only("SELECT INTO"));
    }
    if !queries {
        return None;
    }
    if measured.modifies && !matches!(node, Node::CopyStmt(copy) if copy.is_from) {
        return Some(top_level_write(node).unwrap_or_else(|| read_only("SELECT")));
    }
    None
}

/// The refusal of a write that another statement holds directly, such as EXPLAIN INSERT.
fn top_level_write(node: &Node) -> Option<Fault> {
    let inner = match node {
        Node::ExplainStmt(explain) => explain.query.as_ref(),
        Node::CopyStmt(copy) => copy.query.as_ref(),
        _ => None,
    }?;
    match inner.node.as_ref()? {
        Node::SelectStmt(_) => None,
        write => Some(statement(write)),
    }
}

/// VACUUM, ANALYZE or REINDEX of some tables.
#[derive(Debug)]
pub(crate) struct Maintain {
    /// The command tag.
    pub(crate) tag: &'static str,
    /// The tables.
    pub(crate) tables: Vec<RangeVar>,
    /// Whether it runs outside transaction blocks only.
    pub(crate) alone: bool,
}

fn ranges<'a>(nodes: impl Iterator<Item = &'a pg_query::protobuf::Node>) -> Vec<RangeVar> {
    let names = nodes.filter_map(|node| match node.node.as_ref() {
        Some(Node::RangeVar(name)) => Some(name.clone()),
        Some(Node::VacuumRelation(table)) => table.relation.clone(),
        _ => None,
    });
    names.collect()
}

/// LOCK TABLE: what a reader's lock would do is done already.
pub(crate) fn lock(lock: &LockStmt) -> Kind {
    Kind::Lock {
        tables: ranges(lock.relations.iter()),
        strong: lock.mode != ACCESS_SHARE,
    }
}

/// VACUUM and ANALYZE.
pub(crate) fn vacuum(vacuum: &VacuumStmt) -> Result<Kind, Fault> {
    let (tag, options) = if vacuum.is_vacuumcmd {
        ("VACUUM", &VACUUM_OPTIONS[..])
    } else {
        ("ANALYZE", &ANALYZE_OPTIONS[..])
    };
    for option in &vacuum.options {
        let Some(Node::DefElem(option)) = option.node.as_ref() else {
            continue;
        };
        if !options.contains(&option.defname.as_str()) {
            let message = format!("unrecognized {tag} option \"{}\"", option.defname);
            let place = u32::try_from(option.location).ok().map(|at| at + 1);
            return Err(Fault::new(SqlState::SYNTAX_ERROR, message).at(place));
        }
    }
    Ok(Kind::Maintain(Maintain {
        tag,
        tables: ranges(vacuum.rels.iter()),
        alone: vacuum.is_vacuumcmd,
    }))
}

/// REINDEX of a table or an index; of more it takes their owner.
pub(crate) fn reindex(reindex: &ReindexStmt) -> Kind {
    match (reindex.kind(), reindex.relation.as_ref()) {
        (
            ReindexObjectType::ReindexObjectTable | ReindexObjectType::ReindexObjectIndex,
            Some(table),
        ) => Kind::Maintain(Maintain {
            tag: "REINDEX",
            tables: vec![table.clone()],
            alone: false,
        }),
        _ => Kind::Refused(during_recovery("REINDEX")),
    }
}

/// The refusal of a statement that is not one of ours.
pub(crate) fn statement(node: &Node) -> Fault {
    if let Some(tag) = tag(node) {
        return read_only(&tag);
    }
    match node {
        Node::ClusterStmt(_) => during_recovery("CLUSTER"),
        Node::NotifyStmt(_) => during_recovery("NOTIFY"),
        Node::CheckPointStmt(_) => Fault::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT",
        ),
        Node::AlterSystemStmt(alter) => {
            let name = alter.setstmt.as_ref().map_or("", |set| set.name.as_str());
            Fault::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied to set parameter \"{name}\""),
            )
        }
        Node::LoadStmt(load) => Fault::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            format!("access to library \"{}\" is not allowed", load.filename),
        ),
        Node::DoStmt(block) => no_language(block),
        Node::CallStmt(_) => Fault::unsupported("CALL"),
        _ => Fault::unsupported("this statement"),
    }
}

/// DO: no language is installed that could run a block.
fn no_language(block: &DoStmt) -> Fault {
    let named = block.args.iter().find_map(|arg| match arg.node.as_ref() {
        Some(Node::DefElem(option)) if option.defname == "language" => {
            match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                Some(Node::String(name)) => Some(name.sval.as_str()),
                _ => None,
            }
        }
        _ => None,
    });
    let name = named.unwrap_or("plpgsql");
    if matches!(name, "sql" | "c" | "internal") {
        return Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("language \"{name}\" does not support inline code execution"),
        );
    }
    let fault = Fault::new(
        SqlState::UNDEFINED_OBJECT,
        format!("language \"{name}\" does not exist"),
    );
    match name {
        "plpgsql" => fault.hint("Use CREATE EXTENSION to load the language into the database."),
        _ => fault,
    }
}

/// The command tag of a statement that writes, as PostgreSQL names it.
fn tag(node: &Node) -> Option<String> {
    let fixed = match node {
        Node::InsertStmt(_) => "INSERT",
        Node::UpdateStmt(_) => "UPDATE",
        Node::DeleteStmt(_) => "DELETE",
        Node::MergeStmt(_) => "MERGE",
        Node::TruncateStmt(_) => "TRUNCATE TABLE",
        Node::CreateStmt(_) => "CREATE TABLE",
        Node::CreateForeignTableStmt(_) => "CREATE FOREIGN TABLE",
        Node::CreateTableAsStmt(create) if create.is_select_into => "SELECT INTO",
        Node::CreateTableAsStmt(create) if create.objtype() == ObjectType::ObjectMatview => {
            "CREATE MATERIALIZED VIEW"
        }
        Node::CreateTableAsStmt(_) => "CREATE TABLE AS",
        Node::ViewStmt(_) => "CREATE VIEW",
        Node::RefreshMatViewStmt(_) => "REFRESH MATERIALIZED VIEW",
        Node::IndexStmt(_) => "CREATE INDEX",
        Node::CreateSchemaStmt(_) => "CREATE SCHEMA",
        Node::CreateSeqStmt(_) => "CREATE SEQUENCE",
        Node::AlterSeqStmt(_) => "ALTER SEQUENCE",
        Node::CreateFunctionStmt(create) if create.is_procedure => "CREATE PROCEDURE",
        Node::CreateFunctionStmt(_) => "CREATE FUNCTION",
        Node::AlterFunctionStmt(alter) => return Some(object("ALTER", alter.objtype())),
        Node::CompositeTypeStmt(_) | Node::CreateEnumStmt(_) | Node::CreateRangeStmt(_) => {
            "CREATE TYPE"
        }
        Node::AlterEnumStmt(_) | Node::AlterTypeStmt(_) => "ALTER TYPE",
        Node::CreateDomainStmt(_) => "CREATE DOMAIN",
        Node::AlterDomainStmt(_) => "ALTER DOMAIN",
        Node::CreateExtensionStmt(_) | Node::CreatePlangStmt(_) => "CREATE EXTENSION",
        Node::AlterExtensionStmt(_) | Node::AlterExtensionContentsStmt(_) => "ALTER EXTENSION",
        Node::CreateRoleStmt(_) => "CREATE ROLE",
        Node::AlterRoleStmt(_) | Node::AlterRoleSetStmt(_) => "ALTER ROLE",
        Node::DropRoleStmt(_) => "DROP ROLE",
        Node::CreatedbStmt(_) => "CREATE DATABASE",
        Node::DropdbStmt(_) => "DROP DATABASE",
        Node::AlterDatabaseStmt(_)
        | Node::AlterDatabaseSetStmt(_)
        | Node::AlterDatabaseRefreshCollStmt(_) => "ALTER DATABASE",
        Node::CreateTableSpaceStmt(_) => "CREATE TABLESPACE",
        Node::DropTableSpaceStmt(_) => "DROP TABLESPACE",
        Node::AlterTableSpaceOptionsStmt(_) => "ALTER TABLESPACE",
        Node::CommentStmt(_) => "COMMENT",
        Node::SecLabelStmt(_) => "SECURITY LABEL",
        Node::GrantStmt(grant) if grant.is_grant => "GRANT",
        Node::GrantStmt(_) => "REVOKE",
        Node::GrantRoleStmt(grant) if grant.is_grant => "GRANT ROLE",
        Node::GrantRoleStmt(_) => "REVOKE ROLE",
        Node::DropOwnedStmt(_) => "DROP OWNED",
        Node::ReassignOwnedStmt(_) => "REASSIGN OWNED",
        Node::AlterDefaultPrivilegesStmt(_) => "ALTER DEFAULT PRIVILEGES",
        _ => return by_object(node),
    };
    Some(String::from(fixed))
}

/// Tags that carry the kind of object, and the rarer objects.
fn by_object(node: &Node) -> Option<String> {
    let fixed = match node {
        Node::DropStmt(drop) => return Some(object("DROP", drop.remove_type())),
        Node::RenameStmt(rename) => {
            let kind = match rename.rename_type() {
                ObjectType::ObjectColumn
                | ObjectType::ObjectAttribute
                | ObjectType::ObjectTabconstraint => rename.relation_type(),
                ObjectType::ObjectDomconstraint => ObjectType::ObjectDomain,
                other => other,
            };
            return Some(object("ALTER", kind));
        }
        Node::AlterObjectSchemaStmt(alter) => return Some(object("ALTER", alter.object_type())),
        Node::AlterObjectDependsStmt(alter) => return Some(object("ALTER", alter.object_type())),
        Node::AlterOwnerStmt(alter) => return Some(object("ALTER", alter.object_type())),
        Node::AlterTableStmt(alter) => return Some(object("ALTER", alter.objtype())),
        Node::DefineStmt(define) => return Some(object("CREATE", define.kind())),
        Node::AlterTableMoveAllStmt(alter) => return Some(object("ALTER", alter.objtype())),
        Node::CreateTrigStmt(_) => "CREATE TRIGGER",
        Node::CreateEventTrigStmt(_) => "CREATE EVENT TRIGGER",
        Node::AlterEventTrigStmt(_) => "ALTER EVENT TRIGGER",
        Node::RuleStmt(_) => "CREATE RULE",
        Node::CreatePolicyStmt(_) => "CREATE POLICY",
        Node::AlterPolicyStmt(_) => "ALTER POLICY",
        Node::CreatePublicationStmt(_) => "CREATE PUBLICATION",
        Node::AlterPublicationStmt(_) => "ALTER PUBLICATION",
        Node::CreateSubscriptionStmt(_) => "CREATE SUBSCRIPTION",
        Node::AlterSubscriptionStmt(_) => "ALTER SUBSCRIPTION",
        Node::DropSubscriptionStmt(_) => "DROP SUBSCRIPTION",
        Node::CreateStatsStmt(_) => "CREATE STATISTICS",
        Node::AlterStatsStmt(_) => "ALTER STATISTICS",
        Node::CreateFdwStmt(_) => "CREATE FOREIGN DATA WRAPPER",
        Node::AlterFdwStmt(_) => "ALTER FOREIGN DATA WRAPPER",
        Node::CreateForeignServerStmt(_) => "CREATE SERVER",
        Node::AlterForeignServerStmt(_) => "ALTER SERVER",
        Node::CreateUserMappingStmt(_) => "CREATE USER MAPPING",
        Node::AlterUserMappingStmt(_) => "ALTER USER MAPPING",
        Node::DropUserMappingStmt(_) => "DROP USER MAPPING",
        Node::ImportForeignSchemaStmt(_) => "IMPORT FOREIGN SCHEMA",
        Node::CreateCastStmt(_) => "CREATE CAST",
        Node::CreateConversionStmt(_) => "CREATE CONVERSION",
        Node::CreateTransformStmt(_) => "CREATE TRANSFORM",
        Node::CreateAmStmt(_) => "CREATE ACCESS METHOD",
        Node::CreateOpClassStmt(_) => "CREATE OPERATOR CLASS",
        Node::CreateOpFamilyStmt(_) => "CREATE OPERATOR FAMILY",
        Node::AlterOpFamilyStmt(_) => "ALTER OPERATOR FAMILY",
        Node::AlterOperatorStmt(_) => "ALTER OPERATOR",
        Node::AlterCollationStmt(_) => "ALTER COLLATION",
        Node::AlterTsdictionaryStmt(_) => "ALTER TEXT SEARCH DICTIONARY",
        Node::AlterTsconfigurationStmt(_) => "ALTER TEXT SEARCH CONFIGURATION",
        _ => return None,
    };
    Some(String::from(fixed))
}

/// `ALTER TABLE` from `ALTER` and the kind of object.
fn object(verb: &str, kind: ObjectType) -> String {
    let noun = match kind {
        ObjectType::ObjectAccessMethod => "ACCESS METHOD",
        ObjectType::ObjectAggregate => "AGGREGATE",
        ObjectType::ObjectCast => "CAST",
        ObjectType::ObjectCollation => "COLLATION",
        ObjectType::ObjectConversion => "CONVERSION",
        ObjectType::ObjectDatabase => "DATABASE",
        ObjectType::ObjectDomain => "DOMAIN",
        ObjectType::ObjectEventTrigger => "EVENT TRIGGER",
        ObjectType::ObjectExtension => "EXTENSION",
        ObjectType::ObjectFdw => "FOREIGN DATA WRAPPER",
        ObjectType::ObjectForeignServer => "SERVER",
        ObjectType::ObjectForeignTable => "FOREIGN TABLE",
        ObjectType::ObjectFunction => "FUNCTION",
        ObjectType::ObjectIndex => "INDEX",
        ObjectType::ObjectLanguage => "LANGUAGE",
        ObjectType::ObjectLargeobject => "LARGE OBJECT",
        ObjectType::ObjectMatview => "MATERIALIZED VIEW",
        ObjectType::ObjectOpclass => "OPERATOR CLASS",
        ObjectType::ObjectOperator => "OPERATOR",
        ObjectType::ObjectOpfamily => "OPERATOR FAMILY",
        ObjectType::ObjectPolicy => "POLICY",
        ObjectType::ObjectProcedure => "PROCEDURE",
        ObjectType::ObjectPublication => "PUBLICATION",
        ObjectType::ObjectRole => "ROLE",
        ObjectType::ObjectRoutine => "ROUTINE",
        ObjectType::ObjectRule => "RULE",
        ObjectType::ObjectSchema => "SCHEMA",
        ObjectType::ObjectSequence => "SEQUENCE",
        ObjectType::ObjectStatisticExt => "STATISTICS",
        ObjectType::ObjectSubscription => "SUBSCRIPTION",
        ObjectType::ObjectTablespace => "TABLESPACE",
        ObjectType::ObjectTransform => "TRANSFORM",
        ObjectType::ObjectTrigger => "TRIGGER",
        ObjectType::ObjectTsconfiguration => "TEXT SEARCH CONFIGURATION",
        ObjectType::ObjectTsdictionary => "TEXT SEARCH DICTIONARY",
        ObjectType::ObjectTsparser => "TEXT SEARCH PARSER",
        ObjectType::ObjectTstemplate => "TEXT SEARCH TEMPLATE",
        ObjectType::ObjectType => "TYPE",
        ObjectType::ObjectView => "VIEW",
        _ => "TABLE",
    };
    format!("{verb} {noun}")
}
