-- UUIDs, identifiers, system and miscellaneous functions (chapters 8.12, 9.10, 9.14, 9.26).
select uuid '00000000-0000-0000-0000-000000000001' < uuid '00000000-0000-0000-0000-000000000002', uuid 'ffffffff-ffff-ffff-ffff-ffffffffffff' > uuid '0fffffff-ffff-ffff-ffff-ffffffffffff', uuid '00000000-0000-0000-0000-000000000001' = '00000000-0000-0000-0000-000000000001', length(gen_random_uuid()::text), gen_random_uuid() <> gen_random_uuid(), substring(gen_random_uuid()::text, 15, 1)
select x from (values (uuid 'ffffffff-0000-0000-0000-000000000001'), ('00000000-0000-0000-0000-000000000002'), (null)) t(x) order by x desc
select uuid_cmp('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'), count(distinct x) from (values (uuid '00000000-0000-0000-0000-000000000001')) t(x)
select max(uuid '00000000-0000-0000-0000-000000000001')
select uuid '00000000-0000-0000-0000-000000000001' + 1
select upper(uuid '00000000-0000-0000-0000-000000000001')
select uuid '00000000-0000-0000-0000-000000000001' like '0%'
select uuid '00000000-0000-0000-0000-000000000001' = 'x'
select uuid '00000000-0000-0000-0000-000000000001' = 'x'::text
select enum_first(null::int)
select enum_range(null::text)
select version() like 'PostgreSQL 15%', current_setting('server_version_num')::int / 10000, pg_backend_pid() > 0, pg_postmaster_start_time() <= now(), pg_conf_load_time() <= now(), inet_server_port() is null or inet_server_port() > 0, pg_is_in_recovery() is not null, txid_current_if_assigned() is null, pg_my_temp_schema(), pg_is_other_temp_schema(0)
select current_setting('nope.x')
select current_setting('nope.x', true), current_setting('search_path') is not null, set_config('my.x', 'v', false), current_setting('my.x')
select set_config('nope', 'x', false)
select pg_size_pretty(0::bigint), pg_size_pretty(10239::bigint), pg_size_pretty(10240::bigint), pg_size_pretty(1048576::bigint), pg_size_pretty(123456789012::bigint), pg_size_pretty(-20000::bigint), pg_size_pretty(1.5), pg_size_pretty(123456789012.5), pg_size_pretty(10485759::bigint), pg_size_pretty(9223372036854775807)
select pg_size_bytes('1'), pg_size_bytes('1kB'), pg_size_bytes('1 MB'), pg_size_bytes('1.5GB'), pg_size_bytes(' 2 TB '), pg_size_bytes('1e3 bytes'), pg_size_bytes('-1kb'), pg_size_bytes('.5 pb')
select pg_size_bytes('1 AB')
select pg_size_bytes('')
select pg_size_bytes('x')
select pg_get_keywords() is not null limit 1
select has_table_privilege('learnink.users', 'select'), has_schema_privilege('learnink', 'usage'), has_database_privilege('acme', 'connect'), has_column_privilege('learnink.users', 'id', 'select'), has_function_privilege('lower(text)', 'execute'), has_table_privilege('learnink.users', 'insert')
select has_table_privilege('learnink.users', 'nope')
select has_table_privilege('nosuch', 'select')
select quote_ident(current_user), pg_get_userbyid(10), pg_get_userbyid(0), pg_encoding_max_length(6), pg_char_to_encoding('UTF8'), getdatabaseencoding()
select oidvectortypes('23 25'), oidvectortypes(''), pg_basetype('int4'::regtype)
select oidvectortypes('23 25'), oidvectortypes(''), nameconcatoid('a', 5)
select pg_table_is_visible('pg_class'::regclass), pg_type_is_visible('int4'::regtype), pg_function_is_visible('lower(text)'::regprocedure), pg_operator_is_visible('+(int4,int4)'::regoperator), pg_collation_is_visible('"C"'::regcollation), pg_table_is_visible(0)
select pg_get_expr(null, 0), pg_get_viewdef(0), pg_get_indexdef(0), pg_get_constraintdef(0), pg_get_functiondef(0), pg_get_function_arguments('lower(text)'::regprocedure), pg_get_function_result('lower(text)'::regprocedure), pg_get_function_identity_arguments('round(numeric,int4)'::regprocedure)
select pg_options_to_table(array['a=1', 'b'])
select * from pg_options_to_table(array['a=1', 'b', 'c=d=e'])
select pg_relation_is_updatable('pg_class'::regclass, false), pg_column_is_updatable('pg_class'::regclass, 1::int2, false)
select current_query()
select nextval('nosuch')
select currval('nosuch')
select lastval()
select setval('nosuch', 1)
select pg_blocking_pids(0), pg_safe_snapshot_blocking_pids(0), pg_listening_channels(), pg_current_logfile()
select pg_notification_queue_usage()
select encode(textsend('aé'), 'hex'), int4send(1), int8send(-1), float8send(1.5), textsend('a'), boolsend(true), date_send('2020-01-01'), timestamp_send('2020-01-01'), numeric_send(1.5), uuid_send('00000000-0000-0000-0000-000000000001'), byteasend('a'), int2send(5::int2), interval_send('1 day'), array_send(array[1]), jsonb_send('1'), oidsend(1), charsend('a'), float4send(1), time_send('10:00'), bpcharsend('a'), namesend('a')
select count(*) > 100 from pg_timezone_names
select name, is_dst from pg_timezone_names where name in ('UTC', 'Europe/Paris', 'Africa/Nairobi') order by 1
select abbrev, utc_offset, is_dst from pg_timezone_abbrevs where abbrev in ('EST', 'CEST', 'EAT', 'UTC') order by 1
select pg_stat_get_numscans(0), pg_stat_get_live_tuples(0), pg_relation_size(0::oid), pg_total_relation_size(0::oid), pg_table_size(0::oid), pg_indexes_size(0::oid), pg_tablespace_location(0)
select pg_read_file('/etc/passwd')
select pg_ls_dir('/')
select pg_reload_conf()
select pg_stat_reset()
select pg_rotate_logfile()
select pg_get_shmem_allocations()
select pg_current_xact_id_if_assigned(), pg_current_snapshot() is not null, txid_current_snapshot() is not null
select pg_last_xact_replay_timestamp(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()
select pg_is_wal_replay_paused()
select '\101'::"char", '\377'::"char", '\377'::"char"::text, '\000'::"char"::text, '\377'::text::"char", '\18'::"char", '\400'::"char", 'é'::"char", ''::"char", '\'::"char", 'ab'::"char", '\1011'::"char"
select pg_lsn(0::numeric), pg_lsn(23783416::numeric), pg_lsn(18446744073709551615::numeric), pg_lsn(0.5)
select pg_lsn(-7::numeric)
select pg_lsn(numeric 'nan')
select pg_lsn('inf'::numeric)
select 'FFFFFFFF/FFFFFF00'::pg_lsn + 256::numeric
select '0/5'::pg_lsn - 6::numeric
select '12:13:'::pg_snapshot, '12:18:14,16'::pg_snapshot, '12:16:14,14'::txid_snapshot, '1:1:'::txid_snapshot
select '44:43:'::pg_snapshot
select '0:9:'::txid_snapshot
select '20:30:5'::pg_snapshot
select '20:30:25,24'::pg_snapshot
select '12:16:14;15'::pg_snapshot
select '12:16'::pg_snapshot
select pg_snapshot_xmin(s), pg_snapshot_xmax(s), pg_snapshot_xip(s) from (values ('12:18:14,16'::pg_snapshot)) v(s)
select txid_snapshot_xmin(s), txid_snapshot_xmax(s), txid_snapshot_xip(s) from (values ('12:18:14,16'::txid_snapshot)) v(s)
select i, pg_visible_in_snapshot(i::text::xid8, '12:18:14,16') , txid_visible_in_snapshot(i, '12:18:14,16') from generate_series(11, 19) i
