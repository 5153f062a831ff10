select g.rolname, g.oid, array(select m.member from pg_catalog.pg_auth_members m where m.roleid = g.oid)
from pg_catalog.pg_authid g
where not g.rolcanlogin
