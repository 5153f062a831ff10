-- ORDER BY, LIMIT, WITH TIES: manual 7.5 and 7.6.
select id from learnamp.teams order by id desc
select id from learnamp.teams order by -id
select id, name from learnamp.teams order by 2, 1
select id, name from learnamp.teams order by name desc, id asc
select id as x from learnamp.teams order by x
select id as x from learnamp.teams order by x + 1
select id as name, name as id from learnamp.locations order by id
select -id as id from learnamp.teams order by id
select -id as id from learnamp.teams order by id + 0
select manager_id as id from learnamp.teams order by teams.id
select id from learnamp.users order by coach_id, id limit 3
select id from learnamp.users order by coach_id nulls first, id limit 3
select id from learnamp.users order by coach_id desc, id limit 3
select id from learnamp.users order by coach_id desc nulls last, id limit 3
select id from learnamp.users order by hire_date using <, id limit 2
select id from learnamp.users order by hire_date using >, id limit 2
select id from learnamp.users order by manager desc, is_coach, id limit 4
select id from learnamp.teams order by 1, 2
select id from learnamp.teams order by 0
select id from learnamp.teams order by -1
select id from learnamp.teams order by 'a'
select id from learnamp.teams order by 1.0
select id from learnamp.teams order by null
select id from learnamp.teams order by true
select id from learnamp.teams order by 1 + 0, id
select id from learnamp.teams order by nope
select id, name as id from learnamp.teams order by id
select id, id from learnamp.teams order by id
select id from learnamp.teams order by teams.name
select id from learnamp.teams order by learnamp.teams.name, 1
select t.id from learnamp.teams t order by t.*
select id from learnamp.teams order by (id, name) desc
select id from learnamp.teams order by array[id] desc
select array_agg(id order by id) from (select id from learnamp.users order by location_id fetch first 1 row with ties) s
select id, location_id from (select id, location_id from learnamp.users order by location_id, manager fetch first 3 rows with ties) s order by 1
select location_id, count(*) from learnamp.users group by 1 order by 2 desc fetch first 1 rows with ties
select id from learnamp.teams order by id offset 1 rows fetch next 2 rows with ties
select id from learnamp.teams fetch first 1 row with ties
select id from learnamp.teams order by id fetch first 0 rows with ties
select x from (values (1.0), (1), (2)) v(x) order by x fetch first 1 row with ties
select x from (values (3), (1), (2)) v(x) order by x desc limit 2
select x from (values ('b'), ('A'), ('a'), ('B'), (null), ('')) v(x) order by x
select x from (values ('b'), ('A'), ('a'), ('B'), ('_'), ('é'), ('Z'), ('10'), ('9')) v(x) order by x collate "C"
select x from (values (true), (false), (null)) v(x) order by x desc
select x from (values (1.5::float8), ('NaN'), ('Infinity'), ('-Infinity'), (null)) v(x) order by x
select x from (values (1.5::numeric), ('NaN'), ('Infinity'), ('-Infinity'), (null)) v(x) order by x desc
select x from (values (date 'infinity'), ('-infinity'), ('2026-01-01'), ('0044-03-15 BC')) v(x) order by x
select x from (values (interval '1 month'), ('29 days'), ('31 days'), ('-1 day'), ('720:00:01')) v(x) order by x
select x from (values ('10:00+02'::timetz), ('09:00+00'), ('09:00+02')) v(x) order by x
select x from (values (array[1, 2]), (array[1]), (array[2]), (array[1, null]), ('{}')) v(x) order by x
select x from (values ('{"a":1}'::jsonb), ('[]'), ('1'), ('"a"'), ('null'), ('true'), ('{}'), ('[1]')) v(x) order by x
select x from (values ('\x01'::bytea), ('\x'), ('\x0100')) v(x) order by x
select x from (values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid), ('00000000-0000-0000-0000-000000000000')) v(x) order by x
select x from (values ('int4'::regtype), ('text')) v(x) order by x
select x, y from (values (1, 2), (1, 1), (0, 5)) v(x, y) order by x, y desc
select x, y from (values (1, 2), (1, 1), (0, 5)) v(x, y) order by x + y, x
select x from (values (1), (2), (3)) v(x) order by x % 2, x desc
select x from (values (1), (2), (3)) v(x) order by case when x = 2 then 0 else x end
select x from (values (1), (2), (3)) v(x) order by (select -x)
select x from (values (1), (2), (3)) v(x) order by x = 2 desc, x
select sum(x) from (values (1), (2), (3)) v(x) group by x % 2 order by sum(x) desc
select x % 2 from (values (1), (2), (3)) v(x) group by x % 2 order by max(x)
select first_name from learnamp.users order by last_name, first_name limit 4
select first_name || last_name from learnamp.users order by 1 limit 3
select full_name from learnamp.users order by lower(full_name) desc limit 3
select full_name from learnamp.users order by length(full_name), full_name collate "C" limit 3
select full_name from learnamp.users order by full_name collate "nope"
select id from learnamp.users order by id collate "C"
select id from learnamp.users order by random() limit 0
select id, (select count(*) from learnamp.tasks t where t.user_id = u.id) n from learnamp.users u order by n desc, id limit 3
select id, row_number() over (order by id desc) r from learnamp.teams order by r
select id from learnamp.teams order by row_number() over (order by name), id
select id from (select id from learnamp.teams order by id desc limit 2) s order by id
select array_agg(id) from (select id from learnamp.teams order by id desc) s
select id from learnamp.teams order by generate_series(1, 2), id
select (select id from learnamp.teams order by name desc limit 1)
values (2), (1) order by 1
values (2, 'a'), (1, 'b') order by column2 desc limit 1
values (2), (1) order by column1 + 1
values (2), (1) order by nope
table learnamp.locations order by name, id limit 2
select due_date from learnink.learning_paths order by due_date nulls first, id
select average_score, id from learnink.user_course_performance order by average_score desc nulls last, id limit 3
select time_spent from learning360.courses_trackings order by time_spent desc nulls last, id limit 3
select score, id from learning360.courses_trackings order by score nulls first, id limit 2
select access_dates from learning360.courses_trackings order by access_dates desc nulls last, id limit 1
select name from learnamp.teams order by name offset 1 limit 1
select name from learnamp.teams limit 1 offset 1 order by name
select 1 limit 1 limit 2
select 1 order by 1 order by 2
select id from learnamp.teams order by id limit 9223372036854775807
select id from learnamp.teams order by id limit 9223372036854775808
select id from learnamp.teams order by id limit 99999999999999999999
