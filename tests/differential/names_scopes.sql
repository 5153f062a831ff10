-- Names: what output columns are called, what is visible where, what is ambiguous.
select 1, 'a', null, 1 + 1, -1, not true
select now() is null, current_date is null, localtimestamp is null
select count(*), sum(id), max(id) filter (where true), row_number() over () from learnamp.teams limit 1
select id::text, cast(id as bigint), (id), ((id)), -id, id + 1 from learnamp.teams order by 1 limit 1
select (id)::text, 1::int, 'a'::text, '1'::int::text, date '2026-01-01', interval '1 day'
select case when true then 1 end, case when true then 1 else id end, case 1 when 1 then 2 else 3 end from learnamp.teams limit 1
select coalesce(null, 1), nullif(1, 2), greatest(1, 2), least(1, 2), array[1], row(1), (1, 2), exists (select 1)
select (select 1), (select 1 as x), (select id from learnamp.teams limit 1), array(select 1), (select count(*) from learnamp.teams)
select (array[1, 2])[1], ('{1,2}'::int[])[1:2], (row(1, 2)).f1, (t).id, (t.id) from learnamp.teams t limit 1
select extract(year from date '2026-01-01'), substring('abc', 1, 1), trim('a'), position('a' in 'a'), overlay('a' placing 'b' from 1)
select 'a' || 'b', 'a' like 'b', 1 = 1, 1 in (1), 1 between 1 and 2, 1 is null, true is true, 'a' collate "C"
select current_user, current_role, session_user, user, current_catalog, current_schema, current_date is null as x
select true and false, not true, 1 = any (array[1]), timestamp '2026-01-01' at time zone 'UTC'
select pg_catalog.lower('A'), upper('a')::varchar(2), upper('a') || 'b'
select grouping(id), id from learnamp.teams group by id order by id limit 1
select "Id" from (select 1 as "Id") s
select Id from (select 1 as "Id") s
select "a""b" from (select 1 as "a""b") s
select a.id from learnamp.teams as a(id2)
select a.id2, a.name from learnamp.teams as a(id2) order by 1 limit 1
select teams.id from learnamp.teams as a
select learnamp.teams.id from learnamp.teams as a
select a.* from learnamp.teams as b
select nope.* from learnamp.teams
select learnamp.nope.* from learnamp.teams
select learnamp.teams.nope from learnamp.teams
select nope.teams.id from learnamp.teams
select nope.learnamp.teams.id from learnamp.teams
select a.b.c.d.e from learnamp.teams
select id.x from learnamp.teams
select (id).x from learnamp.teams
select t.nope from learnamp.teams t
select nmae from learnamp.teams
select t.nmae from learnamp.teams t
select manger_id from learnamp.teams
select users.frist_name from learnamp.users
select naem from learnamp.teams, learnamp.locations
select frist_name from learnamp.users where id = 1
select x from learnamp.teams where xyzzy = 1
select ID from learnamp.teams where NAME is null
select id from learnamp.teams, learnamp.locations
select name from learnamp.teams t, learnamp.locations l
select t.name, l.name from learnamp.teams t, learnamp.locations l where t.id = l.id order by 1 limit 1
select id from learnamp.teams t join learnamp.locations l on t.id = l.id
select id from learnamp.teams t join learnamp.locations l using (id) order by 1
select name from learnamp.teams t join learnamp.locations l using (id)
select x as y from (select 1 as x) s where y = 1
select x as y from (select 1 as x) s group by y
select x as y from (select 1 as x) s having y = 1
select x as y, y + 1 from (select 1 as x) s
select count(*) as c from learnamp.teams having c > 1
select x as y from (select 1 as x) s order by y + 1
select t.id as id, l.id as id from learnamp.teams t, learnamp.locations l order by id
select 1 as a, 2 as a group by a
select 1 as a, 1 as a group by a
select id as a, id as a from learnamp.teams order by a limit 1
select teams.teams from learnamp.teams
select t.t from learnamp.teams t
select s from (select 1 as a, 'x' as b) s
select s from (select 1 as s) s
select s.s from (select 1 as s, 2 as t) s
select name(t) from learnamp.locations t order by t.id
select t.upper from learnamp.locations t
select t.length from learnamp.locations t
select id(t), t.name from learnamp.locations t order by 1
select row(1).f1
select (row(1, 2)).f2, (row(1, 2)).f3
select ((1, 2)).f1
select (1).f1
select (select t from learnamp.locations t where id = 1).name
select ('a'::text).x
select x.y from (select row(1, 2) as x) s
select (x).f1, (s.x).f2 from (select row(1, 2) as x) s
select (x).* from (select row(1, 2) as x) s
select (x).a from (select row(1, 2) as x) s
select * from (select (t).* from learnamp.locations t) s order by 1 limit 1
select * from learnamp.locations as t(a, b) order by a limit 1
select * from learnamp.locations as t(a, b, c)
select a from learnamp.locations as t(a) order by a limit 1
select t.id from learnamp.locations as t(a)
select * from nope
select * from nope.teams
select * from learnamp.team
select * from "LEARNAMP".teams
select * from nope.learnamp.teams
select * from acme.learnamp.locations order by id limit 1
select * from acme.nope.locations
select * from pg_catalog.pg_class where false
select relname from pg_class where relname = 'pg_class'
select relname from information_schema.pg_class
select count(*) > 0 from information_schema.tables
select * from teams order by id limit 1
select count(*) from users
select count(*) from courses
select count(*) from learning360.users, learnamp.users
select users.id from learning360.users, learnamp.users
select count(*) from learnamp.users, learnamp.users
select learnamp.users.id from learning360.users, learnamp.users order by 1 limit 1
select learnamp.users.*, learning360.users.id from learning360.users, learnamp.users order by 1 limit 0
select u.id from learnamp.users u, learning360.users u
select 1 from (select 1) a, (select 2) a
select * from (values (1)) a(x), a
select (select x from (select a.id as x) s) from learnamp.teams a order by 1
select (select id) from learnamp.teams a order by 1
select (select name from learnamp.locations where id = a.id) from learnamp.teams a order by 1
select id, (select id from learnamp.locations l where l.id = id order by id limit 1) from learnamp.teams order by 1
select (select b.id from learnamp.teams b where b.id = a.nope) from learnamp.teams a
select a.id from learnamp.teams a where exists (select 1 from learnamp.locations where id = a.id and name = a.name)
select max(id) m from learnamp.teams order by m
select id from learnamp.teams where max(id) = 1
select id m from learnamp.teams where m = 1
select foo.id from learnamp.teams foo, learnamp.locations bar where foo.id = baz.id
select distinct id as x from learnamp.teams order by x
select t.* from learnamp.teams t group by t.id order by t.id limit 1
select current_date.x
select "current_date" from (select 1 as "current_date") s
select session_user.x
select public.upper('a')
select nope.upper('a')
select learnamp.upper('a')
select pg_catalog.nope('a')
select acme.pg_catalog.upper('a')
select nope.pg_catalog.upper('a')
select 1::nope
select 1::learnamp.nope
select 1::pg_catalog.int4
select 1::nope.int4
select (null::learnamp.locations).name
select 1 operator(nope.+) 1
select 1 <-> 2
select 1 === 2
select !5
select 'a' collate nope
select 'a' collate pg_catalog."C"
select case when true then 1 else (select 2 + 3) end, (select 1 + 1)::text, (select 1::int8)::text, (select current_date::text)::date is null, case when true then 1 else (select max(id) from learnamp.users) end from learnamp.locations limit 1
