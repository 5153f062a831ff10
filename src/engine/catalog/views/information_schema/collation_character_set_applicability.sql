select pg_catalog.current_database(), n.nspname, c.collname, null, null, pg_catalog.getdatabaseencoding()
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where c.collencoding in (-1, 6)
