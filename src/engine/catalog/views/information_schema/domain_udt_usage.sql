select pg_catalog.current_database(), bn.nspname, b.typname, pg_catalog.current_database(), n.nspname, t.typname
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_type b on b.oid = t.typbasetype
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
where t.typtype = 'd' and pg_catalog.pg_has_role(b.typowner, 'USAGE')
