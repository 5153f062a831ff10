select 0::bigint, null::text, null::timestamptz, 0::bigint, null::text, null::timestamptz,
       pg_catalog.pg_postmaster_start_time()
