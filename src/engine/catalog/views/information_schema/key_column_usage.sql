select pg_catalog.current_database(), kn.nspname, k.conname, pg_catalog.current_database(), n.nspname, c.relname,
       a.attname, (k.e).n, p.place
from (select conname, connamespace, contype, conrelid, conindid, confkey,
             information_schema._pg_expandarray(conkey) as e
      from pg_catalog.pg_constraint where contype in ('p', 'u', 'f')) k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_namespace kn on kn.oid = k.connamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = (k.e).x
left join (select o.conindid, (o.e).x as number, (o.e).n as place
           from (select conindid, information_schema._pg_expandarray(conkey) as e
                 from pg_catalog.pg_constraint where contype in ('p', 'u')) o) p
       on k.contype = 'f' and p.conindid = k.conindid and p.number = k.confkey[(k.e).n]
where c.relkind in ('r', 'p')
  and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))
