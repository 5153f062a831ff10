select c.oid, n.nspname, c.relname, 0, 0, case when c.relhasindex then 0 end, case when c.relhasindex then 0 end,
       0, 0, 0, 0, pg_catalog.pg_stat_get_live_tuples(c.oid), 0, 0, 0, null, null, null, null, 0, 0, 0, 0
from pg_catalog.pg_class c
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 't', 'm', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
