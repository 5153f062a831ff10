select pg_catalog.current_database(), n.nspname, a.rolname, null, null, null, null
from pg_catalog.pg_namespace n
join pg_catalog.pg_authid a on a.oid = n.nspowner
where pg_catalog.pg_has_role(n.nspowner, 'USAGE') or pg_catalog.has_schema_privilege(n.oid, 'CREATE, USAGE')
