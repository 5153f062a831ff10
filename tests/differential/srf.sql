-- Set-returning functions: manual 9.25, 7.2.1.4, 38.5.8.
select * from generate_series(1, 5)
select * from generate_series(5, 1)
select * from generate_series(5, 1, -2)
select * from generate_series(1, 5, 0)
select * from generate_series(1, null)
select * from generate_series(1::int8, 3::int8)
select * from generate_series(1::int2, 3::int2)
select * from generate_series(2147483646, 2147483647)
select * from generate_series(9223372036854775806, 9223372036854775807)
select * from generate_series(1.0, 2.0, 0.25)
select * from generate_series(1.5, 4)
select * from generate_series(1.0, 2.0, 0)
select * from generate_series(1.0, 'NaN'::numeric)
select * from generate_series('infinity'::numeric, 2.0)
select * from generate_series(1.0, 2.0, 'NaN'::numeric)
select * from generate_series(timestamp '2026-01-30', '2026-04-01', '1 month')
select * from generate_series(timestamp '2026-01-01', '2026-01-02', '6 hours')
select * from generate_series(timestamp '2026-01-02', '2026-01-01', '-6 hours')
select * from generate_series(timestamptz '2026-03-28 00:00+00', '2026-03-30 00:00+00', '1 day')
select * from generate_series(date '2026-01-01', date '2026-01-03', '1 day')
select g::date from generate_series(date '2026-01-01', date '2026-01-03', interval '1 day') g
select * from generate_series(timestamp '2026-01-01', '2026-01-02', '0 hours')
select * from generate_series(1, 3) as g(n)
select * from generate_series(1, 3) g
select g, g.g, g.* from generate_series(1, 2) g
select * from generate_series(1, 3) with ordinality
select * from generate_series(1, 3) with ordinality as t(a, b)
select a, n from unnest(array['x','y']) with ordinality as u(a, n)
select * from unnest(array[1,2], array['a','b','c'])
select * from unnest(array[1,2], array['a','b','c'], array[true]) with ordinality
select * from unnest(array[1,2], array['a','b','c']) as t(n, s)
select * from unnest('{}'::int[])
select * from unnest(null::int[])
select * from unnest(null::int[], array[1])
select unnest(array[1,2]), unnest(array['a','b','c'])
select unnest(array[1,2]) + 10
select unnest(array[row(1,'a'),row(2,'b')])
select * from unnest('{1,NULL,3}'::int[]) x where x is not null
select unnest(array[3,1,2]) as x order by x
select unnest(array[3,1,2]) order by 1 desc limit 2
select x, unnest(array[x, x * 10]) from generate_series(1, 2) x
select x, generate_series(1, x) from generate_series(1, 3) x
select x, generate_series(1, x), generate_series(1, 2) from generate_series(1, 3) x
select generate_series(1, 3), 'k'
select generate_series(1, generate_series(1, 3))
select generate_series(1, 3) where true
select count(*), generate_series(1, 2)
select sum(x), generate_series(1, 2) from generate_series(1, 3) x
select sum(generate_series(1, 3))
select case when true then generate_series(1, 3) end
select coalesce(generate_series(1, 3), 0)
select * from generate_series(1, 3) x where generate_series(1, 2) > 0
select x from generate_series(1, 3) x group by generate_series(1, 2)
select x from generate_series(1, 3) x order by generate_series(1, 2), x
select x from generate_series(1, 3) x limit generate_series(1, 2)
select distinct unnest(array[1,1,2]) order by 1
select unnest(array[1,1,2]) x, count(*) from generate_series(1, 2) group by 1 order by 1
select array_agg(u) from (select unnest(array[1,2]) u) s
select (select unnest(array[5]))
select (select unnest(array[5,6]))
select array(select generate_series(1, 3))
select exists (select generate_series(1, 0))
select 2 in (select generate_series(1, 3))
select * from rows from (generate_series(1, 3), generate_series(1, 2))
select * from rows from (generate_series(1, 3), unnest(array['a','b'])) as t(n, s)
select * from rows from (generate_series(1, 3), unnest(array['a','b'])) with ordinality as t(n, s, o)
select * from rows from (json_each('{"a":1,"b":2}'), generate_series(1, 3)) as t(k, v, n)
select * from rows from (generate_series(1, 2), current_date) limit 0
select * from rows from (abs(-1), lower('A'))
select * from generate_series(1, 2) a, generate_series(a, 3) b
select * from generate_series(1, 2) a cross join lateral generate_series(a, 3) b
select * from generate_series(1, 2) a left join lateral generate_series(2, a) b on true
select a, b from generate_series(1, 3) a left join generate_series(2, 4) b on a = b order by 1
select * from generate_series(1, 3) a join lateral (select a * 10 as ten) s on s.ten > 10
select * from abs(-5)
select * from abs(-5) as a
select * from lower('ABC') as l(x)
select * from now() limit 0
select * from upper('a'), lower('B')
select * from current_date limit 0
select * from coalesce(1, 2)
select * from cast(1 as text)
select * from pg_typeof(1)
select * from string_to_table('a,b,,c', ',')
select * from string_to_table('a,b,,c', ',', '')
select * from string_to_table('abc', null)
select * from regexp_split_to_table('a1b22c', '[0-9]+')
select * from regexp_matches('foobarbequebaz', 'ba.', 'g')
select regexp_matches('foobarbequebaz', '(b)(a.)', 'g')
select * from regexp_split_to_table('hello world', '\s') with ordinality
select * from generate_subscripts(array[5,6,7], 1)
select * from generate_subscripts(array[5,6,7], 1, true)
select * from generate_subscripts(array[5,6,7], 2)
select a[i] from (select array[5,6,7] as a) s, generate_subscripts(a, 1) i
select * from information_schema._pg_expandarray(array['a','b'])
select information_schema._pg_expandarray(array[7,8])
select (information_schema._pg_expandarray(array[7,8])).n
select x, (information_schema._pg_expandarray(x)).* from (values (array[1,2])) v(x)
select * from json_each('{"a":1}') as j
select j from json_each('{"a":1}') as j
select j.key, j.value from json_each('{"a":1}') as j
select * from json_each('{"a":1}') as j(k, v)
select * from json_each('{"a":1}') as j(k)
select * from json_each('{"a":1}') as j(k, v, x)
select * from json_each('{"a":1}') with ordinality
select * from aclexplode('{=r/postgres,postgres=arwd/postgres}'::aclitem[]) limit 0
select grantee, privilege_type, is_grantable from aclexplode('{=r/postgres,postgres=a*w/postgres}'::aclitem[])
select * from pg_options_to_table(array['a=1','b=x=y'])
select * from pg_get_keywords() where catcode = 'R' order by word limit 5
select catcode, catdesc, count(*) from pg_get_keywords() group by 1, 2 order by 1
select word, barelabel, baredesc from pg_get_keywords() where word in ('select', 'as', 'year') order by 1
select * from pg_timezone_abbrevs where abbrev in ('UTC', 'EST', 'CET') order by 1
select count(*) > 500 from pg_timezone_names
select name, abbrev, utc_offset from pg_timezone_names where name in ('UTC', 'Africa/Nairobi') order by 1
select * from pg_input_is_valid('1', 'int')
select generate_series(1, 2) as a union all select 9 order by 1
with t as (select generate_series(1, 3) g) select sum(g) from t
select g, row_number() over (order by g desc) from generate_series(1, 3) g order by g
select g, lag(g) over () from (select generate_series(1, 3) g) s
select * from nope_series(1, 2)
select * from generate_series('a', 'b')
select * from generate_series(1, 2, 3, 4)
select * from generate_series(1)
select generate_series(1, 2) filter (where true)
select * from unnest(5)
select * from unnest(array[1], 5)
select unnest(array[1], array[2])
select t.id, u from learnink.users t, unnest(array[country, region]) u order by t.id, u limit 6
select c.id, s.skill, s.n from learning360.courses c, unnest(c.skills) with ordinality s(skill, n) order by c.id, s.n limit 10
select c.id, s from learning360.courses c left join lateral unnest(c.co_authors) s on true order by c.id, s limit 10
select date, unnest(logged_in_users) from learning360.daily_metrics order by 1, 2 limit 10
select m::date, count(t.id) from generate_series(timestamp '2026-01-01', '2026-06-01', '1 month') m left join learnamp.tasks t on date_trunc('month', t.assigned_at) = m group by 1 order by 1
select id, access_dates[1], cardinality(access_dates) from learning360.courses_trackings where access_dates is not null order by id limit 5
select l.id, x.* from learnamp.locations l, lateral (values (l.id, 'a'), (l.id * 2, 'b')) x(n, t) order by 1, 3 limit 4
select l.id, x.* from learnamp.locations l, json_each_text(row_to_json(l)) x order by 1, 2 limit 4
select * from jsonb_object_keys('{"b":1,"a":2}') with ordinality as k(name, n)
select t.a[i], i from (select array['x','y'] as a) t cross join generate_series(1, array_length(t.a, 1)) i
