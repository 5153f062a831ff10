select c.oid, n.nspname, c.relname, 0, 0, case when c.relhasindex then 0 end, case when c.relhasindex then 0 end,
       null, null, null, null
from pg_catalog.pg_class c
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 't', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
