select a.rolname, a.oid, a.rolcreatedb, a.rolsuper, a.rolreplication, a.rolbypassrls, '********', a.rolvaliduntil,
       s.setconfig
from pg_catalog.pg_authid a
left join pg_catalog.pg_db_role_setting s on s.setrole = a.oid and s.setdatabase = 0
where a.rolcanlogin
