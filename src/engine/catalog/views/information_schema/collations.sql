select pg_catalog.current_database(), n.nspname, c.collname, 'NO PAD'
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where c.collencoding in (-1, 6)
