select pg_catalog.current_database(), n.nspname, p.proname || '_' || p.oid::text,
       pg_catalog.current_database(), n.nspname, p.proname,
       case p.prokind when 'f' then 'FUNCTION' when 'p' then 'PROCEDURE' end,
       null, null, null, null, null, null,
       case when p.prokind = 'p' then null
            when t.typelem <> 0 and t.typlen = -1 then 'ARRAY'
            when tn.nspname = 'pg_catalog' then pg_catalog.format_type(t.oid, null)
            else 'USER-DEFINED' end,
       null, null, null, null, null, null, null, null, null, null, null, null, null, null,
       case when p.prokind <> 'p' then pg_catalog.current_database() end, tn.nspname, t.typname, null, null, null, null,
       case when p.prokind <> 'p' then 0 end,
       case when l.lanname = 'sql' then 'SQL' else 'EXTERNAL' end,
       case when pg_catalog.pg_has_role(p.proowner, 'USAGE') then p.prosrc end,
       case when l.lanname = 'c' then p.prosrc end, pg_catalog.upper(l.lanname), 'GENERAL',
       case when p.provolatile = 'i' then 'YES' else 'NO' end, 'MODIFIES',
       case when p.prokind <> 'p' then case when p.proisstrict then 'YES' else 'NO' end end,
       null, 'YES', 0, null, null,
       case when p.prosecdef then 'DEFINER' else 'INVOKER' end,
       null, null, null, 'NO', null, null, null, 'NO', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
left join pg_catalog.pg_type t on t.oid = p.prorettype and p.prokind <> 'p'
left join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
where (pg_catalog.pg_has_role(p.proowner, 'USAGE') or pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
