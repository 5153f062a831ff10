-- Subqueries: manual 9.23, 9.24 and 4.2.11.
select (select count(*) from learnamp.users)
select (select id from learnamp.users where id = 1), (select id from learnamp.users where id = -1)
select (select id from learnamp.users)
select (select id, name from learnamp.teams limit 1)
select 1 = (select 1, 2)
select (1, 2) = (select 1, 2), (1, 2) < (select 1, 3), (1, null) = (select 1, 2)
select (1, 2) = (select 1)
select (1, 2) = (select 1, 2, 3)
select (1, 2) in (select 1, 2), (1, 2) not in (select 1, 3), (1, 2) in (select 1, null), (1, 3) not in (select 1, null)
select 1 in (select 1, 2)
select (1, 2) in (select 1)
select 1 in (select 'a')
select 1 in (select '1')
select '1' in (select 1)
select 1.0 in (select 1), 1 in (select 1.0)
select null in (select 1), null in (select 1 where false), 1 in (select null), 1 not in (select null), 1 not in (select 1 where false)
select 2 > any (select x from (values (1), (3)) v(x)), 2 > all (select x from (values (1), (3)) v(x)), 2 > all (select 1 where false), 2 > any (select 1 where false)
select 2 = some (select 2), 2 <> any (values (2), (3)), 2 <> all (values (2), (3))
select 'abc' like any (values ('a%'), ('b%')), 'abc' not like all (values ('x%'), ('y%')), 'abc' ilike any (array['A%'])
select (1, 2) < any (select 1, 3), (1, 2) <> all (select 1, 2), (1, 2) >= all (select 1, 1)
select 1 + any (select 1)
select 1 = any (select 1, 2)
select 1 = any (1)
select 1 = any (null), 1 = any (null::int[]), 1 = all ('{}'::int[]), 1 = any ('{}'::int[])
select 1 = any ('{1,2}'), 1 = any ('{a}')
select 'a' = any (array['a', null]), 'b' = any (array['a', null]), 'b' <> all (array['a', null])
select exists (select from learnamp.users), exists (select 1 from learnamp.users where false), exists (select * from learnamp.users, learnamp.teams)
select array(select id from learnamp.teams order by id desc), array(select 1 where false), array(select null::int)
select array(select id, name from learnamp.teams)
select u.id, (select count(*) from learnamp.tasks t where t.user_id = u.id) from learnamp.users u order by 1 limit 5
select u.id, (select max(t.deadline) from learnamp.tasks t where t.user_id = u.id and t.completed) from learnamp.users u order by 1 limit 5
select u.id, (select t.type from learnamp.tasks t where t.user_id = u.id order by t.id limit 1) from learnamp.users u order by 1 limit 5
select u.id, (select string_agg(t.type, ',' order by t.id) from learnamp.tasks t where t.user_id = u.id) from learnamp.users u order by 1 limit 3
select u.id, array(select t.id from learnamp.tasks t where t.user_id = u.id order by 1) from learnamp.users u order by 1 limit 3
select u.id, exists (select 1 from learnamp.tasks t where t.user_id = u.id and t.overdue), not exists (select 1 from learnamp.tasks t where t.user_id = u.id and t.archived) from learnamp.users u order by 1 limit 5
select u.id, u.id in (select t.user_id from learnamp.tasks t where t.mandatory), u.id not in (select t.user_id from learnamp.tasks t where t.mandatory) from learnamp.users u order by 1 limit 5
select u.id, u.manager_id in (select m.manager_id from learnamp.teams m), u.coach_id in (select c.id from learnamp.coaches c where c.id > u.id) from learnamp.users u order by 1 limit 9
select t.id from learnamp.teams t where (select count(*) from learnamp.team_users x where x.team_id = t.id) > 18 order by 1
select t.id from learnamp.teams t where t.team_users_count > (select avg(b.team_users_count) from learnamp.teams b where b.id <> t.id) order by 1
select t.id from learnamp.teams t where t.id = (select min(b.id) from learnamp.teams b where b.manager_id = t.manager_id) order by 1
select t.id from learnamp.teams t where t.id >= all (select b.id from learnamp.teams b where b.manager_id = t.manager_id) order by 1
select t.id, t.id > any (select b.id from learnamp.teams b where b.id <> t.id) from learnamp.teams t order by 1
select t.id, t.parent_team_id = all (select b.parent_team_id from learnamp.teams b) from learnamp.teams t order by 1
select t.id from learnamp.teams t order by (select -t.id)
select t.id from learnamp.teams t order by (select count(*) from learnamp.team_users x where x.team_id = t.id) desc, id
select count(*) from learnamp.teams t group by (select t.id % 2) order by 1
select (select t.id % 2) p, count(*) from learnamp.teams t group by p order by 1
select (select t.id % 2) p, count(*) from learnamp.teams t group by 1 order by 1
select t.id % 2, (select sum(b.id) from learnamp.teams b where b.id > t.id % 2) from learnamp.teams t group by t.id % 2 order by 1
select t.id % 2, (select t.name) from learnamp.teams t group by t.id % 2
select t.id, (select t.name) from learnamp.teams t group by t.id order by 1
select sum((select count(*) from learnamp.team_users x where x.team_id = t.id)) from learnamp.teams t
select max((select t.id)), (select max(t.id)) from learnamp.teams t
select (select sum(t.id) from learnamp.locations l where l.id = 1) from learnamp.teams t
select (select sum(t.id + l.id) from learnamp.locations l where l.id <= 2) from learnamp.teams t order by 1
select (select count(t.id)) from learnamp.teams t
select l.id, (select (select l.id + t.id)) from learnamp.locations l, learnamp.teams t order by 1, 2 limit 3
select (select (select (select count(*) from learnamp.teams b where b.id <= t.id) + 1) * 2) from learnamp.teams t order by 1
select t.id, (select x.n from (select count(*) n from learnamp.team_users y where y.team_id = t.id) x) from learnamp.teams t order by 1
select t.id, (with c as (select count(*) n from learnamp.team_users y where y.team_id = t.id) select n from c) from learnamp.teams t order by 1
select t.id, (select v from (values (t.id), (2)) s(v) order by v desc limit 1) from learnamp.teams t order by 1
select t.id, (values (t.id * 2)) from learnamp.teams t order by 1
select t.id, (select t.id union select 1 order by 1 limit 1) from learnamp.teams t order by 1
select t.id, (select count(*) from (select t.id union all select b.id from learnamp.teams b) s) from learnamp.teams t order by 1
select t.id, (select count(distinct b.manager_id) from learnamp.teams b where b.id <= t.id) from learnamp.teams t order by 1
select t.id, (select sum(count(*)) over () from learnamp.team_users y where y.team_id = t.id group by y.primary_flag limit 1) from learnamp.teams t order by 1
select t.id, (select rank() over (order by b.id desc) from learnamp.teams b where b.manager_id = t.manager_id order by 1 limit 1) from learnamp.teams t order by 1
select t.id, (select count(*) from generate_series(1, t.id)) from learnamp.teams t order by 1
select t.id, (select generate_series(1, t.id) order by 1 desc limit 1) from learnamp.teams t order by 1
select t.id, (select b.id from learnamp.teams b where b.id > t.id order by b.id limit 1 offset 1) from learnamp.teams t order by 1
select t.id, (select b.id from learnamp.teams b order by b.id limit 1 offset t.id) from learnamp.teams t order by 1
select t.id, (select b.name from learnamp.teams b left join learnamp.teams c on c.parent_team_id = b.id and c.id > t.id where b.id = t.id limit 1) from learnamp.teams t order by 1
select t.id, case when exists (select 1 from learnamp.teams b where b.parent_team_id = t.id) then 'parent' else coalesce((select 'child of ' || b.name from learnamp.teams b where b.id = t.parent_team_id), 'root') end from learnamp.teams t order by 1
select * from learnamp.teams t where (t.id, t.name) in (select b.id, b.name from learnamp.teams b where b.id < 3) order by 1
select * from learnamp.teams t where (t.id, t.manager_id) not in (select b.id, b.manager_id from learnamp.teams b where b.id < 3) order by 1
select t.id from learnamp.teams t where (t.id, t.manager_id) > (select 2, 5) order by 1
select t.id from learnamp.teams t where row(t.id, t.name) = (select b.id, b.name from learnamp.teams b where b.id = t.id) order by 1
select t.id from learnamp.teams t where t.id in (select b.parent_team_id from learnamp.teams b) or t.id in (1, 4) order by 1
select t.id from learnamp.teams t where t.id not in (select b.parent_team_id from learnamp.teams b) order by 1
select t.id from learnamp.teams t where t.id not in (select b.parent_team_id from learnamp.teams b where b.parent_team_id is not null) order by 1
select t.id from learnamp.teams t where not (t.id in (select b.parent_team_id from learnamp.teams b where b.id > t.id)) order by 1
select t.id from learnamp.teams t where (t.id in (select b.parent_team_id from learnamp.teams b)) is null order by 1
select t.id from learnamp.teams t where exists (select 1 from learnamp.team_users x where x.team_id = t.id having count(*) > 19) order by 1
select t.id from learnamp.teams t where exists (select count(*) from learnamp.team_users x where x.team_id = t.id and false) order by 1
select t.id from learnamp.teams t where exists (select 1 from learnamp.team_users x where x.team_id = t.id limit 0)
select t.id from learnamp.teams t where exists (select 1 where t.id > 2) order by 1
select t.id from learnamp.teams t where (select t.id > 2) order by 1
select t.id from learnamp.teams t where (select null::bool)
select t.id from learnamp.teams t having count(*) > (select 1)
select count(*) from learnamp.teams having count(*) > (select 3) and exists (select 1)
select manager_id, count(*) from learnamp.teams t group by manager_id having count(*) = (select count(*) from learnamp.teams b where b.manager_id = t.manager_id) order by 1
select manager_id from learnamp.teams t group by manager_id having exists (select 1 from learnamp.users u where u.id = t.manager_id and u.manager) order by 1
select id from learnamp.users limit (select count(*) from learnamp.locations) - 2
select id from learnamp.users u order by id limit (select u.id)
select count(*) filter (where id in (select manager_id from learnamp.teams)) from learnamp.users
select sum(case when id in (select manager_id from learnamp.teams) then 1 else 0 end) from learnamp.users
select string_agg((select u.first_name), ',' order by (select u.id)) from learnamp.users u where u.id < 4
select row_number() over (order by (select -t.id)), t.id from learnamp.teams t order by 1
select x from (select 1) as x
select x.* from (select 1) as x
select * from (select 1)
select * from (values (1))
select * from (select 1 as a) s where s.b = 1
select * from (select id as i from learnamp.teams) s(j) order by j
select * from (select id, name from learnamp.teams) s(j) order by j
select * from (select id from learnamp.teams) s(j, k)
select id from learnamp.teams t where t.id = (select id from learnamp.teams b where b.id = t.id and t.nope)
select nope from (select 1 as yes) s
select (select s.nope from (select 1) s(yes))
select (select u.id from learnamp.teams t) from learnamp.teams x
select (select 1 union select 2)
select (select 1 from generate_series(1, 2)) from learnamp.teams limit 1
select t.id, (select b.id from learnamp.teams b where b.id <> t.id) from learnamp.teams t
select (((select 1))), ((select 1) union (select 1))
select (select array_agg(id order by id) from learnamp.teams) = array[1, 2, 3, 4]
select ((select row(1, 2))), (select (1, 'a'))
select u.id, (select json_agg(x order by x.id) from (select t.id, t.type from learnamp.tasks t where t.user_id = u.id) x) from learnamp.users u order by 1 limit 2
-- A subquery is computed where its value is read, and nowhere else.
select n, case when n > 5 then (select 1/(n-n)) end from generate_series(1,3) n
select n, case when n > 2 then (select g from generate_series(1,n-2) g) end from generate_series(1,3) n
select n, case when n = 1 then (select g from generate_series(1,n) g) end from generate_series(1,3) n
select n, case when n = 1 then (select id from learnamp.users u where u.id > n) end from generate_series(2,3) n
select n, coalesce(n, (select 1/(n-n))) from generate_series(2,3) n
select n from generate_series(2,3) n where n < 5 or (select 1/(n-n)) = 1
select n from generate_series(1,3) n where (select 1/(n-2)) is not null and n <> 2 order by 1
select n, case when n = 2 then 'two' when (select 1/(n-2)) > 0 then 'pos' else (select 'q' || 1/(n-1)) end from generate_series(1,4) n
select n, case when exists (select from learnamp.users u where u.id = n) then (select u.id from learnamp.users u where u.id = n) else -1 end from generate_series(1,4) n order by 1
select n, case n when 1 then (select 1/(n-2)) when 2 then (select 1/(n-1)) end from generate_series(1,3) n
select case when false then (select 1/0) end, coalesce(1, (select 1/0))
select u.id, case when u.id > 3 then (select count(*) from learnamp.completions c where c.user_id = u.id) end from learnamp.users u order by 1
select u.id, case when u.id > 3 then (select sum(1/(c.id - c.id + (u.id > 3)::int)) from learnamp.completions c where c.user_id = u.id) end from learnamp.users u order by 1
select sum(case when u.id > 3 then (select count(*) from learnamp.completions c where c.user_id = u.id) end) from learnamp.users u
select u.id from learnamp.users u order by case when u.id > 30 then (select count(*) from learnamp.completions c where c.user_id = u.id) end nulls first, u.id
select n, nullif(n, (select 1/(n-n+1))) from generate_series(1,3) n
select n, greatest(n, (select 2)) from generate_series(1,3) n
select a.n, case when a.n = 1 then (select case when b.m = 1 then (select 1/(a.n + b.m - 2)) else 7 end from (values (2)) b(m)) end from generate_series(1,2) a(n)
select n, n in (select 1/(g-3) from generate_series(4, 5) g) or n > 5 from generate_series(1,3) n
select n, n > 0 or n in (select 1/(g-g) from generate_series(4, 5) g) from generate_series(1,3) n
select n, n > 0 or exists (select 1/(n-n)) from generate_series(1,3) n
select g.n, case when count(*) > 1 then (select 1/(g.n - 1)) end from (values (1),(2),(2)) g(n) group by g.n order by 1
select g.n, sum(g.n) over (order by g.n), case when g.n > 1 then (select 1/(g.n - 1)) end from (values (1),(2),(2)) g(n) order by 1
select g.n from (values (1),(2),(2)) g(n) group by g.n having count(*) > 1 and (select 1/(g.n-1)) = 1
select x.v from (select n, case when n > 1 then (select 1/(n - 1)) end v from generate_series(1,3) n) x where x.n > 1 order by 1
select x.v from (select n, (select 1/(n - 1)) v from generate_series(1,3) n) x where x.n > 1 order by 1
select array(select case when n > 1 then (select 1/(n - 1)) end from generate_series(1,3) n)
select count(*) filter (where u.id > 3 and (select 1/(u.id - 2)) is not null) from learnamp.users u where u.id in (2, 4)

-- tests of IN, ANY and ALL that are subqueries or aggregates themselves
select f1 from (values (1),(2147483647)) t(f1) where f1 not in (select f1+1 from (values (1),(2147483647)) u(f1) where u.f1 <> t.f1 and u.f1 < 2147483647)
select f1 from (values (1),(2147483647)) t(f1) where f1 in (select f1+1 from (values (1),(2147483647)) u(f1) where u.f1 <> t.f1 and u.f1 < 2147483647)
select id from learnamp.teams t where (case when id in (select g from generate_series(1,3) g) then id end) in (select g from generate_series(1,5) g) order by 1
select * from learnamp.teams t where (case when id in (select position from learnink.survey_questions) then id end) in (select position from learnink.survey_questions g) order by 1
select count(*) in (select 4::bigint) from learnamp.teams
select count(*) in (select count(*) from learnamp.teams) from learnamp.teams
select (select max(id) from learnamp.teams) in (select id from learnamp.teams) from learnamp.teams
select id from learnamp.teams where (select max(id) from learnamp.teams) in (select id from learnamp.teams) order by 1
select id, (select min(u.id) from learnamp.users u where u.id > t.id) = any (select id from learnamp.users) from learnamp.teams t order by 1
select id, (select min(u.id) from learnamp.users u where u.id > t.id) < all (select v.id from learnamp.users v where v.id <> t.id) from learnamp.teams t order by 1
select location_id, count(*) in (select count(*) from learnamp.users v where v.location_id = u.location_id) from learnamp.users u group by location_id order by 1
select max(id) not in (select id from learnamp.teams) from learnamp.teams having count(*) in (select count(*) from learnamp.teams)
select a.x, b.y from (values (1), (2), (null), (4)) a(x) left join (values (1), (2), (3), (null)) b(y) on a.x = b.y and b.y in (select z from (values (1), (null)) q(z)) order by 1, 2
select a.x, b.y from (values (1), (2), (null), (4)) a(x) left join (values (1), (2), (3), (null)) b(y) on a.x in (select z from (values (1), (null), (4)) q(z)) order by 1, 2
select a.x, b.y from (values (1), (2), (null), (4)) a(x) right join (values (1), (2), (3), (null)) b(y) on a.x = b.y and a.x not in (select z from (values (2), (5)) q(z)) order by 1, 2
select a.x, b.y from (values (1), (2), (null), (4)) a(x) join (values (1), (2), (3), (null)) b(y) on a.x <= b.y and b.y > any (select z from (values (2), (null)) q(z)) order by 1, 2
select a.x, b.y from (values (1), (2), (null), (4)) a(x) left join (values (1), (2), (3), (null)) b(y) on (a.x, b.y) in (select z, z from (values (1), (null), (2)) q(z)) order by 1, 2
select a.x from (values (1), (2), (null), (4)) a(x) where a.x in (select z from (values (1), (null), (4), (2)) q(z) where z <> a.x - 1 or z is null) order by 1
select a.x from (values (1), (2), (null), (4)) a(x) where a.x > any (select z from (values (1), (null), (3)) q(z) where z < a.x + 10) and a.x < 100 order by 1
select a.x from (values (1), (2), (null), (4)) a(x) where not (a.x in (select z from (values (1), (null)) q(z) where z <> a.x)) order by 1
select a.x from (values (1), (2)) a(x) left join (values (1)) b(y) on a.x = b.y and 1
select a.x from (values (1), (2)) a(x) left join (values (1)) b(y) on 1
select a.x from (values (1), (2)) a(x) left join (values (1)) b(y) on a.x in (select 1, 2)
select a.x from (values (1), (2)) a(x) left join (values (1)) b(y) on a.x in (select 'a'::text)
select a.x, b.y from (values (1), (2)) a(x) full join (values (1), (3)) b(y) on a.x = b.y and b.y in (select 1) order by 1, 2
select c.name, count(p.id), count(p.completed_at) from learnink.courses c left join learnink.user_course_performance p on p.course_id = c.id and p.user_id in (select id from learnink.users where registration_status = 'registered') group by c.id, c.name order by 1, 2, 3
