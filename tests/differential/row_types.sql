-- Row types of tables: manual 8.16, 4.2.4, 4.2.13. Numbers of these types differ between servers, so
-- values that hold them in binary are said as text.
select t from learnamp.locations t order by t.id
select t from learnamp.locations t order by 1
select l from learnamp.locations l where l.id = 1
select locations from learnamp.locations order by id limit 2
select pg_typeof(t)::text, pg_typeof(row(1)), pg_typeof(t.*)::text from learnamp.locations t order by id limit 1
select row(1, 'x')::learnamp.locations, (2, 'y')::learnamp.locations
select (row(1, 'x')::learnamp.locations).name, (row(1, 'x')::learnamp.locations).id, ((1, 'x')::learnamp.locations).*
select row(1)::learnamp.locations
select row(1, 'x', 2)::learnamp.locations
select row('a', 'x')::learnamp.locations
select row(now(), 'x')::learnamp.locations
select row(1, null)::learnamp.locations, row('5', 7)::learnamp.locations
select row(1.6, 'x'::varchar)::learnamp.locations
select '(1,x)'::learnamp.locations, '(,)'::learnamp.locations, ' ( 1 ,"a ""b"" \\ c") '::learnamp.locations, '(1,"")'::learnamp.locations
select ('(1,x)'::learnamp.locations).name, cast('(7,"a,b")' as learnamp.locations)
select '(1)'::learnamp.locations
select '(1,x,y)'::learnamp.locations
select '1,x'::learnamp.locations
select '(1,x'::learnamp.locations
select '(1,x) y'::learnamp.locations
select '(a,x)'::learnamp.locations
select ''::learnamp.locations
select '(1,x)'::text::learnamp.locations
select null::learnamp.locations, null::learnamp.locations is null, (null::learnamp.locations).name
select row(1,'x')::learnamp.locations::text, t::text from learnamp.locations t order by id limit 2
select row(1,'x')::learnamp.locations::record, (row(1,'x')::learnamp.locations)::learnamp.locations
select row(1,'x')::learnamp.locations::learnamp.teams
select row(1,'x')::learnamp.locations::int
select 1::learnamp.locations
select t::int from learnamp.locations t
select (t).name, (t).id, (t.*).name from learnamp.locations t order by t.id limit 2
select (t).* from learnamp.locations t order by t.id limit 2
select t.* from (select l as t from learnamp.locations l) x(t) order by 1 limit 1
select (x.t).*, (x.t).name from (select l as t from learnamp.locations l) x order by 1 limit 2
select (t).nope from learnamp.locations t
select (x.t).nope from (select l as t from learnamp.locations l) x
select t.nope from learnamp.locations t
select (row(1,2)).f1, (row(1,2)).f2
select (row(1,2)).f3
select (1).x
select name(t), id(t) from learnamp.locations t order by id limit 2
select nope(t) from learnamp.locations t
select f1(row(1,2)), f2(row(1,2))
select t.count from learnamp.locations t
select t.to_json from learnamp.locations t order by id limit 1
select t.row_to_json, t.to_jsonb from learnamp.locations t order by id limit 1
select (t).to_json from learnamp.locations t order by id limit 1
select (t.id).abs, (-5).abs from learnamp.locations t order by id limit 1
select a.abs from abs(-5) a
select a.sqrt, a from generate_series(4,4) a
select a.upper from lower('ABC') a
select a.nope from abs(-5) a
select t.text from learnamp.locations t
select text(t) from learnamp.locations t
select row_to_json(t), to_json(t), to_jsonb(t), json_build_object('t', t), json_agg(t) over () from learnamp.locations t order by id limit 1
select row_to_json(t) from learnamp.locations t(a, b) order by a limit 1
select row_to_json(row(1,'x')::learnamp.locations), to_jsonb(row(1,'x')::learnamp.locations)
select json_agg(t order by id), jsonb_agg(t order by id) from learnamp.locations t
select array_agg(t order by id)::text from learnamp.locations t
select pg_typeof(array_agg(t))::text, pg_typeof(array[t])::text from learnamp.locations t group by t.id order by t.id limit 1
select array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations]::text
select (array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations])[2].name, (array_agg(t order by id))[1] from learnamp.locations t
select (array_agg(t order by id))[1:2]::text from learnamp.locations t
select array[row(1,'a')]::learnamp.locations[]::text
select * from unnest(array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations])
select u.name, u.id, u from unnest(array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations]) u
select unnest(array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations])
select (unnest(array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations])).*
select (unnest(array_agg(t order by id))).name from learnamp.locations t
select u.*, u, array_length(x.a, 1) from (select array_agg(t order by id) as a from learnamp.locations t) x, unnest(x.a) u order by u.id limit 2
select * from unnest(array[row(1,'a'),row(2,'b')]) as t(a int, b text)
select t.a, t.b, t from unnest(array[row(1,'a'),row(2,'b')]) as t(a int, b text)
select * from unnest(array[row(1,'a'),row(2,'b')]) as t(a int)
select * from unnest(array[row(1,'a'),row(2,'b')]) as t(a int, b int)
select * from unnest(array[row(1,'a'),row(2,'b')])
select * from unnest(array[row(1,'a')]) as t
select t = t, t <> t, t < t, t >= t, t is null, t is not null from learnamp.locations t order by id limit 1
select a.id, b.id from learnamp.locations a join learnamp.locations b on a = b order by 1
select a = row(a.id, a.name), a = (a.id, a.name), row(a.id, a.name) = a from learnamp.locations a order by id limit 1
select a = row(a.id, a.name)::learnamp.locations from learnamp.locations a order by id limit 1
select t = 1 from learnamp.locations t
select t + 1 from learnamp.locations t
select t || 'a' from learnamp.locations t order by id limit 1
select t || 1 from learnamp.locations t
select upper(t) from learnamp.locations t
select sum(t) from learnamp.locations t
select max(t) from learnamp.locations t
select t in (select l from learnamp.locations l), t = any(array[row(1,'x')::learnamp.locations]) from learnamp.locations t order by t.id limit 2
select t is distinct from t, t is not distinct from null, nullif(t, t) is null from learnamp.locations t order by id limit 1
select count(t), count(distinct t), count(t.*) from learnamp.locations t
select t, count(*) from learnamp.locations t group by t order by t limit 2
select distinct t from learnamp.locations t order by t limit 2
select t from learnamp.locations t order by t desc limit 2
select row_number() over (order by t), t from learnamp.locations t order by 1 limit 2
select first_value(t) over (order by id), lag(t) over (order by id) from learnamp.locations t order by id limit 2
select coalesce(t, row(0,'none')::learnamp.locations), case when t.id > 1 then t end, greatest(t, t) from learnamp.locations t order by id limit 2
select case when true then t else null end, coalesce(null, t) from learnamp.locations t order by id limit 1
select case when true then t else row(1,'x') end from learnamp.locations t order by id limit 1
select t from learnamp.locations t union select row(0,'zero')::learnamp.locations order by 1 limit 2
select t from learnamp.locations t union all select row(0,'zero') limit 2
select (select t from learnamp.locations t where id = 1), (select l.name from learnamp.locations l where l = t) from learnamp.locations t order by id limit 1
select array(select t from learnamp.locations t order by id limit 2)::text
select exists(select t from learnamp.locations t), (select count(t) from learnamp.locations t)
with w as (select t from learnamp.locations t) select t, (t).name from w order by 1 limit 2
with w as (select * from learnamp.locations) select w from w order by w.id limit 2
select x from (select * from learnamp.locations) x order by x.id limit 1
select u, l from learnamp.users u join learnamp.locations l on l.id = u.location_id order by u.id limit 1
select l from learnamp.teams t left join learnamp.locations l on l.id = -1 order by t.id limit 1
select l is null, l is not null, (l).name from learnamp.teams t left join learnamp.locations l on l.id = -1 order by t.id limit 1
select t.tableoid::regclass::text, t from learnamp.locations t order by id limit 1
select c.relname, (c).relkind from pg_class c where c = c and c.relname = 'pg_class'
select pg_typeof(c), (c).typname from pg_type c where typname = 'int4'
select n from pg_namespace n where nspname = 'pg_toast'
select v from information_schema.schemata v where schema_name = 'nope'
select oid::regtype::text, typtype, typcategory, typrelid::regclass::text, typarray::regtype::text from pg_type where oid = 'learnamp.locations'::regtype
select typelem::regtype::text, typtype, typcategory, typname from pg_type where oid = 'learnamp.locations[]'::regtype
select 'learnamp.locations'::regtype::text, 'learnamp.locations[]'::regtype::text, format_type('learnamp.locations'::regtype, null), to_regtype('learnamp.locations')::text
select json_populate_record(null::learnamp.locations, '{"id":5,"name":"n"}'), (json_populate_record(row(1,'x')::learnamp.locations, '{"name":"n"}')).*
select * from json_populate_recordset(null::learnamp.locations, '[{"id":5,"name":"n"},{"id":6}]')
select jsonb_populate_record(t, '{"name":"n"}') from learnamp.locations t order by id limit 1
select md5(t::text), length(t::text), t::varchar, t::text like '(%' from learnamp.locations t order by id limit 1
select string_agg(t::text, ';' order by t.id) from learnamp.locations t
select num_nulls(t), num_nulls(variadic array[1,null]), format('%s', t), concat(t, 1), quote_literal(t) from learnamp.locations t order by id limit 1
select t from learnamp.locations t for update
select record_eq(t, t), record_lt(t, t), t *= t, t *< t from learnamp.locations t order by id limit 1
select row(t)::text, row(t.*), row(t, 1)::text, (t, t.id)::text from learnamp.locations t order by id limit 1
select (row(t)).f1, ((row(t.*)).f2) from learnamp.locations t order by id limit 1
select row(1, row(2, 'x')::learnamp.locations)::text, (row(1, row(2, 'x')::learnamp.locations)).f2
select a, b from (values (row(1,'x')::learnamp.locations, 1)) v(a,b)
select (v.a).name from (values (row(1,'x')::learnamp.locations), (row(2,'y'))) v(a)
select s.t from (select t, 1 from learnamp.locations t) s order by (s.t).id desc limit 1
select t from learnamp.locations t where t > row(1, 'a')::learnamp.locations order by id limit 2
select t from learnamp.locations t where (t).id between 1 and 2 order by id
select * from learnamp.locations t where t.* is not null order by id limit 1
select row_to_json(u)->>'id', to_jsonb(u)->'id' from learnamp.users u order by id limit 1
select i from learnamp.items i order by id limit 2
select u from learnamp.users u order by id limit 2
select q from learnink.survey_questions q order by q.id limit 1
select count(t.*), count(distinct t.*), pg_typeof(t.*)::text from learnamp.locations t group by 3
select concat(t.*), coalesce(t.*) from learnamp.locations t order by id limit 1
select (t.*)::text, row_to_json(t.*), to_jsonb(t.*) from learnamp.locations t order by id limit 1
select l.*, l from learnamp.teams t left join learnamp.locations l on l.id = t.id order by t.id limit 6
select l, u.id from learnamp.locations l full join (select -5 as id) u on u.id = l.id order by l.id
select coalesce(l, row(0, 'none')::learnamp.locations) from learnamp.teams t left join learnamp.locations l on l.id = -t.id order by t.id limit 2
select count(l), count(*) from learnamp.teams t left join learnamp.locations l on l.id = t.id
select json_agg(l) from (select l from learnamp.teams t left join learnamp.locations l on l.id = -1 order by t.id limit 2) x(l)
select (a.t).name from (select array[t] as ts from learnamp.locations t order by id limit 1) y, unnest(y.ts) a(id, name), lateral (select row(a.id, a.name)::learnamp.locations) z(t)
select z.t.name from (select row(1, 'x')::learnamp.locations as t) z
select (z.t).name || '!' from (select row(1, 'x')::learnamp.locations as t) z
select array_length(array_agg(t), 1), (array_agg(t order by t.id desc))[1].id from learnamp.locations t
select t = any(array_agg(t) over ()) from learnamp.locations t order by id limit 1
select array_position(array[row(1,'a')::learnamp.locations, row(2,'b')::learnamp.locations], row(2,'b')::learnamp.locations)
select (array_append(array[row(1,'a')::learnamp.locations], row(2,'b')::learnamp.locations))::text
select array[row(2,'b')::learnamp.locations] = array[row(2,'b')::learnamp.locations], array[row(2,'b')::learnamp.locations] @> array[row(1,'b')::learnamp.locations]
select min(id), (array_agg(t order by t.name))[1]::text from learnamp.locations t group by length(name) > 7 order by 1
select nullif(t, row(1, 'London 1')::learnamp.locations) is null from learnamp.locations t order by id limit 2
select t is null, not (t is null), t is distinct from null from learnamp.locations t order by id limit 1
select row(null, null)::learnamp.locations is null, row(1, null)::learnamp.locations is null, row(1, null)::learnamp.locations is not null
select null::learnamp.locations is not distinct from row(null, null)::learnamp.locations
select exists (select 1 from learnamp.locations a where a = any (select b from learnamp.locations b))
select (select array_agg(l order by l.id) from learnamp.locations l)::text
select to_jsonb(array_agg(t order by id)) from learnamp.locations t
select array_to_json(array_agg(t order by id)) from learnamp.locations t
select array_to_string(array_agg(t order by id), ' / ') from learnamp.locations t
select cardinality(array_agg(u)), cardinality(array_agg(u.*)) from learnamp.users u
select t::learnamp.locations, t::record from learnamp.locations t order by id limit 1
select cast(row(id, name) as learnamp.locations) from learnamp.locations order by id limit 2
select row(id::text, name)::learnamp.locations from learnamp.locations order by id limit 2
select s.l, (s.l).id from (select distinct on (location_id) l from learnamp.users u join learnamp.locations l on l.id = u.location_id order by location_id) s order by 2 limit 2
select max((t).id), min((t).name) from learnamp.locations t
select case (t).id when 1 then t end from learnamp.locations t order by id limit 2
select row_to_json(x) from (select t, (t).id + 1 as next from learnamp.locations t order by id limit 1) x
select lag(t) over w, lead((t).name) over w from learnamp.locations t window w as (order by t) order by t.id limit 2
select '{"(1,x)",NULL,"(2,\"y z\")"}'::learnamp.locations[]::text, ('{"(1,x)"}'::learnamp.locations[])[1].name, '{}'::learnamp.locations[]::text, null::learnamp.locations[] is null
select '{(1,x)}'::learnamp.locations[]
select '{"(1,x)"}'::text::learnamp.locations[]::text
select * from unnest('{"(1,x)","(2,y)"}'::learnamp.locations[])
