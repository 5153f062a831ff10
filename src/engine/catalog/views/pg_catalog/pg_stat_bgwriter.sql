select 0::bigint, 0::bigint, 0::float8, 0::float8, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
       0::bigint, 0::bigint, pg_catalog.pg_postmaster_start_time()
