-- Window functions: manual 9.22 and 4.2.8.
select x, row_number() over (order by x), rank() over (order by x), dense_rank() over (order by x), percent_rank() over (order by x), cume_dist() over (order by x), ntile(3) over (order by x) from (values (1),(1),(2),(3),(3)) v(x) order by 1, 2
select x, row_number() over (order by x desc), rank() over (order by x desc) from generate_series(1,4) x order by x
select x, ntile(2) over (order by x), ntile(10) over (order by x) from generate_series(1,5) x order by x
select ntile(0) over () from generate_series(1,2) x
select ntile(null) over () from generate_series(1,2) x
select ntile(-1) over () from generate_series(1,2) x
select x, lag(x) over w, lag(x, 2) over w, lag(x, 2, 0) over w, lead(x) over w, lead(x, 2, -1) over w from generate_series(1,4) x window w as (order by x) order by x
select x, lag(x, null) over w, lead(x, null) over w from generate_series(1,3) x window w as (order by x) order by x
select x, lag(x, 0) over w, lag(x, -1) over w, lead(x, -1) over w from generate_series(1,3) x window w as (order by x) order by x
select x, lag(x, x) over w, lead(x, x - 1, x * 10) over w from generate_series(1,4) x window w as (order by x) order by x
select x, lag(x::text, 1, 'none') over w from generate_series(1,2) x window w as (order by x) order by x
select x, lag(x, 1, 2.5) over w from generate_series(1,3) x window w as (order by x) order by x
select x, lag(x, 1, 'a') over w from generate_series(1,3) x window w as (order by x) order by x
select x, lag(x, 1, null) over w, lag(null::text) over w, lag('lit') over w from generate_series(1,2) x window w as (order by x) order by x
select x, first_value(x) over w, last_value(x) over w, nth_value(x, 2) over w from generate_series(1,4) x window w as (order by x) order by x
select x, first_value(x) over w, last_value(x) over w, nth_value(x, 2) over w from generate_series(1,4) x window w as (order by x rows between unbounded preceding and unbounded following) order by x
select x, nth_value(x, null) over (order by x) from generate_series(1,2) x order by x
select x, nth_value(x, 0) over (order by x) from generate_series(1,2) x order by x
select x, nth_value(x, x) over () from generate_series(1,3) x order by x
select x, first_value(y) over (order by x), last_value(y) over (order by x) from (values (1,null),(2,'b'),(3,null)) v(x,y) order by x
select row_number() over () from generate_series(1,3)
select sum(x) over (), avg(x) over (), count(*) over (), min(x) over (), max(x) over () from generate_series(1,3) x
select x, sum(x) over (order by x), avg(x) over (order by x), count(*) over (order by x) from generate_series(1,4) x order by x
select x, y, sum(y) over (partition by x order by y), rank() over (partition by x order by y desc) from (values ('a',1),('a',2),('b',5),('b',5),(null,7),(null,8)) v(x,y) order by x, y
select x, sum(x) over (order by x rows 1 preceding), sum(x) over (order by x rows between current row and 1 following), sum(x) over (order by x rows between 1 preceding and 1 following) from generate_series(1,5) x order by x
select x, sum(x) over (order by x rows between 2 preceding and 1 preceding), sum(x) over (order by x rows between 1 following and 2 following) from generate_series(1,5) x order by x
select x, sum(x) over (order by x rows between unbounded preceding and 1 preceding), count(*) over (order by x rows between 3 following and unbounded following) from generate_series(1,5) x order by x
select x, array_agg(x) over (order by x rows between 1 preceding and 1 following) from generate_series(1,4) x order by x
select x, array_agg(x) over (order by x range between 1 preceding and 1 following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x desc range between 1 preceding and 1 following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x range between 2 following and 3 following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x range between 3 preceding and 1 preceding) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x range between unbounded preceding and 1 following) from (values (1),(2),(4),(null)) v(x) order by x
select x, array_agg(x) over (order by x range between 1 preceding and unbounded following) from (values (1),(2),(4),(null)) v(x) order by x
select x, array_agg(x) over (order by x nulls first range between 1 preceding and 1 following) from (values (1),(2),(4),(null)) v(x) order by x
select x, array_agg(x) over (order by x groups between 1 preceding and 1 following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x groups between current row and 1 following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x groups between 1 following and 2 following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x groups between 2 preceding and 1 preceding) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x groups between unbounded preceding and current row) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x groups between current row and unbounded following) from (values (1),(2),(2),(4),(7)) v(x) order by x
select x, array_agg(x) over (order by x desc groups 1 preceding) from (values (1),(2),(2),(4),(7)) v(x) order by x
-- EXCLUDE
select x, array_agg(x) over (order by x rows between 1 preceding and 1 following exclude current row) from generate_series(1,4) x order by x
select x, array_agg(x) over (order by x rows between unbounded preceding and unbounded following exclude current row) from generate_series(1,4) x order by x
select x, array_agg(x) over (order by x rows between unbounded preceding and unbounded following exclude group) from (values (1),(2),(2),(4)) v(x) order by x
select x, array_agg(x) over (order by x rows between unbounded preceding and unbounded following exclude ties) from (values (1),(2),(2),(4)) v(x) order by x
select x, array_agg(x) over (order by x rows between unbounded preceding and unbounded following exclude no others) from (values (1),(2),(2),(4)) v(x) order by x
select x, sum(x) over (order by x groups between 1 preceding and 1 following exclude group) from (values (1),(2),(2),(4)) v(x) order by x
select x, sum(x) over (order by x groups between 1 preceding and 1 following exclude ties) from (values (1),(2),(2),(4)) v(x) order by x
select x, sum(x) over (order by x groups between 1 preceding and 1 following exclude current row) from (values (1),(2),(2),(4)) v(x) order by x
select x, count(*) over (order by x range between 1 preceding and 1 following exclude current row), avg(x) over (order by x range between 1 preceding and 1 following exclude group) from (values (1),(2),(2),(4)) v(x) order by x
select x, first_value(x) over (order by x rows between unbounded preceding and unbounded following exclude current row), last_value(x) over (order by x rows between unbounded preceding and unbounded following exclude current row), nth_value(x, 2) over (order by x rows between unbounded preceding and unbounded following exclude current row) from generate_series(1,4) x order by x
select x, first_value(x) over (order by x rows between 1 preceding and 1 following exclude group) from (values (1),(2),(2),(4)) v(x) order by x
select x, count(*) over (rows between unbounded preceding and unbounded following exclude group), count(*) over (rows between unbounded preceding and unbounded following exclude ties) from generate_series(1,3) x order by x
select x, string_agg(x::text, ',') over (order by x rows between 1 preceding and 2 following exclude current row) from generate_series(1,4) x order by x
select x, sum(x) filter (where x <> 2) over (order by x rows between 1 preceding and 1 following exclude current row) from generate_series(1,4) x order by x
select x, row_number() over (order by x rows between 1 preceding and 1 following exclude current row), rank() over (order by x groups between 1 preceding and 1 following exclude ties) from generate_series(1,3) x order by x
select x, lag(x) over (order by x rows between 1 preceding and 1 following exclude current row) from generate_series(1,3) x order by x
select p, x, sum(x) over (partition by p order by x rows between unbounded preceding and current row exclude current row) from (values ('a',1),('a',2),('b',3),('b',4)) v(p,x) order by p, x
select x, min(x) over (order by x rows between 1 following and 3 following exclude current row), max(x) over (order by x rows between 1 following and 3 following exclude ties) from (values (1),(2),(2),(2),(5)) v(x) order by x
-- RANGE with every type
select x, count(*) over (order by x range between 1.5 preceding and 1.5 following) from (values (1.0),(2.0),(2.5),(4)) v(x) order by x
select x, count(*) over (order by x range between 0.5 preceding and 0.5 following) from (values (1.0::float8),(1.5),(2.5),('NaN'),('infinity')) v(x) order by x
select x, count(*) over (order by x range between 0.5 preceding and 0.5 following) from (values (1.0::float4),(1.5),(2.5)) v(x) order by x
select x, count(*) over (order by x range between 1 preceding and current row) from (values (1::int2),(2::int2),(4::int2)) v(x) order by x
select x, count(*) over (order by x range between 1::int8 preceding and 1::int2 following) from (values (1::int8),(2),(4)) v(x) order by x
select x, count(*) over (order by x range between 1 preceding and 1 following) from (values (2147483647),(-2147483648),(5)) v(x) order by x
select x, count(*) over (order by x range between '1 day' preceding and '1 day' following) from (values (date '2026-01-01'),('2026-01-02'),('2026-01-05')) v(x) order by x
select x, count(*) over (order by x range between interval '1 month' preceding and current row) from (values (date '2026-01-31'),('2026-02-28'),('2026-03-31')) v(x) order by x
select x, count(*) over (order by x range between '2 hours' preceding and '1 hour' following) from (values (timestamp '2026-01-01 10:00'),('2026-01-01 11:30'),('2026-01-01 13:00')) v(x) order by x
select x, count(*) over (order by x range between '2 hours' preceding and '1 hour' following) from (values (timestamptz '2026-01-01 10:00+00'),('2026-01-01 11:30+00'),('2026-01-01 13:00+00')) v(x) order by x
select x, count(*) over (order by x range between '2 hours' preceding and '1 hour' following) from (values (time '10:00'),('11:30'),('23:30')) v(x) order by x
select x, count(*) over (order by x range between '2 hours' preceding and '1 hour' following) from (values (timetz '10:00+00'),('11:30+00'),('23:30+00')) v(x) order by x
select x, count(*) over (order by x range between '2 days' preceding and '1 day' following) from (values (interval '1 day'),('2 days'),('1 month')) v(x) order by x
select x, count(*) over (order by x range between 'infinity'::float8 preceding and 1 following) from (values (1.0::float8),(2),(3)) v(x) order by x
select count(*) over (order by x range between 1 preceding and 1 following) from (values ('a')) v(x)
select count(*) over (order by x range between 1 preceding and 1 following) from (values (date '2026-01-01')) v(x)
select count(*) over (order by x range between '1' preceding and '1' following) from (values (1),(2)) v(x)
select count(*) over (order by x range between 'x' preceding and '1' following) from (values (1),(2)) v(x)
select count(*) over (order by x range between -1 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x range between interval '-1 day' preceding and current row) from (values (date '2026-01-01')) v(x)
select count(*) over (order by x range between null preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between null preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 1 preceding and null following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between -1 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 1 preceding and -1 following) from (values (1),(2)) v(x)
select count(*) over (order by x groups between -1 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x groups between null preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x range between 1 preceding and -1 following) from (values (1),(2)) v(x)
select count(*) over (range between 1 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x, x + 1 range between 1 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (groups between 1 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between x preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 'a' preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 1.5 preceding and 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between (select 1) preceding and 1 + 1 following) from (values (1),(2)) v(x)
select count(*) over (order by x rows between unbounded following and current row) from (values (1),(2)) v(x)
select count(*) over (order by x rows between current row and unbounded preceding) from (values (1),(2)) v(x)
select count(*) over (order by x rows between current row and 1 preceding) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 1 following and current row) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 1 following and 1 preceding) from (values (1),(2)) v(x)
select count(*) over (order by x rows between 1 preceding and 2 preceding) from (values (1),(2)) v(x)
-- All kinds of aggregates over frames
select x, sum(x) over w, avg(x) over w, min(x) over w, max(x) over w, count(x) over w from (values (1.5),(2.25),(3)) v(x) window w as (order by x rows between 1 preceding and current row) order by x
select x, sum(x) over w, avg(x) over w from (values (interval '1 day'),('2 days'),('3 days')) v(x) window w as (order by x rows 1 preceding) order by x
select x, stddev(x) over w, var_pop(x) over w from generate_series(1,5) x window w as (order by x rows 2 preceding) order by x
select x, bool_and(x > 2) over w, bool_or(x > 2) over w, bit_or(x) over w from generate_series(1,4) x window w as (order by x rows 1 preceding) order by x
select x, string_agg(x::text, ',') over w, array_agg(x) over w, json_agg(x) over w, jsonb_agg(x) over w from generate_series(1,3) x window w as (order by x) order by x
select x, json_object_agg(x, x) over w, jsonb_object_agg(x, x) over w from generate_series(1,3) x window w as (order by x) order by x
select x, corr(x, x * x) over w, regr_slope(x, x * x) over w from generate_series(1,4) x window w as (order by x) order by x
select x, sum(x) filter (where x % 2 = 0) over w, count(*) filter (where x > 1) over w from generate_series(1,4) x window w as (order by x) order by x
select x, sum(distinct x) over () from generate_series(1,2) x
select x, array_agg(x order by x desc) over () from generate_series(1,2) x
select row_number() from generate_series(1,2) x
select rank() filter (where true) over () from generate_series(1,2) x
select lag(x) from generate_series(1,2) x
select abs(x) over () from generate_series(1,2) x
select sum(row_number() over ()) over () from generate_series(1,2) x
select sum(row_number() over ()) from generate_series(1,2) x
select x from generate_series(1,2) x where row_number() over () = 1
select x from generate_series(1,2) x group by row_number() over ()
select 1 from generate_series(1,2) x having row_number() over () = 1
select x from generate_series(1,2) x order by row_number() over (order by x desc)
select sum(x) over w from generate_series(1,2) x
select sum(x) over (w order by x) from generate_series(1,2) x window w as (partition by 1)
select sum(x) over (w partition by x) from generate_series(1,2) x window w as (order by 1)
select sum(x) over (w order by x) from generate_series(1,2) x window w as (order by x)
select sum(x) over (w rows 1 preceding) from generate_series(1,3) x window w as (order by x) order by 1
select sum(x) over (w) from generate_series(1,3) x window w as (order by x rows 1 preceding) order by 1
select sum(x) over w from generate_series(1,3) x window w as (order by x rows 1 preceding), w as (order by x)
select sum(x) over w2 from generate_series(1,3) x window w as (partition by x % 2), w2 as (w order by x) order by 1
select x, sum(x) over (partition by x % 2), sum(x) over (partition by x % 2 order by x desc) from generate_series(1,5) x order by x
select x % 2 as g, sum(sum(x)) over (order by x % 2), rank() over (order by sum(x)) from generate_series(1,5) x group by x % 2 order by 1
select x, sum(x) over (order by x) - lag(x, 1, 0) over (order by x) as d from generate_series(1,3) x order by x
select distinct count(*) over () from generate_series(1,3) x
select x, count(*) over (partition by x > 2) from generate_series(1,4) x order by x limit 3
select x, sum(x) over (order by 1) from generate_series(1,3) x order by x
select x, sum(x) over (partition by null) from generate_series(1,3) x order by x
select x, sum(x) over (order by null) from generate_series(1,3) x order by x
select x, rank() over (order by 'a') from generate_series(1,3) x order by x
select x, sum(x) over (order by x::text) from generate_series(8,11) x order by x
select x, rank() over (order by x) from (values (1.0),(1.00),(2)) v(x) order by 2, x::text
select x, dense_rank() over (order by x) from (values (interval '1 month'),('30 days'),('31 days')) v(x) order by 2, x::text
select x, rank() over (order by x nulls first), rank() over (order by x desc nulls last) from (values (1),(null),(2)) v(x) order by x
select x, row_number() over (order by x collate "C") from (values ('b'),('A'),('a')) v(x) order by 2
select pg_typeof(row_number() over ()), pg_typeof(ntile(2) over ()), pg_typeof(percent_rank() over ()), pg_typeof(lag(1.5) over ())
-- Over the demo data
select course_id, average_score, rank() over (partition by course_id order by average_score desc nulls last), id from learnink.user_course_performance order by course_id, 3, id limit 40
select user_id, started_at, started_at - lag(started_at) over (partition by user_id order by started_at, id) from learnink.user_course_performance order by user_id, started_at, id limit 40
select d, n, sum(n) over (order by d range between interval '7 days' preceding and current row) from (select started_at::date d, count(*) n from learnink.user_course_performance group by 1) s order by d limit 40
select d, n, round(avg(n) over (order by d rows between 6 preceding and current row), 3) from (select started_at::date d, count(*) n from learnink.user_course_performance group by 1) s order by d limit 40
select country, count(*) as n, round(100.0 * count(*) / sum(count(*)) over (), 1) as share from learnink.users group by country order by 2 desc, 1
select * from (select type, user_id, count(*) n, row_number() over (partition by type order by count(*) desc, user_id) r from learnamp.tasks group by 1, 2) s where r <= 2 order by 1, 4
select id, first_value(id) over (partition by user_id order by id), last_value(id) over (partition by user_id order by id rows between current row and unbounded following) from learnamp.tasks order by id limit 30
select id, sum(score) over (order by happened_at, id rows between 2 preceding and current row exclude current row) from learnamp.activities where score is not null order by happened_at, id limit 30
select id, score, count(*) over (order by score range between 5 preceding and 5 following exclude current row), percent_rank() over (order by score), cume_dist() over (order by score) from learnamp.activities where score is not null order by score, id limit 30
select lang, time_spent, sum(time_spent) over (partition by lang order by time_spent range between 100 preceding and 100 following) from learning360.courses_trackings order by 1, 2, id limit 30
-- Frames without a value yield NULL first, or last: an order of results that a sort above must not rely on.
select max(deactivated_at) over (partition by 29.10 order by sign_in_count desc) as x from learnamp.users order by x limit 11
select * from (select min(deactivated_at) over (order by id) as x from learnamp.users) t order by x desc nulls last limit 5
select * from (select max(deactivated_at) over (order by id rows between current row and unbounded following) as x, id from learnamp.users) t order by x desc nulls first, id limit 5
-- Windows over constants that joins and unions carry.
select max(22) over (partition by t5.x1 order by date '2026-07-19' groups between 1 preceding and 1 following) as x1 from (select date_trunc('week', null::timestamptz) as x1 from learnamp.enrollments t4 where t4.host) t3 right join (select timestamptz '2026-05-11 10:00:00+00' as x1 from learning360.learningneeds t6) t5 on t3.x1 = t5.x1 limit 3
select max(t.x2) over (partition by 'Engineer'::text order by 'Engineer'::text range between unbounded preceding and unbounded following) from (select 1 as x2 union all select min(id) from learnamp.users group by rollup (first_name) having min(id) < 3) t order by 1
