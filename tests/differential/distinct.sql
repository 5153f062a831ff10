-- DISTINCT and DISTINCT ON: manual 7.3.3.
select distinct location_id from learnamp.users order by 1
select distinct location_id, manager from learnamp.users order by 1, 2
select distinct * from learnamp.locations order by id
select distinct on (location_id) location_id, id from learnamp.users order by location_id, id desc
select distinct on (location_id) id from learnamp.users order by location_id, id
select distinct on (1) location_id, id from learnamp.users order by 1, 2
select distinct on (l) location_id as l, id from learnamp.users order by l, id
select distinct on (location_id, manager) location_id, manager, id from learnamp.users order by manager, location_id, id
select distinct on (location_id) id from learnamp.users order by id
select distinct on (location_id, manager) id from learnamp.users order by location_id, id
select distinct on (location_id % 2) id from learnamp.users order by location_id % 2, id
select distinct on (location_id) id, location_id from learnamp.users order by location_id desc nulls last, id limit 2
select distinct on (5) id from learnamp.users
select distinct on (nope) id from learnamp.users
select distinct on ('a') id from learnamp.users
select distinct on () id from learnamp.users
select distinct on (location_id) count(*) from learnamp.users
select distinct on (location_id) location_id, count(*) from learnamp.users group by location_id, manager order by location_id, count(*) desc
select distinct on (user_id) user_id, type, deadline from learnamp.tasks order by user_id, deadline desc nulls last, id limit 5
select distinct location_id from learnamp.users order by id
select distinct location_id from learnamp.users order by location_id + 1
select distinct location_id + 1 from learnamp.users order by location_id + 1
select distinct location_id as l from learnamp.users order by l desc
select distinct location_id, upper(first_name) from learnamp.users order by 1, 2 limit 3
select distinct count(*) from learnamp.users group by location_id order by 1
select distinct x from (values (1), (null), (1), (null)) v(x) order by x
select distinct x from (values (1.0), (1), (1.00)) v(x)
select distinct x from (values (1), (1.0), (1.00)) v(x)
select distinct x from (values ('a'::char(2)), ('a')) v(x)
select distinct x from (values (0::float8), ('-0')) v(x)
select distinct x from (values (interval '1 day'), ('24 hours')) v(x)
select distinct x from (values ('10:00+00'::timetz), ('11:00+01')) v(x) order by 1
select distinct x from (values ('{"a":1}'::jsonb), ('{"a":1.0}')) v(x)
select distinct x from (values ('{"a":1}'::json)) v(x)
select distinct x from (values (array[1, 2]), (array[1, 2]), (array[1, null])) v(x) order by 1
select distinct row(x, 1) from (values (1), (1)) v(x)
select distinct 1, 1
select distinct null
select distinct 'a'
select distinct 'a', null from learnamp.users
select distinct id from learnamp.users order by id limit 2 offset 1
select distinct first_name from learnamp.users order by 1 fetch first 2 rows with ties
select distinct sum(id) over (partition by location_id) from learnamp.users order by 1
select distinct on (location_id) location_id, row_number() over (order by id) from learnamp.users order by location_id, id
select distinct type, count(*) over (partition by type) from learnamp.activities order by 1
select distinct generate_series(1, 2) from learnamp.teams order by 1
select distinct on (x) x, y from (values (1, 2), (1, 3), (2, 1)) v(x, y) order by x, y
select distinct on (x) y from (values (1.0, 2), (1.00, 3), (2, 1)) v(x, y) order by x, y desc
select count(*) from (select distinct location_id, coach_id from learnamp.users) s
select distinct on (t.id) t.* from learnamp.teams t order by t.id, t.name limit 2
select distinct from learnamp.users
select distinct on (location_id) * from learnamp.users u where id < 0
select all location_id from learnamp.users order by location_id limit 1
select distinct access_dates from learning360.courses_trackings order by 1 limit 1
select distinct id, (select count(*) from learnamp.tasks t where t.user_id = u.id) from learnamp.users u order by 2 desc, 1 limit 3
select distinct on (a.id) a.id, b.id from learnamp.teams a left join learnamp.teams b on b.parent_team_id = a.id order by a.id, b.id desc
