-- Ranges and multiranges (chapters 8.17, 9.20).
select '[1,5)'::int4range, '[1,5]'::int4range, '(1,5)'::int4range, '(1,5]'::int4range, 'empty'::int4range, '[1,1)'::int4range, '(,5)'::int4range, '[1,]'::int4range, '(,)'::int4range, '[5,5]'::int4range, ' [ 1 , 5 ) '::int8range
select '[1.5,2.5]'::numrange, '(1,2]'::numrange, '[2020-01-01,2020-12-31]'::daterange, '[2020-01-01 10:00,2020-01-02)'::tsrange, '[2020-01-01 10:00+02,)'::tstzrange, '(infinity,infinity)'::numrange, '[-infinity,infinity]'::daterange, '["2020-01-01 00:00:00","2020-01-01 00:00:01"]'::tsrange, 'Empty'::numrange, '[1,1]'::numrange, '(1,1)'::numrange
select '[5,1)'::int4range
select '[1,5'::int4range
select '1,5'::int4range
select '[1 5]'::int4range
select '[a,b)'::int4range
select ''::int4range
select '[1,2,3)'::int4range
select '[1,5) x'::int4range
select '[2147483647,2147483647]'::int4range
select '[2020-13-01,)'::daterange
select int4range(1, 5), int4range(1, 5, '[]'), int4range(1, 5, '()'), int4range(null, 5), int4range(1, null), int4range(null, null), int8range(1, 5), numrange(1.5, 2.5), numrange(1, 2, '(]'), daterange('2020-01-01', '2020-02-01'), tsrange('2020-01-01', '2020-01-02', '[]'), tstzrange('2020-01-01 00:00+00', null), int4range(1, 1), int4range(1, 1, '[]')
select int4range(5, 1)
select int4range(1, 5, 'x')
select int4range(1, 5, '[[')
select int4range(1, 5, null)
select int4range('a', 5)
select lower(int4range(1, 5)), upper(int4range(1, 5)), isempty(int4range(1, 1)), lower_inc(int4range(1, 5)), upper_inc(int4range(1, 5)), lower_inf(int4range(null, 5)), upper_inf(int4range(1, null)), lower(int4range(null, 5)), upper('empty'::int4range), lower_inc('empty'::int4range), upper_inc(numrange(1, 2, '[]')), lower_inf('[-infinity,)'::daterange), isempty(null::int4range), lower(daterange('2020-01-01', '2020-02-01'))
select int4range(1, 5) @> 3, int4range(1, 5) @> 5, 3 <@ int4range(1, 5), int4range(1, 5) @> int4range(2, 3), int4range(2, 3) <@ int4range(1, 5), int4range(1, 5) && int4range(4, 8), int4range(1, 5) && int4range(5, 8), int4range(1, 5) @> 'empty'::int4range, 'empty'::int4range && int4range(1, 2), daterange('2020-01-01', '2020-02-01') @> date '2020-01-15', numrange(1, 2) @> 1.5, int4range(1, 5) @> null::int
select int4range(1, 5) << int4range(5, 8), int4range(5, 8) >> int4range(1, 5), int4range(1, 5) &< int4range(3, 5), int4range(3, 5) &> int4range(1, 5), int4range(1, 5) -|- int4range(5, 8), numrange(1, 2) -|- numrange(2, 3, '()'), numrange(1, 2) -|- numrange(2, 3), int4range(1, 3) << 'empty'::int4range, daterange('2020-01-01', '2020-01-31', '[]') -|- daterange('2020-02-01', null)
select int4range(1, 5) + int4range(3, 8), int4range(1, 5) * int4range(3, 8), int4range(1, 5) - int4range(3, 8), int4range(1, 5) * int4range(6, 8), range_merge(int4range(1, 2), int4range(5, 6)), int4range(1, 5) + 'empty'::int4range, int4range(1, 5) - int4range(0, 3), int4range(1, 3) - int4range(5, 6), numrange(1, 5) - numrange(2, 5, '[]'), int4range(1, 2) + int4range(2, 3)
select int4range(1, 2) + int4range(5, 6)
select int4range(1, 9) - int4range(3, 5)
select int4range(1, 5) = int4range(1, 4, '[]'), int4range(1, 5) <> int4range(1, 6), int4range(1, 5) < int4range(1, 6), int4range(1, 5) < int4range(2, 3), 'empty'::int4range < int4range(1, 2), int4range(null, 5) < int4range(1, 5), int4range(1, null) > int4range(1, 5), numrange(1, 2) < numrange(1, 2, '[]'), numrange(1, 2, '()') > numrange(1, 2), int4range(1, 5) >= int4range(1, 5), int4range(1, 5) = '[1,5)'
select int4range(1, 5) = numrange(1, 5)
select int4range(1, 5) @> 'x'
select int4range(1, 5) @> 1.5
select int4range(1, 5) + 1
select lower(5)
select x from (values (int4range(2, 3)), ('empty'), ('(,5)'), ('[1,)'), ('[1,3)'), (null)) t(x) order by x
select x, count(*) from (values (numrange(1, 2)), ('[1.0,2.00)'), ('(1,2)')) t(x) group by 1 order by 1
select int4range(1, 5)::text, 'x' || int4range(1, 5), '[1,5)'::text::int4range, array[int4range(1, 5), 'empty'], to_json(int4range(1, 5)), row(int4range(1, 5)), pg_typeof(int4range(1, 5)), pg_typeof(lower(numrange(1, 2))), pg_typeof(tstzrange(null, null)), int4range(1, 5)::varchar(3), array[tsrange('2020-01-01', '2020-01-02')]
select '{[1,3),[5,8)}'::int4multirange, '{}'::int4multirange, '{[1,3),[2,5)}'::int4multirange, '{[1,3),[3,5)}'::int4multirange, '{[5,8),[1,3)}'::int4multirange, '{empty,[1,2)}'::int4multirange, '{[2020-01-01,2020-02-01]}'::datemultirange, '{[1.5,2.5],(3,4)}'::nummultirange, ' { [1,2) , [4,5) } '::int8multirange
select '{[1,3)'::int4multirange
select '[1,3)'::int4multirange
select '{[1,3),}'::int4multirange
select '{[3,1)}'::int4multirange
select int4multirange(), int4multirange(int4range(1, 3)), int4multirange(int4range(1, 3), int4range(5, 8)), multirange(int4range(1, 3)), int4range(1, 3)::int4multirange, int4multirange(variadic array[int4range(1, 2), int4range(2, 4)]), nummultirange(numrange(1, 2)), datemultirange(daterange('2020-01-01', '2020-02-01'))
select lower('{[1,3),[5,8)}'::int4multirange), upper('{[1,3),[5,8)}'::int4multirange), isempty('{}'::int4multirange), lower_inc('{[1,3)}'::int4multirange), upper_inf('{[1,)}'::int4multirange), range_merge('{[1,3),[5,8)}'::int4multirange), lower('{}'::int4multirange)
select '{[1,3),[5,8)}'::int4multirange @> 2, '{[1,3),[5,8)}'::int4multirange @> 4, '{[1,3),[5,8)}'::int4multirange @> int4range(5, 6), '{[1,3)}'::int4multirange && int4range(2, 9), '{[1,3)}'::int4multirange << '{[5,8)}'::int4multirange, 4 <@ '{[1,3),[4,8)}'::int4multirange, '{[1,3)}'::int4multirange -|- '{[3,5)}'::int4multirange, int4range(1, 2) <@ '{[1,3)}'::int4multirange, '{[1,3)}'::int4multirange &< int4range(1, 5), '{[1,3)}'::int4multirange = '{[1,3)}', '{[1,3)}'::int4multirange < '{[1,4)}'
select '{[1,3),[5,8)}'::int4multirange + '{[2,6)}'::int4multirange, '{[1,8)}'::int4multirange - '{[3,5)}'::int4multirange, '{[1,3),[5,8)}'::int4multirange * '{[2,6)}'::int4multirange, '{[1,3)}'::int4multirange + '{}', '{[1,3)}'::int4multirange * '{}'::int4multirange
select unnest('{[1,3),[5,8)}'::int4multirange)
select x from unnest('{[1,3),[5,8)}'::int4multirange) x
select x from (values ('{[1,3)}'::int4multirange), ('{}'), ('{[1,2),[5,6)}')) t(x) order by x
set datestyle = 'German'
select daterange('2020-01-01', '2020-02-01'), tsrange('2020-01-01', '2020-01-02'), '[01.02.2020,05.02.2020]'::daterange
reset datestyle
set timezone = 'America/New_York'
select tstzrange('2020-01-01 00:00+00', '2020-07-01 00:00+00'), '[2020-01-01,2020-01-02)'::tstzrange
reset timezone
