select 'plpgsql', '1.0', false, true, true, false, 'pg_catalog', null, 'PL/pgSQL procedural language'
