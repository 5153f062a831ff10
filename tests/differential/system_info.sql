-- System information functions: manual 9.26 and 9.27.
select current_catalog, current_database(), current_schema, current_schema(), current_schemas(true), current_schemas(false)
select current_user, session_user, user, current_role, current_setting('is_superuser')
select current_query()
select pg_backend_pid() > 0, pg_is_in_recovery(), pg_conf_load_time() < now(), pg_postmaster_start_time() < now()
select version() ~ '^PostgreSQL 15\.[0-9]+', current_setting('server_version') ~ '^15\.', current_setting('server_version_num')::int between 150000 and 159999
select pg_my_temp_schema(), pg_is_other_temp_schema(11), pg_jit_available() is not null, pg_listening_channels(), pg_notification_queue_usage()
select pg_trigger_depth(), txid_current_if_assigned(), pg_current_xact_id_if_assigned()
select pg_blocking_pids(1), pg_safe_snapshot_blocking_pids(1)
select has_table_privilege('learnink.users', 'select'), has_table_privilege('learnink.users', 'insert'), has_table_privilege('learnink.users', 'select, insert'), has_table_privilege('learnink.users', 'select with grant option')
select has_table_privilege('reporting', 'learnink.users', 'select'), has_table_privilege('reporting', 'learnink.users'::regclass, 'select'), has_table_privilege('reporting'::regrole, 'learnink.users'::regclass, 'select'), has_table_privilege('learnink.users'::regclass, 'select')
select has_table_privilege('nobody', 'learnink.users', 'select')
select has_table_privilege('learnink.nope', 'select')
select has_table_privilege('learnink.users', 'bogus')
select has_table_privilege(0::oid, 'select'), has_table_privilege(null, 'select'), has_table_privilege('learnink.users', null)
select has_table_privilege('public', 'learnink.users', 'select'), has_table_privilege('pg_class', 'select'), has_table_privilege('pg_authid', 'select'), has_table_privilege('pg_class', 'update')
select has_schema_privilege('learnink', 'usage'), has_schema_privilege('learnink', 'create'), has_schema_privilege('pg_catalog', 'usage'), has_schema_privilege('public', 'create'), has_schema_privilege('reporting', 'learnink', 'usage, create')
select has_schema_privilege('nope', 'usage')
select has_schema_privilege('learnink', 'select')
select has_database_privilege('acme', 'connect'), has_database_privilege('acme', 'create'), has_database_privilege('acme', 'temp'), has_database_privilege(current_database(), 'temporary')
select has_database_privilege('nope', 'connect')
select has_column_privilege('learnink.users', 'id', 'select'), has_column_privilege('learnink.users', 'id', 'update'), has_column_privilege('learnink.users', 1::int2, 'select'), has_column_privilege('reporting', 'learnink.users', 'country', 'references')
select has_column_privilege('learnink.users', 'nope', 'select')
select has_column_privilege('learnink.users', 99::int2, 'select')
select has_any_column_privilege('learnink.users', 'select'), has_any_column_privilege('learnink.users', 'insert'), has_any_column_privilege('reporting', 'learnink.users', 'select'), has_any_column_privilege(current_user, 'learnink.users'::regclass, 'update')
select has_function_privilege('abs(int)', 'execute'), has_function_privilege('pg_read_file(text)', 'execute'), has_function_privilege('reporting', 'lower(text)', 'execute')
select has_function_privilege('nope(int)', 'execute')
select has_language_privilege('sql', 'usage'), has_language_privilege('c', 'usage'), has_type_privilege('int4', 'usage'), has_type_privilege('learnink.users', 'usage'), has_tablespace_privilege('pg_default', 'create')
select has_sequence_privilege('learnink.users', 'usage')
select has_foreign_data_wrapper_privilege('nope', 'usage')
select has_server_privilege('nope', 'usage')
select has_parameter_privilege('work_mem', 'set'), has_parameter_privilege('log_statement', 'set'), has_parameter_privilege('work_mem', 'alter system')
select pg_has_role('reporting', 'member'), pg_has_role('reporting', 'reporting', 'usage'), pg_has_role('pg_read_all_data', 'member'), pg_has_role('pg_monitor', 'usage')
select pg_has_role('nope', 'member')
select row_security_active('learnink.users'), row_security_active('pg_class')
select pg_table_is_visible('learnink.users'::regclass), pg_table_is_visible('pg_class'::regclass), pg_type_is_visible('int4'::regtype), pg_function_is_visible('abs(int)'::regprocedure), pg_operator_is_visible('+(int,int)'::regoperator), pg_table_is_visible(0), pg_table_is_visible(null)
select pg_collation_is_visible(100), pg_conversion_is_visible(4402), pg_opclass_is_visible(1978), pg_opfamily_is_visible(1976), pg_ts_config_is_visible(3748), pg_ts_dict_is_visible(3765), pg_ts_parser_is_visible(3722), pg_ts_template_is_visible(3727), pg_statistics_obj_is_visible(1)
set search_path = learnamp, public
select current_schema, current_schemas(true), pg_table_is_visible('learnamp.users'::regclass), pg_table_is_visible('learnink.users'::regclass), 'learnamp.users'::regclass::text, 'learnink.users'::regclass::text
select to_regclass('users')::text, to_regclass('nope'), to_regclass('learnink.users')::text, to_regclass('pg_class'), to_regclass('"users"')::text, to_regclass(null)
reset search_path
select to_regclass('users'), to_regclass('learnink.users')::text, to_regclass('pg_catalog.pg_class'), to_regclass('a.b.c.d')
select to_regtype('int4'), to_regtype('integer'), to_regtype('nope'), to_regtype('int[]'), to_regtype('timestamp with time zone'), to_regtype('varchar(10)'), to_regtype('learnink.users')::text
select to_regproc('abs'), to_regproc('lower'), to_regproc('now'), to_regproc('nope'), to_regprocedure('abs(int)'), to_regprocedure('nope(int)'), to_regoper('pg_catalog.||/'), to_regoper('+'), to_regoperator('+(int,int)'), to_regoperator('nope')
select to_regnamespace('learnink')::text, to_regnamespace('nope'), to_regrole('reporting')::text, to_regrole('nope'), to_regcollation('"C"'), to_regcollation('nope')
select 'pg_class'::regclass::oid, 1259::regclass, 0::regclass, '-'::regclass, 999999::regclass, 'pg_catalog.pg_class'::regclass, '1259'::regclass
select 'int4'::regtype::oid, 23::regtype, 1043::regtype, 'character varying'::regtype, '_int4'::regtype, 'integer[]'::regtype, 0::regtype, 999999::regtype, '23'::regtype
select 'now'::regproc, 'now'::regproc::oid, 1299::regproc, 'pg_catalog.now'::regproc, 0::regproc, 'abs(int)'::regprocedure, 'sum(int)'::regprocedure, 1397::regprocedure, 1397::regproc
select 'abs'::regproc
select 'nope'::regproc
select 'nope'::regclass
select 'learnink.nope'::regclass
select 'nope.users'::regclass
select 'nope'::regtype
select 'nope'::regnamespace
select 'nope'::regrole
select 'nope'::regcollation
select 'nope(int)'::regprocedure
select '+'::regoper
select '+(int,int)'::regoperator, '||/'::regoper, '!~~(text,text)'::regoperator, 551::regoperator, 551::regoper
select 'english'::regconfig, 'simple'::regdictionary, 3748::regconfig, 11::regnamespace, 2200::regnamespace, 'pg_catalog'::regnamespace, 10::regrole, '"C"'::regcollation, 100::regcollation
select 'learnink'::regnamespace::text, 'reporting'::regrole::text, 'learnink.users'::regclass::text, pg_typeof('learnink'::regnamespace), 'a' || 'pg_class'::regclass
select 'pg_class'::regclass = 1259, 'pg_class'::regclass = 'pg_class'::regclass, 'int4'::regtype in (20, 23), 23 = 'int4'::regtype, 'pg_class'::regclass::int8, 'pg_class'::regclass::int4
select array['int4','text']::regtype[]
select format_type(23, null), format_type(1043, 14), format_type(1700, 655366), format_type(1042, 9), format_type(1184, 3), format_type(1186, 2147418115), format_type(1007, -1), format_type(1015, 24), format_type(0, null), format_type(999999, null), format_type(null, 1), format_type(18, null), format_type(19, -1)
select format_type(2287, null), format_type(2249, null), format_type(1560, 5), format_type(1562, -1), format_type(1083, 2), format_type(1266, 0), format_type(25, 5), format_type(16, null), format_type(700, null), format_type(3904, null), format_type(22, null), format_type(2206, null)
select pg_typeof(1), pg_typeof('a'), pg_typeof(null), pg_typeof(1.5), pg_typeof(array[1]), pg_typeof(row(1)), pg_typeof(now()), pg_typeof(current_user), pg_typeof('a'::"char"), pg_typeof(pg_typeof(1))
select pg_get_userbyid(10), pg_get_userbyid(0), pg_get_userbyid(null), pg_get_userbyid(3373)
select pg_encoding_to_char(6), pg_encoding_to_char(0), pg_encoding_to_char(-1), pg_encoding_to_char(8), pg_char_to_encoding('UTF8'), pg_char_to_encoding('latin1'), pg_char_to_encoding('nope'), getdatabaseencoding(), pg_client_encoding()
select obj_description('pg_class'::regclass, 'pg_class'), obj_description('learnink.users'::regclass, 'pg_class') is not null, obj_description('learnink'::regnamespace, 'pg_namespace'), obj_description(11, 'pg_namespace'), obj_description(1259), obj_description(1, 'nope')
select col_description('learnink.users'::regclass, 1) is not null, col_description('learnink.users'::regclass, 0) is not null, col_description('learnink.users'::regclass, 99), col_description('pg_class'::regclass, 1)
select obj_description('abs(int)'::regprocedure, 'pg_proc'), obj_description('+(int,int)'::regoperator, 'pg_operator'), obj_description('int4'::regtype, 'pg_type'), obj_description((select oid from pg_am where amname = 'btree'), 'pg_am')
select pg_get_constraintdef(oid), pg_get_constraintdef(oid, true) from pg_constraint where conrelid = 'learnamp.users'::regclass order by conname
select pg_get_indexdef('learnink.users_pkey'::regclass), pg_get_indexdef('learnink.users_pkey'::regclass, 0, true), pg_get_indexdef('learnink.users_pkey'::regclass, 1, true), pg_get_indexdef('learnink.users_pkey'::regclass, 2, true), pg_get_indexdef(0)
select pg_get_indexdef('pg_class_oid_index'::regclass), pg_get_indexdef('pg_class_relname_nsp_index'::regclass, 2, false)
select pg_get_viewdef('pg_tables'::regclass) is not null, pg_get_viewdef('pg_tables') = pg_get_viewdef('pg_tables'::regclass), pg_get_viewdef('learnink.users'::regclass), pg_get_viewdef(0::oid)
select pg_get_viewdef('pg_roles'::regclass)
select pg_get_viewdef('pg_tables', true)
select pg_get_viewdef('information_schema.schemata'::regclass)
select pg_get_functiondef('abs(int)'::regprocedure)
select pg_get_functiondef('information_schema._pg_keysequal(smallint[],smallint[])'::regprocedure)
select pg_get_function_arguments('lpad(text,int,text)'::regprocedure), pg_get_function_identity_arguments('lpad(text,int,text)'::regprocedure), pg_get_function_result('lpad(text,int,text)'::regprocedure), pg_get_function_arguments('json_each(json)'::regprocedure), pg_get_function_result('json_each(json)'::regprocedure)
select pg_get_function_arguments('concat'::regproc), pg_get_function_arguments('make_interval'::regproc), pg_get_function_arg_default('make_interval'::regproc, 1), pg_get_function_result('unnest(anyarray)'::regprocedure), pg_get_function_result('pg_timezone_names()'::regprocedure)
select pg_get_expr('{}', 0), pg_get_expr(null, 1), pg_get_partkeydef('learnink.users'::regclass), pg_get_ruledef(0), pg_get_triggerdef(0), pg_get_statisticsobjdef(0), pg_get_statisticsobjdef_columns(0), pg_get_partition_constraintdef('learnink.users'::regclass)
select pg_get_serial_sequence('learnink.users', 'id'), pg_get_replica_identity_index('learnink.users'::regclass)::text, pg_relation_is_publishable('learnink.users'::regclass)
select pg_get_serial_sequence('learnink.users', 'nope')
select pg_get_serial_sequence('learnink.nope', 'id')
select pg_tablespace_location(1663), pg_tablespace_databases(1663) is not null limit 1
select pg_relation_size('learnink.users') > 0, pg_total_relation_size('learnink.users') >= pg_relation_size('learnink.users'), pg_table_size('learnink.users') > 0, pg_indexes_size('learnink.users') >= 0, pg_database_size('acme') > 0, pg_database_size(current_database()) > 0, pg_relation_size('learnink.users', 'fsm') >= 0, pg_relation_size(0::oid::regclass)
select pg_relation_size('learnink.nope')
select pg_relation_size('learnink.users', 'nope')
select pg_database_size('nope')
select pg_size_pretty(0::int8), pg_size_pretty(10239::int8), pg_size_pretty(10240::int8), pg_size_pretty(1234567890::int8), pg_size_pretty(-1234567::int8), pg_size_pretty(12345678901234567::numeric), pg_size_pretty(1024.5), pg_size_bytes('1 kB'), pg_size_bytes('1.5 MB'), pg_size_bytes('12'), pg_size_bytes('1TB')
select pg_size_bytes('1 XB')
select pg_size_bytes('')
select pg_relation_filenode('pg_class'::regclass) is not null
select current_setting('work_mem') is not null, current_setting('nope', true), current_setting('TimeZone'), current_setting('search_path'), current_setting('server_encoding'), current_setting('transaction_isolation'), current_setting('default_transaction_isolation')
select current_setting('nope')
reset search_path
select set_config('nope.custom', 'x', false), current_setting('nope.custom')
select set_config('nope', 'x', false)
select set_config('timezone', 'Nowhere', false)
select set_config('statement_timeout', '5s', false), set_config('statement_timeout', null, false)
select set_config('application_name', 'x', true)
select current_setting('block_size'), current_setting('integer_datetimes'), current_setting('max_identifier_length'), current_setting('standard_conforming_strings'), current_setting('max_index_keys'), current_setting('segment_size'), current_setting('lc_collate'), current_setting('data_checksums') is not null
select num_nulls(1, null, 'a'), num_nonnulls(1, null, 'a'), num_nulls(variadic array[1,null]), num_nulls(null)
select parse_ident('a.b."C d"'), parse_ident('foo')
select parse_ident('a..b')
select parse_ident('"abc')
select parse_ident('a.b!', false), parse_ident('1a')
select quote_ident('a'), quote_ident('A b'), quote_ident('select'), quote_ident('a"b'), quote_literal('a''b'), quote_literal(E'a\\b'), quote_literal(5), quote_nullable(null), quote_nullable('a'), quote_literal(null), quote_ident('')
select format('%I.%I', 'learnink', 'users'), format('%I', 'Weird Name')::text, format('%L', null), format('%s', null)
select col_description(format('%I.%I', 'learnink', 'users')::regclass::oid, 1) is null
select pg_sleep(0), pg_sleep_for('0 seconds'), pg_advisory_unlock_all()
select pg_current_snapshot() is not null, pg_snapshot_xmin(pg_current_snapshot()) is not null, txid_current_snapshot() is not null
select pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn(), pg_last_xact_replay_timestamp(), pg_is_wal_replay_paused()
select pg_read_file('x')
select pg_ls_dir('.')
select pg_reload_conf()
select pg_rotate_logfile()
select pg_stat_get_numscans('learnink.users'::regclass) >= 0, pg_stat_get_live_tuples(0), pg_stat_get_backend_idset() is not null limit 1
select pg_stat_reset()
select nextval('nope')
select currval('nope')
select lastval()
select pg_collation_actual_version(100), pg_database_collation_actual_version(1) is null
select pg_partition_root('learnink.users'::regclass), pg_partition_ancestors('learnink.users'::regclass)
select * from pg_partition_tree('learnink.users'::regclass) limit 0
select acldefault('r', 10), acldefault('n', 10), acldefault('f', 10)
select pg_index_position(1)
select age(xmin) >= 0, xmin is not null, cmin is not null, tableoid::regclass::text from learnink.users order by id limit 1
select tableoid = 'learnink.users'::regclass from learnink.users limit 1
select tableoid::regclass, relname from pg_class where relname = 'pg_class'
select pg_relation_is_updatable('learnink.users'::regclass, true), pg_column_is_updatable('learnink.users'::regclass, 1::int2, true), pg_view_is_insertable('pg_roles'::regclass)
select pg_stat_file('x')
select pg_show_all_settings() is not null limit 1
select pg_hba_file_rules() limit 0
select pg_log_backend_memory_contexts(1)
select txid_status(1), txid_status(2), txid_status(0)
select regoper('no_such_schema.||/')
select regoper('pg_catalog.||/'), regoperator('pg_catalog.||/(none,float8)'), to_regoper('no_such_schema.||/'), to_regoper('public.||/')
select regoper('public.||/')
select regcollation('no_such_schema."POSIX"')
select to_regcollation('no_such_schema."POSIX"'), to_regcollation('pg_catalog."POSIX"'), to_regcollation('public."POSIX"')
select regcollation('public."POSIX"')
select regrole('Nobody_There')
select regrole('"Nobody_There"')
select regnamespace('Nobody_There')
select regnamespace('"Nobody_There"')
select regrole('some.body')
select to_regrole('some.body')
select count(*), min(checkpoints_timed) >= 0, bool_and(stats_reset <= now()) from pg_stat_bgwriter
select count(*), bool_and(wal_bytes >= 0), bool_and(stats_reset <= now()) from pg_stat_wal
select count(*), bool_and(failed_count >= 0), bool_and(stats_reset <= now()) from pg_stat_archiver
select datname, numbackends, checksum_failures from pg_stat_database where datid = 0
select '{pg_class,pg_type}'::regclass[]
select '{pg_class,nope}'::regclass[]
select '{1,int4}'::regtype[], '{int4,text}'::regtype[], '{}'::regclass[], '{NULL,pg_class}'::regclass[]
select '{pg_catalog.abs}'::regproc[]
select '{+(int4\,int4)}'::regoperator[]
select 'pg_class'::regclass = any ('{pg_class,pg_type}'::regclass[])
select count(*) from pg_class where oid = any ('{pg_class,pg_type}'::regclass[])
select 'concat(variadic "any")'::regprocedure
select 'concat("any")'::regprocedure
select 'format(text, variadic "any")'::regprocedure
select 'concat(any)'::regprocedure
select to_regprocedure('concat("any")')
select makeaclitem(10, 10, 'SELECT', false)::text
select makeaclitem(10, 10, 'SELECT, UPDATE', true)
select makeaclitem(0, 10, 'INSERT', true), makeaclitem(10, 10, 'select', true)
select makeaclitem(10, 10, 'nope', true)
select makeaclitem(99999, 10, 'select', false), makeaclitem(null, 10, 'select', false)
select * from pg_available_extensions where name = 'plpgsql'
select * from pg_available_extension_versions where name = 'plpgsql'
select p, pg_index_column_has_property('learnink.users_pkey'::regclass, 1, p), pg_index_has_property('learnink.users_pkey'::regclass, p), pg_indexam_has_property(403, p), pg_indexam_has_property(405, p), pg_indexam_has_property(783, p), pg_indexam_has_property(2742, p), pg_indexam_has_property(3580, p), pg_indexam_has_property(4000, p) from unnest(array['asc','DESC','nulls_first','nulls_last','orderable','distance_orderable','returnable','search_array','search_nulls','clusterable','index_scan','bitmap_scan','backward_scan','can_order','can_unique','can_multi_col','can_exclude','can_include','nope']) p
select pg_index_column_has_property('learnink.users_pkey'::regclass, 2, 'asc'), pg_index_column_has_property('learnink.users'::regclass, 1, 'asc'), pg_index_has_property('learnink.users'::regclass, 'clusterable'), pg_indexam_has_property(2, 'can_order')
select pg_relation_filepath('learnink.users'::regclass) ~ '^base/', pg_relation_filepath(0), pg_relation_filepath('pg_locks'::regclass)
select pg_filenode_relation(0, 0), pg_filenode_relation(0, pg_relation_filenode('learnink.users'::regclass))::text
select pg_xact_commit_timestamp('3'::xid)
select pg_last_committed_xact()
select pg_sequence_parameters(0)
select pg_sequence_last_value(0)
select pg_sequence_last_value('learnink.users'::regclass)
select pg_nextoid('pg_class'::regclass, 'oid', 'pg_class_oid_index'::regclass)
select pg_event_trigger_ddl_commands()
select * from pg_event_trigger_dropped_objects()
select pg_event_trigger_table_rewrite_oid()
select pg_event_trigger_table_rewrite_reason()
select * from pg_get_catalog_foreign_keys() limit 5
select count(*) from pg_get_catalog_foreign_keys() where is_array
select pg_current_wal_lsn() is not null, pg_current_wal_insert_lsn() is null, pg_current_wal_flush_lsn() is null
select pg_export_snapshot() is not null
select pg_current_wal_lsn() <= pg_current_wal_insert_lsn()
select getpgusername() = current_user, pg_typeof(getpgusername())
select cideq('1'::cid, '1'::cid), '1'::cid = '2'::cid
select getpgusername() = current_user, pg_typeof(getpgusername())
