-- Aggregates: manual 9.21. General-purpose ones over constants.
select count(*), count(x), count(distinct x), sum(x), avg(x), min(x), max(x) from (values (1),(2),(2),(null)) v(x)
select count(*), count(x), sum(x), avg(x), min(x), max(x) from (values (1)) v(x) where false
select sum(x), avg(x) from (values (1::int2),(2::int2)) v(x)
select sum(x), avg(x) from (values (1::int8),(2::int8)) v(x)
select sum(x), avg(x) from (values (9223372036854775807::int8),(9223372036854775807::int8)) v(x)
select sum(x), avg(x) from (values (1.5::float4),(2.25::float4)) v(x)
select sum(x), avg(x) from (values (1.5::float8),(2.25::float8)) v(x)
select sum(x), avg(x) from (values (1.50),(2.2)) v(x)
select sum(x), avg(x), min(x), max(x) from (values ('NaN'::numeric),(1.0)) v(x)
select sum(x), avg(x) from (values ('infinity'::numeric),(1.0)) v(x)
select sum(x), avg(x) from (values ('infinity'::numeric),('-infinity')) v(x)
select sum(x), avg(x), min(x), max(x) from (values ('NaN'::float8),(1.0),('infinity')) v(x)
select sum(x), avg(x) from (values ('infinity'::float8),('-infinity')) v(x)
select sum(x), avg(x), min(x), max(x) from (values (interval '1 day'),('2 hours'),('1 month')) v(x)
select sum(x), avg(x), min(x), max(x) from (values (time '10:00'),('02:30')) v(x)
select min(x), max(x) from (values (date '2026-01-01'),('2025-05-05'),(null)) v(x)
select min(x), max(x) from (values (timestamp '2026-01-01 10:00'),('infinity'),('-infinity')) v(x)
select min(x), max(x) from (values (timestamptz '2026-01-01 10:00+02'),('2026-01-01 09:00+00')) v(x)
select min(x), max(x) from (values (timetz '10:00+02'),('09:00+00')) v(x)
select min(x), max(x) from (values ('b'::text),('a'),('B')) v(x)
select min(x), max(x) from (values ('b'::varchar(5)),('a')) v(x)
select min(x), max(x) from (values ('b'::char(3)),('a ')) v(x)
select min(x), max(x) from (values (array[1,2]),(array[1,1,5]),(array[0])) v(x)
select min(x), max(x) from (values ('10.0.0.1'::inet),('9.0.0.1')) v(x)
select min(x), max(x) from (values (1::oid),(4294967295)) v(x)
select min(x), max(x) from (values (true),(false)) v(x)
select min(x) from (values ('\x00'::bytea)) v(x)
select min(x) from (values ('{}'::jsonb)) v(x)
select max(x) from (values (gen_random_uuid())) v(x)
select min(x), max(x) from (values ('(1,2)'::tid),('(0,9)')) v(x)
select min(x), max(x) from (values ('1/2'::pg_lsn),('0/9')) v(x)
select min(x), max(x) from (values ('12'::xid8),('9')) v(x)
select min(x), max(x) from (values ('x'::name)) v(x)
select sum('a')
select sum(true)
select avg('2020-01-01'::date)
select sum(x::text) from generate_series(1,2) x
select sum(null), avg(null), max(null), min(null)
select max('a'), min('b')
select pg_typeof(sum(1)), pg_typeof(sum(1::int8)), pg_typeof(sum(1::int2)), pg_typeof(sum(1.0)), pg_typeof(sum(1::float4)), pg_typeof(avg(1)), pg_typeof(avg(1::float4)), pg_typeof(count(*))
select bool_and(x), bool_or(x), every(x) from (values (true),(false),(null)) v(x)
select bool_and(x), bool_or(x), every(x) from (values (null::bool)) v(x)
select bool_and(1)
select bit_and(x), bit_or(x), bit_xor(x) from (values (12),(10),(null)) v(x)
select bit_and(x), bit_or(x), bit_xor(x) from (values (12::int2),(10::int2)) v(x)
select bit_and(x), bit_or(x), bit_xor(x) from (values (12::int8),(10::int8)) v(x)
select bit_and(x), bit_or(x), bit_xor(x) from (values (1)) v(x) where false
select bit_and(1.5)
-- DISTINCT, ORDER BY, FILTER
select sum(distinct x), avg(distinct x), count(distinct x) from (values (1),(1),(2),(null)) v(x)
select sum(distinct x), count(distinct x) from (values (1.0),(1.00),(2)) v(x)
select count(distinct (x, y)) from (values (1,2),(1,2),(1,null),(1,null)) v(x,y)
select count(distinct x) from (values ('a '::char(3)),('a')) v(x)
select count(distinct x) from (values (0.0::float8),('-0'),('NaN'),('NaN')) v(x)
select count(distinct x) from (values (interval '1 month'),('30 days'),('29 days 24 hours')) v(x)
select count(distinct x) from (values ('{"a":1}'::jsonb),('{"a":1.0}')) v(x)
select count(distinct x) from (values ('{"a":1}'::json)) v(x)
select array_agg(distinct x), array_agg(distinct x order by x desc) from (values (3),(1),(3),(null)) v(x)
select array_agg(x order by x), array_agg(x order by x desc), array_agg(x order by x nulls first), array_agg(x order by x desc nulls last) from (values (3),(1),(null)) v(x)
select array_agg(x order by y, x) from (values ('a',2),('b',1),('c',1)) v(x,y)
select array_agg(distinct x order by y) from (values ('a',2),('b',1)) v(x,y)
select string_agg(distinct x, ',' order by x), string_agg(x, ',' order by x desc) from (values ('b'),('a'),('b')) v(x)
select string_agg(distinct x, ',' order by x || '') from (values ('b')) v(x)
select string_agg(distinct x::text, ',' order by x) from (values (1),(2)) v(x)
select string_agg(x, y order by y) from (values ('a','1'),('b','2'),(null,'3'),('d',null)) v(x,y)
select string_agg(x, null order by x) from (values ('a'),('b')) v(x)
select string_agg(x, ',') from (values ('a')) v(x) where false
select string_agg(x, '') from (values (''),('')) v(x)
select string_agg(x, '\x2c'::bytea order by x) from (values ('\x01'::bytea),('\x02')) v(x)
select string_agg(x, ',') from (values (1),(2)) v(x)
select string_agg(x) from (values ('a')) v(x)
select string_agg('a', 'b')
select string_agg(x::varchar, ',' order by x) from generate_series(1,3) x
select count(*) filter (where x > 1), sum(x) filter (where x > 1), array_agg(x order by x) filter (where x > 5) from generate_series(1,3) x
select count(*) filter (where null), count(*) filter (where true) from generate_series(1,3) x
select sum(x) filter (where x) from generate_series(1,3) x
select sum(x) filter (where sum(x) > 1) from generate_series(1,3) x
select count(distinct x) filter (where x < 3) from generate_series(1,3) x
select max(x) filter (where x < (select avg(y) from generate_series(1,5) y)) from generate_series(1,5) x
select abs(1) filter (where true)
select lower('a' order by 1)
select abs(distinct 1)
select count(distinct *) from generate_series(1,3) x
select count(all x) from generate_series(1,3) x
select count() from generate_series(1,3) x
select sum(*) from generate_series(1,3) x
select sum(1,2)
select sum(sum(x)) from generate_series(1,3) x
select x from generate_series(1,3) x where sum(x) > 1
select x from generate_series(1,3) x group by sum(x)
select 1 from generate_series(1,3) x join generate_series(1,3) y on sum(x) > 1
select x, count(*) from generate_series(1,3) x
select x + 1, count(*) from generate_series(1,3) x group by x order by 1
select x % 2, count(*), sum(x) from generate_series(1,9) x group by 1 order by 1
select x % 2 as odd, sum(x) from generate_series(1,9) x group by odd having sum(x) > 20 order by odd
select count(*) from generate_series(1,9) x having count(*) > 100
select 1 from generate_series(1,9) x having true
select count(*), grouping(x) from generate_series(1,2) x group by x order by 1
select array_agg(row(x, 'a') order by x) from generate_series(1,2) x
select array_agg(x) from (select null::int) v(x)
select array_agg(x::text order by x), array_agg(x::numeric order by x), array_agg(x::float8 order by x) from generate_series(1,2) x
select array_agg(x order by x) from (values (date '2026-01-02'),('2026-01-01')) v(x)
select array_agg(x order by x) from (values (interval '1 day'),('3 hours')) v(x)
select array_agg(x order by x) from (values (true),(false)) v(x)
select array_agg(v order by v) from (values (1,'b'),(1,'a')) v
select array_agg('a'), array_agg(null), array_agg(1)
select any_value(x) from generate_series(1,3) x
-- JSON aggregates
select json_agg(x order by x), jsonb_agg(x order by x) from generate_series(1,3) x
select json_agg(x), jsonb_agg(x) from generate_series(1,3) x where false
select json_agg(x order by x nulls first), jsonb_agg(x order by x nulls first) from (values (1),(null)) v(x)
select json_agg(v order by x) from (values (1,'a'),(2,null)) v(x,y)
select jsonb_agg(v order by x) from (values (1,'a'),(2,null)) v(x,y)
select json_agg(row(x,y) order by x) from (values (1,'a'),(2,null)) v(x,y)
select json_agg(array[x,x]) from generate_series(1,2) x
select json_agg(x) from (values ('{"b":1, "a":2}'::json)) v(x)
select jsonb_agg(x) from (values ('{"b":1, "a":2}'::json)) v(x)
select json_agg(x order by x), jsonb_agg(x order by x) from (values (date '2026-01-02'),('infinity')) v(x)
select json_agg(x), jsonb_agg(x) from (values (timestamptz '2026-01-02 10:00+00')) v(x)
select json_object_agg(x, x * 1.5 order by x), jsonb_object_agg(x, x * 1.5) from generate_series(1,3) x
select json_object_agg(x, y order by y), jsonb_object_agg(x, y order by y) from (values ('a',1),('a',2),('b',null)) v(x,y)
select json_object_agg(x, 1) from (values (null::text)) v(x)
select jsonb_object_agg(x, 1) from (values (null::text)) v(x)
select json_object_agg(x, 1) from (values (1)) v(x) where false
select json_object_agg(x, 1) from (values (array[1])) v(x)
select jsonb_object_agg(x, 1) from (values (array[1])) v(x)
select json_object_agg(x, 1) from (values ('{"a":1}'::json)) v(x)
select jsonb_object_agg(x, 1) from (values ('{"a":1}'::jsonb)) v(x)
select json_object_agg(distinct x, 1) from (values ('a'),('a')) v(x)
select json_agg(distinct x) from (values ('a'),('a')) v(x)
select jsonb_agg(distinct x order by x desc) from (values (1),(2),(2)) v(x)
select json_object_agg(d, t) from (values (date '2026-01-02', timestamptz '2026-07-01 12:00+00')) v(d,t)
set timezone = 'Africa/Nairobi'
select json_agg(t), jsonb_agg(t), json_object_agg('k', t), jsonb_object_agg('k', t) from (values (timestamptz '2026-01-02 10:00+00')) v(t)
select json_agg(v), jsonb_agg(v) from (values (timestamptz '2026-01-02 10:00+00', timestamp '2026-01-02 10:00')) v(t, u)
select to_json(t), to_jsonb(t), json_build_array(t), row_to_json(row(t)) from (values (timestamptz '2026-01-02 10:00+00')) v(t)
set timezone = 'America/New_York'
select json_agg(t) over () from (values (timestamptz '2026-07-02 10:00+00')) v(t)
select json_agg(array[t]) from (values (timestamptz '2026-07-02 10:00+00')) v(t)
select json_object_agg(t, 1) from (values (timestamptz '2026-07-02 10:00+00')) v(t)
set datestyle = 'German'
select json_agg(t), jsonb_agg(t), json_object_agg(t, 1) from (values (timestamptz '2026-07-02 10:00+00')) v(t)
select string_agg(t::text, ',') from (values (timestamptz '2026-07-02 10:00+00')) v(t)
reset datestyle
set intervalstyle = 'iso_8601'
select json_agg(i), jsonb_object_agg(i, 1) from (values (interval '1 day 2 hours')) v(i)
reset intervalstyle
reset timezone
-- Statistics
select stddev(x), stddev_pop(x), stddev_samp(x), variance(x), var_pop(x), var_samp(x) from generate_series(1,10) x
select stddev(x), stddev_pop(x), var_pop(x), var_samp(x) from (values (1.5),(2.5),(4.0)) v(x)
select stddev(x), stddev_pop(x), var_pop(x), var_samp(x) from (values (1.5::float8),(2.5),(4.0)) v(x)
select stddev(x), stddev_pop(x), var_pop(x), var_samp(x) from (values (1.5::float4),(2.5),(4.0)) v(x)
select stddev(x), stddev_pop(x), var_pop(x), var_samp(x) from (values (5)) v(x)
select stddev(x), var_pop(x) from (values (5)) v(x) where false
select stddev(x), var_pop(x) from (values (1::int2),(3::int2)) v(x)
select stddev(x), var_pop(x) from (values (1::int8),(9223372036854775807)) v(x)
select stddev(x), var_pop(x) from (values ('NaN'::numeric),(1)) v(x)
select stddev(x), var_pop(x) from (values ('infinity'::float8),(1)) v(x)
select stddev(x) from (values ('infinity'::numeric),(1)) v(x)
select corr(y,x), covar_pop(y,x), covar_samp(y,x), regr_avgx(y,x), regr_avgy(y,x), regr_count(y,x) from (values (1,2),(2,4.5),(3,5)) v(x,y)
select regr_intercept(y,x), regr_r2(y,x), regr_slope(y,x), regr_sxx(y,x), regr_sxy(y,x), regr_syy(y,x) from (values (1,2),(2,4.5),(3,5)) v(x,y)
select corr(y,x), regr_r2(y,x), regr_slope(y,x), covar_samp(y,x) from (values (1,2)) v(x,y)
select corr(y,x), regr_r2(y,x), regr_slope(y,x) from (values (1,2),(1,3)) v(x,y)
select corr(y,x), regr_r2(y,x), regr_slope(y,x) from (values (1,2),(2,2)) v(x,y)
select corr(y,x), regr_count(y,x), regr_avgx(y,x) from (values (1,null),(null,2)) v(x,y)
select corr(1,2), regr_count(1,null)
select corr('a', 1)
select stddev_pop(x) filter (where x > 2), stddev(distinct x) from (values (1),(2),(3),(3),(9)) v(x)
-- Ordered sets
select percentile_cont(0.5) within group (order by x), percentile_disc(0.5) within group (order by x), mode() within group (order by x) from (values (1),(2),(2),(10)) v(x)
select percentile_cont(0.25) within group (order by x desc), percentile_disc(0.25) within group (order by x desc) from (values (1),(2),(3),(10)) v(x)
select percentile_cont(array[0, 0.25, 0.5, 1]) within group (order by x) from (values (1),(2),(3),(10)) v(x)
select percentile_disc(array[0, 0.25, null, 1]) within group (order by x) from (values (1),(2),(3),(10)) v(x)
select percentile_cont(array[]::float8[]) within group (order by x) from (values (1),(2)) v(x)
select percentile_cont(0.5) within group (order by x) from (values (interval '1 day'),('3 days')) v(x)
select percentile_cont(array[0.5,0.75]) within group (order by x) from (values (interval '1 day'),('3 days')) v(x)
select percentile_disc(0.5) within group (order by x) from (values ('b'),('a'),('c')) v(x)
select percentile_disc(array[0.1,0.9]) within group (order by x) from (values ('b'),('a'),('c')) v(x)
select percentile_disc(0.5) within group (order by x) from (values (date '2026-01-01'),('2026-02-01')) v(x)
select percentile_cont(0.5) within group (order by x) from (values (1.5),(2.5)) v(x)
select percentile_cont(0.5) within group (order by x) from (values ('a')) v(x)
select percentile_cont(1.5) within group (order by x) from (values (1)) v(x)
select percentile_cont(-0.1) within group (order by x) from (values (1)) v(x)
select percentile_disc(1.5) within group (order by x) from (values (1)) v(x)
select percentile_cont('NaN') within group (order by x) from (values (1)) v(x)
select percentile_cont(null) within group (order by x) from (values (1)) v(x)
select percentile_cont(0.5) within group (order by x) from (values (1)) v(x) where false
select percentile_cont(0.5) within group (order by x) filter (where x > 1) from (values (1),(2),(4)) v(x)
select percentile_cont(x) within group (order by x) from (values (1)) v(x)
select percentile_cont(x / 4.0) within group (order by y) from (values (1,5),(1,6),(2,7)) v(x,y) group by x order by x
select percentile_cont(0.5) from (values (1)) v(x)
select percentile_cont(0.5) over (order by x) from (values (1)) v(x)
select percentile_cont(0.5) within group (order by x) over () from (values (1)) v(x)
select percentile_cont(0.5) within group (order by x, x) from (values (1)) v(x)
select percentile_cont(0.5, 1) within group (order by x) from (values (1)) v(x)
select percentile_cont(distinct 0.5) within group (order by x) from (values (1)) v(x)
select mode() within group (order by x desc), mode() within group (order by x) from (values (1),(2),(3)) v(x)
select mode() within group (order by x) from (values ('a'),('b'),('b'),(null)) v(x)
select mode() within group (order by x) from (values (null::int)) v(x)
select mode() within group (order by x nulls first) from (values (null::int),(null),(1)) v(x)
select mode() within group (order by x) from (values (1.0),(1.00),(2)) v(x)
select mode(1) within group (order by x) from (values (1)) v(x)
select sum(x) within group (order by x) from (values (1)) v(x)
select abs(1) within group (order by 1)
-- Hypothetical sets
select rank(3) within group (order by x), dense_rank(3) within group (order by x), percent_rank(3) within group (order by x), cume_dist(3) within group (order by x) from (values (1),(2),(2),(3),(4)) v(x)
select rank(2) within group (order by x desc), dense_rank(2) within group (order by x desc), percent_rank(2) within group (order by x desc), cume_dist(2) within group (order by x desc) from (values (1),(2),(2),(3),(4)) v(x)
select rank(0) within group (order by x), rank(9) within group (order by x), cume_dist(0) within group (order by x), percent_rank(0) within group (order by x) from (values (1),(2)) v(x)
select rank(1) within group (order by x), dense_rank(1) within group (order by x), percent_rank(1) within group (order by x), cume_dist(1) within group (order by x) from (values (1)) v(x) where false
select rank(1, 'b') within group (order by x, y), dense_rank(1, 'b') within group (order by x, y desc) from (values (1,'a'),(1,'b'),(2,'a')) v(x,y)
select rank(null) within group (order by x), rank(null) within group (order by x nulls first) from (values (1),(null),(3)) v(x)
select rank('b') within group (order by x) from (values ('a'),('c')) v(x)
select rank(2.5) within group (order by x) from (values (1),(3)) v(x)
select rank(2) within group (order by x) from (values (1.5),(3.5)) v(x)
select rank('x') within group (order by x) from (values (1),(3)) v(x)
select rank(1, 2) within group (order by x) from (values (1),(3)) v(x)
select rank() within group (order by x) from (values (1),(3)) v(x)
select rank(x) within group (order by x) from (values (1),(3)) v(x)
select rank(2) within group (order by x) filter (where x > 1) from (values (1),(1),(3)) v(x)
select g, rank(2) within group (order by x) from (values (1,1),(1,3),(2,5)) v(g,x) group by g order by g
select rank(3) from (values (1)) v(x)
select rank(3) within group (order by x) over () from (values (1)) v(x)
-- Aggregates over the demo data
select age_bracket, count(*), count(distinct country), min(created_at), max(last_active) from learnink.users group by age_bracket order by 1 nulls first
select sex, array_agg(distinct age_bracket order by age_bracket) from learnink.users group by sex order by 1
select country, string_agg(distinct region, '; ' order by region) from learnink.users group by country order by 1
select course_id, avg(average_score), stddev_samp(average_score), variance(average_score) from learnink.user_course_performance group by 1 order by 1
select percentile_disc(array[0.1,0.5,0.9]) within group (order by average_score) from learnink.user_course_performance
select avg(completed_at - started_at), min(completed_at - started_at), sum(completed_at - started_at) from learnink.user_course_performance
select json_object_agg(country, n order by country) from (select country, count(*) n from learnink.users group by country) s
select type, count(*) filter (where completed), count(*) filter (where not completed), count(*) filter (where completed is null) from learnamp.tasks group by type order by type
select lang, sum(time_spent), avg(time_spent), max(score), avg(score)::numeric(10,4) from learning360.courses_trackings group by lang order by lang
select array_agg(id order by id) from learnamp.locations
select json_agg(l order by id) from learnamp.locations l
select jsonb_agg(to_jsonb(l) - 'id' order by id) from learnamp.locations l
select json_agg(json_build_object('id', id, 'name', name) order by id) from learnamp.locations
select count(*) from (select distinct user_id, type from learnamp.tasks) s
select corr(average_score, num_baseline_answers_correct), regr_slope(average_score, num_baseline_answers_correct) from learnink.user_course_performance
select bool_or(overdue), bool_and(overdue), every(archived) from learnamp.tasks
select mode() within group (order by country), mode() within group (order by region desc) from learnink.users
select date_trunc('month', started_at at time zone 'UTC') m, count(*), count(completed_at), round(100.0 * count(completed_at) / count(*), 2) from learnink.user_course_performance group by 1 order by 1
select country, region, count(*), grouping(country), grouping(region), grouping(country, region) from learnink.users group by grouping sets ((country, region), (country), ()) order by 1 nulls last, 2 nulls last, 3
select string_agg(country, ',' order by n desc, country) from (select country, count(*) n from learnink.users group by 1) s
select max(x), (select max(y) from generate_series(1, x) y) from generate_series(1,3) x group by x order by 1
select (select count(x) from generate_series(1,2) y) from generate_series(1,3) x
select (select sum(x + y) from generate_series(1,2) y) from generate_series(1,3) x order by 1
select sum(x) + count(*) * 2, -sum(x), sum(-x), case when sum(x) > 3 then 'big' else 'small' end from generate_series(1,3) x
select count(*) = 3, sum(x) between 1 and 10, coalesce(sum(x) filter (where x > 5), 0) from generate_series(1,3) x
select sum(x) as "Total", count(*) from generate_series(1,3) as x
select array_agg(x)::text, string_agg(x::text, ',')::varchar(3) from generate_series(1,3) x
select max(x::text), min(x::text) from generate_series(8,11) x
select sum(1e300::float8 * 1e10) from generate_series(1,2)
select sum(x) from (values (1e308::float8),(1e308)) v(x)
select avg(x) from (values (3e38::float4),(3e38)) v(x)
select sum(x) from (values (3e38::float4),(3e38)) v(x)
select sum(x)::int4 from (values (2147483647),(1)) v(x)
select avg(x), avg(x)::numeric(5,2) from (values (1),(2),(2)) v(x)
select avg(x) from (values (100000000000000000001),(2)) v(x)
select avg(x) from (values (0.00001),(0.00002)) v(x)
select sum(x) / count(*), sum(x)::float8 / count(*) from generate_series(1,4) x
select bit_and(x), bit_or(x), bit_xor(x) from (values (b'1100'),(b'1010')) v(x)
select bit_and(x), bit_or(x), bit_xor(x) from (values (b'1100'),(null),(b'1111'),(b'0110')) v(x)
select bit_and(x), bit_or(x), bit_xor(x) from (select b'1' as x where false) v
select bit_or(x) from (values (b'1100'),(b'101')) v(x)
select bit_and(x::varbit) from (values (b'1100'),(b'1010')) v(x)
select g, bit_or(x) from (values (1, b'100'),(1, b'001'),(2, b'010')) v(g, x) group by g order by g
select bit_xor(distinct x), bit_xor(x) filter (where x <> b'11') from (values (b'11'),(b'11'),(b'01')) v(x)
select bit_or(x) over (order by n) from (values (1, b'100'),(2, b'001'),(3, b'010')) v(n, x)
select sum(x) from (values ('$1.50'::money),('$2.25')) v(x)
select sum(x), count(x), min(x), max(x) from (values ('$1.50'::money),(null),('-$2.25')) v(x)
select sum(x) from (select '$1'::money as x where false) v
select sum(x) over (order by x) from (values ('$1.50'::money),('$2.25')) v(x)
select range_agg(x), range_intersect_agg(x) from (values (int4range(1,5)),(int4range(3,9))) v(x)
select range_agg(x), range_intersect_agg(x) from (values (int4range(1,5)),(null),(int4range(7,9))) v(x)
select range_agg(x), range_intersect_agg(x) from (values ('empty'::int4range)) v(x)
select range_agg(x), range_intersect_agg(x) from (select int4range(1,2) as x where false) v
select range_agg(x), range_intersect_agg(x) from (values (null::int4range)) v(x)
select range_agg(x), range_intersect_agg(x) from (values ('{[1,3),[5,9)}'::int4multirange),('{[2,6)}')) v(x)
select range_agg(daterange(d, d + 2)) from (values ('2024-01-01'::date),('2024-01-02'),('2024-02-01')) v(d)
select range_agg(tstzrange(t, t + '1 hour')), range_intersect_agg(tstzrange(t, t + '3 hours')) from (values ('2024-01-01 00:00+00'::timestamptz),('2024-01-01 00:30+00')) v(t)
select range_agg(x) filter (where lower(x) > 1), pg_typeof(range_agg(x)), pg_typeof(range_intersect_agg(x)) from (values (int4range(1,5)),(int4range(3,9))) v(x)
select g, range_agg(x order by x desc) from (values (1, numrange(1.0,2.0)),(1, numrange(2.0,3.5)),(2, numrange(9,10,'[]'))) v(g, x) group by g order by g
select range_agg(x) over (partition by g order by x) from (values (1, int8range(1,2)),(1, int8range(2,3)),(2, int8range(9,10))) v(g, x)
select range_agg(1)
select count(*), sum(length(s)), min(s), max(s) from (select string_agg('a text that is longer than twelve ' || i, ',' order by i desc) s from generate_series(1, 5000) i group by i % 2500) q
select count(*), sum(length(s)), min(s) from (select string_agg(('bytes longer than twelve ' || i)::bytea, ',' order by i) s from generate_series(1, 5000) i group by i % 1500) q
