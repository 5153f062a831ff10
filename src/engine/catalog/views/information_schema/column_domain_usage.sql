select pg_catalog.current_database(), tn.nspname, t.typname, pg_catalog.current_database(), n.nspname, c.relname, a.attname
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid and t.typtype = 'd'
join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
where c.relkind in ('r', 'v', 'f', 'p') and a.attnum > 0 and not a.attisdropped
  and pg_catalog.pg_has_role(t.typowner, 'USAGE')
