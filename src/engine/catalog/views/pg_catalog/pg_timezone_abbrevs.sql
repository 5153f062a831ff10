select abbrev, utc_offset, is_dst from pg_catalog.pg_timezone_abbrevs()
