-- Comparisons, logic, conditionals, rows (chapters 9.1, 9.2, 9.18, 9.24, 9.25).
select true and null, false and null, true or null, false or null, not null::bool, null and null, true and true, not true, true = false, true > false, true <> null
select 1 and true
select 'x' and true
select not 1
select 'yes' and true, 'f' or false
select 1 is null, null is null, null is not null, 1 isnull, 1 notnull, row(1, null) is null, row(null, null) is null, row(1, 2) is not null, row(1, null) is not null, row() is null
select true is true, null is true, false is not true, null is unknown, true is not unknown, null is not false, false is false
select 1 is true
select 'x' is true
select 1 is distinct from 2, 1 is distinct from null, null is distinct from null, 1 is not distinct from 1.0, 'a' is distinct from 'b', row(1, 2) is distinct from row(1, null), array[1] is distinct from array[1]
select 1 is distinct from 'a'
select 1 = 1 = true
select 1 < 2 < 3
select 1 = 'a'
select 1 = 'a'::text
select 1 = true
select 1 <> 1.5, 1 != 2, 1 >= null, 'a' = 'a ', 'a'::char = 'a ', date '2020-01-01' = '2020-01-01', true = 't', 1 = '1', '1' = '1', 1.0 = '1.00'
select row(1, 2) = row(1, 2), row(1, 2) < row(1, 3), row(1, null) = row(1, 2), row(1, null) = row(2, null), row(1, 2) <> row(1, null), (1, 'a') = (1, 'a'), row(1, 2) >= row(1, 2), row(2, null) > row(1, 5), (1, 2) < (1, null)
select row(1, 2) = row(1)
select row(1, 2) = row(1, 'a')
select row(1) = 1
select row(1, 2) < row(true, 2)
select row(1, 2) + row(1, 2)
select row(1, 2) ~ row(1, 2)
select (1, 2) in ((1, 2), (3, 4)), (1, null) in ((1, 2)), (1, 2) not in ((3, 4)), 1 in (1, 2), 1 in (2, null), 1 not in (2, null), null in (1), 1 in (1.0, 2), 'a' in ('b', 'a'), 1 in ('1', '2')
select 1 in ('a')
select 1 in (true)
select 1 in (1, 'a')
select (1, 2) in ((1, 2, 3))
select 1 in (select 1), 1 not in (select 2), (1, 2) in (select 1, 2), null in (select 1), 1 in (select null::int), 1 in (select 1 where false), exists (select 1), exists (select 1 where false), not exists (select null)
select 1 in (select 1, 2)
select (1, 2) in (select 1)
select 1 in (select 'a'::text)
select 1 = any (select 1), 1 < all (select 2 union select 3), 1 = any (array[1, 2]), 1 <> all (array[2]), 1 = some (array[1]), null = any (array[1]), 1 = any (array[null, 1]), 1 = all (array[1, null]), 1 = any ('{}'), 1 = all ('{}'), 1 = any (null), 1 = any ('{1,2}'::int8[])
select 1 = any (1)
select 1 = any ('a')
select 1 + any (array[1])
select 1 = any (array['a'])
select (1, 2) = (select 1, 2), (select 1) = 1, (select 1 where false) is null, row(1, 2) < (select 1, 3)
select (select 1, 2)
select (select 1 union select 2)
select case when true then 1 end, case when false then 1 end, case when null then 1 else 2 end, case 1 when 1 then 'a' when 2 then 'b' else 'c' end, case null when null then 1 else 2 end, case when 1 > 0 then 1 else 2.5 end, case 'a' when 'a' then 1 end, case when true then null else 1 end, case 1.5 when 1 then 1 else 0 end, case when true then date '2020-01-01' else null end
select case when true then 1 else 'a' end
select case when true then 1 else true end
select case when 1 then 2 end
select case 1 when 'a' then 2 end
select case when true then 1::int2 else 2::int8 end, case when true then 'a'::varchar(3) else 'b'::text end, pg_typeof(case when true then 1 else 2.0 end), pg_typeof(case when true then '1' end), case when false then 1 / 0 else 5 end, case when true then 'x'::char(3) else 'y' end
select coalesce(null, 1), coalesce(null, null), coalesce(1, 2.5), coalesce(null, 'a'), coalesce(null::text, 'b'), coalesce(1, 1 / 0), coalesce(null::int, null, 3), pg_typeof(coalesce(null, null))
select coalesce(1, 'a')
select coalesce(1, true)
select coalesce()
select nullif(1, 1), nullif(1, 2), nullif(null, 1), nullif(1, null), nullif('a', 'a'), nullif(1, 1.0), pg_typeof(nullif(1, 1.0)), nullif(1.5, 2), nullif('', '')
select nullif(1, 'a')
select nullif(1, true)
select greatest(1, 2, 3), least(1, 2, null), greatest(null, null), greatest('a', 'b'), greatest(1, 2.5), least(date '2020-01-01', '2019-01-01'), greatest(1::int2, 2::int8), greatest(true, false), least('NaN'::float8, 1), greatest(array[1], array[2]), pg_typeof(greatest(1, 2.5)), least(interval '1 day', interval '23 hours'), greatest(row(1, 2), row(1, 3)), greatest('a'::char(2), 'b')
select greatest(1, 'a')
select greatest(1, true)
select json '1' = json '1'
select null::json is distinct from null::json
select 5 between 1 and 10, 5 not between 6 and 10, 'b' between 'a' and 'c', null between 1 and 2, 5 between null and 4, 5 between symmetric 10 and 1, 5 not between symmetric 10 and 1, date '2020-06-01' between '2020-01-01' and '2020-12-31', 1.5 between 1 and 2
select 1 between 'a' and 2
select 1 between 1 and true
select array[1, 2] = array[1, 2], array[1, 2] < array[1, 3], array[1, 2] < array[2], array[1] < array[1, 1], array[1, null] = array[1, null], array[null]::int[] > array[1], '{}'::int[] < array[1], array[1, 2] <> array[2, 1], array[1.0] = array[1.00], array['a'] >= array['B'], array[1] = array[1::int8]
select array[1] = array['a']
select array[1] = array[1.5]
select array[1] < array[1.5::float8]
select row(1, 'a') = row(1, 'a'::text), row(1, 2)::text, row(1, null, 'a b', '', '"', '\', ',', true, 1.50, date '2020-01-01', array[1, 2], row(1, 'x'))
select row(1, 2) *= row(1, 2), row(1, 2) *<> row(1, 3), row(1) *< row(2)
select u.id is null, u is null, u is not null, (u).id = u.id from learnink.users u order by id limit 1
select booleq(true, true), boollt(false, true), boolne(true, false), int4eq(1, 1), texteq('a', 'a'), float8lt(1, 2), numeric_gt(2, 1), date_le('2020-01-01', '2020-01-01'), bool_and(x), bool_or(x), every(x) from (values (true), (null), (false)) t(x)
select x from (values (true), (false), (null)) t(x) order by x
select x from (values (true), (false), (null)) t(x) order by x desc nulls last
select x, y from (values (1, 'a'), (1, null), (null, 'b'), (0, 'z')) t(x, y) order by x desc, y nulls first
select row(x, y) from (values (1, 'b'), (1, 'a'), (null, 'b')) t(x, y) order by row(x, y)
select btint4cmp(1, 2), bttextcmp('a', 'b'), btfloat8cmp(1, 'NaN'), numeric_cmp(1, 2), date_cmp('2020-01-01', '2019-01-01'), btarraycmp(array[1], array[2]), uuid_cmp('00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001'), btboolcmp(true, false), interval_cmp('1 day', '24 hours'), byteacmp('a', 'b'), btint2cmp(1::int2, 2::int2), btnamecmp('a', 'b'), timestamp_cmp('2020-01-01', '2021-01-01'), time_cmp('10:00', '11:00'), bpcharcmp('a', 'a '), jsonb_cmp('1', '2'), btrecordcmp(row(1), row(2)), btoidcmp(1, 2), btcharcmp('a', 'b')
select btint24cmp(1::int2, 2), btint42cmp(3, 2::int2), btint28cmp(1::int2, 1::int8), btint84cmp(5::int8, 4), btint48cmp(1, 2::int8), btint82cmp(1::int8, 2::int2), btint2cmp(1::int2, 2::int2), btint4cmp(2, 1), btint8cmp(1, 1)
select date_cmp_timestamp('2024-01-01', '2024-01-01 00:00:01'), timestamp_cmp_date('2024-01-01 00:00:01', '2024-01-01'), date_cmp_timestamptz('2024-01-01', '2024-01-01 00:00:00+00'), timestamptz_cmp_date('2024-01-01 12:00+00', '2024-01-01'), timestamp_cmp_timestamptz('2024-01-01', '2024-01-01 00:00+00'), timestamptz_cmp_timestamp('infinity', 'infinity')
select int4range_subdiff(10, 3), int8range_subdiff(3, 10), daterange_subdiff('2024-03-01', '2024-02-01'), numrange_subdiff(1.5, 0.25), tsrange_subdiff('2024-01-02', '2024-01-01'), tstzrange_subdiff('2024-01-01 00:00:01.5+00', '2024-01-01 00:00+00')
