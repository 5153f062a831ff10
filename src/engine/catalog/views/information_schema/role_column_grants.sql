select o.rolname, coalesce(g.rolname, 'PUBLIC'), pg_catalog.current_database(), n.nspname, p.relname, p.attname,
       p.privilege_type, case when p.is_grantable or p.grantee <> 0 and pg_catalog.pg_has_role(p.grantee, p.relowner, 'USAGE') then 'YES' else 'NO' end
from (select c.relname, c.relnamespace, c.relowner, a.attname, (c.e).grantor, (c.e).grantee, (c.e).privilege_type,
             (c.e).is_grantable
      from (select oid, relname, relnamespace, relowner,
                   pg_catalog.aclexplode(coalesce(relacl, pg_catalog.acldefault('r', relowner))) as e
            from pg_catalog.pg_class where relkind in ('r', 'v', 'f', 'p')) c
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      union
      select c.relname, c.relnamespace, c.relowner, c.attname, (c.e).grantor, (c.e).grantee, (c.e).privilege_type,
             (c.e).is_grantable
      from (select r.relname, r.relnamespace, r.relowner, a.attname, pg_catalog.aclexplode(a.attacl) as e
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_class r on r.oid = a.attrelid and r.relkind in ('r', 'v', 'f', 'p')
            where a.attacl is not null and a.attnum > 0) c) p
join pg_catalog.pg_namespace n on n.oid = p.relnamespace
left join pg_catalog.pg_authid g on g.oid = p.grantee
join pg_catalog.pg_authid o on o.oid = p.grantor
where p.privilege_type in ('INSERT', 'SELECT', 'UPDATE', 'REFERENCES')
  and (pg_catalog.pg_has_role(o.oid, 'USAGE') or pg_catalog.pg_has_role(g.oid, 'USAGE')) and p.grantee <> 0
