select a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin, a.rolreplication,
       a.rolconnlimit, '********', a.rolvaliduntil, a.rolbypassrls, s.setconfig, a.oid
from pg_catalog.pg_authid a
left join pg_catalog.pg_db_role_setting s on s.setrole = a.oid and s.setdatabase = 0
