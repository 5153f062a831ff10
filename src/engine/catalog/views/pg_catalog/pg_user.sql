select a.rolname, a.oid, a.rolcreatedb, a.rolsuper, a.rolreplication, a.rolbypassrls, '********', a.rolvaliduntil, null
from pg_catalog.pg_authid a
where a.rolcanlogin
