select pg_catalog.current_database(), n.nspname, c.relname, pg_catalog.current_database(), kn.nspname, k.conname
from pg_catalog.pg_constraint k
join pg_catalog.pg_namespace kn on kn.oid = k.connamespace
join pg_catalog.pg_class c on c.oid = case when k.contype = 'f' then k.confrelid else k.conrelid end
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype in ('p', 'u', 'f') and c.relkind in ('r', 'p') and pg_catalog.pg_has_role(c.relowner, 'USAGE')
