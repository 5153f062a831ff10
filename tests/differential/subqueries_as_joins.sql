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
