select pg_catalog.current_database(), bn.nspname, b.typname, pg_catalog.current_database(), n.nspname, c.relname, a.attname
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
join pg_catalog.pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
where c.relkind in ('r', 'v', 'f', 'p') and a.attnum > 0 and not a.attisdropped
  and pg_catalog.pg_has_role(b.typowner, 'USAGE')
