select c.oid, i.oid, n.nspname, c.relname, i.relname, 0, 0
from pg_catalog.pg_index x
join pg_catalog.pg_class c on c.oid = x.indrelid
join pg_catalog.pg_class i on i.oid = x.indexrelid
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 't', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
