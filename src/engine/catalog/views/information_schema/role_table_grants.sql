select o.rolname, coalesce(g.rolname, 'PUBLIC'), pg_catalog.current_database(), n.nspname, p.relname, p.privilege_type,
       case when p.is_grantable or p.grantee <> 0 and pg_catalog.pg_has_role(p.grantee, p.relowner, 'USAGE') then 'YES' else 'NO' end,
       case when p.privilege_type = 'SELECT' then 'YES' else 'NO' end
from (select c.relname, c.relnamespace, c.relowner, (e).grantor, (e).grantee, (e).privilege_type, (e).is_grantable
      from (select relname, relnamespace, relowner,
                   pg_catalog.aclexplode(coalesce(relacl, pg_catalog.acldefault('r', relowner))) as e
            from pg_catalog.pg_class where relkind in ('r', 'v', 'f', 'p')) c) p
join pg_catalog.pg_namespace n on n.oid = p.relnamespace
left join pg_catalog.pg_authid g on g.oid = p.grantee
join pg_catalog.pg_authid o on o.oid = p.grantor
where p.privilege_type in ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')
  and (pg_catalog.pg_has_role(o.oid, 'USAGE') or pg_catalog.pg_has_role(g.oid, 'USAGE')) and p.grantee <> 0
