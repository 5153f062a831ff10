select pg_catalog.current_database(), n.nspname, c.relname, a.attname, pg_catalog.current_database(), kn.nspname, k.conname
from (select conname, connamespace, case when contype = 'f' then confrelid else conrelid end as relation,
             information_schema._pg_expandarray(case when contype = 'f' then confkey else conkey end) as e
      from pg_catalog.pg_constraint where contype in ('p', 'u', 'f')) k
join pg_catalog.pg_namespace kn on kn.oid = k.connamespace
join pg_catalog.pg_class c on c.oid = k.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = (k.e).x
where c.relkind in ('r', 'p') and pg_catalog.pg_has_role(c.relowner, 'USAGE')
