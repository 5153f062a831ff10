select pg_catalog.current_database(), n.nspname, t.typname,
       case when b.typelem <> 0 and b.typlen = -1 then 'ARRAY'
            when bn.nspname = 'pg_catalog' then pg_catalog.format_type(b.oid, null)
            else 'USER-DEFINED' end,
       information_schema._pg_char_max_length(b.oid, t.typtypmod),
       information_schema._pg_char_octet_length(b.oid, t.typtypmod), null, null, null,
       case when co.oid is not null then pg_catalog.current_database() end, cn.nspname, co.collname,
       information_schema._pg_numeric_precision(b.oid, t.typtypmod),
       information_schema._pg_numeric_precision_radix(b.oid, t.typtypmod),
       information_schema._pg_numeric_scale(b.oid, t.typtypmod),
       information_schema._pg_datetime_precision(b.oid, t.typtypmod),
       information_schema._pg_interval_type(b.oid, t.typtypmod), null, t.typdefault,
       pg_catalog.current_database(), bn.nspname, b.typname, null, null, null, null, 1
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_type b on b.oid = t.typbasetype
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
left join pg_catalog.pg_collation co on co.oid = t.typcollation and co.collname <> 'default'
left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
where t.typtype = 'd' and (pg_catalog.pg_has_role(t.typowner, 'USAGE') or pg_catalog.has_type_privilege(t.oid, 'USAGE'))
