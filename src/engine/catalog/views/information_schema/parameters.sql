select pg_catalog.current_database(), s.nspname, s.proname || '_' || s.oid::text, (s.x).n,
       case when s.proargmodes is null then 'IN'
            when s.proargmodes[(s.x).n] = 'i' then 'IN'
            when s.proargmodes[(s.x).n] = 'o' then 'OUT'
            when s.proargmodes[(s.x).n] = 'b' then 'INOUT'
            when s.proargmodes[(s.x).n] = 'v' then 'IN'
            when s.proargmodes[(s.x).n] = 't' then 'OUT' end,
       'NO', 'NO', nullif(s.proargnames[(s.x).n], ''),
       case when t.typelem <> 0 and t.typlen = -1 then 'ARRAY'
            when tn.nspname = 'pg_catalog' then pg_catalog.format_type(t.oid, null)
            else 'USER-DEFINED' end,
       null, null, null, null, null, null, null, null, null, null, null, null, null, null,
       pg_catalog.current_database(), tn.nspname, t.typname, null, null, null, null, (s.x).n,
       case when pg_catalog.pg_has_role(s.proowner, 'USAGE')
            then pg_catalog.pg_get_function_arg_default(s.oid, (s.x).n) end
from (select n.nspname, p.proname, p.oid, p.proowner, p.proargnames, p.proargmodes,
             information_schema._pg_expandarray(coalesce(p.proallargtypes, p.proargtypes::oid[])) as x
      from pg_catalog.pg_namespace n
      join pg_catalog.pg_proc p on n.oid = p.pronamespace
      where pg_catalog.pg_has_role(p.proowner, 'USAGE') or pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) s
join pg_catalog.pg_type t on t.oid = (s.x).x
join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
