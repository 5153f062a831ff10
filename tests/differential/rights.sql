-- What a reader may not read or call, and what it may know of it.
select * from pg_authid
select count(*) from pg_statistic
select rolname from pg_authid limit 1
select * from pg_shadow
select * from pg_subscription
select subname from pg_subscription
select subconninfo from pg_subscription
select * from pg_file_settings
select * from pg_hba_file_rules
select * from pg_config
select * from pg_user_mapping
select * from pg_largeobject
select 1 from pg_largeobject
select 1 from pg_subscription
select s from pg_subscription s
select * from pg_replication_origin_status
select * from pg_statistic_ext_data
select * from pg_ident_file_mappings
select has_table_privilege('pg_authid','select')
select has_column_privilege('pg_subscription','subname','select'), has_column_privilege('pg_subscription','subconninfo','select'), has_any_column_privilege('pg_subscription','select')
with x as (select * from pg_authid) select 1
select (select rolname from pg_authid limit 1)
select 1 where exists (select 1 from pg_authid)
explain select * from pg_authid
select pg_tablespace_size('pg_default') > 0
select pg_tablespace_size('pg_global')
select pg_tablespace_size(1664)
select pg_tablespace_size(1663) > 0
select pg_tablespace_size('nope')
select pg_tablespace_size(99999)
select pg_tablespace_size(null::oid)
select * from pg_options_to_table(array['a=b','c','d=','=x','e=f=g',''])
select * from pg_options_to_table(null)
select pg_options_to_table(array['a=b'])
select * from pg_options_to_table(array['a=b',null])
select * from pg_partition_tree('learnink.users')
select * from pg_partition_tree(null)
select * from pg_partition_tree('pg_class')
select * from pg_partition_ancestors('learnink.users')
select pg_partition_root('learnink.users')
select * from ts_token_type('default')
select * from ts_token_type(3722)
select * from ts_token_type('nope')
select * from ts_token_type(99)
select count(*) from ts_token_type('pg_catalog.default')
select pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid) from pg_proc p join pg_aggregate a on a.aggfnoid=p.oid where aggkind<>'n' order by oid
select relname, pg_get_viewdef(oid), pg_get_viewdef(oid,true) from pg_class where relkind='v' and relnamespace in (11, 'information_schema'::regnamespace) order by oid
select pg_get_viewdef('pg_tables'), pg_get_viewdef('pg_tables',true), pg_get_viewdef('pg_class'), pg_get_viewdef('pg_class'::regclass), pg_get_viewdef(0)
select viewname, viewowner, length(definition) from pg_views where schemaname in ('pg_catalog','information_schema') order by schemaname, viewname
select pg_read_file('/etc/passwd')
select pg_ls_dir('.')
select * from pg_ls_logdir()
select pg_reload_conf()
select pg_stat_reset()
select lo_import('/etc/passwd')
select pg_switch_wal()
select pg_read_binary_file('x')
select pg_stat_file('x')
select * from pg_hba_file_rules()
select pg_create_restore_point('x')
select pg_rotate_logfile()
show hba_file
select * from pg_show_replication_origin_status()
select lo_export(1, 'x')
select pg_promote()
select set_config('log_statement','all',false)
select * from pg_config()
-- Rights to columns: what a step hands on is not read.
select count(*) from pg_subscription
select count(*) from pg_subscription where subdbid = 1
select count(*) from pg_subscription where subdbid = (select 1::oid)
select count(*) from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())
select subname from pg_subscription where subdbid in (select oid from pg_database)
select subname from pg_subscription s where exists (select from pg_database d where d.oid = s.subdbid)
select subconninfo from pg_subscription
select (select count(*) from pg_subscription)
select s.subname from pg_subscription s join pg_database d on d.oid = s.subdbid
select s.subname from pg_subscription s, lateral (select 1 where subdbid > 1) x
select s from pg_subscription s
select subname, (select count(*) from pg_database d where d.oid > s.subdbid limit 1) from pg_subscription s
select 1 from pg_database d where d.oid = (select max(subdbid) from pg_subscription)
select distinct subname from pg_subscription
select distinct subconninfo from pg_subscription
select count(subconninfo) from pg_subscription
select max(subname) from pg_subscription group by subdbid
select max(subname) from pg_subscription group by subconninfo
select max(subname) from pg_subscription order by max(subconninfo)
select row_number() over (order by subname) from pg_subscription
select row_number() over (order by subconninfo) from pg_subscription
select subname from pg_subscription order by subconninfo
select distinct on (subconninfo) subname from pg_subscription
select * from pg_subscription
select 1 from pg_subscription
select 1 from pg_subscription s join pg_subscription t using (subconninfo)
select 1 from pg_subscription s join pg_subscription t using (subname)
select 1 from pg_subscription s natural join pg_subscription t
select a from (select subname a, subconninfo b from pg_subscription) x
select 1 from (select * from pg_subscription) x
select count(*) from pg_authid
select rolname from pg_authid
select count(*) from pg_subscription s, pg_authid a
with x as (select subconninfo from pg_subscription) select 1
with x as (select subconninfo from pg_subscription) select 1 from x
select 1 where exists (select subconninfo from pg_subscription)
select unnest(subpublications) from pg_subscription
select generate_series(1, 2) from pg_subscription
select x from pg_subscription, unnest(subpublications) x
select x from pg_subscription, unnest(array[subconninfo]) x
select subname from pg_subscription union select subconninfo from pg_subscription
select subname from pg_subscription union all select subname from pg_subscription limit 3
select count(*) from (select 1 from pg_subscription group by rollup (subname, subdbid)) x
select count(*) from (select 1 from pg_subscription group by rollup (subname, subconninfo)) x
values ((select subconninfo from pg_subscription))
select objoid::regclass, objsubid, privtype, initprivs from pg_init_privs where classoid = 'pg_class'::regclass order by objoid, objsubid
