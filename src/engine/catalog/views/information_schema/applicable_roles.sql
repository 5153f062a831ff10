select m.rolname, r.rolname, case when pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER WITH GRANT OPTION') or x.admin_option then 'YES' else 'NO' end
from pg_catalog.pg_auth_members x
join pg_catalog.pg_authid m on m.oid = x.member
join pg_catalog.pg_authid r on r.oid = x.roleid
where pg_catalog.pg_has_role(m.oid, 'USAGE')
union all
select a.rolname, 'pg_database_owner', 'NO'
from pg_catalog.pg_database d
join pg_catalog.pg_authid a on a.oid = d.datdba
where d.datname = pg_catalog.current_database() and pg_catalog.pg_has_role(a.oid, 'USAGE')
