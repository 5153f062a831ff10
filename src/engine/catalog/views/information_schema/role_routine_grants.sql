select o.rolname, coalesce(g.rolname, 'PUBLIC'), pg_catalog.current_database(), n.nspname,
       p.proname || '_' || p.oid::text, pg_catalog.current_database(), n.nspname, p.proname, 'EXECUTE',
       case when p.is_grantable or p.grantee <> 0 and pg_catalog.pg_has_role(p.grantee, p.proowner, 'USAGE') then 'YES' else 'NO' end
from (select f.oid, f.proname, f.pronamespace, f.proowner, (f.e).grantor, (f.e).grantee, (f.e).privilege_type,
             (f.e).is_grantable
      from (select oid, proname, pronamespace, proowner,
                   pg_catalog.aclexplode(coalesce(proacl, pg_catalog.acldefault('f', proowner))) as e
            from pg_catalog.pg_proc) f) p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
left join pg_catalog.pg_authid g on g.oid = p.grantee
join pg_catalog.pg_authid o on o.oid = p.grantor
where p.privilege_type = 'EXECUTE'
  and (pg_catalog.pg_has_role(o.oid, 'USAGE') or pg_catalog.pg_has_role(g.oid, 'USAGE')) and p.grantee <> 0
