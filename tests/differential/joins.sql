-- Joins: manual 7.2.1.
select u.id, t.name from learnamp.users u join learnamp.team_users x on x.user_id = u.id join learnamp.teams t on t.id = x.team_id order by 1, 2 limit 5
select u.id, l.name from learnamp.users u left join learnamp.locations l on l.id = u.location_id and l.id > 2 order by 1 limit 6
select count(*) from learnamp.users u right join learnamp.locations l on l.id = u.location_id
select count(*), count(u.id), count(t.id) from learnamp.users u full join learnamp.teams t on t.manager_id = u.id
select count(*) from learnamp.users cross join learnamp.locations
select count(*) from learnamp.users, learnamp.locations
select a.id, b.id from learnamp.teams a, learnamp.teams b where a.id = b.parent_team_id order by 1, 2
select a.id, b.name from learnamp.teams a inner join learnamp.teams b on a.parent_team_id = b.id order by 1
select a.id, b.name from learnamp.teams a left outer join learnamp.teams b on a.parent_team_id = b.id order by 1
select * from learnamp.locations join learnamp.managers using (id) order by id
select * from learnamp.locations natural join learnamp.managers order by id
select * from learnamp.locations left join learnamp.coaches using (id) order by id
select * from learnamp.locations right join learnamp.managers m using (id) order by id
select * from learnamp.locations full join learnamp.managers m using (id) order by id
select id, locations.id, managers.id from learnamp.locations full join learnamp.managers using (id) order by 1
select l.*, m.first_name from learnamp.locations l full join learnamp.managers m using (id) order by m.id, l.id
select * from learnamp.coaches c natural join learnamp.managers m order by id
select * from learnamp.coaches c natural left join learnamp.managers m order by id
select * from learnamp.coaches c natural full join learnamp.managers m order by id
select * from learnamp.coaches natural join learnamp.locations
select j.id, j.name from (learnamp.locations join learnamp.managers using (id)) as j order by 1
select j.* from (learnamp.locations l join learnamp.managers m using (id)) as j(a, b) order by 1
select l.id from (learnamp.locations l join learnamp.managers m using (id)) as j
select x.id, name from learnamp.locations join learnamp.managers using (id) as x order by 1
select x.* from learnamp.locations join learnamp.managers using (id) as x order by 1
select x from learnamp.locations join learnamp.managers using (id) as x order by 1
select x.name from learnamp.locations join learnamp.managers using (id) as x
select * from (values (1, 'a'), (2, 'b')) a(x, y) join (values (1, 'c'), (3, 'd')) b(x, z) using (x)
select * from (values (1, 'a'), (2, 'b')) a(x, y) left join (values (1, 'c'), (3, 'd')) b(x, z) using (x) order by 1
select * from (values (1, 'a'), (2, 'b')) a(x, y) right join (values (1, 'c'), (3, 'd')) b(x, z) using (x) order by 1
select * from (values (1, 'a'), (2, 'b')) a(x, y) full join (values (1, 'c'), (3, 'd')) b(x, z) using (x) order by 1
select a.x, b.x, x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by 3
select * from (values (1, 2, 'a')) a(x, y, p) join (values (2, 1, 'b')) b(y, x, q) using (y, x)
select * from (values (1, 2, 'a')) a(x, y, p) natural join (values (2, 1, 'b')) b(y, x, q)
select * from (values (1::int2)) a(x) join (values (1::int8)) b(x) using (x)
select pg_typeof(x), pg_typeof(a.x), pg_typeof(b.x) from (values (1::int2)) a(x) join (values (1::numeric)) b(x) using (x)
select pg_typeof(x), x from (values (1::int2)) a(x) full join (values (1.5::numeric)) b(x) using (x) order by 2
select * from (values (1)) a(x) join (values ('1')) b(x) using (x)
select * from (values (1)) a(x) join (values (1)) b(y) using (x)
select * from (values (1)) a(y) join (values (1)) b(x) using (x)
select * from (values (1, 2)) a(x, x) join (values (1)) b(x) using (x)
select * from (values (1)) a(x) join (values (1, 2)) b(x, x) using (x)
select * from (values (1)) a(x) join (values (1)) b(x) using (x, x)
select x from (values (1)) a(x) join (values (1)) b(x) on a.x = b.x
select a.x from (values (1)) a(x) join (values (1)) b(x) on x = 1
select * from (values (1), (2)) a(x) join (values (1), (2)) b(y) on true order by 1, 2
select * from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on false order by 1, 2
select * from (values (1), (2)) a(x) full join (values (1), (2)) b(y) on false order by 1, 2
select * from (values (1), (2)) a(x) full join (values (1), (2)) b(y) on a.x < b.y order by 1, 2
select * from (values (1), (2)) a(x) full join (values (1), (2)) b(y) on a.x = b.y and a.x > 1 order by 1, 2
select * from (values (1), (null)) a(x) full join (values (1), (null)) b(y) on a.x = b.y order by 1, 2
select * from (values (1), (null)) a(x) full join (values (1), (null)) b(y) on a.x is not distinct from b.y order by 1, 2
select * from (values (1), (2)) a(x) left join (values (1), (3)) b(y) on a.x = b.y where b.y is null
select * from (values (1), (2)) a(x) left join (values (1), (3)) b(y) on a.x = b.y and b.y is null
select * from (values (1)) a(x) join (values (1)) b(y) on 1
select * from (values (1)) a(x) join (values (1)) b(y) on a.x
select * from (values (1)) a(x) join (values (1)) b(y) on null
select * from (values (1)) a(x) join (values (1)) b(y) on count(*) > 1
select * from (values (1)) a(x) left join ((values (1), (2)) b(y) join (values (2)) c(z) on b.y = c.z) on a.x = b.y
select * from (values (1)) a(x) left join (values (1), (2)) b(y) join (values (2)) c(z) on b.y = c.z on a.x = b.y
select * from (values (1), (2)) a(x) join (values (1), (2)) b(y) on a.x = b.y join (values (2)) c(z) on c.z = a.x
select * from ((values (1), (2)) a(x) cross join (values (3)) b(y)) left join (values (1)) c(z) on z = x order by 1
select a.id from learnamp.teams a join learnamp.teams on a.id = teams.id order by 1
select * from learnamp.teams a join learnamp.teams a on true
select * from learnamp.teams join learnink.courses on teams.id = courses.nope
select * from learnamp.teams t join learnamp.teams b on t.id = c.id
select * from learnamp.teams t, learnamp.users u join learnamp.locations l on l.id = t.id
select * from (select 1 as x) s join (select 1 as x) t on s.x = t.x
select s.x from (select 1 as x, 2 as x) s
select * from (select 1 as x, 2 as x) s
select 1 from learnamp.teams t join learnamp.teams on true limit 1
select count(*) from learnamp.users u join learnamp.users m on m.id = u.manager_id join learnamp.users c on c.id = u.coach_id
select count(*) from learnamp.users u join learnamp.users m on m.id > u.id and m.location_id = u.location_id
select count(*) from learnamp.users u left join learnamp.users m on m.id > u.id and m.location_id = u.location_id where m.id is null
select u.id, count(t.id), count(*) filter (where t.completed) from learnamp.users u left join learnamp.tasks t on t.user_id = u.id group by u.id order by 1 limit 6
select u.id from learnamp.users u where exists (select 1 from learnamp.tasks t where t.user_id = u.id and t.overdue) order by 1 limit 6
select count(*) from learnink.user_course_performance p join learnink.courses c on c.id = p.course_id join learnink.users u on u.id = p.user_id where c.name < 'M'
select c.name, count(*) from learning360.courses_trackings t join learning360.courses c on c.id = t.course group by 1 order by 1
select k.name, o.name from learnamp.key_results k join learnamp.objectives o on o.id = k.objective_id and o.level = 'team' order by k.id limit 4
select a.result, b.v from learnamp.key_results a join (values (78.20), (78.2)) b(v) on a.result = b.v order by a.id limit 3
select * from (values (1.0), (2.00)) a(x) join (values (1), (2.0)) b(x) using (x) order by 1
select * from (values ('a'::char(3)), ('b')) a(x) join (values ('a'::char(5))) b(x) using (x)
select * from (values ('a'::char(3))) a(x) join (values ('a'::text)) b(y) on x = y
select * from (values ('NaN'::float8), (0)) a(x) join (values ('NaN'::float8), ('-0')) b(y) on x = y order by 1
select * from (values (interval '1 month')) a(x) join (values (interval '30 days')) b(y) on x = y
select * from (values ('{"a":1}'::jsonb)) a(x) join (values ('{"a": 1.0}'::jsonb)) b(y) on x = y
select * from (values ('{"a":1}'::json)) a(x) join (values ('{"a": 1}'::json)) b(x) using (x)
select * from (values (array[1, 2])) a(x) join (values (array[1, 2])) b(x) using (x)
select * from (values (row(1, 2))) a(x) join (values (row(1, 2))) b(x) using (x)
select * from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on exists (select 1 where a.x = b.y) order by 1, 2
select * from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on a.x in (select b.y) order by 1, 2
select * from (values (1), (2)) a(x) full join (values (1), (3)) b(y) on a.x = (select b.y) order by 1, 2
select * from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on a.x = (select max(z) from (values (1), (2)) c(z) where z <= b.y) order by 1, 2
select * from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on a.x = b.y and exists (select 1 from learnamp.teams t where t.id = a.x) order by 1, 2
select * from (values (1), (2)) a(x) join (values (1), (2)) b(y) on a.x = (select min(z) from (values (1), (2)) c(z) where z >= b.y and z >= a.x) order by 1, 2
select u.id, x.n from learnamp.users u left join (select user_id, count(*) n from learnamp.tasks group by 1 having count(*) > 9) x on x.user_id = u.id order by 1 limit 8
select * from generate_series(1, 3) a left join generate_series(2, 4) b on a = b order by 1
select a, b from generate_series(1, 3) a, generate_series(1, a) b order by 1, 2
select count(*) from learnamp.activities a join learnamp.content c on c.type_with_id = a.type || '_' || a.content_id
select count(*) from learnamp.activities a natural join learnamp.completions b
select count(*) from learnamp.tasks a join learnamp.tasks b using (user_id, type)
-- Joins of several tables whose keys need more than one of them, and keys that find NULL equal beside others that do not.
select count(*) from (values (1),(null)) a(x) join (values (1),(null)) b(x) on a.x = b.x join (values (1),(null)) c(x) on c.x is not distinct from b.x
select count(*) from (values (1),(null)) a(x) join (values (1),(null)) b(x) on a.x is not distinct from b.x join (values (1),(null)) c(x) on c.x = b.x
select count(*) from (values (1),(null)) a(x), (values (1),(null)) b(x), (values (1),(null)) c(x) where a.x = b.x and c.x is not distinct from b.x
select count(*) from (values (1),(null)) a(x) join ((values (1),(null)) b(x) join (values (1),(null)) c(x) on c.x is not distinct from b.x) on a.x is not distinct from b.x where c.x = a.x
select count(*) from learnamp.users a join learnamp.locations b on b.id <= a.id join learnamp.users c on c.id = a.id and c.manager_id = a.manager_id + b.id - b.id + 0
select a.i, b.i, c.i, d.i from generate_series(1, 4) a(i) join generate_series(1, 4) b(i) on b.i < a.i join generate_series(1, 4) c(i) on c.i = a.i and c.i = a.i + b.i - 1 join generate_series(1, 4) d(i) on d.i = c.i order by 1, 2, 3, 4
select count(*) from pg_constraint c join generate_series(1, 3) v(i) on v.i <= array_upper(c.conkey, 1) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = c.confkey[v.i] where c.contype = 'f'
select count(*) from generate_series(1, 5) a(i), generate_series(1, 5) b(i), generate_series(1, 5) c(i) where a.i = c.i and a.i + b.i = c.i + 1
select count(*) from generate_series(1, 5) a(i) cross join generate_series(1, 5) b(i) join generate_series(1, 5) c(i) on a.i = c.i and a.i * b.i = c.i
select count(*) from generate_series(1, 5) a(i) join generate_series(1, 5) b(i) on true join generate_series(1, 5) c(i) on a.i + b.i = c.i join generate_series(1, 5) d(i) on d.i = a.i and c.i + a.i = d.i + b.i + a.i
select count(*) from (values (1, 2), (null, 3), (4, null)) a(x, y) left join (values (1, 2), (null, 3), (4, null)) b(x, y) on a.x is not distinct from b.x and a.y = b.y
select a.x, b.y from (values (1, 2), (null, 3), (4, null)) a(x, y) full join (values (1, 2), (null, 3), (4, null)) b(x, y) on a.x is not distinct from b.x where a.y is not distinct from b.y order by 1, 2
select count(*) from (values (1, 2), (null, 3), (4, null)) a(x, y), (values (1, 2), (null, 3), (4, null)) b(x, y) where a.x is not distinct from b.x and exists (select from (values (3), (null)) c(z) where c.z = a.y and c.z is not distinct from b.y)
select count(*) from (values (1),(null)) a(x) join (values (1),(null)) b(x) using (x) join (values (1),(null)) c(x) on c.x is not distinct from b.x join (values (1),(null)) d(x) on d.x = a.x or d.x is not distinct from c.x
select count(*) from (values (1), (null)) a(x), (values (1), (null)) b(x), (values (1), (null)) c(x), (values (1), (null)) d(x) where a.x is not distinct from b.x and b.x is not distinct from c.x and d.x = coalesce(a.x, 0) + coalesce(c.x, 0) - 1
-- What has one value in the rows of a side of a join has none where there is no such row.
select s.kind, l.id from learnamp.locations l left join (select id, 'known' as kind from learnamp.locations where id % 2 = 0) s on s.id = l.id order by s.kind nulls first, l.id
select s.kind, l.id from learnamp.locations l left join (select id, 'known' as kind from learnamp.locations where id % 2 = 0) s on s.id = l.id order by s.kind desc, l.id limit 4
select s.kind, count(*) from learnamp.locations l left join (select id, 'known' as kind from learnamp.locations where id % 2 = 0) s on s.id = l.id group by s.kind order by 1
select l.id, s.kind, row_number() over (partition by s.kind order by l.id) from learnamp.locations l left join (select id, 'known' as kind from learnamp.locations where id % 2 = 0) s on s.id = l.id order by 1
select s.kind, l.kind, s.id, l.id from (select id, 1 as kind from learnamp.locations where id % 3 = 0) l full join (select id, 2 as kind from learnamp.locations where id % 2 = 0) s on s.id = l.id order by s.kind, l.kind, s.id, l.id
select s.kind, l.id from (select id, 'known' as kind from learnamp.locations where id % 2 = 0) s right join learnamp.locations l on s.id < l.id - 2 order by s.kind nulls first, l.id
select distinct s.kind from learnamp.locations l left join (select id, 'known' as kind from learnamp.locations where id % 2 = 0) s on s.id = l.id order by 1 desc
select * from (select t1.x1 as x1, '2026-06-10'::date as x2 from (select case when true then 'a' end as x1, 17 as x2 from (values (interval '-2 days'), (interval '1 day')) t2(v)) t1 full join learnamp.items t3 on t1.x2 = t3.id) t4 order by 1 desc nulls last, 2 limit 23
