select pg_catalog.current_database(), n.nspname, c.relname, a.attname, a.attnum, null,
       case when a.attnotnull or t.typtype = 'd' and t.typnotnull then 'NO' else 'YES' end,
       case when b.typelem <> 0 and b.typlen = -1 then 'ARRAY'
            when bn.nspname = 'pg_catalog' then pg_catalog.format_type(b.oid, null)
            else 'USER-DEFINED' end,
       information_schema._pg_char_max_length(b.oid, a.modifier),
       information_schema._pg_char_octet_length(b.oid, a.modifier),
       information_schema._pg_numeric_precision(b.oid, a.modifier),
       information_schema._pg_numeric_precision_radix(b.oid, a.modifier),
       information_schema._pg_numeric_scale(b.oid, a.modifier),
       information_schema._pg_datetime_precision(b.oid, a.modifier),
       information_schema._pg_interval_type(b.oid, a.modifier), null, null, null, null,
       case when co.oid is not null then pg_catalog.current_database() end, cn.nspname, co.collname,
       case when t.typtype = 'd' then pg_catalog.current_database() end,
       case when t.typtype = 'd' then tn.nspname end, case when t.typtype = 'd' then t.typname end,
       pg_catalog.current_database(), bn.nspname, b.typname, null, null, null, null, a.attnum,
       'NO', 'NO', null, null, null, null, null, 'NO', 'NEVER', null,
       case when c.relkind in ('r', 'p') then 'YES' else 'NO' end
from (select x.attrelid, x.attname, x.attnum, x.attnotnull, x.attcollation, x.atttypid,
             case when y.typtype = 'd' then y.typtypmod else x.atttypmod end as modifier
      from pg_catalog.pg_attribute x join pg_catalog.pg_type y on y.oid = x.atttypid
      where x.attnum > 0 and not x.attisdropped) a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
join pg_catalog.pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
join pg_catalog.pg_namespace bn on bn.oid = b.typnamespace
left join pg_catalog.pg_collation co on co.oid = a.attcollation and co.collname <> 'default'
left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
where c.relkind in ('r', 'v', 'f', 'p')
  and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
       or pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))
