-- JSON: manual 9.16.1. Input and output of both types.
select '{"a":1,"b":[1,2,{"c":null}]}'::json, '{"a":1,"b":[1,2,{"c":null}]}'::jsonb
select '{"b":1,"aa":2,"a":3,"b":4}'::jsonb, '{"b":1,"aa":2,"a":3,"b":4}'::json
select '  [1 , 2 ]  '::json, '  [1 , 2 ]  '::jsonb
select '1'::jsonb, '1.50'::jsonb, '-0'::jsonb, '1e5'::jsonb, '1E-3'::jsonb, '"a"'::jsonb, 'true'::jsonb, 'null'::jsonb
select '"\u00e9\n\t\"\\\/"'::jsonb, '"\u00e9\n"'::json
select '"\ud83d\ude00"'::jsonb, '"\ud83d\ude00"'::jsonb ->> 0, '"\ud83d\ude00"'::jsonb #>> '{}'
select '"\ud83d"'::jsonb
select '"\ud83dx"'::jsonb
select '"\ude00"'::jsonb
select '"\u0000"'::jsonb
select '"\u0000"'::json
select '"\u00"'::json
select '"\x"'::json
select ''::json
select ' '::jsonb
select '{'::json
select '{"a"'::json
select '{"a":'::json
select '{"a":1,'::json
select '{"a":1,}'::json
select '{a:1}'::json
select '{1:1}'::json
select '{"a" 1}'::json
select '[1,'::json
select '[1,]'::json
select '[1 2]'::json
select '[1}'::json
select 'nul'::json
select 'truee'::json
select '01'::json
select '1.'::json
select '.5'::json
select '1e'::json
select '+1'::json
select '-'::json
select '"abc'::json
select 'abc'::json
select '{"a":1} x'::json
select '{"a":1}}'::jsonb
select '["a
b"]'::json
select E'"a\tb"'::json
select E'{\n"a":\n  x}'::json
select '{"a":1, "b":bad, "c": 3}'::jsonb
-- Operators
select '[1,2,3]'::json -> 0, '[1,2,3]'::json -> -1, '[1,2,3]'::json -> 5, '[1,2,3]'::jsonb -> -3, '[1,2,3]'::jsonb -> -4
select '{"a":{"b":1}}'::json -> 'a', '{"a":{"b":1}}'::jsonb -> 'a' -> 'b', '{"a":1}'::jsonb -> 'x', '{"a":1}'::jsonb -> 0, '[1]'::jsonb -> 'a'
select '{"a":"x"}'::json ->> 'a', '{"a":null}'::json ->> 'a', '{"a":null}'::json -> 'a', '{"a":[1, 2]}'::json ->> 'a', '{"a":[1, 2]}'::jsonb ->> 'a'
select '{"a":{"b":[10,20]}}'::json #> '{a,b,1}', '{"a":{"b":[10,20]}}'::jsonb #> '{a,b,-1}', '{"a":1}'::jsonb #> '{}', '{"a":1}'::jsonb #>> '{a,b}', '{"a":1}'::jsonb #> '{a,null}'
select '{"a":{"b":[10,"x"]}}'::json #>> '{a,b,1}', '{"a":{"b":[10,"x"]}}'::jsonb #>> array['a','b','1'], '[1,[2]]'::json #>> '{1,0}', '[1]'::jsonb #> '{x}'
select '"a"'::json -> 0, '1'::jsonb -> 'a', 'null'::jsonb -> 'a', '1'::json ->> 0
select null::json -> 'a', '{"a":1}'::json -> null::text, '[1]'::jsonb -> null::int, '[1]'::jsonb #> null
select '{"a":1,"b":2}'::jsonb @> '{"a":1}', '{"a":1}'::jsonb <@ '{"a":1,"b":2}', '[1,2,3]'::jsonb @> '[3,1]', '[1,2]'::jsonb @> '1', '[1,[2]]'::jsonb @> '[2]', '[1,[2]]'::jsonb @> '[[2]]'
select '{"a":[1,2]}'::jsonb @> '{"a":[2]}', '{"a":{"b":1,"c":2}}'::jsonb @> '{"a":{"c":2}}', '{}'::jsonb @> '{}', '[]'::jsonb @> '[]', '[]'::jsonb @> '{}', '1'::jsonb @> '1.0', '"a"'::jsonb @> '["a"]'
select '{"a":1}'::jsonb ? 'a', '["a","b"]'::jsonb ? 'b', '"a"'::jsonb ? 'a', '[1]'::jsonb ? '1', '{"a":{"b":1}}'::jsonb ? 'b', '{"a":1}'::jsonb ?| array['x','a'], '{"a":1}'::jsonb ?& array['x','a'], '{"a":1}'::jsonb ?& '{}', '{"a":1}'::jsonb ?| '{}'
select '{"a":1}'::jsonb || '{"b":2}', '{"a":1}'::jsonb || '{"a":2}', '[1]'::jsonb || '[2]', '[1]'::jsonb || '2', '1'::jsonb || '2', '{"a":1}'::jsonb || '[1]', '[1]'::jsonb || '{"a":1}', '[]'::jsonb || 'null'
select '{"a":1}'::jsonb || '1'
select '"a"'::jsonb || '{"a":1}'
select '{"a":1}'::jsonb || null
select '{"a":1,"b":2}'::jsonb - 'a', '["a","b","a"]'::jsonb - 'a', '[1,2,3]'::jsonb - 1, '[1,2,3]'::jsonb - -1, '[1,2,3]'::jsonb - 7, '{"a":1,"b":2,"c":3}'::jsonb - array['a','c'], '["a","b"]'::jsonb - '{b}'::text[]
select '{"a":1}'::jsonb - 1
select '1'::jsonb - 'a'
select '1'::jsonb - 1
select '{"a":{"b":1,"c":2}}'::jsonb #- '{a,b}', '[1,[2,3]]'::jsonb #- '{1,0}', '[1,2]'::jsonb #- '{-1}', '{"a":1}'::jsonb #- '{x}', '{"a":1}'::jsonb #- '{}', '[1]'::jsonb #- '{5}'
select '[1,2]'::jsonb #- '{a}'
select '1'::jsonb #- '{a}'
select '{"a":1}'::jsonb = '{"a":1.0}', '{"a":1}'::jsonb < '{"a":2}', '[1,2]'::jsonb > '[3]', '"b"'::jsonb > '"a"', 'true'::jsonb > '1', '{}'::jsonb > '[]', 'null'::jsonb < '"a"', '[]'::jsonb < 'null'
select '{"a":1}'::json = '{"a":1}'::json
select x from (values ('{"a":2}'::jsonb),('[1]'),('1'),('"a"'),('null'),('true'),('[]'),('{}'),('false'),('10'),('"B"')) v(x) order by x
select distinct x from (values ('{"a":2}'::jsonb),('{"a":2.0}'),('1')) v(x) order by x
select distinct x from (values ('1'::json)) v(x)
select x from (values ('1'::json)) v(x) order by x
select x, count(*) from (values ('1'::json)) v(x) group by x
select '{"a":1}'::json -> 'a' -> 'b' ->> 'c'
select ('{"a":[1,2,3]}'::jsonb)['a'], ('{"a":[1,2,3]}'::jsonb)['a'][1], ('[1,2]'::jsonb)[0], ('[1,2]'::jsonb)[-1], ('[1,2]'::jsonb)['1'], ('{"a":1}'::jsonb)['b']['c']
select ('{"a":1}'::json)['a']
select ('{"a":1}'::jsonb)[1.5]
select ('[1,2]'::jsonb)[0:1]
select ('{"1":5}'::jsonb)[1], (null::jsonb)['a'], ('{"a":1}'::jsonb)[null]
-- Casts
select '5'::jsonb::int, '5.7'::jsonb::int, '5.5'::jsonb::numeric, '5.5'::jsonb::float8, '5'::jsonb::int8, '5'::jsonb::int2, '5.25'::jsonb::float4, 'true'::jsonb::bool
select '"5"'::jsonb::int
select 'true'::jsonb::int
select '5'::jsonb::bool
select 'null'::jsonb::int
select '[1]'::jsonb::int
select '{}'::jsonb::numeric
select '99999999999'::jsonb::int
select '{"a":1}'::jsonb::text, '{"a":1}'::json::text, '{"a" : 1}'::json::jsonb, '{"b":1,"a":2}'::jsonb::json, 'true'::text::jsonb, '"x"'::jsonb::text, '"x"'::jsonb::varchar
select 1::jsonb
select 'x'::text::json
select '1'::jsonb::json::text
-- Functions
select to_json(1), to_json('a'::text), to_json(1.50), to_json(true), to_json(null::int), to_json(array[1,2]), to_json(row(1,'a')), to_json('{"a":1}'::jsonb), to_json(date '2026-01-01'), to_json(timestamp '2026-01-01 10:00'), to_json('infinity'::timestamp)
select to_jsonb(1), to_jsonb('a'::text), to_jsonb(1.50), to_jsonb(true), to_jsonb(null::int), to_jsonb(array[1,null]), to_jsonb(row(1,'a',null)), to_jsonb('{"b":1,"a":2}'::json), to_jsonb(date '2026-01-01'), to_jsonb(interval '1 day')
select to_json('NaN'::float8), to_json('infinity'::float8), to_jsonb('NaN'::numeric), to_json(1e20::float8), to_json(1.5::float4), to_jsonb('-infinity'::float8)
select to_json('a'), to_jsonb('a')
select to_json('a"b\c'::text), to_json(E'a\nb'::text), to_json('é'::text), to_json(E'\x01'::text)
select to_json('x'::char(3)), to_json('x'::varchar), to_json('x'::name), to_json('\xdead'::bytea), to_json(time '10:00'), to_json('1.2.3.4'::inet), to_json('d0c8f6b4-0000-4000-8000-000000000001'::uuid), to_json(1::oid)
select array_to_json(array[1,2], true), array_to_json('{}'::int[])
select row_to_json(row(1,'foo')), row_to_json(row(1,'foo'), true), row_to_json(v), row_to_json(v, true) from (values (1,'x',array[1,2])) v(a,b,c)
select row_to_json(t) from (select 1 as a, 'x' as b, null as c) t
select row_to_json(t), to_jsonb(t) from (select 1 as a, row(2, 'y') as b, '{"z":1}'::json as c) t
select row_to_json(null::record), to_json(null::text), array_to_json(null::int[])
select row_to_json(1)
select json_build_array(1,2,'foo',4,5.5,null,true), json_build_array(), jsonb_build_array(1,2,'foo',4,5.5,null,true), jsonb_build_array()
select json_build_array(variadic array[1,2]), json_build_array(variadic array['a',null]), json_build_array(variadic null::int[]), jsonb_build_array(variadic '{}'::int[])
select json_build_object('a',1,'b','c',3,4), jsonb_build_object('a',1,'b','c',3,4), json_build_object(), jsonb_build_object()
select json_build_object(variadic array['a','b']), jsonb_build_object(variadic array['a','b','c','d'])
select json_build_object('a')
select json_build_object(null, 1)
select jsonb_build_object(null, 1)
select jsonb_build_object('a', 1, 'b')
select json_build_object(variadic array['a'])
select json_build_object('{1,2}'::int[], 1)
select jsonb_build_object('{1,2}'::int[], 1)
select json_build_object(row(1,2), 1)
select json_build_object(json '{"a":1}', 1)
select json_build_object(1, 2, true, 3, 1.5, 4, date '2026-01-01', 5)
select jsonb_build_object(1, 2, true, 3, 1.5, 4, date '2026-01-01', 5)
select json_build_object('a', row(1,2), 'b', array[1,2], 'c', '{"x":1}'::jsonb, 'd', '[1, 2]'::json)
select json_object('{a,1,b,2}'), json_object('{a,b}','{1,2}'), json_object('{}'), jsonb_object('{a,1,b,null}'), jsonb_object('{b,a}','{1,2}')
select json_object('{a,1,b}')
select json_object('{a,b}','{1}')
select json_object('{null,1}')
select json_object('{null}','{1}')
select json_object('{a,"b c"}')
select json_array_length('[1,2,[3]]'), jsonb_array_length('[]')
select json_array_length('{"a":1}')
select jsonb_array_length('1')
select jsonb_array_length('{}')
select json_typeof('1'), json_typeof('"a"'), json_typeof('null'), json_typeof('true'), json_typeof('{}'), json_typeof('[]'), jsonb_typeof('1.5'), jsonb_typeof('{"a":1}'), json_typeof(null)
select json_extract_path('{"a":{"b":1}}', 'a', 'b'), json_extract_path_text('{"a":{"b":"x"}}', 'a', 'b'), jsonb_extract_path('[1,[2,3]]', '1', '0'), jsonb_extract_path_text('{"a":null}', 'a'), json_extract_path('{"a":1}', variadic '{a}')
select json_extract_path('{"a":1}')
select * from json_each('{"a":1,"b":"x","c":null,"d":[1, 2]}')
select * from json_each_text('{"a":1,"b":"x","c":null,"d":[1, 2]}')
select * from jsonb_each('{"b":1,"a":"x","c":null,"d":[1, 2]}')
select * from jsonb_each_text('{"b":1,"a":"x","c":null,"d":[1, 2]}')
select json_each('{"a":1}'), jsonb_each_text('{"a":"b c"}')
select (json_each('{"a":1}')).key, (jsonb_each('{"a":1}')).*
select * from json_each('[1]')
select * from json_each('1')
select * from jsonb_each('[1]')
select * from jsonb_each_text('1')
select * from json_array_elements('[1,true,[1,[2,3]],null,{"f1":1},false,"s"]')
select * from json_array_elements_text('[1,true,[1,[2,3]],null,{"f1":1},false,"s"]')
select * from jsonb_array_elements('[1,true,[1,[2,3]],null,{"f1":1},false,"s"]')
select * from jsonb_array_elements_text('[1,true,[1,[2,3]],null,{"f1":1},false,"s"]')
select value, ordinality from jsonb_array_elements('["a","b"]') with ordinality
select x.value ->> 'a' as a, n from json_array_elements('[{"a":1},{"a":2}]') with ordinality as x(value, n)
select * from json_array_elements('{"a":1}')
select * from json_array_elements('1')
select * from json_array_elements_text('1')
select * from jsonb_array_elements('{"a":1}')
select * from jsonb_array_elements_text('"a"')
select json_object_keys('{"b":1,"a":{"c":2}}'), jsonb_object_keys('{"bb":1,"a":{"c":2}}')
select * from json_object_keys('[1]')
select * from jsonb_object_keys('1')
select json_strip_nulls('{"a":null,"b":[1,null,{"c":null,"d":2}]}'), jsonb_strip_nulls('{"a":null,"b":[1,null,{"c":null,"d":2}]}'), json_strip_nulls('null'), jsonb_strip_nulls('[null]')
select jsonb_pretty('{"a":1,"b":[1,2,{"c":null}],"d":{},"e":[]}'), jsonb_pretty('1'), jsonb_pretty('[]')
select jsonb_set('{"a":1}', '{a}', '2'), jsonb_set('{"a":1}', '{b}', '2'), jsonb_set('{"a":1}', '{b}', '2', false), jsonb_set('{"a":{"b":1}}', '{a,c}', '[1]'), jsonb_set('[1,2]', '{0}', '9'), jsonb_set('[1,2]', '{-1}', '9'), jsonb_set('[1,2]', '{5}', '9'), jsonb_set('[1,2]', '{-5}', '9')
select jsonb_set('{"a":1}', '{}', '2'), jsonb_set('{"a":1}', '{x,y}', '2'), jsonb_set('[]', '{0}', '1'), jsonb_set('{"a":1}', '{a,b}', '2'), jsonb_set('{"a":1}', null, '2'), jsonb_set('{"a":1}', '{a}', null)
select jsonb_set('1', '{a}', '2')
select jsonb_set('[1]', '{a}', '2')
select jsonb_set('{"a":1}', '{null}', '2')
select jsonb_set_lax('{"a":1}', '{a}', null), jsonb_set_lax('{"a":1}', '{a}', null, true, 'delete_key'), jsonb_set_lax('{"a":1}', '{a}', null, true, 'return_target'), jsonb_set_lax('{"a":1}', '{b}', '3', true, 'raise_exception'), jsonb_set_lax('{"a":1}', '{a}', null, true, 'use_json_null')
select jsonb_set_lax('{"a":1}', '{a}', null, true, 'raise_exception')
select jsonb_set_lax('{"a":1}', '{a}', null, true, 'bogus')
select jsonb_set_lax('{"a":1}', '{a}', null, true, null)
select jsonb_insert('{"a":[0,1,2]}', '{a,1}', '"n"'), jsonb_insert('{"a":[0,1,2]}', '{a,1}', '"n"', true), jsonb_insert('{"a":1}', '{b}', '2'), jsonb_insert('[1]', '{-1}', '0'), jsonb_insert('[1]', '{9}', '0')
select jsonb_insert('{"a":1}', '{a}', '2')
select jsonb_insert('1', '{a}', '2')
select jsonb_concat('{"a":1}', '{"b":2}'), jsonb_contains('[1,2]', '[1]'), jsonb_exists('{"a":1}', 'a'), jsonb_eq('1','1'), jsonb_cmp('1','2')
-- Rows from documents
select * from json_to_record('{"a":1,"b":"foo","c":[1,2],"d":{"x":1}}') as x(a int, b text, c int[], d json)
select * from jsonb_to_record('{"a":1,"b":"foo","c":[1,2],"e":null}') as x(a int8, b varchar(2), c text, d jsonb, e int)
select * from json_to_recordset('[{"a":1,"b":"foo"},{"a":2,"c":"bar"}]') as x(a int, b text)
select * from jsonb_to_recordset('[{"a":1,"b":"foo"},{"a":"2","c":"bar"}]') as x(a int, b text, c text)
select * from json_to_recordset('[{"a":1}]') with ordinality as x(a int)
select a, b from json_to_record('{"a":"2026-01-01","b":"12:00"}') as x(a date, b time)
select * from json_to_record('{"a":"x"}') as x(a int)
select * from json_to_record('{"a":1}')
select * from json_to_record('[1]') as x(a int)
select * from json_to_recordset('{"a":1}') as x(a int)
select * from jsonb_to_recordset('[1]') as x(a int)
select * from jsonb_to_recordset('1') as x(a int)
select * from jsonb_to_record('{"a":[1,2]}') as x(a int)
select * from jsonb_to_record('{"a":"[1,2]"}') as x(a json)
select * from jsonb_to_record('{"a":1}') as x(a int[])
select * from jsonb_to_record('{"a":true,"b":1.5,"c":"t"}') as x(a bool, b numeric(5,2), c bool)
select * from jsonb_to_record('{"A":1,"a":2}') as x("A" int, a int)
select * from json_populate_record(null::learnamp.locations, '{"id":5,"name":"x","other":1}')
select * from jsonb_populate_record(null::learnamp.locations, '{"id":"5"}')
select (json_populate_record(null::learnamp.locations, '{"id":5,"name":"x"}')).*
select json_populate_record(null::learnamp.locations, '{"id":5,"name":"x"}')::text
select * from json_populate_recordset(null::learnamp.locations, '[{"id":5,"name":"x"},{"id":6}]')
select * from jsonb_populate_recordset(null::learnamp.locations, '[{"id":5,"name":"x"},{"id":6}]')
select jsonb_populate_record(l, '{"name":"changed"}')::text from learnamp.locations l order by id limit 2
select * from json_populate_record(null::learnamp.locations, '{"id":"x"}')
select * from json_populate_record(null::learnamp.locations, null)
select * from json_populate_record(null::record, '{"a":1}') as x(a int)
select * from json_populate_record(row(1,2), '{"f1":9}') as x(f1 int, f2 int)
select json_populate_record(row(1,2), '{"f1":0,"f2":1}')
select json_populate_record(null::int, '{"a":1}')
select id, d.* from learnamp.locations, lateral jsonb_to_record(jsonb_build_object('k', name, 'n', id * 2)) as d(k text, n int) order by id limit 3
select u.id, g.value from learnink.users u, jsonb_array_elements(u.user_groups) g order by u.id, g.value::text limit 5
select jsonb_array_length(user_groups), count(*) from learnink.users where user_groups is not null group by 1 order by 1
select user_groups -> 0 is null, user_groups ->> 0 = '', jsonb_typeof(user_groups), count(*) from learnink.users group by 1, 2, 3 order by 1, 2, 3
select to_jsonb(l) ->> 'name', to_jsonb(l) - 'name', row_to_json(l) from learnamp.locations l order by id limit 3
select jsonb_object_agg(id, name order by id) from learnamp.locations
select json_agg(json_build_object('id', t.id, 'deadline', t.deadline, 'at', t.assigned_at) order by t.id) from (select * from learnamp.tasks order by id limit 3) t
select to_jsonb(c) from learning360.courses c order by id limit 2
select row_to_json(c) from learnink.courses c order by id limit 2
select json_build_object('skills', skills, 'scorm', is_scorm, 'd', course_duration) from learning360.courses order by id limit 3
select is_json('{}')
select jsonb '{"a":1}' @> jsonb '{"b":1}' or jsonb '[]' ? 'a', not jsonb '{"a":1}' ? 'a'
select json '[1,2]' ->> 1 || 'x', '{"a":2}'::jsonb ->> 'a' = '2', ('{"a":2}'::jsonb ->> 'a')::int + 1, ('{"a":"2026-01-05"}'::jsonb ->> 'a')::date + 1
select jsonb_path_exists('{"a":1}', '$.a') as "exists", '{"a":1}'::jsonb @? '$.b' as q
select coalesce('{"a":null}'::jsonb -> 'a', '1'), coalesce('{"a":null}'::jsonb ->> 'a', 'none'), nullif('1'::jsonb, '1.0')
select case jsonb_typeof(x) when 'number' then x::int else -1 end from (values ('1'::jsonb),('"a"')) v(x) order by 1
select x from jsonb_array_elements('[3,1,2]') x order by x
select count(distinct x), max(x::int) from jsonb_array_elements('[3,1,1]') x
select pg_typeof(x), pg_typeof(x -> 'a'), pg_typeof(x ->> 'a') from (values ('{}'::jsonb)) v(x)
select jsonb_agg(jsonb_build_object('k', k, 'v', v)) from jsonb_each('{"x":1,"y":2}') as t(k, v)
select json '{"b":"x\ud83d","a":1}' -> 'a'
select json '{"b":"x\ud83d","a":1}' ->> 'a'
select json '{"a":"x\u0000"}' -> 'a'
select json '{"b":"x\ud83d","a":1}' #> '{a}'
select json '["\ud83d\ud83d",1]' -> 1
select json '["\ude04X",1]' #>> '{1}'
select json_array_length('["\ud83d",1]'), json_typeof('["\ud83d",1]'), json '["\ud83d\ude04",1]' ->> 0
select json_array_elements('["\ud83d",1]')
select json_array_elements_text('["\ud83d",1]')
select json_object_keys('{"b":"x\ud83d","a":1}')
select json_each('{"b":"x\ud83d","a":1}')
select json_strip_nulls('{"b":"x\ud83d","a":1}')
select * from json_to_record('{"b":"x\ud83d","a":1}') as x(a int)
select to_json('pg_class'::regclass), row_to_json(r) from (select oid::regclass as name, 'int4'::regtype t from pg_class where relname = 'pg_class') r
select jsonb_build_object('a', (select row_to_json(r) from (select relkind, oid::regclass as name from pg_class where relname = 'pg_class') r))
select * from json_populate_recordset(row(7),'[{"f1":"8"}]') q (a text, b text)
select * from json_populate_recordset(row(7,true),'[{"f1":"8"}]') q (a text, b bool)
select * from jsonb_populate_recordset(row(7,true,2.5),'[{"f1":"8"}]') q (a int, b bool)
select * from jsonb_populate_recordset(row(5,6),'[{"a":"1","b":"2"},{"a":"3"}]') q (a int, b int)
select * from json_populate_recordset(null::record,'[{"a":"1","b":"2"},{"a":"3"}]') q (a text, b text)
select * from json_populate_record(row(1,2),'{"f1":"1","b":"2"}') q (a text, b text)
select * from json_populate_record(row(1,2),'{"a":"1","b":"2"}') q (a int, b int)
select '[]'::jsonb #- '{a}', '{}'::jsonb #- '{a}', jsonb_set('[]', '{a}', '1', false), '[]'::jsonb #- array[null]
select jsonb_set('[]', '{a}', '1')
select ('["x", 2]'::jsonb)[:]
select ('["x", 2]'::jsonb)[1:]
select ('["x", 2]'::jsonb)[:2]
