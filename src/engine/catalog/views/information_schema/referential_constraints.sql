select pg_catalog.current_database(), kn.nspname, k.conname,
       case when o.oid is not null then pg_catalog.current_database() end, onn.nspname, o.conname,
       case k.confmatchtype when 'f' then 'FULL' when 'p' then 'PARTIAL' else 'NONE' end,
       case k.confupdtype when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT'
                          when 'r' then 'RESTRICT' else 'NO ACTION' end,
       case k.confdeltype when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT'
                          when 'r' then 'RESTRICT' else 'NO ACTION' end
from pg_catalog.pg_constraint k
join pg_catalog.pg_namespace kn on kn.oid = k.connamespace
join pg_catalog.pg_class c on c.oid = k.conrelid
left join pg_catalog.pg_constraint o
       on o.conindid = k.conindid and o.conrelid = k.confrelid and o.contype in ('p', 'u')
left join pg_catalog.pg_namespace onn on onn.oid = o.connamespace
where k.contype = 'f'
  and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       or pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))
