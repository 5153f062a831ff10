-- One statement a line; each is said to both servers. Grow it by area of the manual.
select count(*) filter (where completed_at is not null) over (partition by course_id order by started_at rows between 2 preceding and current row) from learnink.user_course_performance limit 2
select percentile_cont(0.5) within group (order by average_score), mode() within group (order by course_id), stddev(average_score) from learnink.user_course_performance
select user_id, string_agg(course_id::text, ',' order by course_id) from learnink.user_course_performance group by user_id having count(*) > 3 order by 1 limit 1
select country, region, count(*), grouping(country, region) from learnink.users group by cube(country, region) order by 1,2 limit 3
select a.id from learnamp.tasks a, lateral (select max(b.id) m from learnamp.tasks b where b.user_id = a.user_id) x where x.m = a.id order by 1 limit 2
select * from (select 1 as a union select null union select 2.5) s order by a nulls first
select 1 intersect all select 1
select 1 except select 2
select jsonb_build_object('a', 1, 'b', array[1,2]), to_json(row(1,'x')), '{"a":{"b":2}}'::jsonb #>> '{a,b}'
select t from (values (1,'x')) t(a,b)
select (t).a, (t).* from (select row(1,2)) s(r), (values (1,'x')) t(a,b)
select interval '1 day' > interval '23 hours', date '2026-01-31' + interval '1 month', extract(isodow from date '2026-11-22')
select 'a' || 1, 5 / 2, 5.0 / 2, 7 % 3, 2 ^ 10, |/ 16, @ -5
select array_agg(x order by x desc) from generate_series(1,5) x
select x, sum(x) over (order by x) from generate_series(1,3) x order by 1
select count(distinct country), sum(distinct 1.50) from learnink.users
select "user" from learning360.courses_trackings order by 1 limit 1
select group from learning360.posts
select * from learnink.nope
select id from learnink.users group by country
select 'abc'::int
select 1 + 'a'
select nope(1)
select * from learnink.users u join learnink.courses u on true
select 1 limit -1
select cast('2026-13-01' as date)
select (select id from learnink.users)
select 2147483647 + 1
values (1,2),(3,4) order by 1 desc
select not true and false or true, null is null, 1 is distinct from null
select case 3 when 1 then 'a' when 3 then 'c' end
select 1, 1.5, 'a', null, count(*) from learnink.users
select registration_status, count(*), avg(extract(epoch from registered_at - created_at)) from learnink.users group by 1 order by 2 desc, 1
select u.id, (select count(*) from learnink.user_course_performance p where p.user_id = u.id) n from learnink.users u order by u.id limit 5
select id from learnink.courses where exists (select 1 from learnink.user_course_performance p where p.course_id = courses.id) order by 1
select name from learnink.courses where id in (select course_id from learnink.user_course_performance) order by 1
select name from learnink.courses where id not in (select course_id from learnink.user_course_performance where course_id is not null) order by 1
select g.name, count(*) from learnink.users u cross join lateral jsonb_array_elements_text(u.user_groups) x(gid) join learnink.user_groups g on g.id::text = x.gid group by 1 order by 2 desc, 1
with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select n, n * 2.5 from t
select * from unnest(array['a', 'b']) with ordinality
select date_trunc('month', created_at), count(*) from learnink.users group by rollup(1) order by 1
select distinct on (registration_status) registration_status, id from learnink.users order by registration_status, id
select sum(x), avg(x), x / 3 from (values (1.5), (2.25), (1.50)) v(x) group by x order by x
select foo from learnink.users
select 1 / 0
select array_to_string(array[1, 2, null, 3], ',', '*'), array[1, 2] || 3, 2 = any(array[1, 2])
select 'x'::regclass
select 'learnink.users'::regclass::text, 23::regtype, 'int4'::regtype
select exists(select 1), (select 5), array(select generate_series(1, 3)), 1 in (select 1), (1, 2) = (1, 2), row(1, 'a')
select a.x, b.y from (values (1), (2)) a(x) left join (values (2), (3)) b(y) on a.x = b.y order by 1
select * from (values (1, 'a'), (2, 'b')) t(id, n) natural join (values (1, true)) s(id, f)
select * from (values (1, 'a')) t(id, n) full join (values (2, true)) s(id, f) using (id) order by id
select coalesce(null, 5), nullif(1, 1), greatest(1, 3, 2), case when true then 1 else 2.5 end
select 'abc' like 'a%', 'abc' ~ '^a', 'abc' similar to 'a%', 'ABC' ilike 'a_c'
select sum(1) over (), x.id from learnink.courses x order by 2
select round(2.5), round(3.5), round(-2.5), round(2.5::float8), 1e10::float8, 1::float4 / 3
select to_char(1234.5, 'FM9,999.00'), to_char(date '2026-11-22', 'Dy DD Mon YYYY'), to_date('22.11.2026', 'DD.MM.YYYY')
select '[1,2]'::jsonb -> 0, '{"b":1,"a":2}'::jsonb, '{"b":1,"a":2}'::json, '{"a":1}'::jsonb @> '{"a":1}'
select extract(year from timestamp '2026-11-22 03:00'), date_part('week', date '2026-01-01'), age(timestamp '2026-01-01', timestamp '2025-11-15')
select x, lag(x) over w, first_value(x) over w, ntile(2) over w from generate_series(1, 4) x window w as (order by x)
select count(*) from learnamp.activities a join learnamp.users u on u.id = a.user_id where a.verb is not null
select t.status, count(*) from learnamp.tasks t group by t.status order by 2 desc, 1 nulls last limit 10
insert into learnink.users (id) values (gen_random_uuid())
create table t (a int)
update learnink.users set country = 'x'
select * from learnink.users for update
select 1 as a, 2 as a order by a
select a.*, b.* from (values (1)) a(x), (values (1)) a(x)
select 1 from learnink.users having true
select sum(count(*)) over () from learnink.users group by country limit 1
select (select x from (values (1)) v(x) where v.x = t.y) from (values (1), (2)) t(y)
select * from (values (1), (2)) t(y) where y > all (select 1) and y = any (select 2)
select array_agg(y) from (values (1), (2)) t(y) where (y, 1) in (select 2, 1)
select 'a' < 'B', 'a' = 'a ', 'x'::char(3) = 'x', length('x'::char(3))
select interval '1 month' = interval '30 days', date '2026-03-01' - date '2026-02-01', timestamp '2026-03-01' - timestamp '2026-02-01'
select 9223372036854775807 + 1
select 1::smallint + 1::smallint, pg_typeof(1::smallint + 1), pg_typeof(1 / 2.0)
select substring('foobar' from 2 for 3), position('b' in 'foobar'), trim(both 'x' from 'xax'), overlay('abcdef' placing 'ZZ' from 2 for 3)
select md5('a'), upper('ß'), initcap('hello world'), repeat('ab', 3), split_part('a,b,c', ',', -1)
select string_to_array('a,b', ','), array_length(array[1, 2, 3], 1), (array[1, 2, 3])[2], (array[1, 2, 3])[2:3]
select table_name from information_schema.tables where table_schema = 'learnink' order by 1
select column_name, data_type, is_nullable from information_schema.columns where table_schema = 'learnamp' and table_name = 'tasks' order by ordinal_position
select conname, contype, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'learnink'::regnamespace order by 1
select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute where attrelid = 'learnamp.tasks'::regclass and attnum > 0 order by attnum
select obj_description('learnink.users'::regclass, 'pg_class'), col_description('learnink.users'::regclass, 1)
