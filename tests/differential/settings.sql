-- SET, SHOW, RESET and their validation.
show application_name
show server_encoding
show client_encoding
show standard_conforming_strings
show integer_datetimes
show is_superuser
show session_authorization
show transaction_isolation
show transaction isolation level
show transaction_read_only
show default_transaction_read_only
show search_path
show datestyle
show intervalstyle
show timezone
show time zone
show TimeZone
show lc_collate
show lc_monetary
show lc_messages
show max_identifier_length
show lock_timeout
show idle_in_transaction_session_timeout
show extra_float_digits
show bytea_output
show work_mem
show role
show client_min_messages
show default_transaction_isolation
show default_transaction_deferrable
show row_security
show xmloption
show escape_string_warning
show backslash_quote
show array_nulls
show enable_seqscan
show jit
show max_parallel_workers_per_gather
show random_page_cost
show cursor_tuple_fraction
show geqo
show from_collapse_limit
show join_collapse_limit
show effective_cache_size
show temp_buffers
show plan_cache_mode
show default_tablespace
show session_replication_role
show block_size
show wal_level
show log_statement
show nope
show nope.nope
show "TimeZone"
set application_name = 'x'
show application_name
set application_name to y
show application_name
set application_name = 'a', 'b'
set application_name = default
show application_name
reset application_name
set nope = 1
set nope.nope = 1
show nope.nope
set nope.nope = default
reset nope.nope
reset nope
set "Nope.X" = 'y'
set nope.1x = 'y'
set statement_timeout = 1000
set statement_timeout = '2s'
set statement_timeout = '1min'
set statement_timeout = '90s'
set statement_timeout = '1.5s'
set statement_timeout = '5 parsecs'
set statement_timeout = -1
set statement_timeout = 'x'
set statement_timeout = 99999999999
set statement_timeout = 0
reset statement_timeout
set lock_timeout = '3s'
show lock_timeout
reset lock_timeout
set idle_in_transaction_session_timeout = '10min'
show idle_in_transaction_session_timeout
reset idle_in_transaction_session_timeout
set work_mem = '64MB'
show work_mem
set work_mem = 1024
show work_mem
set work_mem = 1000
show work_mem
set work_mem = '1GB'
show work_mem
set work_mem = 1
set work_mem = '3 apples'
reset work_mem
set extra_float_digits = 3
select 0.1::float8, 1.0::float4 / 3
set extra_float_digits = 0
select 0.1::float8, 1.0::float8 / 3, 1.0::float4 / 3
set extra_float_digits = -15
select 1.0::float8 / 3
set extra_float_digits = 4
set extra_float_digits = -16
set extra_float_digits = 1
set datestyle = 'ISO, DMY'
show datestyle
select '01/02/2026'::date
set datestyle = 'SQL, MDY'
select date '2026-03-04', timestamp '2026-03-04 05:06:07', timestamptz '2026-03-04 05:06:07+00'
set datestyle = 'German'
select date '2026-03-04', timestamp '2026-03-04 05:06:07.5'
set datestyle = 'Postgres, DMY'
select date '2026-03-04', timestamp '2026-03-04 05:06:07', timestamptz '2026-03-04 05:06:07+00'
show datestyle
set datestyle = 'nope'
set datestyle = 'ISO, SQL'
set datestyle to iso, ymd
show datestyle
select '26-03-04'::date
set datestyle to default
show datestyle
set intervalstyle = 'postgres_verbose'
select interval '1 year 2 months 3 days 4:05:06', interval '-1 day'
set intervalstyle = 'sql_standard'
select interval '1 year 2 months 3 days 4:05:06', interval '-1 day'
set intervalstyle = 'iso_8601'
select interval '1 year 2 months 3 days 4:05:06', interval '-1 day'
reset intervalstyle
set timezone = 'Africa/Nairobi'
show timezone
select timestamptz '2026-01-01 00:00+00'
set time zone 'America/New_York'
show timezone
select timestamptz '2026-07-01 00:00+00'
set time zone 3
show timezone
select timestamptz '2026-07-01 00:00+00'
set time zone -3.5
show timezone
set time zone interval '2:30' hour to minute
show timezone
set time zone local
show timezone
set time zone default
set timezone = 'nope'
set timezone = 'EST5EDT'
select timestamptz '2026-07-01 00:00+00'
set timezone to 'utc'
show timezone
reset timezone
show timezone
set bytea_output = 'escape'
select '\x0001ff41'::bytea
set bytea_output = 'nope'
reset bytea_output
set search_path = learnamp
select count(*) from teams
select current_schema, current_schemas(true), current_schemas(false)
select count(*) from users
set search_path = learning360, learnamp
select pg_typeof(id) from users limit 1
select current_schema
set search_path = nope
select current_schema
select count(*) from users
show search_path
set search_path = ''
show search_path
select current_schema
select upper('a'), 1 + 1
set search_path = "$user", public
show search_path
set search_path = 'learnamp, learnink'
show search_path
select count(*) from teams
set search_path to learnamp, pg_catalog
select current_schemas(true)
set search_path = pg_catalog
select current_schemas(true), current_schemas(false)
set search_path = information_schema
select count(*) > 0 from tables
select 'teams'::regclass
reset search_path
set client_encoding = 'UTF8'
show client_encoding
set client_encoding = 'nope'
set client_encoding to 'unicode'
show client_encoding
set names 'UTF8'
set client_min_messages = 'warning'
show client_min_messages
set client_min_messages = 'nope'
reset client_min_messages
set enable_seqscan = off
show enable_seqscan
set enable_seqscan = 'maybe'
set enable_seqscan = 1
show enable_seqscan
set enable_seqscan = t
set enable_seqscan = 'of'
reset enable_seqscan
set jit = off
set random_page_cost = 1.5
show random_page_cost
set random_page_cost = 'x'
set random_page_cost = -1
reset random_page_cost
set join_collapse_limit = 0
set join_collapse_limit = 12
show join_collapse_limit
set default_transaction_isolation = 'serializable'
show default_transaction_isolation
set default_transaction_isolation = 'nope'
reset default_transaction_isolation
set transaction_isolation = 'nope'
set standard_conforming_strings = off
set standard_conforming_strings = on
set escape_string_warning = off
set max_connections = 5
set server_version = '1'
set shared_buffers = '1GB'
set is_superuser = on
set log_statement = 'all'
set session_replication_role = replica
set block_size = 4096
set lc_collate = 'C'
set lc_messages = 'C'
set lc_monetary = 'C'
set lc_numeric = 'nope'
set lc_time = 'C'
set local work_mem = '2MB'
show work_mem
set session work_mem = '2MB'
show work_mem
set work_mem to 4096
set work_mem from current
select current_setting('work_mem'), current_setting('nope.x', true), current_setting('nope', true)
select set_config('work_mem', '9MB', true)
select current_setting('work_mem')
select set_config('work_mem', 'x', false)
select set_config('max_connections', '5', false)
select set_config('my.var', 'hello', false), current_setting('my.var')
select set_config(null, 'x', false)
select set_config('my.var', null, false)
select name, setting, unit, vartype, context from pg_settings where name in ('work_mem', 'TimeZone', 'max_identifier_length') order by 1
reset all
show work_mem
set xmloption = 'document'
set row_security = off
set row_security = on
set default_transaction_deferrable = on
reset default_transaction_deferrable
set transaction isolation level serializable
set local timezone = 'UTC'
set seed = 0.5
show seed
set seed = 2
set schema 'learnamp'
show search_path
set search_path = default
discard plans
discard sequences
discard temp
discard temporary
discard all
discard nope
show all.x
set statement_timeout = '1us'
set statement_timeout = '1h'
set statement_timeout = '1d'
set statement_timeout = '0.4ms'
set statement_timeout = '1 S'
set work_mem = '1mb'
set work_mem = '0.5GB'
show work_mem
set work_mem = '100kB 5'
set work_mem = ' 128 kB '
show work_mem
set work_mem = 1.5
set work_mem = '99999TB'
discard all
set geqo_threshold = 1
set cursor_tuple_fraction = 2
set plan_cache_mode = force_generic_plan
show plan_cache_mode
set plan_cache_mode = nope
set backslash_quote = nope
set xmlbinary = hex
set xmlbinary = nope
set password_encryption = 'nope'
set synchronous_commit = local
set synchronous_commit = nope
discard all

-- Every kind of setting once more: values, units, refusals, spelling, transactions, DISCARD.
discard all
set intervalstyle = 'nope'
set INTERVALSTYLE = 'nope'
set datestyle = 'nope'
set timezone = 'nope'
set Work_Mem = 'x'
set work_mem = '1XB'
set work_mem = '63kB'
set work_mem = '1.5MB'
show work_mem
set work_mem = '2 MB'
show work_mem
set work_mem = -1
set work_mem = '0x800'
show work_mem
set work_mem = 1e4
show work_mem
set work_mem to default
show work_mem
select set_config('IntervalStyle', 'nope', false)
select set_config('WORK_MEM', '1', false)
select set_config('work_mem', '2MB', false), current_setting('work_mem')
select current_setting('work_mem'), set_config('work_mem', '1MB', false), current_setting('work_mem')
select set_config('search_path', 'learnink', false), current_setting('search_path')
select set_config('work_mem', null, false)
select set_config(null, 'x', false)
select set_config('a.b', 'x', true), current_setting('a.b')
select current_setting('a.b', true), current_setting('a.c', true)
select current_setting('a.c')
reset all
show search_path
@begin; set local work_mem = '3MB'; savepoint a; set work_mem = '5MB'; show work_mem; rollback to a; show work_mem; commit; show work_mem
@begin; set work_mem = '5MB'; commit; show work_mem; reset work_mem
@begin; set work_mem = '5MB'; rollback; show work_mem
@begin; select set_config('work_mem', '6MB', true); show work_mem; commit; show work_mem
@begin; set local timezone = 'Europe/Berlin'; set timezone = 'Asia/Tokyo'; show timezone; commit; show timezone; reset timezone
set local work_mem = '1MB'
set statement_timeout = '10s'
show statement_timeout
set statement_timeout = '1.5min'
show statement_timeout
set statement_timeout = '3 d'
show statement_timeout
set statement_timeout = 'x'
set statement_timeout = '10 parsecs'
set statement_timeout = -5
set statement_timeout = 99999999999
reset statement_timeout
set lock_timeout = '2s'
show lock_timeout
reset lock_timeout
set idle_session_timeout = '1h'
show idle_session_timeout
reset idle_session_timeout
set idle_in_transaction_session_timeout = 90000
show idle_in_transaction_session_timeout
reset idle_in_transaction_session_timeout
set enable_seqscan = maybe
set enable_seqscan = no
show enable_seqscan
set enable_seqscan = 1
show enable_seqscan
reset enable_seqscan
set random_page_cost = 'abc'
set random_page_cost = 1.25
show random_page_cost
reset random_page_cost
set seq_page_cost = -1
set cpu_tuple_cost = '1e-3'
show cpu_tuple_cost
reset cpu_tuple_cost
set geqo_seed = 1.5
set geqo_seed = 0.5
show geqo_seed
reset geqo_seed
set join_collapse_limit = 0
set join_collapse_limit = '8.4'
show join_collapse_limit
reset join_collapse_limit
set from_collapse_limit = '1s'
set constraint_exclusion = 'yes'
show constraint_exclusion
set constraint_exclusion = 'never'
reset constraint_exclusion
set xmlbinary = hex
show xmlbinary
reset xmlbinary
set xmloption = document
show xmloption
reset xmloption
set bytea_output = nope
set backslash_quote = nope
set client_min_messages = nope
set client_min_messages = log
show client_min_messages
reset client_min_messages
set default_transaction_isolation = 'nope'
set default_transaction_isolation = 'SERIALIZABLE'
show default_transaction_isolation
show transaction_isolation
reset default_transaction_isolation
set default_transaction_deferrable = on
show default_transaction_deferrable
reset default_transaction_deferrable
set force_parallel_mode = regress
show force_parallel_mode
reset force_parallel_mode
set max_parallel_workers_per_gather = 2000
set max_parallel_workers_per_gather = 3
show max_parallel_workers_per_gather
reset max_parallel_workers_per_gather
set effective_cache_size = '8GB'
show effective_cache_size
reset effective_cache_size
set temp_buffers = '1MB'
show temp_buffers
reset temp_buffers
set tcp_keepalives_idle = 60
reset tcp_keepalives_idle
set gin_fuzzy_search_limit = 10
show gin_fuzzy_search_limit
reset gin_fuzzy_search_limit
set array_nulls = off
show array_nulls
reset array_nulls
set row_security = off
show row_security
reset row_security
set quote_all_identifiers = on
show quote_all_identifiers
reset quote_all_identifiers
set transform_null_equals = off
set synchronize_seqscans = off
reset synchronize_seqscans
set lc_messages = 'C'
set log_statement = 'all'
set log_min_duration_statement = 0
set session_replication_role = replica
set max_connections = 5
set shared_buffers = '1GB'
set server_version = '1'
set block_size = 1
set log_connections = on
set ssl = off
set port = 1
set wal_level = minimal
set zero_damaged_pages = on
set nope = 1
set nope.z = 1
show nope.z
reset nope.z
show nope.z
set "a b.c" = 1
set a.b.c = 'x'
show a.b.c
reset a.b.c
show nope
show Nope
reset Nope
show session_authorization
show role
set role none
set role reporting
select current_user
reset role
set role nope
set role postgres
set role pg_monitor
set session authorization postgres
set session authorization nope
set session authorization default
reset session authorization
set names 'utf8'
show client_encoding
set names default
set client_encoding to nope
set time zone 'Europe/Berlin'
show timezone
set time zone 3
show timezone
set time zone interval '-3:30' hour to minute
show timezone
set time zone local
show timezone
set time zone default
set datestyle = 'german, ymd'
show datestyle
reset datestyle
set search_path = a, "B", 'c d'
show search_path
set search_path = ''
show search_path
set search_path to default
show search_path
set work_mem = '1MB', '2MB'
set extra_float_digits = 4
set extra_float_digits = -15
show extra_float_digits
reset extra_float_digits
set transaction isolation level serializable
set transaction_isolation = 'serializable'
@begin; set transaction isolation level repeatable read; show transaction_isolation; commit; show transaction_isolation
@begin; select 1; set transaction isolation level serializable
rollback
@begin; set transaction read only; show transaction_read_only; commit
@begin isolation level serializable, read only, deferrable; show transaction_isolation; show transaction_deferrable; show transaction_read_only; commit
@begin; select 1; set transaction deferrable
rollback
@begin; savepoint a; set transaction isolation level serializable
rollback
set session characteristics as transaction isolation level repeatable read
show default_transaction_isolation
reset default_transaction_isolation
set transaction snapshot 'nope'
@begin; set transaction snapshot '00000003-00000002-1'
rollback
@begin isolation level repeatable read; set transaction snapshot 'nope'
rollback
prepare transaction 'x'
@begin; prepare transaction 'x'
rollback
commit prepared 'x'
rollback prepared 'x'
commit
rollback
end
abort
commit and chain
rollback and chain
savepoint a
release a
rollback to a
@begin; begin; commit
@begin; savepoint a; savepoint a; release a; rollback to a; release a; release a
rollback
@begin isolation level repeatable read; commit and chain; show transaction_isolation; rollback
@begin; select 1/0; savepoint x; commit
@begin; savepoint a; select 1/0; rollback to a; select 1; release a; commit
@start transaction read only; select 1; end
@begin work; commit work
@begin transaction; abort transaction
discard plans
discard sequences
discard temp
discard temporary
discard all
@begin; discard all
rollback
@begin; discard plans; commit
deallocate nope
deallocate prepare all
listen x
unlisten x
unlisten *
@begin; listen y; rollback
select pg_notification_queue_usage()
vacuum learnamp.teams
vacuum (skip_locked) learnamp.teams, learnamp.users
vacuum (analyze, verbose off) learnamp.teams (id)
vacuum (nope) learnamp.teams
vacuum nope
@begin; vacuum learnamp.teams
rollback
analyze learnamp.teams
analyze (skip_locked) learnamp.teams
analyze (nope) learnamp.teams
analyze nope.nope
@begin; analyze learnamp.teams; commit
reindex table learnamp.teams
reindex index learnamp.teams_pkey
reindex table nope
lock table learnamp.teams
lock table nope
@begin; lock table learnamp.teams in access share mode; commit
@begin; lock table nope in access share mode
rollback
do 'begin end'
do language sql 'select 1'
do language nope 'x'
checkpoint
load 'x'
create temp table t (a int)
create temp view v as select 1
create temp sequence s
select lo_get(1)
select lo_open(1, 262144)
select lo_close(0)
select lo_unlink(1)
select loread(0, 1)
select pg_settings_get_flags('work_mem'), pg_settings_get_flags('nope'), pg_settings_get_flags('search_path'), pg_settings_get_flags('transaction_isolation'), pg_settings_get_flags(null), pg_settings_get_flags('role')
select name from pg_settings where pg_settings_get_flags(name) @> '{NO_RESET_ALL}' order by 1

-- Character sets by all their names; what is said and told in them is in tests/wire/encodings.wire.
@set client_encoding = 'LATIN1'; reset client_encoding
@set names 'latin-1'; show client_encoding; select pg_client_encoding(); set names default
@set client_encoding to win; show client_encoding; set client_encoding to tcvn; show client_encoding; reset client_encoding
@set client_encoding to 'Shift_JIS'; show client_encoding; set client_encoding to windows936; show client_encoding; reset client_encoding
@set client_encoding to 'UNICODE'; show client_encoding; select pg_client_encoding(); set client_encoding to 'Unicode'; show client_encoding
set client_encoding = 'mule_internal'
set client_encoding = 'none'
select set_config('client_encoding', 'none', false)
@begin; set local client_encoding = koi8r; show client_encoding; rollback; show client_encoding
@begin; savepoint a; set client_encoding = latin2; rollback to a; show client_encoding; commit; show client_encoding
