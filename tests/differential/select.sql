-- SELECT lists, expressions, output names, WHERE, LIMIT: manual chapters 4.2 and 7.
select
select from learnink.courses
select 1 as one, 2 two, 3 "Three"
select 1, 'a', null, true, 1.5, 1e3, b'101', x'1f', date '2026-01-01'
select 'a' 'b'
select current_user, session_user, user, current_role, current_catalog, current_schema
select count(*), max(id), min(name) from learnamp.users
select id, first_name || ' ' || last_name as whole, first_name || last_name from learnamp.users order by id limit 3
select u.*, 1 as x from learnamp.teams u order by id limit 1
select teams.* from learnamp.teams order by id limit 2
select learnamp.teams.id from learnamp.teams order by id
select learnamp.teams.* from learnamp.teams order by id limit 1
select acme.learnamp.teams.id from acme.learnamp.teams order by 1 limit 1
select *, id from learnamp.locations order by id
select *, * from learnamp.locations order by 1
select (t).id, (t).name from learnamp.teams t order by 1
select (t.*).id from learnamp.locations t order by 1
select t.* is null, t is not null from learnamp.locations t order by t.id
select row(t.*) from learnamp.locations t order by t.id limit 2
select row(t.*, 1) from learnamp.locations t order by t.id limit 2
select id as "a b", name as "select" from learnamp.locations order by "a b" desc limit 1
select case when id > 2 then 'big' else 'small' end from learnamp.locations order by id
select case id when 1 then 'one' when 2 then 'two' end, case when false then 1 end from learnamp.locations order by id
select coalesce(manager_id, -1), nullif(id, 2), greatest(id, 2), least(id, 2) from learnamp.teams order by id
select id::text, cast(id as numeric), id::float8, cast(name as varchar(3)) from learnamp.teams order by id
select (array[1, 2, 3])[2], (array[1, 2, 3])[1:2], ('{1,2}'::int[])[1]
select (select 1), (select 1 as named), exists (select 1), not exists (select 1 where false)
select array_agg(id order by id) from learnamp.teams
select 1 + 2 * 3, -2 ^ 2, 2 ^ 3 ^ 2, not true or true, 1 < 2 = true
select 5 between 1 and 10, 5 not between 1 and 3, 5 between symmetric 10 and 1
select 1 in (1, 2), 1 not in (2, 3), null in (1), 1 in (1, null), 2 in (1, null)
select 'abc' like 'a%', 'abc' not like '%c', 'abc' ilike 'A__', 'a%c' like 'a\%c', 'a%c' like 'a#%c' escape '#'
select null is null, null isnull, 1 notnull, true is true, null is not true, null is unknown, false is not unknown
select 1 is distinct from 2, null is not distinct from null, (1, null) is distinct from (1, null)
select extract(year from date '2026-11-22'), date_part('month', date '2026-11-22'), position('b' in 'abc'), substring('abcdef' from 2 for 3), overlay('abcdef' placing 'XX' from 2), trim(' a '), trim(leading 'x' from 'xxa')
select timestamp '2026-01-01 10:00' at time zone 'Africa/Nairobi', timestamptz '2026-01-01 10:00+00' at time zone 'Asia/Tokyo'
select 'x' collate "C" < 'y', name collate "C" from learnamp.locations order by name collate "C"
select cast(null as integer), null::text, cast('1' as int), int '5', '5'::integer, integer '7' + 1
select interval '1' day, interval '1-2' year to month, interval '1 02:03:04' day to second, interval(0) '1.7 seconds'
select id from learnamp.users where manager order by id
select id from learnamp.users where not manager and coach_id is null order by id limit 5
select id from learnamp.users where (manager_id, location_id) = (1, 2) order by id
select id from learnamp.users where id in (1, 3, 5, 700) order by id
select id from learnamp.users where id = any (array[1, 3, 5]) and id <> all ('{3}') order by id
select id from learnamp.users where true order by id limit 2
select id from learnamp.users where null order by id
select id from learnamp.users where hire_date >= '2024-01-01' and hire_date < date '2024-01-01' + 90 order by id
select id from learnamp.users order by id limit 3 offset 5
select id from learnamp.users order by id offset 38
select id from learnamp.users order by id limit all offset 38 rows
select id from learnamp.users order by id offset 2 rows fetch first 2 rows only
select id from learnamp.users order by id fetch next row only
select id from learnamp.users order by id fetch first (1 + 1) rows only
select id from learnamp.users order by id limit null offset null
select id from learnamp.users order by id limit 1 + 1
select id from learnamp.users order by id limit (select 2)
select id from learnamp.users order by id limit 2.5
select id from learnamp.users order by id limit '2'
select id from learnamp.users order by id limit 0
select id from learnamp.users order by id limit -1
select id from learnamp.users order by id offset -1
select id from learnamp.users order by id limit 'x'
select id from learnamp.users order by id limit id
select id from learnamp.users order by id limit true
select id from learnamp.users order by id fetch first null rows only
select all id from learnamp.locations order by id
select 1 where false
select 1 where true having true
select 'x' where 1 = 1
select 1 having 1 > 2
select count(*) having count(*) > 0
select 1 group by ()
select upper(name) from learnamp.locations order by 1
select learnamp.users.id, users.first_name from learnamp.users order by 1 limit 1
select pg_catalog.upper('a'), pg_catalog.count(*) from learnamp.locations
select 1 operator(pg_catalog.+) 2, 'a' operator(pg_catalog.||) 'b'
select sum(score) from learnamp.activities where type = 'Quiz'
select generate_series(1, 3)
select generate_series(1, 3), generate_series(1, 2)
select generate_series(1, 2), unnest(array['a', 'b', 'c'])
select id, generate_series(1, id) from learnamp.locations order by 1, 2
select generate_series(1, 3) + 1 as x, 'c'
select generate_series(1, 3) order by 1 desc limit 2
select count(*), generate_series(1, 2) from learnamp.locations
select unnest(array[1, 2]) u group by u order by u
select sum(generate_series(1, 2))
select 1 where generate_series(1, 2) > 1
select case when true then generate_series(1, 2) end
select coalesce(generate_series(1, 2), 0)
select (select generate_series(1, 1))
select distinct generate_series(1, 3) % 2 order by 1
select unnest('{}'::int[])
select unnest(null::int[]), 1
select jsonb_array_elements_text('["a", "b"]'), 1
select (jsonb_each('{"a": 1, "b": 2}')).*
select (jsonb_each('{"a": 1, "b": 2}')).key
select jsonb_each('{"a": 1}')
select (pg_get_keywords()).word from generate_series(1, 1) limit 2
select generate_series(1, generate_series(1, 2))
select abs(generate_series(-2, 0))
select id from learnamp.users u where u.id = 1 and learnamp.users.id = 1
select 'it''s', E'a\nb', U&'\0061', $$do$$, $x$a$$b$x$
select "id" from "learnamp"."users" order by "id" limit 1
select ID from LearnAmp.USERS order by Id limit 1
select 1::int4::text::varchar(1), '1'::"char", 'abc'::char(2), 'abc'::bpchar
select pg_typeof(1), pg_typeof(1.0), pg_typeof('a'), pg_typeof(null), pg_typeof(3000000000), pg_typeof(array[1, 2.5]), pg_typeof(row(1))
select pg_typeof(case when true then 1 else 2.5 end), pg_typeof(coalesce(1, 2::int8)), pg_typeof(greatest(1, 2.0::float4)), pg_typeof(nullif(1, 2.0))
select nullif(1, null), nullif(null, 1), nullif('a', 'b')
select 1 = 1.0, 1::int8 = 1::int2, 1.0::float4 = 1, 'a'::text = 'a'::varchar, 'a'::name = 'a'
select -1::int2, (-32768)::int2, -32768::int2
select 2147483648, -2147483648, 9223372036854775807, 9223372036854775808, 0.1, .5, 5., 1e-3
select 1 as user
select 1 user
select 1 as select
select 1 year
select 'a' as "", 1
select u.id id2, u.id from learnamp.users u order by id2 limit 1
select bool_and(manager), every(manager), bool_or(manager) from learnamp.users
select sum(id)::int, avg(id)::numeric(10, 2), (count(*) / 2)::text from learnamp.teams
select 1 is of (int)
select current_date is not null, now() is not null, current_timestamp(0) is not null, localtime(0) is not null
select json_build_object('a', t) from learnamp.locations t order by t.id limit 1
select to_jsonb(t), row_to_json(t) from learnamp.locations t order by t.id limit 1
select t::text from learnamp.locations t order by t.id limit 2
select (t = t), t < t from learnamp.locations t order by id limit 1
select count(t), count(distinct t) from learnamp.locations t
select max(id) filter (where id < 3), count(*) filter (where false) from learnamp.locations
select xmin is not null, cmin is not null from learnamp.locations limit 1

-- TABLESAMPLE
select count(*) from learnamp.users where exists (select 1 from learnamp.teams t tablesample system (100) repeatable (1) where t.id = users.id)
select count(*) from learnamp.teams, learnamp.users tablesample bernoulli (0)
select (select count(*) from learnamp.teams tablesample bernoulli (x) ) from (values (100),(0)) v(x)
select a.id = b.id from learnamp.teams a tablesample bernoulli (100) join learnamp.teams b tablesample system (100) on a.id = b.id
select (select count(*) from learnamp.users tablesample bernoulli (50) repeatable (7)) = (select count(*) from learnamp.users tablesample bernoulli (50) repeatable (7))
select * from learnamp.teams tablesample bernoulli(101)
select * from learnamp.teams tablesample nope(101)
select * from learnamp.teams tablesample bernoulli(1,2)
select * from learnamp.teams tablesample bernoulli(null)
select * from learnamp.teams tablesample bernoulli(10) repeatable (null)
select * from learnamp.teams tablesample bernoulli('x')
select * from (select 1) x tablesample bernoulli(10)
with t as (select 1) select * from t tablesample bernoulli(10)
select * from information_schema.tables tablesample bernoulli(10)
select count(*) from pg_class tablesample bernoulli(0)
select * from learnamp.teams tablesample bernoulli(id)
select count(*) from learnamp.teams tablesample system(100) repeatable(3)
select count(*) from learnamp.teams tablesample bernoulli('nan')
select count(*) from learnamp.teams tablesample public.bernoulli(1)
select count(*) from learnamp.teams tablesample pg_catalog.bernoulli(100)
select count(*) from learnamp.teams tablesample bernoulli((select 100))
select count(*) from learnamp.teams tablesample bernoulli(count(*))
select count(*) from learnamp.teams t tablesample bernoulli(100) where t.id is not null
select count(*) from learnamp.teams tablesample bernoulli(true)
select count(*) from learnamp.teams tablesample bernoulli(100) repeatable(true)
select count(*) from learnamp.teams tablesample bernoulli(-1)
select count(*) from learnamp.teams tablesample system(100.0000001)
select count(*) from learnamp.teams tablesample bernoulli(100, 'x') repeatable(1)
select count(*) from learnamp.teams tablesample bernoulli() repeatable(1)
select count(*) from learnamp.users u cross join lateral (select * from learnamp.teams tablesample bernoulli(u.x)) s
select count(*) from learnamp.teams tablesample count(1)

-- what can fail is not computed where something before it decides
select count(*) from (values (0),(1),(2),(3),(4),(5)) t(x) where x <> 0 and 10/x > 1
select count(*) from (select 10/x as y from (values (0),(1),(2),(3),(4),(5)) t(x) where x <> 0) s where y > 1
select count(*) from generate_series(0,10) t(x) where x <> 0 and 10/x > 1
select count(*) from learnamp.users where id <> 1 and 10/(id-1) > 0
select count(*) from learnamp.users where id <> 1 and 10/(id-1) > 0 and first_name <> 'x'
select count(*) from learnamp.users where id = 1 or 10/(id-1) > 0
select count(*) from learnamp.users where case when id <> 1 then 10/(id-1) > 0 end
select id <> 1 and 10/(id-1) > 0 from learnamp.users order by id limit 3
select count(*) from (select 10/x as y from (values (0),(1),(2),(3),(4),(5)) t(x) where x <> 0) s where y > 1 and y < 6
select x from (values (0),(1),(null),(2)) t(x) where x is null or 10/x > 5 order by 1
select x <> 0 and 10/x > 5, x = 0 or 10/x > 5, not (x <> 0 and 10/x > 5) from (values (0),(1),(null),(2)) t(x)
select a.x from (values (0),(1),(2)) a(x) join (values (0),(1),(2)) b(x) on a.x = b.x and b.x <> 0 and 10/b.x > 5 order by 1
select a.x, b.x from (values (0),(1),(2)) a(x) left join (values (0),(1),(2)) b(x) on a.x <> 0 and b.x <> 0 and 10/(a.x*b.x) > 5 order by 1, 2
select g, sum(10/x) filter (where x <> 0) from (values (1,0),(1,1),(2,0),(2,5)) t(g,x) group by g order by g
select sum(10/x) filter (where x <> 0 and 10/x > 2) from (values (1,0),(1,1),(2,0),(2,5)) t(g,x)
select count(*) filter (where x <> 0 and 10/x > 2) from (values (1,0),(1,1),(2,0),(2,5)) t(g,x)
select x from (values ('1'),('a'),('3')) t(x) where x ~ '^\d+$' and x::int > 2
select x from (select x, x::int as n from (values ('1'),('a'),('3')) t(x) where x ~ '^\d+$') s where n > 2
select id from learnamp.users u where exists (select 1 from learnamp.users v where v.id = u.id and v.id <> 1 and 10/(v.id-1) > 0) order by 1 limit 3
select id from learnamp.users where (id <> 1 and 10/(id-1) > 0) or (id > 3 and 10/(id-3) > 2) order by 1
select id from learnamp.users where id between 2 and 9 and not (10/(id-1) > 5 and 3/(id-1) = 1) order by 1
select count(*) from learnamp.activities where score is not null and score <> 0 and 100/score > 1
select count(*) from learnamp.activities where score <> 0 and 100/score > 1 and verb = 'view'
select case when x = 0 then null when 10/x > 5 then 'a' else 'b' end from (values (0),(1),(2)) t(x)
select x from (values (0),(1),(2)) t(x) where case when x = 0 then false else 10/x > 5 end
select x from (values (0),(1),(2)) t(x) where coalesce(nullif(x,0) is null, false) or 10/x >= 5 order by 1
select count(*) over (), x from (values (0),(1),(2)) t(x) where x <> 0 and 10/x >= 5 order by 2
