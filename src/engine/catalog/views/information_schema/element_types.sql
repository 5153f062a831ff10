select pg_catalog.current_database(), x.schema, x.object, x.kind, x.identifier,
       case when b.typelem <> 0 and b.typlen = -1 then 'ARRAY'
            when bn.nspname = 'pg_catalog' then pg_catalog.format_type(b.oid, null)
            else 'USER-DEFINED' end,
       null, null, null, null, null,
       case when co.oid is not null then pg_catalog.current_database() end, cn.nspname, co.collname,
       null, null, null, null, null, null, null,
       pg_catalog.current_database(), bn.nspname, b.typname, null, null, null, null, 'a' || x.identifier
from (select n.nspname as schema, c.relname as object, 'TABLE' as kind, a.attnum::text as identifier,
             a.atttypid as type, a.attcollation as collation
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'v', 'f', 'p') and a.attnum > 0 and not a.attisdropped
        and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))) x
join pg_catalog.pg_type t on t.oid = x.type and t.typelem <> 0 and t.typlen = -1
join pg_catalog.pg_type b on b.oid = t.typelem
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
left join pg_catalog.pg_collation co on co.oid = x.collation and co.collname <> 'default'
left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
