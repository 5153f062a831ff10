select pg_catalog.current_database(), n.nspname, c.relname,
       case when pg_catalog.pg_has_role(c.relowner, 'USAGE') then pg_catalog.pg_get_viewdef(c.oid) end,
       'NONE', s.simple, s.simple, 'NO', 'NO', 'NO'
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (select case when n.nspname = 'pg_catalog' and c.relname in ('pg_group', 'pg_stat_database_conflicts') then 'YES' else 'NO' end) s(simple)
where c.relkind = 'v'
  and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       or pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
