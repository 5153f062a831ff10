-- UNION, INTERSECT, EXCEPT: manual 7.4 and 10.5.
select 1 union select 1
select 1 union all select 1
select 1 union select 2 order by 1
select 2 as a union select 1 as b order by a
select 2 as a union select 1 as b order by b
select 1 union select 'a'
select 1 union select '2' order by 1
select '1' union select 2 order by 1
select 'a' union select 'b' order by 1
select null union select 1 order by 1
select null union select null
select null union select 'x' order by 1
select null union select null union select 1 order by 1
select null union all select null union all select 1.5
select 1 union select 1.0
select 1.0 union select 1
select scale(x) from (select 1.0 x union all select 1 union all select 1.00) s order by 1
select 1.00 union select 1.0 union select 1
select pg_typeof(x), x from (select 1 x union select 2.5) s order by 2
select pg_typeof(x) from (select 1::int2 x union select 2::int8) s
select pg_typeof(x) from (select 1::float4 x union select 2::numeric) s
select pg_typeof(x) from (select 'a'::varchar(5) x union select 'b'::text) s limit 1
select pg_typeof(x) from (select 'a'::char(5) x union select 'b'::varchar(3)) s limit 1
select 'a'::varchar(5) union select 'b'::varchar(5) order by 1
select 'a'::varchar(5) union select 'b'::varchar(6) order by 1
select 1.5::numeric(5, 2) union select 2.5::numeric(5, 2) order by 1
select date '2026-01-01' union select timestamp '2026-01-01 00:00'
select date '2026-01-01' union select timestamptz '2026-01-02 00:00' order by 1
select true union select 1
select 1 union select true
select array[1] union select array[2] order by 1
select array[1] union select array[2.5] order by 1
select array[1] union select '{3}' order by 1
select '{"a":1}'::jsonb union select '{"a": 1}'
select '{"a":1}'::json union select '{"a":1}'
select '{"a":1}'::json union all select '{"a":1}'
select row(1, 2) union select row(1, 2)
select 1, 2 union select 3
select 1 union select 2, 3
select 1 intersect select 1
select 1 intersect select 2
select 1 except select 1
select 1 except select 2
select x from (values (1), (1), (2), (null), (null)) v(x) intersect select x from (values (1), (null)) w(x) order by 1
select x from (values (1), (1), (2), (null), (null)) v(x) intersect all select x from (values (1), (1), (1), (null)) w(x) order by 1
select x from (values (1), (1), (2), (null), (null)) v(x) except select x from (values (1)) w(x) order by 1
select x from (values (1), (1), (2), (null), (null)) v(x) except all select x from (values (1), (null)) w(x) order by 1
select x from (values (1), (1), (2)) v(x) union distinct select 3 order by 1
select 1 union select 2 intersect select 2 order by 1
(select 1 union select 2) intersect select 2
select 1 union all (select 2 union all select 1) order by 1
select 1 union all select 2 except select 1
(select 1 limit 1) union all (select 2 order by 1 limit 1) order by 1 desc
(select id from learnamp.teams order by id desc limit 1) union all (select id from learnamp.teams order by id limit 1)
select id from learnamp.teams order by id limit 1 union all select 2
(select 1)
((select 1) union (select 2)) order by 1
select id, name from learnamp.teams union all select id, name from learnamp.locations order by 1, 2 limit 5
select id, name from learnamp.teams union all select name, id from learnamp.locations
select id from learnamp.teams intersect select location_id from learnamp.users order by 1
select manager_id from learnamp.teams except select id from learnamp.users where manager order by 1
select 'team' as kind, id from learnamp.teams union all select 'location', id from learnamp.locations order by kind desc, id
select kind, count(*) from (select 'team' as kind, id from learnamp.teams union all select 'location', id from learnamp.locations) s group by 1 order by 1
select * from (select 1 a union select 2) s where a > 1
select a from (select 1 a union all select 1) s group by a
select 1 a union select 2 order by 2
select 1 a union select 2 order by nope
select 1 a union select 2 order by s.a
select 1 a, 1 a union select 2, 3 order by a
select 1 as a union select 2 as a limit 1 offset 5
select 1 union select 2 order by 1 fetch first 1 row with ties
values (1) union select 2 order by 1
values (1), (2) except values (2)
values (1, 'a') union all values (2, 'b') order by 1 desc
table learnamp.locations union all table learnamp.locations order by 1 limit 3
select * from learnamp.locations except select * from learnamp.locations where id > 1
select * from learnamp.locations union select 1
select 1 where false union select 2 where true
select 1 union select count(*) from learnamp.teams order by 1
select sum(x) from (select 1 x union all select 2 union all select 3) s
select distinct x from (select 1 x union all select 1) s
select 1 union select 2 for update
select x from (select 'b' x union all select 'a' union all select null) s order by x
select x from (select 'b' x union all select 'a' union all select null) s order by x desc nulls last
select 0.0::float8 union select '-0'::float8
select 'NaN'::float8 union select 'NaN'::float8
select interval '1 month' union select interval '30 days'
select 'a'::char(3) union select 'a '::char(5)
select t from (select 1 x union select 2) t order by 1
select u.id, (select max(v) from (select u.id as v union select 5) s) from learnamp.teams u order by 1
select id from learnamp.users where id in (select manager_id from learnamp.teams union select 2) order by 1
select exists (select 1 union select 2), array(select 2 union select 1 order by 1), (select 1 union select 1)
select 1 as a, null as b union all select 2, 3 union all select 3, null order by a
select '2026-01-01' as d union all select date '2026-01-02' order by d
select 'x' union select date '2026-01-02'
select 1::money union select 2::money order by 1
select '1'::xid union select '1'::xid
select 'a'::"char" union select 'b' order by 1
select oid from pg_type where typname = 'int4' union select 25 order by 1
select 'int4'::regtype union all select 25 order by 1
select 1 intersect all select 1 intersect select 1
select 1 except select 2 except select 1
select null::int union select null::int
select null::int, 1 intersect select null::int, 1
select 'a' as x intersect select 'a'::varchar
with a as (select 1 x) select * from a union all select * from a
select (1, 2) in (select 1, 2 union select 3, 4)
select count(*) from (select id from learnamp.users union select id from learnamp.users) s
select distinct id % 2 from learnamp.users union all select 5 order by 1
select all 1 union all select all 1
select 1 into x union select 2
-- What has one value in all branches is no key to sort by, and still one to number by.
select x1, x2, row_number() over (partition by x1, x2) from (select t1.id % 3 as x1, false as x2 from learnamp.items t1 union all select 7 as x1, false as x2 from learnamp.key_results t2 where t2.id < 5) t order by 1 desc, 2, 3
select * from ((select t1.id % 3 as x1, false as x2 from learnamp.items t1 union all select 7, false from learnamp.key_results t2) except all (select 7, (t3.value not in (select t3.value from learnamp.one_to_ones t4 where 8.3 = 14.2)) from learnamp.one_to_one_attempt_answers t3 where 28.25 is not distinct from 29.25)) t5 order by 1 desc, 2
select x1, x2, rank() over (partition by x2 order by x1), count(*) over (partition by x2, x1) from (select id as x1, 'a' as x2 from learnamp.locations union all select id, 'a' from learnamp.locations) t order by 1, 2, 3, 4
select * from ((select created_at as x1, '00000000-0000-0000-0000-000000000006'::uuid as x2, created_at as x3 from learnamp.learnlists) union all (select min(created_at), min('00000000-0000-0000-0000-000000000021'::uuid::text)::uuid, max(date '2026-03-18'::timestamp) from learnamp.surveys)) t order by 1, 2, 3 desc nulls last
