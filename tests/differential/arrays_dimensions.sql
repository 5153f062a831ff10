-- Arrays of several dimensions and of other bounds (chapters 8.15, 9.19, 4.2.12).
select '{{1,2},{3,4}}'::int[], '[2:4]={1,2,3}'::int[], '[0:1][-1:0]={{a,b},{c,d}}'::text[], '{}'::int[]
select array[[1,2],[3,4]], array[array[1,2],array[3,4]], array[[[1],[2]],[[3],[4]]]
select array[[1,2],[3]]
select array[[1,2],null]
select array[[1,2],'{3,4}']
select array[[1,2],'{{3,4}}']
select array[null::int[],null], array['{}'::int[],'{}']
select array['{}'::int[],array[1]]
select array[[]]
select array[[],[]]::int[]
select array[[1],[2]]::text[], array[[1.5,2],[3,4]]::int[], array['{1,2}'::int[],array[3,4]]::numeric[]
select array[[1,2],[3,'x']]
select array[[1,2],3]
select array[1,[2]]
select array[1,array[2]]
select array[[[[[[[1]]]]]]]
select array[array[1,2]::int[],array[3.5,4]]
select array[x,x] from (values ('{1,2}'::int[])) v(x)
select array[x,y] from (values ('{1,2}'::int[],'{3}'::int[])) v(x,y)
select pg_typeof(array[[1,2]]), pg_typeof(array[array['a'::varchar]]), pg_typeof('{1}'::int[][]), pg_typeof('{1}'::int[3])
select (array[[1,2],[3,4]])[1][2], (array[[1,2],[3,4]])[2], (array[[1,2],[3,4]])[3][1], (array[[1,2],[3,4]])[1][1][1]
select ('[2:4]={1,2,3}'::int[])[2], ('[2:4]={1,2,3}'::int[])[1], ('[2:4]={1,2,3}'::int[])[4], ('[2:4]={1,2,3}'::int[])[null]
select (array[[1,2,3],[4,5,6],[7,8,9]])[1:2][2:3], (array[[1,2,3],[4,5,6],[7,8,9]])[2:][:2], (array[[1,2,3],[4,5,6],[7,8,9]])[:][1:1]
select (array[[1,2,3],[4,5,6]])[1:2][2], (array[[1,2,3],[4,5,6]])[2][2:3], (array[[1,2,3],[4,5,6]])[2:2]
select ('[-1:2]={a,b,c,d}'::text[])[0:1], ('[-1:2]={a,b,c,d}'::text[])[:0], ('[-1:2]={a,b,c,d}'::text[])[1:], ('[-1:2]={a,b,c,d}'::text[])[:], ('[-1:2]={a,b,c,d}'::text[])[5:6]
select (array[1,2,3])[2:1], (array[1,2,3])[1:2][1:1], (array[1,2,3])[null:2], (array[1,2,3])[1:null]
select (array[[1,2],[3,4]])[1:1][null], (array[[1,2],[3,4]])['1']['2'], (array[[1,2],[3,4]])['x'][1]
select (array[1,2])[1.5], (array[1,2])[now()]
select (array[1])[1][1][1][1][1][1][1]
select (array[1])[1:1][1:1][1:1][1:1][1:1][1:1][1:1]
select ((array[[1,2],[3,4]])[1:1])[1][1], ((array[1,2])[1])[1]
select array_dims(array[[1,2,3],[4,5,6]]), array_ndims(array[[1,2],[3,4]]), array_dims('[2:4]={1,2,3}'::int[]), array_dims('{}'::int[]), array_ndims('{}'::int[]), array_dims('[0:1][3:4]={{1,2},{3,4}}'::int[])
select array_length(array[[1,2,3],[4,5,6]],1), array_length(array[[1,2,3],[4,5,6]],2), array_length(array[[1,2]],3), array_length(array[[1,2]],0), array_length('{}'::int[],1), array_length(array[1],null)
select array_lower('[2:4]={1,2,3}'::int[],1), array_upper('[2:4]={1,2,3}'::int[],1), array_lower('[0:1][3:4]={{1,2},{3,4}}'::int[],2), array_upper('[0:1][3:4]={{1,2},{3,4}}'::int[],2), array_lower('{}'::int[],1)
select cardinality(array[[1,2],[3,4]]), cardinality('{}'::int[]), cardinality('[5:6]={1,2}'::int[])
select array[1,2] || array[3,4], array[1,2] || array[[3,4],[5,6]], array[[1,2],[3,4]] || array[5,6], array[[1,2]] || array[[3,4]]
select 1 || '[0:1]={2,3}'::int[], '[0:1]={2,3}'::int[] || 4, '[0:1]={1,2}'::int[] || '[5:6]={3,4}'::int[], array[5,6] || array[array[1,2],array[3,4]]
select array[1,2] || array[[3,4,5]]
select array[[1,2],[3,4]] || array[[5,6,7]]
select array[1] || array[[[1]]]
select array[[1,2]] || 3
select array_append(array[[1,2]], 3)
select array_prepend(3, array[[1,2]])
select array_append(array[1,2], 3), array_prepend(0, '[5:6]={1,2}'::int[]), array_append('[5:6]={1,2}'::int[], 3), array_append(null, 1), array_append(null::int[], null), array_prepend(1, '{}'::int[])
select array_cat(array[1,2], null), array_cat(null::int[], array[[1]]), array_cat('{}'::int[], array[[1]]), array_cat(array[[1]], '{}'::int[]), array_cat(array[array[1,2]], array[3,4])
select array_cat('[2:3]={1,2}'::int[], '[1:1][2:3]={{3,4}}'::int[]), array_cat('[2:2][1:2]={{1,2}}'::int[], '{3,4}'::int[])
select array_cat(array[1,2], '[1:1][2:3]={{3,4}}'::int[])
select array_fill(7, array[3]), array_fill(7, array[2,3]), array_fill(7, array[3], array[2]), array_fill(7, array[2,2], array[0,5]), array_fill(null::int, array[2,1])
select array_fill(0, array[[1,2]])
select array_fill(0, array[1,2], array[1])
select array_fill(0, null)
select array_fill(0, array[1,null])
select array_fill(0, array[1], null)
select array_fill(0, array[1,1,1,1,1,1,1])
select array_fill(0, array[-1])
select array_fill(0, '{}'::int[]), array_fill(0, array[0]), array_fill(0, array[3,0])
select array_fill(0, array[1], array[2147483647])
select array_fill(0, array[100000,100000])
select array_position('[2:4]={1,4,3}'::int[], 3), array_position(array['a','b','c','b'], 'b', 3), array_positions('[0:3]={a,b,a,c}'::text[], 'a'), array_position('[2:4]={1,4,3}'::int[], 1, 3), array_position(array[1,null], null)
select array_position(array[[1,2],[3,4]], 3)
select array_positions(array[[1,2],[3,4]], 3)
select array_position(array[1,2], 1, null)
select array_remove('[2:4]={1,4,1}'::int[], 1), array_remove('[2:4]={1,4,1}'::int[], 9), array_remove(array[1,1], 1), array_remove(array[1,null,2], null)
select array_remove(array[[1,2]], 1)
select array_replace(array[[1,2],[2,3]], 2, 9), array_replace('[2:3]={1,2}'::int[], 2, null), array_replace(array[1,null], null, 5)
select trim_array(array[1,2,3,4], 2), trim_array(array[[1,2],[3,4]], 1), trim_array('[5:7]={1,2,3}'::int[], 1), trim_array('[5:7]={1,2,3}'::int[], 0), trim_array('{}'::int[], 0), trim_array(array[1], 1)
select trim_array(array[1,2,3], 4)
select trim_array(array[1,2,3], -1)
select trim_array('{}'::int[], 1)
select unnest(array[[1,2],[3,4]]), unnest('[5:6]={a,b}'::text[])
select * from unnest(array[[1,2],[3,4]]) with ordinality
select * from unnest(array[[1,2],[3,4]], array['a','b','c']) with ordinality as t(a,b,n)
select array_to_string(array[[1,2],[3,null]], ','), array_to_string(array[[1,2],[3,null]], ',', '*'), array_to_string('[3:4]={a,b}'::text[], '-')
select array[[1,2],[3,4]] = array[[1,2],[3,4]], array[[1,2],[3,4]] = array[1,2,3,4], array[1,2] = '[0:1]={1,2}'::int[], '[0:1]={1,2}'::int[] = '[0:1]={1,2}'::int[], array[[1,2]] = array[[1],[2]]
select array[1,2] < '[0:1]={1,2}'::int[], array[1,2] > '[0:1]={1,2}'::int[], array[[1,2]] > array[1,2], array[[1,2]] < array[[1],[2]], array[[1,2]] < array[1,3], array[1,2,3] > array[[1,2]], array[[9]] > array[1,2,3]
select x from (values ('{1,2}'::int[]),('{{1,2}}'),('{{1},{2}}'),('[0:1]={1,2}'),('{1}'),('{}'),('{1,2,0}'),(null)) v(x) order by x
select x, count(*) from (values ('{1,2}'::int[]),('{{1,2}}'),('{{1,2}}'),('[1:2]={1,2}'),('[0:1]={1,2}'),('[0:1]={1,2}'),('{}'),('{}')) v(x) group by x order by x
select distinct x from (values ('{1,2}'::int[]),('{{1,2}}'),('{1,2}'),('[2:3]={1,2}'),('[2:3]={1,2}')) v(x) order by 1
select max(x), min(x) from (values ('{1,2}'::int[]),('{{1,2}}'),('[0:1]={1,2}')) v(x)
select array[[1,2],[3,4]] @> array[4,1], array[3] <@ array[[1,2],[3,4]], array[[1,2]] && array[[5],[2]], array[[1,2]] @> '{}'::int[], array[1] && '{}'::int[]
select 3 = any(array[[1,2],[3,4]]), 5 = any(array[[1,2],[3,4]]), 3 > all(array[[1,2],[2,1]]), 1 = any('{{1,2},{3,4}}'), 1 <> all('[0:1]={1,2}'::int[])
select array_agg(x) from (values (array[1,2]),(array[3,4])) v(x)
select array_agg(x order by x desc) from (values (array[[1,2]]),(array[[3,4]])) v(x)
select array_agg(x) from (values ('[0:1]={1,2}'::int[]),('[0:1]={3,4}')) v(x)
select array_agg(x) from (values (array[1,2]),(array[3])) v(x)
select array_agg(x) from (values (array[1,2]),(null)) v(x)
select array_agg(x) from (values ('{}'::int[]),('{1}')) v(x)
select array_agg(x) from (values ('{1}'::int[]),('{}')) v(x)
select array_agg(x) from (select array[1] as x where false) v
select g, array_agg(x order by x) from (values (1,array['a','b']),(1,array['c','d']),(2,array['e','f'])) v(g,x) group by g order by g
select array_agg(distinct x) from (values (array[1,2]),(array[1,2]),(array[0,5])) v(x)
select array_agg(x) filter (where x[1] > 1) from (values (array[1,2]),(array[3,4])) v(x)
select array_agg(x) over (order by x) from (values (array[1,2]),(array[3,4])) v(x)
select array(select x from (values (array[1,2]),(array[3,4])) v(x) order by 1), array(select x from (values (array[1,2])) v(x) where false)
select array(select x from (values (array[1,2]),(array[3])) v(x))
select array(select array[i,j] from generate_series(1,2) i, generate_series(1,2) j order by 1)
select to_json(array[[1,2],[3,4]]), to_jsonb('[2:3]={a,b}'::text[]), array_to_json(array[[[1],[2]],[[3],[4]]]), array_to_json(array[[1,2],[3,4]], true), to_json('{}'::int[])
select row_to_json(t) from (select array[[1,2]] as a, '[0:0]={x}'::text[] as b) t
select json_agg(x), jsonb_agg(x), json_build_array(array[[1]]), json_build_object('a', array[[1,2]]) from (values (array[[1,2],[3,4]])) v(x)
select json_object('{{a,1},{b,2}}'), jsonb_object('{{a,1},{b,2}}'), json_object('{a,1,b,2}'), json_object('{}'), json_object('{a,b}','{1,2}'), jsonb_object('{}','{}')
select json_object('{{a,1,2}}')
select json_object('{{{a,1}}}')
select jsonb_object('{{{a,1}}}')
select json_object('{a,1,b}')
select json_object('{{a},{b}}')
select json_object('{{a,b}}','{1,2}')
select json_object('{a,b}','{1}')
select json_object('{a,b}','{}')
select json_object('{{null,1}}')
select * from json_to_record('{"a":[[1,2],[3,4]]}') as x(a int[])
select * from json_to_record('{"a":[[1,2],[3]]}') as x(a int[])
select * from json_to_record('{"a":[1,[2]]}') as x(a int[])
select * from json_to_record('{"a":[[1],2]}') as x(a int[])
select * from json_to_record('{"a":[[]]}') as x(a int[])
select * from json_to_record('{"a":[[1,2],null]}') as x(a int[])
select * from json_to_record('{"a":[[[[[[[2]]]]]]]}') as x(a int[])
select * from json_to_record('{"a":{"b":1}}') as x(a int[])
select * from jsonb_to_record('{"a":[[1,2],[3,4]],"b":"{{1,2},{3,4}}"}') as x(a text[], b int[])
select * from jsonb_to_recordset('[{"a":[[1]]},{"a":[[2],[3]]},{"a":null}]') as x(a int[])
select percentile_disc(array[[0, 0.25],[0.5, 1]]) within group (order by x) from (values (1),(2),(3),(10)) v(x)
select percentile_cont('[0:1]={0.5,1}'::float8[]) within group (order by x) from (values (1.0),(2.0),(3.0)) v(x)
select percentile_cont('{}'::float8[]) within group (order by x) from (values (1.0)) v(x)
select * from generate_subscripts('[2:4]={1,2,3}'::int[], 1)
select * from generate_subscripts('[0:1][3:5]={{1,2,3},{4,5,6}}'::int[], 2), generate_subscripts(array[[1],[2]], 1, true) as r
select * from generate_subscripts(array[1,2], 2)
select i, j, x[i][j] from (select '[0:1][3:5]={{1,2,3},{4,5,6}}'::int[] as x) t, generate_subscripts(x,1) i, generate_subscripts(x,2) j
select '{{1,2},{3,4}}'::int[]::text, array[[1,2]]::varchar[], '[0:1]={1,2}'::text[]::int[], array[[1.4,2.6]]::int[], '{{1,2}}'::int[]::bigint[]::numeric(5,1)[]
select indkey, indkey[0], indkey[0:1], array_dims(indkey), indkey::int2[], array_lower(indkey,1), array_upper(indkey,1), array_length(indkey,1) from pg_index where indexrelid = 'pg_attribute_relid_attnum_index'::regclass
select indkey::int2[] || 5::int2, unnest(indkey), indkey = '2 6'::int2vector from pg_index where indexrelid = 'pg_attribute_relid_attnam_index'::regclass
select proargtypes, proargtypes[0], proargtypes::oid[], proargtypes::regtype[], array_lower(proargtypes,1) from pg_proc where proname in ('int4pl','now') order by proname
select '1 2 3'::int2vector, '1 2 3'::oidvector::oid[], ''::oidvector, array_dims(''::int2vector), '1 2'::int2vector::int2[]
select array[indkey,indkey], pg_typeof(array[indkey]) from pg_index where indexrelid = 'pg_attribute_relid_attnum_index'::regclass
select attnum from pg_attribute where attrelid = 'pg_index'::regclass and attnum = any(array[[1,2],[3,4]]) order by 1
select '{pg_class,pg_type}'::regclass[], '{{int4,text},{bool,date}}'::regtype[], array['pg_class'::regclass]::oid[] is not null
select '{nope}'::regclass[]
select '{pg_class'::regclass[]
select 'x'::int[]
select '{1,x}'::int[]
select '{{{1}},{2}}'::int[]
select '{{1},{{2}}}'::int[]
select '{{},{}}'::int[]
select '{a"b"}'::text[]
select '{"a"b}'::text[]
select '{a,}'::text[]
select '{,a}'::text[]
select '{a}}'::text[]
select '{} x'::int[]
select ' [1:2] [1:1] ={{a},{b}} '::text[], '[1:2]  = {a,b}'::text[], '[2]={a,b}'::text[], E'{ \n a \t, "b c" , \\ d}'::text[]
select '[1:1]={}'::text[]
select '[0:-1]={}'::text[]
select '[a:b]={}'::text[]
select '[1:]={}'::text[]
select '[1:2={}'::text[]
select '[1:2]={a}'::text[]
select '[1:2]=a'::text[]
select '[1:2]{a}'::text[]
select '{{{{{{{1}}}}}}}'::int[]
select '[1:1][1:1][1:1][1:1][1:1][1:1][1:1]={{{{{{{1}}}}}}}'::int[]
select '[2147483647:2147483647]={1}'::int[]
select '[-2147483648:2147483647]={1}'::int[]
select '{1,{2}}'::int[]
select '{{1},2}'::int[]
select '{{1,2},{3}}'::int[]
select '{'::int[]
select '{"'::text[]
select '{\'::text[]
select ''::text[]
select '{null,NULL,"NULL",\null,nUll,"",nulls}'::text[]
select width_bucket(5, '[0:2]={1,4,8}'::int[]), width_bucket(5, array[1,4,8])
select width_bucket(5, array[[1,4],[8,9]])
select jsonb_set('{"a":1}', '{{a}}', '2')
select '{"a":1,"b":2}'::jsonb - '{{a}}'::text[]
select '{"a":1}'::jsonb #- '{{a}}'
select '{"a":{"b":1}}'::jsonb #> '{{a,b}}', '{"a":1}'::jsonb ?| '{{a,b}}', '{"a":{"b":1}}'::jsonb #>> '[0:1]={a,b}'
select jsonb_insert('{"a":[1]}', '{{a,0}}', '2')
select concat(variadic array[[1,2],[3,4]]), format('%s %s', variadic array[['a','b']]), greatest(array[1,2],array[[0]]), num_nulls(variadic array[[1,null]])
select coalesce(null, array[[1,2]]), nullif(array[[1]], array[1]), nullif(array[[1]], array[[1]]), case when true then array[[1]] else array[2] end
select array[[1,2]] union select array[1,2] union all select '[0:1]={1,2}' order by 1
select a.x, b.y from (values (array[1,2]),(array[[1,2]])) a(x) join (values (array[1,2],'flat'),(array[[1,2]],'nested')) b(x,y) on a.x = b.x order by 2
select string_to_array('a,b',',') || array[['c','d']], regexp_split_to_array('a b',' ') = '{a,b}'
select array[['a','b'],['c','d']]::text, ('{{"a b",NULL},{"",x}}'::text[])[2][1], array[[null,'NULL']]::text[]
select array[[date '2024-01-01']], array[[timestamp '2024-01-01 00:00']], array[['1 day'::interval]], array[[1.50]], array[[true]], array[[uuid '00000000-0000-0000-0000-000000000001']], array[['\x01'::bytea]]
select array[[row(1,'a')],[row(2,'b')]], array[['{"a":1}'::jsonb]], array[[int4range(1,3)]], array[['(1,2)'::text]]
select (array[[row(1,2)]])[1][1]
select any_value from (select (array[[1,2],[3,4]])[i:i+1][1:1] as any_value from generate_series(0,3) i) t
select array_length(co_authors, 1), co_authors[1:2], co_authors[2:] from learnamp.items where co_authors is not null order by id limit 5
