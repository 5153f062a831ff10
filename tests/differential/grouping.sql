-- GROUP BY, HAVING, grouping sets, aggregates in place: manual 7.2.3 to 7.2.5.
select location_id, count(*) from learnamp.users group by location_id order by 1
select location_id, count(*) from learnamp.users group by 1 order by 1
select location_id as l, count(*) from learnamp.users group by l order by l
select location_id as id, count(*) from learnamp.users group by id order by 1 limit 2
select location_id + 1 as l, count(*) from learnamp.users group by location_id + 1 order by 1
select location_id + 1, count(*) from learnamp.users group by location_id order by 1
select location_id + 1 as l, count(*) from learnamp.users group by l having l > 1
select location_id, count(*) from learnamp.users group by location_id having count(*) > 5 order by 1
select location_id from learnamp.users group by location_id having max(id) > 30 and bool_or(manager) order by 1
select location_id, manager, count(*), min(hire_date), max(first_name) from learnamp.users group by location_id, manager order by 1, 2
select count(*) from learnamp.users group by location_id, manager order by location_id, manager
select count(*) n from learnamp.users group by location_id order by count(*) desc, location_id
select count(*) n from learnamp.users group by location_id order by n desc, location_id limit 2
select extract(year from hire_date) y, count(*) from learnamp.users group by y order by y
select date_trunc('year', hire_date), count(*) from learnamp.users group by date_trunc('year', hire_date) order by 1
select case when id < 20 then 'low' else 'high' end as band, count(*) from learnamp.users group by 1 order by 1
select u.location_id, l.name, count(*) from learnamp.users u join learnamp.locations l on l.id = u.location_id group by 1, 2 order by 1
select id, name, count(*) from learnamp.teams group by id order by 1
select t.id, t.name, count(x.id) from learnamp.teams t left join learnamp.team_users x on x.team_id = t.id group by t.id order by 1
select t.id, x.id, t.name from learnamp.teams t join learnamp.team_users x on x.team_id = t.id group by t.id
select t.*, count(*) from learnamp.teams t group by t.id order by 1 limit 1
select name from learnamp.locations group by id order by id
select s.name from (select * from learnamp.locations) s group by s.id
select id from learnamp.locations group by name
select id, count(*) from learnamp.locations
select count(*), id from learnamp.locations group by name
select * from learnamp.locations group by id order by id
select * from learnamp.locations group by name
select max(id), name from learnamp.locations having count(*) > 1
select id from learnamp.locations having true
select 1 from learnamp.locations having true
select count(*) from learnamp.locations where count(*) > 1
select count(*) from learnamp.locations group by count(*)
select sum(count(*)) from learnamp.locations
select count(*) from learnamp.locations order by id
select id from learnamp.locations group by id order by name
select name from learnamp.locations group by name order by id
select id from learnamp.locations group by id having name > 'B' order by 1
select count(*) from learnamp.locations group by 2
select count(*) from learnamp.locations group by 0
select count(*) from learnamp.locations group by -1
select count(*) from learnamp.locations group by 'a'
select count(*) from learnamp.locations group by null
select count(*) from learnamp.locations group by 1.5
select count(*) from learnamp.locations group by true
select count(*) from learnamp.locations group by 'a'::text
select 'a' as x, count(*) from learnamp.locations group by x
select null as x, count(*) from learnamp.locations group by x
select id % 2, id % 2 + 1, count(*) from learnamp.locations group by id % 2 order by 1
select location_id, manager, count(*) from learnamp.users group by rollup (location_id, manager) order by 1, 2
select location_id, manager, count(*) from learnamp.users group by cube (location_id, manager) order by 1, 2, 3
select location_id, manager, count(*) from learnamp.users group by grouping sets ((location_id), (manager), ()) order by 1, 2
select location_id, manager, count(*), grouping(location_id), grouping(manager), grouping(location_id, manager) from learnamp.users group by rollup (location_id, manager) order by 4, 5, 1, 2
select location_id, manager, is_coach, count(*) from learnamp.users group by location_id, rollup (manager, is_coach) order by 1, 2, 3 limit 8
select location_id, manager, is_coach, count(*) from learnamp.users group by grouping sets (rollup (location_id), cube (manager, is_coach)) order by 1, 2, 3
select location_id, manager, is_coach, count(*) from learnamp.users group by rollup ((location_id, manager), is_coach) order by 1, 2, 3 limit 9
select location_id, count(*) from learnamp.users group by distinct rollup (location_id), rollup (location_id) order by 1, 2
select location_id, count(*) from learnamp.users group by all rollup (location_id), rollup (location_id) order by 1, 2
select location_id, count(*) from learnamp.users group by rollup (location_id), rollup (location_id) order by 1, 2
select count(*) from learnamp.users group by grouping sets ((), (), ())
select count(*) from learnamp.users where false group by grouping sets ((), ())
select count(*) from learnamp.users where false group by rollup (id)
select count(*) from learnamp.users where false group by id
select count(*), sum(id), max(id) from learnamp.users where false
select grouping(location_id) from learnamp.users
select grouping(id) from learnamp.users group by location_id
select grouping(location_id + 1), count(*) from learnamp.users group by rollup (location_id + 1) order by 1, 2
select location_id, sum(grouping(location_id)) from learnamp.users group by rollup (location_id)
select location_id, count(*) from learnamp.users group by rollup (location_id) having grouping(location_id) = 1
select location_id, count(*) from learnamp.users group by rollup (location_id) having location_id is null order by 2
select location_id, count(*) from learnamp.users group by rollup (location_id) order by grouping(location_id) desc, location_id
select coalesce(location_id::text, 'all') l, count(*) from learnamp.users group by rollup (location_id) order by 1, 2
select coalesce(location_id, -1) l, count(*) from learnamp.users group by rollup (coalesce(location_id, -1)) order by 1
select location_id, location_id + 1, count(*) from learnamp.users group by rollup (location_id) order by 1, 3
select location_id as l, manager as m, count(*) from learnamp.users group by cube (l, m) order by 1, 2 limit 4
select location_id, manager, count(*) from learnamp.users group by rollup (1, 2) order by 1, 2 limit 4
select location_id, count(*), rank() over (order by count(*) desc, location_id) from learnamp.users group by rollup (location_id) order by 3
select location_id, sum(count(*)) over (partition by grouping(location_id)) from learnamp.users group by rollup (location_id) order by 1
select u.location_id, (select l.name from learnamp.locations l where l.id = u.location_id) from learnamp.users u group by rollup (u.location_id) order by 1
select array_agg(distinct location_id), string_agg(distinct first_name, ',') from learnamp.users where id < 6
select count(distinct location_id), sum(distinct location_id), avg(distinct location_id) from learnamp.users
select count(distinct x), sum(distinct x), avg(distinct x), array_agg(distinct x) from (values (1.0), (1), (2.50), (2.5)) v(x)
select count(distinct (x, 1)) from (values (1), (2), (1)) v(x)
select count(distinct *) from learnamp.users
select count(*, 1) from learnamp.users
select count() from learnamp.users
select sum(*) from learnamp.users
select sum(name) from learnamp.locations
select sum(distinct id order by id desc) from learnamp.locations
select string_agg(distinct name, ',' order by name desc) from learnamp.locations
select string_agg(distinct name, ',' order by id) from learnamp.locations
select array_agg(id order by name desc nulls first, id) from learnamp.locations
select array_agg(id order by 1) from learnamp.locations
select array_agg(distinct id order by id desc) from learnamp.locations
select count(*) filter (where id > 2), sum(id) filter (where name like 'L%'), array_agg(id order by id) filter (where id <> 3) from learnamp.locations
select count(*) filter (where count(*) > 1) from learnamp.locations
select upper(name) filter (where true) from learnamp.locations
select upper(distinct name) from learnamp.locations
select upper(name order by name) from learnamp.locations
select count(id) within group (order by id) from learnamp.locations
select percentile_cont(0.5) within group (order by id) from learnamp.users
select percentile_cont(0.5) from learnamp.users
select percentile_cont(array[0.25, 0.5]) within group (order by id), percentile_disc(0.5) within group (order by first_name), mode() within group (order by location_id) from learnamp.users
select percentile_cont(id) within group (order by id) from learnamp.users
select rank(5) within group (order by id), dense_rank(5) within group (order by id), percent_rank(5) within group (order by id), cume_dist(5) within group (order by id) from learnamp.users
select rank(5, 'x') within group (order by id) from learnamp.users
select location_id, percentile_disc(0.5) within group (order by id desc) from learnamp.users group by rollup (location_id) order by 1
select x, count(*) from (values (1.0), (1), (1.00), (2)) v(x) group by x order by x
select x, count(*) from (values ('a'::char(2)), ('a ')) v(x) group by x
select x, count(*) from (values ('NaN'::float8), ('NaN'), (0), ('-0')) v(x) group by x order by x
select x, count(*) from (values (interval '1 day'), (interval '24 hours')) v(x) group by x
select x, count(*) from (values (null), (null), (1)) v(x) group by x order by x
select x, count(*) from (values (array[1]), (array[1])) v(x) group by x
select x, count(*) from (values ('{"a": 1}'::jsonb), ('{"a":1.0}')) v(x) group by x
select x, count(*) from (values ('{"a": 1}'::json)) v(x) group by x
select x, count(*) from (values (row(1, 2)), (row(1, 2))) v(x) group by x
select x from (values ('1'::xid)) v(x) group by x
select count(*) from learnamp.users group by (location_id, manager) order by 1 limit 2
select count(*) from learnamp.users group by row(location_id, manager) order by 1 limit 2
select location_id from learnamp.users group by (location_id, manager) order by 1 limit 2
select max(id) over () from learnamp.locations group by name
select max(max(id)) over () from learnamp.locations group by name limit 1
select sum(id) + count(*) * 2, sum(id)::float8 / count(*) from learnamp.teams
select sum(id + 1), sum(id) + 1, avg(id)::int, min(id) || 'x', upper(max(name)) from learnamp.teams
select corr(id, location_id) is not null, count(*) from learnamp.users
select sum(x) from (values (1::int2)) v(x), (values (1)) w(y) group by y
select avg(x), sum(x), stddev(x), variance(x) from (values (1), (2), (4)) v(x)
select bit_and(x), bit_or(x), bit_xor(x) from (values (1), (3)) v(x)
select json_agg(x order by x), jsonb_agg(x order by x), json_object_agg(x, x + 1 order by x) from (values (1), (2)) v(x)
select any_value(x) from (values (1)) v(x)
select min(x), max(x) from (values (array[1, 2]), (array[1, 3])) v(x)
select min(b), max(b) from (values (true)) v(b)
select count(*) from learnamp.teams group by id = 1 order by 1
select id = 1 as f, count(*) from learnamp.teams group by f order by f
select sum(id) s from learnamp.teams having sum(id) > 100
select s from (select sum(id) s from learnamp.teams group by manager_id) x where s > 2 order by 1
select d.y, count(*) from learnamp.users u, lateral (select extract(year from u.hire_date) y) d group by d.y order by 1
select type, count(*), count(score), avg(score), sum(total_time), max(happened_at) from learnamp.activities group by type order by type
select date_trunc('month', happened_at) m, type, count(*) from learnamp.activities group by 1, 2 having count(*) > 20 order by 1, 2
select verb, count(distinct user_id), count(distinct content_id) filter (where expired) from learnamp.activities group by verb order by verb
select unit, sum(result), avg(result), sum(target_to_value - target_from_value), stddev(result) from learnamp.key_results group by unit order by unit

-- Filters over grouping sets, and over aggregates that answer without rows.
select name, count(*) from learnamp.groups group by rollup(name) having name > 'A' order by 1
select name, count(*) from learnamp.groups group by rollup(name) having grouping(name) = 1 order by 1
select max(x1) from (select min(name) x1 from learnamp.groups) t where length(current_setting('timezone')) > 100 group by x1
select max(x1) from (select min(name) x1 from learnamp.groups) t where now() < '2000-01-01' group by x1
select x1 from (select min(name) x1 from learnamp.groups) t where now() < '2000-01-01'
select x1 from (select min(name) x1 from learnamp.groups) t where (select false)
select count(*) over () from (select min(name) x1 from learnamp.groups) t where (select false)
select x1 from (select name, min(name) x1 from learnamp.groups group by rollup(name)) t where (select false)
select x1 from (select name, min(name) x1 from learnamp.groups group by rollup(name)) t where now() < '2000-01-01'
select region, count(*) from (select location_id as region from learnamp.users) u group by grouping sets ((region), ()) having region is not null order by 1
select region, team, count(*) from (select location_id as region, role as team from learnamp.users) u group by cube (region, team) having team = 'Learner' order by 1, 2
select * from (select region, team, count(*) from (select location_id as region, role as team from learnamp.users) u group by rollup (region, team)) r where team is null order by 1
select * from (select region, team, count(*) from (select location_id as region, role as team from learnamp.users) u group by rollup (region, team)) r where region > 1 and team <> 'x' order by 1, 2
select * from (select distinct on (role) role, id from learnamp.users order by role, id) d where id > 5 order by 1
select u.id, (select max(t.x) from (select min(name) as x from learnamp.groups g) t where u.id > 3 group by t.x) from learnamp.users u order by 1 limit 6
select u.id, (select count(*) from (select min(name) as x from learnamp.groups g) t where u.id > 3) from learnamp.users u order by 1 limit 6
select u.id, x.* from learnamp.users u left join lateral (select t.x from (select min(name) as x from learnamp.groups g) t where u.id > 3) x on true order by 1 limit 6
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) from (values (1),(2)) t6(x1) where t5.passed group by t6.x1)
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) filter (where true) as x1 from (select min('00000000-0000-0000-0000-000000000034'::uuid::text)::uuid as x1, max(t7."name") as x2 from learnamp.groups t7 where (not false) group by grouping sets ((t7."name"), ())) t6 where t5."passed" group by t6.x1 )
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) from (select min('a') as x1, max(t7."name") as x2 from learnamp.groups t7 group by t7."name") t6 where t5."passed" group by t6.x1 )
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) from (select min('a') as x1, max(t7."name") as x2 from learnamp.groups t7 group by grouping sets ((t7."name"), ())) t6 where t5."passed" group by t6.x1 )
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) from (select min('a') as x1 from learnamp.groups t7 group by grouping sets ((t7."name"), ())) t6 where t5."passed" group by t6.x1 )
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) from (select min('a') as x1 from learnamp.groups t7) t6 where t5."passed" group by t6.x1 )
select count(*) from learnamp.quiz_attempts t5 where exists (select 1 from (select min('a') as x1 from learnamp.groups t7) t6 where t5."passed")
select count(*) from learnamp.quiz_attempts t5 where exists (select max(15) from (select 'a' as x1 from learnamp.groups t7) t6 where t5."passed" group by t6.x1 )

-- FILTER above an aggregate over no rows, GROUPING of an outer level
select grouping(a), (select grouping(a, b) + count(*) from (values (1),(2)) z(q) where q < 3) from (values (1,2),(1,3)) v(a,b) group by rollup(a,b) order by 1, 2
select a, (select grouping(c)) from (values (1,2),(1,3)) v(a,b) group by a
select a, (select grouping(b)) from (values (1,2),(1,3)) v(a,b) group by a
select count(*) from (values (1,2)) v(a,b) where (select grouping(a)) = 0
select a from (values (1,2),(1,3)) v(a,b) group by grouping sets ((a),()) having (select grouping(a)) = 0
select a from (values (1,2),(1,3)) v(a,b) group by rollup(a) order by (select grouping(a)), a
select min(x1), min(x2) filter (where x1 > 0) from (select min(1) as x1, min(2) as x2, max(position) as x3 from learnink.survey_questions where false) t group by cube (x2, x1)
select count(*) filter (where c > 1) from (select count(*) c from learnamp.teams) t
select count(c) filter (where c < 1) from (select count(*) c from learnamp.teams) t
with recursive t(n) as (select 1 union select n+1 from t where n < 3) select (select grouping(n)) from t group by rollup(n) order by 1
