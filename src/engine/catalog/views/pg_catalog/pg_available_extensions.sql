select e.extname, e.extversion, e.extversion, d.description
from pg_catalog.pg_extension e
left join pg_catalog.pg_description d on d.objoid = e.oid and d.objsubid = 0
