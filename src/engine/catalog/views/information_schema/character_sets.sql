select null, null, pg_catalog.getdatabaseencoding(),
       case when pg_catalog.getdatabaseencoding() = 'UTF8' then 'UCS' else pg_catalog.getdatabaseencoding() end,
       pg_catalog.getdatabaseencoding(), pg_catalog.current_database(), n.nspname, c.collname
from pg_catalog.pg_database d
left join pg_catalog.pg_collation c on c.collcollate = d.datcollate and c.collctype = d.datctype and c.collname = 'ucs_basic'
left join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where d.datname = pg_catalog.current_database()
