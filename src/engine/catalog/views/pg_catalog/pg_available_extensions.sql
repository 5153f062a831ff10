select name, default_version, installed_version, comment
from (select e.extname as name, e.extversion as default_version, e.extversion as installed_version,
             d.description as comment
      from pg_catalog.pg_extension e
      left join pg_catalog.pg_description d on d.objoid = e.oid and d.objsubid = 0
      union all
      select 'plpgsql', '1.0', null, 'PL/pgSQL procedural language') x
