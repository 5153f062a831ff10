-- Arrays (chapters 8.15, 9.19).
select array[1, 2, 3], array['a', 'b'], array[1, 2.5], array[1, null], array[null, null]::int[], '{1,2,3}'::int[], '{}'::int[], array[]::text[], '{a,"b c",NULL,"NULL","",a\\b}'::text[], array[true, false], array[date '2020-01-01'], array[1.50, 2]
select array[]
select array[1, 'a']
select array[1, true]
select '{1,2'::int[]
select '{1,,2}'::int[]
select '1,2'::int[]
select '{1,2}x'::int[]
select '{a}'::int[]
select '{"a"b}'::text[]
select ''::int[]
select '{1,2}}'::int[]
select '{ 1 , 2 }'::int[], ' {1} '::int[], '{"1","2"}'::int[], '{null,Null}'::int[], '{a b , c}'::text[], '{"a,b",c}'::text[], '{"{}"}'::text[], '{t,f,true}'::bool[], '{1.5,NaN}'::numeric[], '{2020-01-01,infinity}'::date[], '{"1 day","2 hours"}'::interval[]
select (array[1, 2, 3])[1], (array[1, 2, 3])[0], (array[1, 2, 3])[4], (array[1, 2, 3])[-1], (array[1, 2, 3])[null], (array[1, 2, 3])['2'], ('{a,b}'::text[])[2], (array[1, 2, 3])[1 + 1], (null::int[])[1], (array['x'])[1]::char(2)
select (array[1, 2])['a']
select (array[1, 2])[1.5]
select (5)[1]
select ('abc'::text)[1]
select array[1, 2] || array[3], array[1] || 2, 0 || array[1], array[1, 2] || null::int, array[1] || null::int[], null::int[] || array[1], array[1] || '{2,3}', '{}'::int[] || 1, array['a'] || 'b'::text, array[1] || 2.5, array[1::int2] || 2, array['a'::varchar] || 'b'::text
select array[1] || 'a'
select array[1] || array['a']
select array[1] || true
select array_append(array[1], 2), array_prepend(0, array[1]), array_cat(array[1], array[2]), array_append(null::int[], 1), array_append(array[1], null), array_cat(null, array[1]), array_append('{}'::text[], 'a')
select array_length(array[1, 2, 3], 1), array_length(array[1, 2], 2), array_length('{}'::int[], 1), array_length(array[1], 0), array_ndims(array[1]), array_ndims('{}'::int[]), array_dims(array[1, 2]), array_dims('{}'::int[]), array_lower(array[1, 2], 1), array_upper(array[1, 2], 1), array_upper('{}'::int[], 1), cardinality(array[1, 2]), cardinality('{}'::int[]), array_lower(array[1], 2)
select array_position(array['a', 'b', 'a'], 'a'), array_position(array['a', 'b', 'a'], 'a', 2), array_position(array[1, null], null), array_position(array[1], 5), array_positions(array['a', 'b', 'a'], 'a'), array_positions(array[1], 5), array_positions(array[null, 1, null]::int[], null), array_position(null::int[], 1)
select array_position(array[1, 2], 1, null)
select array_remove(array[1, 2, 1], 1), array_remove(array[1, null], null), array_remove(array[1], 5), array_replace(array[1, 2, 1], 1, 9), array_replace(array[1, null], null, 0), array_remove('{}'::int[], 1), array_replace(array['a'], 'a', null)
select array_fill(7, array[3]), array_fill(null::int, array[2]), array_fill('x'::text, array[2]), array_fill(1, array[0]), array_fill(1, '{}')
select array_fill(1, null)
select array_fill(1, array[-1])
select array_fill(1, array[null]::int[])
select trim_array(array[1, 2, 3], 2), trim_array(array[1, 2], 0), trim_array(array[1, 2], 2)
select trim_array(array[1], 2)
select trim_array(array[1], -1)
select array[1, 2, 3] @> array[1], array[1] <@ array[1, 2], array[1, 2] && array[2, 3], array[1] @> '{}', '{}'::int[] && '{}'::int[], array[1, null] @> array[null]::int[], array[1, 1] @> array[1], array['a'] && array['b'], array[1, 2] @> array[1.0]
select array[1] @> array['a']
select array[1] && array['a'::text]
select array[1] @> 1
select unnest(array[1, 2, 3]), unnest(array['a', 'b'])
select * from unnest(array[1, 2], array['a', 'b', 'c']) t(x, y)
select * from unnest(array[3, 1, 2]) with ordinality t(x, n) order by x
select unnest('{}'::int[]), 1
select * from unnest(null::int[]) x
select array(select generate_series(1, 3)), array(select 'a' where false), array(select x from (values (2), (1)) t(x) order by x), pg_typeof(array(select 1))
select array(select 1, 2)
select array_agg(x), array_agg(x order by x desc), array_agg(distinct x), array_agg(x) filter (where x > 5) from (values (2), (1), (null), (2)) t(x)
select array_to_string(array[1, 2], ','), string_to_array('1,2', ',')::int[], array[1, 2]::text, array[1, 2]::text[], array['1', '2']::int[], '{1,2}'::text::int[], array[1, 2]::numeric(5,2)[], array[1.5, 2.5]::int[], array['abc']::varchar(2)[], array['a']::char(3)[], array[1]::int8[], array[true]::text[]
select array['a']::int[]
select array[1]::int
select 1::int[]
select array[300000]::int2[]
select array[1, 2] = '{1,2}', array[1] is null, array[null]::int[] is null, array[1] <> array[2], array_larger(array[1], array[2]), array_smaller(array[1], array[2]), greatest(array[1], array[1, 2])
select generate_subscripts(array['a', 'b'], 1), generate_subscripts(array[1, 2, 3], 1, true)
select * from generate_subscripts('{}'::int[], 1) g
select generate_subscripts(array[1], 2)
select array[e'a"b', e'a\\b', 'a,b', 'a b', '', 'null', '{', null, 'é', e'a\nb', ' a', 'it''s']
select array[row(1, 'a'), row(2, 'b')], array[interval '1 day'], array['\x01'::bytea], array[1.0::float8, 'NaN'], array['{"a":1}'::jsonb], array['a'::name], array['a'::"char"], array['00000000-0000-0000-0000-000000000001'::uuid], array[timestamp '2020-01-01 10:00'], array[time '10:00']
select 'a' = any (array[1])
select x[1], x[2:], array_length(x, 1), x || 9 from (values (array[1, 2, 3]), ('{}'), (null)) t(x)
select x, count(*) from (values (array[1, 2]), (array[1, 2]), (array[2]), (null)) t(x) group by x order by x
select distinct x from (values (array['a']), (array['b']), (array['a'])) t(x) order by x desc
select min(x), max(x) from (values (array[1, 2]), (array[1, 3]), (array[2])) t(x)
select array_append(1, 2)
select array_length(1, 1)
select unnest(1)
select cardinality('a')
select array_cat(array[1], array['a'])
select array_append(array[1], 'a')
select array_to_json(array[1, 2]), to_jsonb(array['a', null]), array_to_json(array[row(1, 'a')]), json_array_length('[1,2]')
select '{{1,2},{3}}'::int[]
-- A name is an array of 64 bytes.
select typname[0], typname[0] = '_', typname[1], typname[64], typname[63], typname[-1] from pg_type where typname = '_int4'
select typname[null], ('abc'::name)[0], pg_typeof(('abc'::name)[0]), ('ä'::name)[0], ('ä'::name)[1], (null::name)[0]
select (typname[0])::text = '', length(typname[10]::text), typname[10] is null, typname['0'], typname[1.4] from pg_type where typname = 'int4'
select typname[0:1] from pg_type where typname = 'int4'
select typname[:] from pg_type where typname = 'int4'
select typname['a'] from pg_type where typname = 'int4'
