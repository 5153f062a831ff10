-- LATERAL, functions in FROM, ROWS FROM, WITH ORDINALITY: manual 7.2.1.4 and 7.2.1.5.
select t.id, x.n from learnamp.teams t, lateral (select count(*) n from learnamp.team_users u where u.team_id = t.id) x order by 1
select t.id, x.id from learnamp.teams t cross join lateral (select u.id from learnamp.team_users u where u.team_id = t.id order by u.id limit 2) x order by 1, 2
select t.id, x.id from learnamp.teams t left join lateral (select u.id from learnamp.team_users u where u.team_id = t.id and t.id > 2 order by u.id limit 1) x on true order by 1
select t.id, x.id from learnamp.teams t left join lateral (select u.id from learnamp.team_users u where u.team_id = t.id order by u.id limit 3) x on x.id % 2 = 0 order by 1, 2
select t.id, x.id from learnamp.teams t join lateral (select b.id from learnamp.teams b where b.id > t.id) x on x.id < 4 order by 1, 2
select t.id, x.id from learnamp.teams t, (select b.id from learnamp.teams b where b.id > t.id) x
select t.id, x.id from learnamp.teams t right join lateral (select t.id) x on true
select t.id, x.id from learnamp.teams t full join lateral (select t.id) x on true
select * from (select 1 a) s, lateral (select a + 1 b) t, lateral (select a + b c) u
select * from lateral (select a + 1 b) t, (select 1 a) s
select t.id, x.* from learnamp.teams t, lateral (values (t.id, 'a'), (t.id * 10, 'b')) x(n, s) order by 1, 2
select t.id, x from learnamp.teams t, lateral generate_series(1, t.id) x order by 1, 2
select t.id, x from learnamp.teams t, generate_series(1, t.id) x order by 1, 2
select t.id, x from learnamp.teams t left join generate_series(3, t.id) x on true order by 1, 2
select t.id, x from learnamp.teams t left join generate_series(1, t.id) x on x > 2 order by 1, 2
select t.id, x from learnamp.teams t join unnest(array[t.id, t.id * 2]) x on x > 3 order by 1, 2
select t.id, x.* from learnamp.teams t, unnest(array[t.id, 7]) with ordinality x(v, o) order by 1, 3
select t.id, a.x, b.y from learnamp.teams t, generate_series(1, t.id) a(x), generate_series(a.x, 2) b(y) order by 1, 2, 3
select c.id, g from learning360.groups c, unnest(c.admins) g order by 1, 2 limit 4
select c.id, d from learning360.courses_trackings c, unnest(c.access_dates) d order by 2, 1 limit 4
select c.id, count(d) from learning360.courses_trackings c left join unnest(c.access_dates) d on true group by 1 order by 2 desc, 1 limit 3
select u.id, g.value from learnink.users u, jsonb_array_elements_text(u.user_groups) g order by 1, 2 limit 4
select u.id, g.ordinality, g.value from learnink.users u, jsonb_array_elements_text(u.user_groups) with ordinality g order by 1, 2 limit 4
select u.id, g.* from learnink.users u, jsonb_array_elements_text(u.user_groups) with ordinality as g(gid, n) order by 1, 3 limit 3
select t.id, x.m from learnamp.teams t, lateral (select max(y.id) m from learnamp.team_users y where y.team_id = t.id group by y.primary_flag) x order by 1, 2
select t.id, x.m from learnamp.teams t, lateral (select y.id m, row_number() over (order by y.id desc) r from learnamp.team_users y where y.team_id = t.id) x where x.r = 1 order by 1
select t.id, x.m, z.k from learnamp.teams t, lateral (select count(*) m from learnamp.team_users y where y.team_id = t.id) x, lateral (select x.m * t.id as k) z order by 1
select t.id, x.m from learnamp.teams t, lateral (select t.id m union select t.id * 100) x order by 1, 2
select t.id, x.m from learnamp.teams t, lateral (select s.m from (select t.id + 1 m) s where s.m > 2) x order by 1
select t.id from learnamp.teams t where exists (select 1 from generate_series(1, t.id) g where g = 3) order by 1
select t.id, (select sum(g) from generate_series(1, t.id) g) from learnamp.teams t order by 1
select t.id, array(select g * 2 from generate_series(1, t.id) g) from learnamp.teams t order by 1
select t.id, (select count(*) from learnamp.teams b, lateral (select b.id + t.id as s) x where x.s > 4) from learnamp.teams t order by 1
select t.id, x.c from learnamp.teams t, lateral (with w as (select t.id * 2 as c) select c from w) x order by 1
select t.id, x.b from learnamp.teams t, lateral (select distinct on (u.primary_flag) u.id as b from learnamp.team_users u where u.team_id = t.id order by u.primary_flag, u.id) x order by 1, 2
select t.id, j.a, j.b from learnamp.teams t, lateral ((values (t.id)) a(a) join (values (t.id), (5)) b(b) on b.b >= a.a) j order by 1, 2, 3
select * from generate_series(1, 3)
select * from generate_series(1, 3) g
select * from generate_series(1, 3) as g(n)
select g from generate_series(1, 3) g where g > 1
select g.g, g.* from generate_series(1, 2) g
select g.n, g from generate_series(1, 2) g(n)
select generate_series from generate_series(1, 2)
select generate_series.generate_series from generate_series(1, 2)
select * from generate_series(1, 10, 4)
select * from generate_series(3, 1)
select * from generate_series(3, 1, -1)
select * from generate_series(1, 2, 0)
select * from generate_series(1, null)
select * from generate_series(1.0, 2.0, 0.5)
select * from generate_series(timestamp '2026-01-01', '2026-01-03', '1 day')
select * from generate_series(date '2026-01-01', date '2026-01-03', interval '1 day') d
select * from unnest(array['a', 'b', null])
select * from unnest(array['a', 'b', null]) with ordinality
select * from unnest(array['a', 'b']) with ordinality as t(v, n)
select * from unnest(array['a', 'b']) with ordinality as t(v)
select * from unnest(array[1, 2], array['a', 'b', 'c'])
select * from unnest(array[1, 2], array['a', 'b', 'c']) with ordinality as t(a, b, c)
select unnest(array[1, 2], array['a'])
select * from rows from (generate_series(1, 2), unnest(array['a', 'b', 'c']))
select * from rows from (generate_series(1, 2), generate_series(5, 7)) with ordinality as t(a, b, c)
select * from rows from (abs(-1), upper('a'))
select * from abs(-5)
select * from abs(-5) as a
select abs from abs(-5)
select * from upper('x') with ordinality
select * from current_date where false
select * from now() where false
select count(*) from current_user
select * from jsonb_each('{"a": 1, "b": [2]}')
select * from jsonb_each_text('{"a": 1, "b": [2]}') as x(k, v) order by k desc
select * from json_array_elements('[1, {"a": 2}, null]')
select * from jsonb_array_elements_text('["x", null]') with ordinality
select * from jsonb_object_keys('{"b": 1, "a": 2}')
select * from jsonb_to_record('{"a": 1, "b": "x"}') as t(a int, b text, c bool)
select * from jsonb_to_recordset('[{"a": 1}, {"a": 2, "b": "y"}]') as t(a int, b text)
select * from json_populate_record(null::learnamp.locations, '{"id": 7, "name": "x"}')
select * from jsonb_to_record('{"a": 1}')
select * from jsonb_to_record('{"a": 1}') as t
select * from generate_series(1, 2) as t(a int)
select * from regexp_split_to_table('a,b,c', ',')
select * from string_to_table('a,b,,c', ',', '')
select * from regexp_matches('foobar', 'o', 'g')
select * from generate_subscripts(array['a', 'b'], 1)
select * from pg_get_keywords() where word = 'select'
select * from unnest(1)
select * from nope(1)
select * from learnamp.nope(1)
select * from generate_series('a', 'b')
select * from generate_series(1)
select * from count(*)
select * from sum(1)
select * from row_number() over ()
select x.* from (select row(1, 'a') r) s, lateral (select s.r) x
select u.id, s.* from learnamp.users u, lateral (select u.first_name f, u.last_name l) s order by 1 limit 2
select u.id, s from learnamp.users u, lateral (select u.first_name f, u.last_name l) s order by 1 limit 2
select id, x from learnamp.teams, lateral (select id * 2 as x) s order by 1
select teams.id, x from learnamp.teams, lateral (select learnamp.teams.id * 2 as x) s order by 1
select * from learnamp.locations l, lateral (select * from learnamp.teams t where t.id = l.id) s order by 1 limit 1
select * from (values (1), (2)) a(x), lateral (select * from (values (1), (2)) b(y) where b.y = a.x) s order by 1
select * from (values (1), (2)) a(x) join lateral (select x * 2 as y) b on true join lateral (select y * 2 as z) c on true order by 1
select * from (values (1), (2)) a(x) join (select 3 as w) k on true left join lateral (select x * 2 as y where x > 1) b on true order by 1
select * from (values (1), (2)) a(x) left join ((values (1)) k(w) cross join lateral (select a.x + k.w as y) l) on y > 2 order by 1
select sum(x) from learnamp.teams t, generate_series(1, t.id) x
select x, count(*) from learnamp.teams t, generate_series(1, t.id) x group by x order by x
select count(*) from (select 1) s tablesample bernoulli (100)
