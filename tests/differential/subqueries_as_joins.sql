-- Correlated subqueries that can be computed for all outer rows at once, and their neighbours that cannot.
select u.id, (select count(*) from learnamp.completions c where c.user_id = u.id) from learnamp.users u order by 1
select u.id, (select count(*) + 1 from learnamp.completions c where c.user_id = u.id and c.completed) from learnamp.users u order by 1
select u.id, (select sum(score) from learnamp.activities a where a.user_id = u.id and a.verb = 'completed') from learnamp.users u order by 1
select u.id, (select coalesce(sum(score), -1) from learnamp.activities a where a.user_id = u.id and a.score > 95) from learnamp.users u order by 1
select u.id, (select case when count(*) = 0 then 'none' else max(verb) end from learnamp.activities a where a.user_id = u.id and a.score > 97) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.completions c where c.user_id = u.id having count(*) > 15) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.completions c where c.user_id = u.id having count(*) = 0) from learnamp.users u order by 1
select t.id, (select u.full_name from learnamp.users u where u.id = t.user_id) from learnamp.tasks t order by 1
select t.id, (select upper(u.full_name) from learnamp.users u where u.id = t.user_id and u.id > 10) from learnamp.tasks t order by 1
select (select t.id from learnamp.tasks t where t.user_id = u.id) from learnamp.users u
select count((select t.id from learnamp.tasks t where t.user_id = u.id and t.id < 3)) from learnamp.users u
select u.id, (select 1 / (t.id - t.id) from learnamp.tasks t where t.user_id = -u.id) from learnamp.users u order by 1
select u.id, (select 100 / (b.x - 1) from (values (1, 1), (2, 5)) b(id, x) where b.id = u.id + 1000) from learnamp.users u order by 1 limit 3
select v.id, (select 100 / (b.x - 1) from (values (1, 1), (2, 5)) b(id, x) where b.id = v.id) from (values (2), (3)) v(id) order by 1
select v.id, (select 100 / (b.x - 1) from (values (1, 1), (2, 5)) b(id, x) where b.id = v.id) from (values (1), (2)) v(id) order by 1
select u.id, (select a.id from learnamp.activities a where a.user_id = u.id order by a.happened_at desc nulls last, a.id limit 1) from learnamp.users u order by 1
select u.id, (select a.verb from learnamp.activities a where a.user_id = u.id order by a.score desc nulls last, a.id limit 1) from learnamp.users u order by 1
select u.id, (select a.id from learnamp.activities a where a.user_id = u.id order by a.id limit 1 offset 2) from learnamp.users u order by 1
select u.id, x.id, x.happened_at from learnamp.users u cross join lateral (select a.id, a.happened_at from learnamp.activities a where a.user_id = u.id order by a.happened_at desc, a.id limit 3) x order by 1, 2
select u.id, x.id from learnamp.users u left join lateral (select a.id from learnamp.activities a where a.user_id = u.id and a.score > 98 order by a.id limit 2) x on true order by 1, 2
select u.id, x.* from learnamp.users u cross join lateral (select count(*) n, max(a.score) m, coalesce(min(a.score), -7) k from learnamp.activities a where a.user_id = u.id and a.score > 98) x order by 1
select u.id, x.* from learnamp.users u left join lateral (select a.verb, count(*) n from learnamp.activities a where a.user_id = u.id and a.score > 90 group by a.verb) x on true order by 1, 2
select u.id, x.* from learnamp.users u, lateral (select distinct a.verb from learnamp.activities a where a.user_id = u.id) x order by 1, 2
select u.id, x.* from learnamp.users u, lateral (select a.id, row_number() over (order by a.id desc) r from learnamp.activities a where a.user_id = u.id) x where x.r < 3 order by 1, 2
select u.id, x.* from learnamp.users u, lateral (select a.id, sum(a.score) over (partition by a.verb order by a.id) s from learnamp.activities a where a.user_id = u.id) x order by 1, 2
select u.id, exists (select 1 from learnamp.tasks t where t.user_id = u.id and t.overdue) from learnamp.users u order by 1
select u.id, not exists (select 1 from learnamp.tasks t where t.user_id = u.id and t.overdue) or u.id = 3 from learnamp.users u order by 1
select u.id from learnamp.users u where exists (select from learnamp.tasks t where t.user_id = u.id and t.overdue) or u.id < 5 order by 1
select u.id from learnamp.users u where (select count(*) from learnamp.tasks t where t.user_id = u.id and t.overdue) = 0 order by 1
select u.id from learnamp.users u where (select max(t.deadline) from learnamp.tasks t where t.user_id = u.id) > u.created_at order by 1
select u.id, u.manager_id in (select m.id from learnamp.managers m where m.id <> 2) from learnamp.users u order by 1
select u.id, u.manager_id not in (select m.id from learnamp.managers m where m.id <> 2) from learnamp.users u order by 1
select u.id, u.manager_id in (select v from (values (1), (null)) t(v)) from learnamp.users u order by 1
select u.id, u.manager_id in (select m.id from learnamp.managers m where m.id = u.id - 1) from learnamp.users u order by 1
select u.id, u.id = any (select t.user_id from learnamp.tasks t where t.mandatory = (u.id > 20)) from learnamp.users u order by 1
select u.id, u.id <> all (select t.user_id from learnamp.tasks t where t.overdue) from learnamp.users u order by 1
select c.name, count(p.id) from learnink.courses c left join learnink.user_course_performance p on p.course_id = c.id and p.user_id in (select id from learnink.users where registration_status = 'registered') group by c.name order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id = u.id and t.id > (select min(x.id) from learnamp.tasks x where x.user_id = t.user_id)) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id = u.id and exists (select from learnamp.users o where o.id = u.manager_id and o.id < t.id)) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t join learnamp.users m on m.id = t.user_id and m.manager_id = u.id) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.users m left join learnamp.tasks t on t.user_id = m.id and t.overdue where m.manager_id = u.id) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.users m left join learnamp.tasks t on t.user_id = m.id and t.id < u.id where m.manager_id = u.id) from learnamp.users u order by 1
select u.id, (select count(*) from (select t.user_id from learnamp.tasks t where t.user_id = u.id union all select c.user_id from learnamp.completions c where c.user_id = u.id) x) from learnamp.users u order by 1
select u.id, (select count(distinct a.verb) filter (where a.score > 50) from learnamp.activities a where a.user_id = u.id) from learnamp.users u order by 1
select u.id, (select string_agg(a.verb, ',' order by a.id) from learnamp.activities a where a.user_id = u.id and a.score > 90) from learnamp.users u order by 1
select u.id, (select percentile_cont(0.5) within group (order by a.score) from learnamp.activities a where a.user_id = u.id) from learnamp.users u order by 1
select u.id, (select rank(50) within group (order by a.score) from learnamp.activities a where a.user_id = u.id and a.score > 97) from learnamp.users u order by 1
select u.id, (select regr_count(a.score, a.total_time) from learnamp.activities a where a.user_id = u.id and a.score > 97) from learnamp.users u order by 1
select u.id, array(select a.verb from learnamp.activities a where a.user_id = u.id and a.score > 90 order by a.id) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id < u.id) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id = u.id or t.user_id = u.manager_id) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id is not distinct from u.manager_id) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id + 1 = u.id * 2) from learnamp.users u order by 1
select u.id, (select u.id + count(*) from learnamp.tasks t where t.user_id = u.id) from learnamp.users u order by 1
select u.id, (select t.id + u.id from learnamp.tasks t where t.user_id = u.id order by t.id limit 1) from learnamp.users u order by 1
select u.id, (select count(*) from learnamp.tasks t where t.user_id = u.id), (select count(*) from learnamp.completions t where t.user_id = u.id), (select max(id) from learnamp.activities t where t.user_id = u.id) from learnamp.users u order by 1
select u.manager_id, sum((select count(*) from learnamp.tasks t where t.user_id = u.id)) from learnamp.users u group by 1 order by 1
select u.id from learnamp.users u order by (select count(*) from learnamp.tasks t where t.user_id = u.id and t.overdue) desc, u.id limit 7
select v.x, (select count(*) from (values (1.0), (1.00), (2)) b(y) where b.y = v.x) from (values (1), (2), (3), (null)) v(x) order by 1
select v.x, (select sum(b.y) from (values ('NaN'::float8), (0.0), (-0.0)) b(y) where b.y = v.x) from (values ('NaN'::float8), (0.0), (3)) v(x) order by 1
select v.x, (select count(*) from (values (interval '1 mon'), (interval '30 days')) b(y) where b.y = v.x) from (values (interval '30 days'), (interval '29 days')) v(x) order by 1
select v.x, (select b.y from (values ('a'::char(3), 1), ('b', 2)) b(k, y) where b.k = v.x) from (values ('a  '::char(5)), ('c')) v(x) order by 1
select t.id, (select string_agg(p.first_name, ', ' order by who.place) from unnest(t.assessors) with ordinality as who (id, place) left join learning360.users p on p.id = who.id) from learning360.assessments_trackings t order by 1
select t.id, x.n from learning360.assessments_trackings t, lateral (select count(*) n from unnest(t.assessors) a(id) join learning360.users p on p.id = a.id) x order by 1
select c.relname, (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'learnamp' and c.relkind = 'r' order by 1
with recursive r(n) as (select 1 union all select n + 1 from r where n < 5 and (select count(*) from learnamp.tasks t where t.user_id = r.n and t.id / 2 > 0) >= 0) select n, (select 10 / (n - 7)) from r order by 1
with recursive r(n, m) as (select id, manager_id from learnamp.users where manager_id is null union all select u.id, u.manager_id from r join learnamp.users u on u.manager_id = r.n and exists (select from learnamp.tasks t where t.user_id = u.id)) select n, m, (select count(*) from learnamp.completions c where c.user_id = r.n) from r order by 1
select v.x, (select count(b.y) from (values (1, 2.5), (1, null), (2, 3)) b(k, y) where b.k = v.x), (select count(distinct b.y) from (values (1, 2.5), (1, 2.50), (2, 3)) b(k, y) where b.k = v.x) from (values (1), (2), (3)) v(x) order by 1
select course_id, mode() within group (order by average_score), percentile_disc(array[0.1, 0.9]) within group (order by average_score), array_agg(distinct average_score order by average_score desc) filter (where average_score > 90), string_agg(average_score::text, ',' order by average_score, id) filter (where average_score > 80) from learnink.user_course_performance group by course_id order by course_id
select a.user_id, a.verb, array_agg(a.score order by a.id), count(distinct a.score), percentile_cont(0.25) within group (order by a.score) from learnamp.activities a group by rollup (a.user_id, a.verb) order by 1, 2
select count(x) from (select (select upper(u.full_name) from learnamp.users u where u.id = s.user_id) x from (select user_id from learnamp.activities where user_id is not null limit 200) s) y
select o.id, (select array_agg(x.id) from (select a.id from learnamp.activities a where a.user_id = o.id order by a.id desc) x) from learnamp.users o order by 1 limit 5
select o.id, (select string_agg(x.verb, ',') from (select a.verb from learnamp.activities a where a.user_id = o.id order by a.verb desc, a.id) x) from learnamp.users o order by 1 limit 5
select t.id, (select max(x) from unnest(t.assessors) x) from learning360.assessments_trackings t order by 1
select t.id, (select count(*) from unnest(t.assessors) x) from learning360.assessments_trackings t order by 1
select t.id, (select string_agg(x, ',') from unnest(t.assessors) x) from learning360.assessments_trackings t order by 1
select t.id, (select string_agg(x, ',' order by n desc) from unnest(t.assessors) with ordinality w(x, n)) from learning360.assessments_trackings t order by 1
select t.id, (select string_agg(coalesce(u.first_name, w.x), ',' order by w.n) from unnest(t.assessors) with ordinality w(x, n) left join learning360.users u on u.id = w.x) from learning360.assessments_trackings t order by 1
select t.id, (select string_agg(u.first_name, ',' order by w.n) from unnest(t.assessors) with ordinality w(x, n) join learning360.users u on u.id = w.x) from learning360.assessments_trackings t order by 1
select t.id, (select x from unnest(t.assessors) x limit 1) from learning360.assessments_trackings t order by 1
select t.id, (select x from unnest(t.assessors) x order by 1 desc limit 1) from learning360.assessments_trackings t order by 1
select t.id from learning360.assessments_trackings t where exists (select from unnest(t.assessors) x join learning360.users u on u.id = x where u.deleted) order by 1
select t.id from learning360.assessments_trackings t where not exists (select from unnest(t.assessors) x join learning360.users u on u.id = x) order by 1
select v.a, (select count(*) from unnest(v.a) x) from (values (array[1,2]), (null), ('{}'), (array[1,2]), (array[null]::int[]), ('[2:3]={1,2}'::int[])) v(a) order by 1, 2
select v.a, (select sum(x) from unnest(v.a) x where x > v.b) from (values (array[1,2], 1), (null, 1), ('{}', 1), (array[1,2], null), (array[3,4], 3)) v(a, b) order by 1, 2
select v.a, (select sum(x) from unnest(coalesce(v.a, array[7])) x) from (values (array[1,2]), (null), ('{}')) v(a) order by 1
select v.a, (select x from unnest(v.a) x) from (values (array[1]), (null), ('{}')) v(a) order by 1
select v.a, (select x from unnest(v.a) x) from (values (array[1]), (array[1, 2])) v(a)
select v.a, (select sum(10 / x) from unnest(v.a) x) from (values (array[1]), (array[0])) v(a)
select v.a, case when v.a[1] <> 0 then (select sum(10 / x) from unnest(v.a) x) end from (values (array[1]), (array[0]), (null)) v(a) order by 1
select v.n, (select sum(i) from generate_series(1, v.n) i) from (values (1), (3), (null), (0), (3)) v(n) order by 1
select v.n, (select string_agg(i::text, '') from generate_series(1, v.n) i) from (values (1), (3), (null), (0), (3)) v(n) order by 1
select v.n, v.m, (select count(*) from generate_series(1, v.n) i, generate_series(1, v.m) j where i < j) from (values (1, 2), (3, 4), (null, 1), (0, 0), (3, 5)) v(n, m) order by 1, 2
select v.n, (select v.n + 1) from (values (1), (null), (2), (1)) v(n) order by 1
select v.n, (select v.n + x from (values (10)) w(x)) from (values (1), (null), (2), (1)) v(n) order by 1
select v.n, (select array_agg(i) from (select i from generate_series(v.n, 1, -1) i) s) from (values (1), (3), (null), (3)) v(n) order by 1
select v.n, (select max(r) from (select i, row_number() over () r from generate_series(v.n, 1, -1) i) s where i = 1) from (values (1), (3), (null), (3)) v(n) order by 1
select v.n, (select array_agg(distinct i % 2) from generate_series(1, v.n) i) from (values (1), (3), (null), (3)) v(n) order by 1
select v.n, l.* from (values (1), (3), (null), (3)) v(n) cross join lateral (select count(*), max(i) from generate_series(1, v.n) i) l order by 1
select v.n, l.* from (values (3), (1), (2)) v(n) cross join lateral (select i, i * 2 from generate_series(1, v.n) i where i <> 2) l
select v.n, l.* from (values (3), (1), (2)) v(n) left join lateral (select i, i * 2 from generate_series(1, v.n) i where i > 1) l on true
select v.j, (select string_agg(k, ',' order by k) from jsonb_object_keys(v.j) k) from (values ('{"a":1,"b":2}'::jsonb), (null), ('{}')) v(j) order by 1
select v.j, (select sum(x.value::int) from jsonb_each_text(v.j) x) from (values ('{"a":1,"b":2}'::jsonb), (null), ('{}')) v(j) order by 1
select v.t, (select max(length(w)) from regexp_split_to_table(v.t, ' ') w) from (values ('a bcd ef'), (null), (''), ('xx')) v(t) order by 1
select v.a, (select sum(x) from unnest(v.a) x) from (values (array[1.0, 2.00]), (array[1.00, 2.0]), (array[1.0, 2.00])) v(a) order by 1, 2, v.a::text
select v.a, (select min(x) from unnest(v.a) x) from (values (array[1.0]), (array[1.00]), (array[1.0])) v(a) order by 1, (v.a)::text
select v.f, (select v.f) from (values ('-0'::float8), ('0'), ('nan'), (null)) v(f) order by 1, v.f::text
select u.id, (select string_agg(x::text, ',' order by x) from generate_series(1, u.id) x where x > u.id - 3) from learnamp.users u order by 1
select o.m, (select count(*) from unnest(o.a) x) from (select max(created_at) as m, array[1, 2] as a from learning360.assessments_trackings) o
select o.k, (select sum(x) from generate_series(1, o.c::int) x) from (select success as k, count(*) as c from learning360.assessments_trackings group by success) o order by 1
select o.k, (select count(*) from generate_series(1, o.c::int) x) from (select success as k, sum(score) as c from learning360.assessments_trackings group by success) o order by 1
select v.a, (select (select sum(x + y) from unnest(v.a) y) from unnest(v.a) x limit 1) from (values (array[1, 2]), (array[3])) v(a) order by 1
select v.a, exists (select from unnest(v.a) x where x = v.b), v.b in (select x from unnest(v.a) x), v.b = all (select x from unnest(v.a) x) from (values (array[1, 2], 2), (array[3], 1), (array[null, 1]::int[], 5), (null, 1), ('{}', 1)) v(a, b) order by v.b, v.a
select c.relname, (select string_agg(a.attname, ',' order by k.n) from unnest(i.indkey) with ordinality k(num, n) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num) from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname like 'pg\_class%' order by 1
select con.conname, (select string_agg(a.attname, ',' order by k.n) from unnest(con.conkey) with ordinality k(num, n) join pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.num) from pg_constraint con where con.contype = 'f' order by 1 limit 5
select g.n from (values (1),(2),(2)) g(n) group by g.n having count(*) > 1 and (select 1 / (g.n - 1)) = 1
select g.n from (values (1, 1), (2, 2)) g(n, c) where c > 1 and (select 1 / (g.n - 1)) = 1
select g.n from (select n, count(*) as c from (values (1), (2), (2)) v(n) group by n having count(*) > 1) g where (select 1 / (g.n - 1)) = 1
select g.n, x.* from (values (1, 1), (2, 2)) g(n, c) cross join lateral (select sum(i / (g.n - 1)) as s from generate_series(1, g.n) i) x where g.c > 1 and x.s > 0
