select pg_catalog.current_database(), n.nspname, k.conname, pg_catalog.current_database(), n.nspname, c.relname,
       case k.contype when 'c' then 'CHECK' when 'f' then 'FOREIGN KEY' when 'p' then 'PRIMARY KEY' else 'UNIQUE' end,
       case when k.condeferrable then 'YES' else 'NO' end, case when k.condeferred then 'YES' else 'NO' end, 'YES',
       case when k.contype = 'u' then case when x.indnullsnotdistinct then 'NO' else 'YES' end end
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_index x on x.indexrelid = k.conindid
where k.contype in ('c', 'f', 'p', 'u') and c.relkind in ('r', 'p')
  and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       or pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))
union all
select pg_catalog.current_database(), n.nspname,
       n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null',
       pg_catalog.current_database(), n.nspname, c.relname, 'CHECK', 'NO', 'NO', 'YES', null
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where a.attnotnull and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
  and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       or pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))
