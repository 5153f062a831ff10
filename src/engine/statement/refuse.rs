//! What is refused, and in whose words: PostgreSQL's, when every transaction is read-only.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{LockStmt, ObjectType, SelectStmt};

use crate::engine::parse::Measured;
use crate::engine::statement::Kind;
use crate::pg::{Fault, SqlState};

/// The lock mode of a reader, as `lockdefs.h` numbers it.
const ACCESS_SHARE: i32 = 1;

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
        Node::SelectStmt(_)
            | Node::ExplainStmt(_)
            | Node::DeclareCursorStmt(_)
            | Node::CopyStmt(_)
            | Node::PrepareStmt(_)
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
        Node::PrepareStmt(prepare) => prepare.query.as_ref(),
        _ => None,
    }?;
    match inner.node.as_ref()? {
        Node::SelectStmt(_) => None,
        write => Some(statement(write)),
    }
}

/// LOCK TABLE: what a reader's lock would do is done already.
pub(crate) fn lock(lock: &LockStmt) -> Kind {
    let names = lock
        .relations
        .iter()
        .filter_map(|node| match node.node.as_ref() {
            Some(Node::RangeVar(name)) => Some(name.clone()),
            _ => None,
        });
    let names: Vec<_> = names.collect();
    if lock.mode == ACCESS_SHARE {
        return Kind::Lock(names);
    }
    let name = names.first().map_or("", |name| name.relname.as_str());
    Kind::Refused(Fault::new(
        SqlState::INSUFFICIENT_PRIVILEGE,
        format!("permission denied for table {name}"),
    ))
}

/// The refusal of a statement that is not one of ours.
pub(crate) fn statement(node: &Node) -> Fault {
    if let Some(tag) = tag(node) {
        return read_only(&tag);
    }
    match node {
        Node::VacuumStmt(vacuum) if vacuum.is_vacuumcmd => during_recovery("VACUUM"),
        Node::VacuumStmt(_) => during_recovery("ANALYZE"),
        Node::ClusterStmt(_) => during_recovery("CLUSTER"),
        Node::ReindexStmt(_) => during_recovery("REINDEX"),
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
        Node::DoStmt(_) => Fault::unsupported("DO"),
        Node::CallStmt(_) => Fault::unsupported("CALL"),
        _ => Fault::unsupported("this statement"),
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
