select pg_catalog.current_database(), n.nspname, k.conname, pg_catalog.btrim(pg_catalog.pg_get_constraintdef(k.oid), 'CHEK ')
from pg_catalog.pg_constraint k
join pg_catalog.pg_namespace n on n.oid = k.connamespace
left join pg_catalog.pg_class c on c.oid = k.conrelid
left join pg_catalog.pg_type t on t.oid = k.contypid
where k.contype = 'c' and pg_catalog.pg_has_role(coalesce(c.relowner, t.typowner), 'USAGE')
union all
select pg_catalog.current_database(), n.nspname,
       n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null', a.attname || ' IS NOT NULL'
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where a.attnotnull and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
  and pg_catalog.pg_has_role(c.relowner, 'USAGE')
