select pg_catalog.current_database(), kn.nspname, k.conname, pg_catalog.current_database(), n.nspname, t.typname,
       case when k.condeferrable then 'YES' else 'NO' end, case when k.condeferred then 'YES' else 'NO' end
from pg_catalog.pg_constraint k
join pg_catalog.pg_namespace kn on kn.oid = k.connamespace
join pg_catalog.pg_type t on t.oid = k.contypid
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where pg_catalog.pg_has_role(t.typowner, 'USAGE') or pg_catalog.has_type_privilege(t.oid, 'USAGE')
