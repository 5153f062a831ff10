-- Corners of SELECT: whole rows, queries of WITH that change, aggregates of outer levels, frames without
-- end, set-returning calls beside GROUP BY and DISTINCT ON, names in joins, rows without columns.
select string_agg(name, ',') from (select name from learnamp.groups order by name desc) s
select array_agg(id) from (select id, role from learnamp.users order by role, id desc) s
select role, array_agg(id) from (select id, role from learnamp.users order by id desc) s group by role order by role
select role, last_value(id) over (partition by role) from (select id, role from learnamp.users order by role, id desc) s order by role, 2 limit 5
select count(u.*) from learnamp.users u
select count(u) from learnamp.users u
select u.id, count(t.*) from learnamp.users u left join learnamp.task_assignments t on t.user_id = u.id group by u.id order by 1 limit 3
select row_to_json(u.*) from (select 1 as a, 2 as b) u
select a, count(t) from (values (1),(2)) v(a) left join (values (1,10)) t(b,c) on a = b group by a order by a
select a, t from (values (1),(2)) v(a) left join (values (1,10)) t(b,c) on a = b order by a
select a, t is null, t.b is null from (values (1),(2)) v(a) left join (values (1,null)) t(b,c) on a = b order by a
select a, to_json(t) from (values (1),(2)) v(a) left join (values (1,10)) t(b,c) on a = b order by a
select a, array_agg(t) from (values (1),(2)) v(a) left join (values (1,10)) t(b,c) on a = b group by a order by a
with q1(x) as (select random() from generate_series(1, 5)) select count(*) from (select * from q1 union select * from q1) s
with q(x) as (select random() from generate_series(1, 5)) select count(*) from q a join q b on a.x = b.x
with q(x) as (select random() from generate_series(1, 50)) select count(*) from q a join q b using (x) where a.x >= 0 and false = (a.x < 0)
with q(x) as (select random()) select (select x from q) = (select x from q), (select count(*) from learnamp.users u where (select x from q) = (select x from q))
with q(x) as (select random() from generate_series(1,3)) select u.id, (select count(*) from q a, q b where a.x = b.x and u.id > 0) from learnamp.users u order by 1 limit 2
with q as (select id, random() r from learnamp.users) select count(*) from q where r < 0 union all select count(*) from q where r >= 0
with q as (select id, random() r from learnamp.users), s as (select sum(r) from q) select (select * from s) = (select sum(r) from q)
select to_jsonb(u.*) from (select 1 as a) u
select u.id, count(t.*), count(t) from learnamp.users u left join learnamp.task_assignments t on t.assigned_to_user_id = u.id group by u.id order by 1 limit 3
select l.id, json_agg(u) from learnamp.locations l left join learnamp.users u on u.location_id = l.id and u.id = 1 group by l.id order by 1
select a, t, v from (values (1),(2)) v(a) full join (values (1,10),(3,30)) t(b,c) on a = b order by a
select a, t.b is null, t is null, s is null from (values (1),(2)) v(a) left join ((values (1,10)) t(b,c) join (values (10,7)) s(c,d) using (c)) on a = b order by a
select a, x from (values (1),(2)) v(a) left join lateral (select a as b where a = 1) x on true order by a
select a, count(x) from (values (1),(2)) v(a) left join lateral (select a as b, 2 as c where a = 1) x on true group by a order by a
with e(d,n,s) as (values ('a',1,10),('b',2,20),('a',3,30)) select d, n, rank() over w from e window w as (partition by d order by s) order by rank() over w
with e(d,n,s) as (values ('a',1,10),('b',2,20),('a',3,30)) select d, n, rank() over (partition by d order by s) from e order by rank() over (partition by d order by s), n
with e(d,n,s) as (values ('a',1,10),('b',2,20),('a',3,30)) select * from (select count(*) over (partition by d order by n) + sum(s) over (partition by n order by s) as total, count(*) over (partition by d order by n) as c, sum(s) over (partition by n order by s) as t from e) x where total <> c + t
with e(d,n,s) as (values ('a',1,10),('b',2,20),('a',3,30)) select rank() over (order by 1), count(*) from e group by 1
select count() over () from learnamp.users
select count()
select f, first_value(f) over w, last_value(f) over w from (values ('-inf'::float8),(1),(2),('inf'),('nan')) v(f) window w as (order by f range between 'inf' preceding and 'inf' following)
select f, first_value(f) over w, last_value(f) over w from (values ('-inf'::float8),(1),(2),('inf'),('nan')) v(f) window w as (order by f range between 'inf' preceding and 'inf' preceding)
select f, first_value(f) over w, last_value(f) over w from (values ('-inf'::float8),(1),(2),('inf'),('nan')) v(f) window w as (order by f range between 'inf' following and 'inf' following)
select f, first_value(f) over w, last_value(f) over w from (values ('-inf'::float8),(1),(2),('inf'),('nan')) v(f) window w as (order by f range between 1.1 preceding and 'nan' following)
select f, first_value(f) over w, last_value(f) over w from (values ('-inf'::numeric),(1),(2),('inf'),('nan')) v(f) window w as (order by f range between 'inf' preceding and 'inf' following)
select few.a, count(*), unnest('{1,1,3}'::int[]) from (values ('x'),('y')) few(a) where a = 'x' group by a, unnest('{1,1,3}'::int[])
select a, unnest('{1,1,3}'::int[]) u, count(*) from (values ('x'),('y')) few(a) group by a, u order by 1, 2
select a, unnest('{1,1,3}'::int[]) u from (values ('x'),('y')) few(a) group by 1, 2 order by 1, 2
select distinct on (a) a, b, generate_series(1,3) g from (values (3, 2), (3,1), (1,1), (1,4), (5,3), (5,1)) t(a, b) order by a, b desc
select distinct on (a, g) a, b, generate_series(1,3) g from (values (3, 2), (3,1), (1,1)) t(a, b) order by a, g, b desc
select distinct on (a) a, b, generate_series(1,3) g from (values (3, 2), (3,1), (1,1)) t(a, b) order by a, b desc, g desc
select distinct a, generate_series(1,2) g from (values (3, 2), (3,1), (1,1)) t(a, b) order by a, g desc
select x from (values (1),(2)) v(x) limit (case when random() < 2 then null::bigint end)
select x from (values (1),(2)) v(x) offset (case when random() < 2 then null::bigint end)
select x from (values (1),(2)) v(x) limit null
select 1 from (values (1)) a(x), lateral (select max(a.x) from (values (2)) b(y)) ss
select * from (values (1)) x(f1) join ((values (1)) x(f1) cross join (values (2)) y(ff)) j on j.ff = 2
select * from (values (1)) x(f1) join ((values (1)) x(f1) cross join (values (2)) y(f1)) j on x.f1 = f1
select * from ((values (1)) i(a) cross join (values (2)) j(b)) ss(a,b,c,d)
select * from ((values (1)) x(f1) cross join (values (2)) x(f2))
select intersect select
select except select
select from generate_series(1,5) intersect select from generate_series(1,3)
select from generate_series(1,5) except all select from generate_series(1,3)
select union select
select from generate_series(1,5) union select
select distinct from learnamp.users
select * from generate_series(1, generate_series(1, 3))
select * from abs(generate_series(1,2))
with recursive foo(i) as (select i::numeric(3,0) from (values(1),(2)) t(i) union all select (i+1)::numeric(10,0) from foo where i < 10) select * from foo
with recursive foo(i) as (select 'a'::varchar(3) union all select (i||'x')::varchar(5) from foo where length(i) < 3) select * from foo
select string_agg(1, 2 order by 1)
select nosuch(1 order by 1)
select nosuch(distinct 1)
select grouping(a), a, array_agg(b), rank(a) within group (order by b nulls first), rank(a) within group (order by b nulls last) from (values (1,1),(1,4),(1,5),(3,1),(3,2)) v(a,b) group by rollup (a) order by a
select o.x, (select (select max((select i.x from (values (1),(2)) i(x) where i.x = o.x)))) from (values (1),(2)) o(x) group by o.x order by 1
select (select (select max((select i.x from (values (1),(2)) i(x) where i.x = o.x)))) from (values (1),(2)) o(x)
select (select count((select o.x))) from (values (1),(2)) o(x)
select (select max(o.x + (select 1))) from (values (1),(2)) o(x)
select array_ndims(histogram_bounds) from pg_stats where false
select t2.x2 from (values (16),(2)) t1(v) cross join lateral (select * from ((select case when true then null::interval else interval '36 hours' end as x1, t3."num_endline_answers_incorrect"::float8 as x2 from learnink.user_course_performance t3) union all (select case when false then interval '1 day' else interval '36 hours' end as x1, t4."id"::float8 as x2 from learnamp.quizzes t4)) s order by 1, 2 limit 2) t2
select * from (select null::int as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by 1, 2 limit 2
select * from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by 1, 2 limit 2
select * from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes union all select null, 0) s order by 1 desc, 2 desc limit 7
select * from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by 1, 2
select * from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by 2, 1 limit 5
select * from (select is_open, id from learnamp.quizzes where is_open union all select is_open, id from learnamp.quizzes where not is_open) s order by 1, 2 limit 3
select a, b, row_number() over (order by a, b) from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by 1, 2 limit 3
select a, rank() over (partition by a order by b), b from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by 1, 2 limit 3
select a, array_agg(b order by a, b) from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s group by a order by a
select array_agg(b order by a, b) from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s
select distinct on (a) a, b from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) s order by a, b desc
select q.a, q.b, u.id from (select 2 as a, id as b from learnamp.quizzes union all select 1, id from learnamp.quizzes) q join learnamp.users u on u.id = q.a order by 1, 2 desc limit 3
select distinct least((date '2026-04-13' - date '2026-01-18'), t1."position") as x1, greatest(t1."position", t1."position") as x2, null::date as x3 from learnink.survey_questions t1 join (values (timestamptz '2026-03-11 10:00:00+00')) t2(v) on t1."updated_at" = t2.v
