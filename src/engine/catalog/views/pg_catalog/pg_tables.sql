select n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), t.spcname, c.relhasindex, c.relhasrules,
       c.relhastriggers, c.relrowsecurity
from pg_catalog.pg_class c
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_tablespace t on t.oid = c.reltablespace
where c.relkind in ('r', 'p')
