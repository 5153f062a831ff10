select n.nspname, c.relname, i.relname, t.spcname, pg_catalog.pg_get_indexdef(i.oid)
from pg_catalog.pg_index x
join pg_catalog.pg_class c on c.oid = x.indrelid
join pg_catalog.pg_class i on i.oid = x.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_tablespace t on t.oid = i.reltablespace
where c.relkind in ('r', 'm', 'p') and i.relkind in ('i', 'I')
