select a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin, a.rolreplication,
       a.rolconnlimit, '********', a.rolvaliduntil, a.rolbypassrls, null, a.oid
from pg_catalog.pg_authid a
