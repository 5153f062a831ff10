-- Casts and type resolution (chapters 4.2.9, 10).
select 1::int2::int4::int8::numeric::float8::float4::text, '1'::text::int::bool, true::int::text, 'true'::text::bool::int, 5::"char"::int, '2020-01-01'::text::date::timestamp::timestamptz::date
select 1::date
select true::date
select date '2020-01-01'::bool
select '{}'::json::int
select '5'::json::int
select '5'::jsonb::int, '1.5'::jsonb::numeric, 'true'::jsonb::bool, '5'::jsonb::float8, '2.5'::jsonb::int, '1'::jsonb::text, '"x"'::jsonb::text, '5'::jsonb::int8, '7'::jsonb::int2, '1.5'::jsonb::float4
select '"5"'::jsonb::int
select '{}'::jsonb::numeric
select '[]'::jsonb::bool
select 'null'::jsonb::int
select '300000'::jsonb::int2
select '{"a":1}'::json::jsonb, '{"a": 1}'::jsonb::json, '{"a":1}'::json::text, '{"a":1}'::text::jsonb, 'x'::varchar::name, 'x'::name::varchar, 'abc'::char(5)::varchar, 'a'::char(5)::"char", 'abc'::varchar::"char", 'abc'::"char"::varchar
select uuid '00000000-0000-0000-0000-000000000001'::text, uuid '00000000-0000-0000-0000-000000000001'::varchar
select uuid '00000000-0000-0000-0000-000000000001'::int
select uuid '00000000-0000-0000-0000-000000000001'::bytea
select 1::uuid
select interval '1 day'::int
select time '10:00'::interval, interval '10:00'::time, timestamp '2020-01-01 10:00'::time, timestamptz '2020-01-01 10:00+00'::timetz, date '2020-01-01'::timestamp, timestamp '2020-01-01'::date, time '10:00'::timetz, timetz '10:00+02'::time
select time '10:00'::timestamp
select date '2020-01-01'::time
select timetz '10:00+00'::interval
select 1::text || 2::text, 1 || '', 1.5::varchar(2), 12345::varchar(3), 12345::char(3), true::varchar(2), 1.5::text::float8, -1::text, (-1)::text, - '1'::int
select 12345::text::char(2), 'abc'::text::varchar(2), 'a  '::char(3)::varchar, 'a  '::char(3)::text || '|', 'a  '::varchar::char(5)::text || '|', '  a'::char(3)
select '1'::"char"::bool
select 1::int8::oid, 1::int4::oid::regclass::text, 'pg_class'::regclass::oid::int8, 'int4'::regtype::int4, 23::oid::regtype, 'now'::regproc::oid::int4, '5'::regclass::text
select 1.5::oid
select 'a'::regclass
select 1::regtype::text, 2::regclass::text
select 1 union select 2.5 order by 1
select 1 union select 'a'
select 1 union select '2' order by 1
select 'a' union select 'b' order by 1
select null union select 1 order by 1
select null union select null
select 1 union select true
select 1::int2 union select 2::int8 order by 1
select date '2020-01-01' union select timestamp '2020-01-01 10:00' order by 1
select 'a'::char(3) union select 'b'::text order by 1
select 'a'::varchar(3) union select 'b'::varchar(5) order by 1
select 'a'::varchar(3) union select 'b'::varchar(3) order by 1
select 1.5::numeric(5,2) union select 2.5::numeric(5,2) order by 1
select 1.5::numeric(5,2) union select 2.5::numeric(6,3) order by 1
select array[1] union select array[2.5] order by 1
select array[1] union select '{2}' order by 1
select json '1' union select json '2'
values (1), (2.5), ('3')
values (1, 'a'), (null, 'b')
values (1), ('a')
values (1), (true)
values (1, 2), (3)
select pg_typeof(x) from (select 1 union all select 2.5) t(x)
select pg_typeof(x) from (values (null), ('a')) t(x)
select pg_typeof(x), pg_typeof(y) from (select null, 'a') t(x, y)
select x + 1 from (select '1') t(x)
select x || 'a' from (select 'b') t(x)
select x = 1 from (select '1') t(x)
select case when true then 1 else '2' end, coalesce('1', 2), greatest(1, '2'), array[1, '2'], (values (1), ('2') limit 1)
select 1 + '1.5'
select 1.5 + '1', 1.5 + '2.5', 1::float8 + '1.5', date '2020-01-01' - '2019-01-01', now() - '1 day' < now(), interval '1 day' * '2', '2' * interval '1 day', time '10:00' + '1 hour'
select date '2020-01-01' + '1 day'
select '2020-01-01' + interval '1 day'
select '1 day' + interval '1 day', '2020-01-01'::date + '1 day'::interval, interval '1 day' + '1 hour', '10:00' + interval '1 hour'
select '5' + '5'
select '5' - 5, 5 - '5', '10' / 3, '10' % 3, - '5', '2' ^ 3, @ '5', '1' < 2, '1' || 2
select + '5'
select 'a' < 'b', 'a' || 'b', 'a' like 'b', not 't', 't' and 'f', 'x' is null, upper('a'), length('a'), abs('-5'), round('1.5'), sqrt('4')
select substring('abc', '2'), left('abc', '1'), repeat('a', '2'), lpad('a', '3', 'b'), 'abc'::varchar like 'a%', position('a' in 'abc'::varchar)
select 1 = any ('{1,2}'), 'a' = any ('{a}'), 1 in ('1', '2'), '1' in (1, 2), date '2020-01-01' in ('2020-01-01'), null in (1, '2')
select sum('1'), count('a'), max('b'), min('a'), string_agg('a', ',')
select sum('1'::text)
select avg('1')
select max(null), count(null), array_agg(null), string_agg(null, ',')
select json_agg(x), to_jsonb(x) from (select 'a') t(x) group by x
select length(123)
select lower(true)
select upper(now())
select concat(1, 2), concat('a', now() is null), length(1::text), lower(true::text), 1::text like '1', (1.0)::text = '1.0'
select to_char('2020-01-01', 'YYYY')
select date_trunc('day', date '2020-01-01'), date_part('day', '2020-01-05'::date), extract(day from '2020-01-05'::timestamp), age('2020-01-05'::date, '2020-01-01'), date_part('day', interval '5 days')
select int4pl(1, 2), int4pl('1', '2'), int48pl(1, 2), float8mul(2, 3), numeric_add(1, 2), textcat('a', 'b'), int4eq(1, 1), date_pli('2020-01-01', 1), timestamp_pl_interval('2020-01-01', '1 day'), interval_mul('1 day', 2)
select int4pl(1, 2.5)
select int4pl(1)
select int4pl(1, 2, 3)
select nosuch.lower('a')
select pg_catalog.lower('A'), pg_catalog.int4(5), "lower"('A'), LOWER('A')
select "LOWER"('A')
select lower(x => 'A')
select make_interval(days => 1, 2)
select make_interval(nope => 1)
select make_interval(days => 1, days => 2)
select lower(variadic array['A'])
select concat(variadic array['a', 'b']), concat_ws(',', variadic array['a', 'b']), format('%s', variadic array['x']), greatest(variadic array[1, 2])
select lower(distinct 'A')
select lower('A' order by 1)
select lower(*)
select count(*), count(1), count(all 1), count(distinct 1)
select lower('A') over ()
select lower('A') filter (where true)
select abs(1) within group (order by 1)
select operator(pg_catalog.-) 5, 1 operator(pg_catalog.+) 2, 1 operator(+) 2
select 1 operator(nosuch.+) 2
select 1 operator(pg_catalog.&&&) 2
select (1, 2)::text, row(1, 'a')::text, (1, 2)::record
select (1, 2)::int
select pg_lsn(23783416::numeric), 0::numeric::pg_lsn, pg_lsn(18446744073709551615::numeric), pg_lsn(1.6), 5::numeric::pg_lsn > '0/4'
select pg_lsn(-1::numeric)
select pg_lsn('NaN'::numeric)
select pg_lsn('infinity'::numeric)
