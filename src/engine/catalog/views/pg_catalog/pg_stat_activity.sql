select d.oid, d.datname, pg_catalog.pg_backend_pid(), null, r.oid, r.rolname,
       pg_catalog.current_setting('application_name'), null, null, null, null, pg_catalog.now(),
       pg_catalog.statement_timestamp(), pg_catalog.statement_timestamp(), null, null, 'active', null, null, null, pg_catalog.current_query(),
       'client backend'
from pg_catalog.pg_database d
join pg_catalog.pg_authid r on r.rolname = current_user
