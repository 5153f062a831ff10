-- What a PostgreSQL with postgres_fdw asks of a foreign server, and what it gets.
-- psql runs it in a database of its own; :host, :port, :database, :user and :password say where the foreign server is.
\set VERBOSITY verbose
\pset null <null>
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw options (host :'host', port :'port', dbname :'database');
create user mapping for current_user server far options (user :'user', password :'password');

\echo ### import
create schema learnink; create schema learnamp; create schema learning360; create schema few; create schema other;
import foreign schema learnink from server far into learnink;
import foreign schema learnamp from server far into learnamp options (import_default 'true', import_collate 'false');
import foreign schema learning360 from server far into learning360 options (import_not_null 'false', import_generated 'false');
import foreign schema learnink limit to (users, courses, nothing) from server far into few;
import foreign schema learnink except (users, courses) from server far into other;
import foreign schema information_schema limit to (tables, columns) from server far into few;
import foreign schema pg_catalog limit to (pg_tables) from server far into few;
import foreign schema nothing from server far into few;
select c.oid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation, attfdwoptions, pg_get_expr(adbin, adrelid)
  from pg_class c join pg_attribute a on attrelid = c.oid left join pg_attrdef d on adrelid = c.oid and adnum = attnum
  where relkind = 'f' order by c.oid::regclass::text collate "C", attnum;

\echo ### rows
-- Every row of every table, through text.
select format('select %L as "table", count(*), md5(string_agg(t::text, ''|'' order by t::text collate "C")) from %s t', oid::regclass, oid::regclass)
  from pg_class where relkind = 'f' and relnamespace::regnamespace::text in ('learnink', 'learnamp', 'learning360') order by oid::regclass::text collate "C" \gexec
select table_name, column_name, data_type from few.columns where table_schema = 'learnink' and table_name = 'users' order by column_name collate "C";
select table_schema, count(*) from few.tables where table_schema like 'learn%' group by 1 order by 1;

\echo ### pushed down
create table mine (id int primary key, note text);
insert into mine select n, 'note ' || n from generate_series(1, 20) n;
analyze mine;
create temp table said (number serial, statement text);
insert into said (statement) values
  ('select id, first_name from learnamp.users where id = 7'),
  ('select id from learnamp.users where id = any (array[1, 2, 3]) order by id'),
  ('select id from learnamp.users where first_name is null or last_name is not null order by id'),
  ('select id, hire_date from learnamp.users where hire_date > date ''2020-01-01'' and not coalesce(deactivated, false) order by hire_date, id limit 5'),
  ('select id, created_at from learnamp.users where created_at between ''2020-01-01'' and ''2030-01-01'' order by created_at desc nulls last, id offset 2 limit 3'),
  ('select id from learnamp.users where first_name like ''A%'' order by id'),
  ('select id from learnamp.users where lower(first_name) = ''anna'' order by id'),
  ('select id from learnamp.users where (first_name || '' '' || last_name) <> ''x'' and length(first_name) > 3 order by id'),
  ('select id from learnamp.users where manager is distinct from is_coach order by id'),
  ('select id from learnamp.users where case when manager then id > 3 else id < 30 end order by id'),
  ('select count(*), sum(sign_in_count), avg(sign_in_count), min(hire_date), max(created_at) from learnamp.users'),
  ('select location_id, count(*), count(distinct manager_id) from learnamp.users group by location_id having count(*) > 1 order by location_id nulls first'),
  ('select count(*) filter (where manager), bool_or(is_coach), array_agg(id order by id desc) from learnamp.users'),
  ('select system_role, string_agg(first_name, '','' order by first_name collate "C") from learnamp.users group by system_role order by 1'),
  ('select percentile_cont(0.5) within group (order by sign_in_count), mode() within group (order by language) from learnamp.users'),
  ('select u.id, m.id from learnamp.users u join learnamp.users m on u.manager_id = m.id order by u.id'),
  ('select u.id, m.first_name from learnamp.users u left join learnamp.users m on u.manager_id = m.id and m.manager order by u.id'),
  ('select u.id, m.id from learnamp.users u full join learnamp.users m on u.coach_id = m.id order by 1, 2'),
  ('select c.id from learnamp.content c where exists (select from learnamp.completions d where d.content_id = c.id) order by 1'),
  ('select c.id from learnamp.content c where not exists (select from learnamp.completions d where d.content_id = c.id) order by 1'),
  ('select l.id, count(*) from learnamp.locations l join learnamp.users u on u.location_id = l.id group by l.id order by count(*) desc, l.id limit 4'),
  ('select * from learnamp.locations l order by l'),
  ('select u from learnamp.users u join learnamp.teams t on t.manager_id = u.id order by u.id limit 2'),
  ('select distinct country from learnink.users order by country'),
  ('select custom_id, user_groups from learnink.users order by custom_id limit 3'),
  ('select user_groups -> 0 as g, count(*) from learnink.users group by 1 order by 1 limit 3'),
  ('select m.note, u.first_name from mine m join learnamp.users u using (id) order by id'),
  ('select m.note, (select count(*) from learnamp.users u where u.manager_id = m.id) from mine m order by id'),
  ('select a.id, b.id from learnamp.users a cross join lateral (select id from learnamp.tasks t where t.user_id = a.id order by id limit 1) b order by 1, 2 limit 5'),
  ('select row_number() over (order by id), id from learnamp.users order by id limit 3'),
  ('select id from learnamp.users order by id fetch first 3 rows with ties'),
  ('select id from learnamp.users where id < (select avg(id) from learnamp.users) order by id'),
  ('select count(*) from learnamp.users where created_at < now() and current_date > hire_date'),
  ('select id from learnamp.locations union all select id from learnamp.teams order by 1'),
  ('select assessors, cardinality(assessors) from learning360.assessments_trackings where ''x'' <> all (assessors) order by id limit 3'),
  ('select tableoid::regclass, id from learnamp.locations where id = 1'),
  ('select date_trunc(''month'', created_at), count(*) from learnamp.users group by 1 order by 1 limit 3'),
  ('select extract(year from created_at), count(*) from learnamp.users group by 1 order by 1'),
  ('select round(avg(progress)::numeric, 2) from learnamp.key_results');
\set SAID 'select format(\'explain (verbose, costs off) %s\', statement), statement from said order by number'
:SAID \gexec

\echo ### fetched in portions
alter server far options (fetch_size '7');
select statement from said order by number \gexec
alter foreign table learnamp.users options (fetch_size '1');
select count(*), max(first_name) from (select * from learnamp.users offset 0) u;
alter foreign table learnamp.users options (drop fetch_size);
alter server far options (drop fetch_size);

\echo ### at once
alter server far options (async_capable 'true');
explain (verbose, costs off) select id from learnamp.users union all select id from learnamp.locations;
select id from learnamp.users union all select id from learnamp.locations union all select id from learnamp.teams order by 1;
select count(*) from (select id from learnamp.users union all select id from learnamp.tasks union all select id from learnamp.teams) x;
alter server far options (drop async_capable);

\echo ### transactions
begin;
select count(*) from learnamp.users;
savepoint a;
select count(*) from learnamp.teams;
select 1 / (id - id) from learnamp.teams;
rollback to a;
select count(*) from learnamp.users;
savepoint b;
select count(*) from learnamp.locations;
release b;
commit;
begin isolation level serializable read only;
select count(*) from learnamp.users;
declare c cursor for select id from learnamp.users order by id;
fetch 3 from c;
declare d scroll cursor for select id from learnamp.locations order by id;
fetch 2 from d;
fetch backward 1 from d;
fetch absolute 1 from d;
move 1 in c;
fetch 3 from c;
close c;
rollback;
select server_name, valid from postgres_fdw_get_connections();
select postgres_fdw_disconnect_all();

\echo ### refused
insert into learnamp.locations (id) values (1);
insert into learnamp.locations (id) values (1), (2) on conflict do nothing;
update learnamp.users set first_name = 'x' where id = 1;
select id from learnamp.users for update;
delete from learnamp.users;
delete from learnamp.users where id = 3 returning id;
truncate learnamp.users;
copy learnamp.locations (id) from stdin;
1
\.
select sqrt(-id) from learnamp.locations order by id;
select id from learnamp.locations where sqrt(-id) > 1;
create foreign table few.wrong (id int, nothing text) server far options (schema_name 'learnamp', table_name 'users');
select * from few.wrong;
select nothing from few.wrong;
create foreign table few.none (id int) server far options (schema_name 'learnamp', table_name 'nothing');
select * from few.none;
create foreign table few.typed (id text, first_name int) server far options (schema_name 'learnamp', table_name 'users');
select id from few.typed order by id limit 2;
select first_name from few.typed;
select id from few.typed where id = '1';

\echo ### analysed
select format('analyze %s', oid::regclass) from pg_class where relkind = 'f' and relnamespace::regnamespace::text in ('learnink', 'learnamp', 'learning360') order by oid::regclass::text collate "C" \gexec
select oid::regclass, reltuples from pg_class where relkind = 'f' and relnamespace::regnamespace::text in ('learnink', 'learnamp', 'learning360') order by oid::regclass::text collate "C";
select attname, null_frac, avg_width, n_distinct from pg_stats where tablename = 'users' order by schemaname, attname collate "C";
:SAID \gexec

\echo ### estimated over there
alter server far options (use_remote_estimate 'true');
select statement from said order by number \gexec
