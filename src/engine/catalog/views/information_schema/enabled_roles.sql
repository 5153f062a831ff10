select a.rolname from pg_catalog.pg_authid a where pg_catalog.pg_has_role(a.oid, 'USAGE')
