-- Sessions as they see themselves: cursors, prepared statements, locks, places, signals.
select inet_client_addr(), inet_client_port() > 0, inet_server_addr(), inet_server_port() > 0
select client_addr, client_hostname, client_port = inet_client_port() from pg_stat_activity where pid = pg_backend_pid()
select datname, usename, application_name, state, query, backend_type, wait_event_type, wait_event, leader_pid, query_id, backend_xid from pg_stat_activity where pid = pg_backend_pid()
select backend_start <= query_start, xact_start <= now(), query_start <= clock_timestamp(), state_change is not null from pg_stat_activity where pid = pg_backend_pid()
set application_name = 'inspector'
select application_name from pg_stat_activity where pid = pg_backend_pid()
@begin; select state, xact_start <= now() from pg_stat_activity where pid = pg_backend_pid(); commit
select ssl, version, cipher, bits, client_dn from pg_stat_ssl where pid = pg_backend_pid()
select gss_authenticated, principal, encrypted from pg_stat_gssapi where pid = pg_backend_pid()
select pg_stat_get_backend_activity(0), pg_stat_get_backend_pid(0), pg_stat_get_backend_dbid(-1), pg_stat_get_backend_start(1000)
select count(*) = 1 from pg_stat_get_backend_idset() b where pg_stat_get_backend_pid(b) = pg_backend_pid()
select pg_stat_get_backend_activity(b) from pg_stat_get_backend_idset() b where pg_stat_get_backend_pid(b) = pg_backend_pid()
select a.datid = d.oid, a.usesysid = r.oid from pg_stat_get_activity(pg_backend_pid()) a, pg_database d, pg_roles r where d.datname = current_database() and r.rolname = current_user
select count(*) from pg_stat_get_activity(0)
select name, statement, is_holdable, is_binary, is_scrollable, creation_time is not null from pg_cursors where name <> ''
@begin; declare c cursor for select 1; declare d scroll cursor for select 1 for read only; declare e no scroll cursor with hold for select 1; declare f binary cursor for select 1; select name, statement, is_holdable, is_binary, is_scrollable, creation_time >= now() from pg_cursors order by name; commit
select name, is_holdable, is_binary, is_scrollable from pg_cursors where name <> '' order by name
close all
select count(*) from pg_cursors where name <> ''
@begin; declare c cursor for select 1; savepoint a; declare d cursor for select 2; rollback to a; select name from pg_cursors order by 1; close c; select count(*) from pg_cursors; commit
@begin; declare a cursor for select distinct id from learnamp.teams; declare b cursor for select id from learnamp.teams order by id; declare c cursor for select t.id from learnamp.teams t join learnamp.users u on u.id = t.id; declare d cursor for select id from learnamp.teams limit 2; declare e cursor for select count(*) from learnamp.teams; select name, is_scrollable from pg_cursors order by 1; commit
@begin; declare f cursor for select 1 union select 2; declare f2 cursor for select 1 union all select 2; declare g cursor for values (1),(2); declare h cursor for with x as (select 1) select * from x; declare i cursor for select generate_series(1,2); declare j cursor for select * from generate_series(1,2); select name, is_scrollable from pg_cursors order by 1; commit
@begin; declare k cursor for select (select 1); declare l cursor for select id from learnamp.teams; declare m cursor for select row_number() over () from learnamp.teams; declare o cursor for select * from (select id from learnamp.teams offset 1) x; declare q cursor for select 1 from learnamp.teams where random() < 2; declare r cursor for select id from learnamp.teams where id in (select id from learnamp.users); select name, is_scrollable from pg_cursors order by 1; commit
@begin; declare t cursor for select id from learnamp.teams where (select true); declare u cursor for select id + 1 from learnamp.teams; declare v cursor for select random(); declare z cursor for values (1); select name, is_scrollable from pg_cursors order by 1; commit
@begin; declare c cursor for select id from learnamp.teams order by id; fetch 2 c; fetch prior c; fetch prior c; fetch prior c; fetch next c; fetch last c; fetch next c; fetch prior c; fetch absolute 2 c; fetch backward all c; fetch all c; commit
@begin; declare c cursor for select id from learnamp.teams where id > 0 order by id; move all c; fetch prior c; fetch relative -1 c; fetch first c; fetch 0 c; fetch -1 c; commit
@begin; declare c cursor for select count(*) from learnamp.teams; fetch c; fetch prior c; commit
rollback
@begin; declare c no scroll cursor for select id from learnamp.teams order by id; fetch 2 c; fetch prior c; commit
rollback
@begin; declare c cursor for select * from generate_series(1, 5) n; fetch all c; fetch backward 2 c; fetch relative 0 c; fetch next c; fetch backward 9 c; fetch c; commit
@begin; declare c cursor for select * from generate_series(1, 3) n; fetch 3 c; fetch prior c; fetch forward all c; fetch prior c; commit
declare b binary cursor with hold for select 1, 'a'::text, null::int
close b
declare b binary scroll cursor with hold for select n from generate_series(1, 3) n
select name, is_binary, is_scrollable from pg_cursors where name = 'b'
move 2 in b
move backward 1 in b
close b
prepare p1 as select 1
prepare p2(int, text) as select $1 + 1, $2
prepare p3 as select * from learnamp.teams where id = $1
prepare p4(numeric(10,2), varchar(3)[]) as select $1, $2
select name, statement, prepare_time is not null, parameter_types, from_sql, generic_plans, custom_plans from pg_prepared_statements where from_sql order by name
execute p2(4, 'x')
execute p1
select name, generic_plans, custom_plans from pg_prepared_statements where from_sql order by name
@execute p2(1, 'a'); execute p2(1, 'a'); execute p2(1, 'a'); execute p2(1, 'a'); execute p2(1, 'a'); execute p2(1, 'a'); select custom_plans from pg_prepared_statements where name = 'p2'
set plan_cache_mode = force_generic_plan
@execute p3(1); select generic_plans, custom_plans from pg_prepared_statements where name = 'p3'
set plan_cache_mode = force_custom_plan
@execute p3(1); select generic_plans, custom_plans from pg_prepared_statements where name = 'p3'
reset plan_cache_mode
explain execute nope
explain analyze execute nope
explain execute p2
explain execute p2(1)
explain (nope) execute p1
deallocate p1
select name from pg_prepared_statements where from_sql order by name
deallocate all
select count(*) from pg_prepared_statements where from_sql
@prepare q as select 1; discard all
select count(*) from pg_prepared_statements where from_sql
select pg_terminate_backend(1), pg_cancel_backend(0)
select pg_cancel_backend(999999)
select pg_cancel_backend(-1)
select pg_terminate_backend(999999, -1)
select pg_terminate_backend(999999, 10)
select pg_terminate_backend(null), pg_cancel_backend(null)
select pg_cancel_backend(pg_backend_pid())
select pg_blocking_pids(pg_backend_pid()), pg_blocking_pids(0), pg_safe_snapshot_blocking_pids(0)
select pg_advisory_unlock(99)
select pg_advisory_unlock_shared(99)
select pg_advisory_unlock(1, 99), pg_advisory_unlock_shared(1, 99)
select pg_advisory_lock(1), pg_try_advisory_lock(2), pg_advisory_unlock(1), pg_advisory_unlock(2)
select pg_advisory_unlock(1), pg_advisory_lock(1), pg_advisory_unlock(1), pg_advisory_unlock(1)
select pg_try_advisory_lock(7), pg_try_advisory_lock(7), pg_advisory_unlock(7), pg_advisory_unlock(7), pg_advisory_unlock(7)
select pg_try_advisory_lock_shared(7), pg_try_advisory_lock(7), pg_advisory_unlock_shared(7), pg_advisory_unlock_shared(7), pg_advisory_unlock(7)
@select pg_advisory_lock(1, 2), pg_advisory_lock_shared(3), pg_advisory_lock(-1), pg_try_advisory_lock_shared(1, -1); select locktype, database = (select oid from pg_database where datname = current_database()), relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid, virtualtransaction is not null, pid = pg_backend_pid(), mode, granted, fastpath, waitstart from pg_locks where locktype = 'advisory' order by classid, objid, objsubid; select pg_advisory_unlock_all(); select count(*) from pg_locks where locktype = 'advisory'
@select pg_advisory_xact_lock(5), pg_advisory_xact_lock_shared(6); select count(*) from pg_locks where locktype = 'advisory'
select count(*) from pg_locks where locktype = 'advisory'
@begin; select pg_advisory_xact_lock(5), pg_advisory_lock_shared(6); select pg_advisory_unlock(5); select objid, mode from pg_locks where locktype = 'advisory' order by 1; rollback; select objid, mode from pg_locks where locktype = 'advisory' order by 1; select pg_advisory_unlock_shared(6)
@begin; select pg_advisory_xact_lock(1); savepoint a; select pg_try_advisory_xact_lock(2), pg_advisory_xact_lock(1); select objid from pg_locks where locktype = 'advisory' order by 1; rollback to a; select objid from pg_locks where locktype = 'advisory' order by 1; savepoint b; select pg_advisory_xact_lock(3, 4); release b; select classid, objid from pg_locks where locktype = 'advisory' order by 1, 2; commit; select count(*) from pg_locks where locktype = 'advisory'
@begin; select pg_advisory_xact_lock(1); savepoint a; select pg_advisory_xact_lock(2); select 1/0; rollback to a
@select objid from pg_locks where locktype = 'advisory' order by 1; rollback; select count(*) from pg_locks where locktype = 'advisory'
@begin; select pg_advisory_lock(1), pg_advisory_xact_lock(2); select 1/0
@rollback; select objid from pg_locks where locktype = 'advisory' order by 1; select pg_advisory_unlock(1)
select case when false then pg_try_advisory_lock(11) end, pg_advisory_unlock(11)
select n, pg_try_advisory_lock(n) from generate_series(1, 3) n
select count(*), sum(objid::bigint) from pg_locks where locktype = 'advisory'
@select pg_advisory_lock(20); discard all; select count(*) from pg_locks where locktype = 'advisory'
select pg_advisory_lock(null), pg_try_advisory_lock(null), pg_advisory_unlock(null, 1)
select pg_advisory_lock('x')
select pg_advisory_lock()
select pg_try_advisory_lock(9223372036854775807), pg_try_advisory_lock(-9223372036854775808)
select classid, objid, objsubid from pg_locks where locktype = 'advisory' order by 1, 2, 3
select pg_advisory_unlock_all()
set lock_timeout = '50ms'
select pg_advisory_lock(1), pg_advisory_unlock(1)
reset lock_timeout
select locktype, mode, granted, fastpath, virtualxid = virtualtransaction from pg_locks where locktype = 'virtualxid' and pid = pg_backend_pid()
