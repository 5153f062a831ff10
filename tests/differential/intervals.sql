-- Intervals (chapters 8.5.4, 9.9).
select interval '1 day', interval '1 year 2 months 3 days 04:05:06.789', interval '1-2', interval '1-2 3 4:05:06', interval 'P1Y2M3DT4H5M6S', interval 'P0001-02-03T04:05:06', interval '1 day ago', interval '@ 1 hour ago', interval '-1 day +2:03', interval '1.5 days', interval '1.5 months', interval '1.5 years', interval '1 week', interval '2 decades 1 century 1 millennium'
select interval '1', interval '1:30', interval '1:30:45.5', interval '1 12:00', interval '90 minutes', interval '25 hours', interval '100 s', interval '1 h 2 m 3 s', interval '1y 2mon', interval '5 ms 3 us', interval '0', interval '-0:00:01', interval 'P1W', interval 'PT1.5H', interval 'P-1Y', interval '1 mon 32 days 25:61:00'
select interval '1.123456789 s', interval '.5 min', interval '-1.5 weeks', interval '0.1 months', interval '1e3 s', interval '+1 -2:00', interval '1 year -1 month', interval '-1-2', interval '-1-2 +3 -4:05'
select interval 'x'
select interval ''
select interval '1 foo'
select interval '1 day 2'
select interval 'P'
select interval '1:2:3:4'
select interval '999999999999 years'
select interval '3000000000 days'
select interval '1 day 1 day'
select interval '1' year, interval '1' month, interval '1' day, interval '1' hour, interval '1' minute, interval '1' second, interval '1-2' year to month, interval '1 2' day to hour, interval '1 2:03' day to minute, interval '1 2:03:04' day to second, interval '2:03' hour to minute, interval '2:03:04' hour to second, interval '3:04' minute to second, interval '1.5' second(0), interval '1 2:03:04.567' day to second(1)
select interval '1 year 2 months 3 days 4 hours' year, interval '1 year 2 months 3 days 4 hours' month, interval '1 year 2 months 3 days 4:05:06' hour, interval(2) '1.236 s', interval(0) '1.5 s', '1 day 2:03:04.5'::interval day to minute, '1.55 s'::interval(1), '1 day'::interval hour
select interval '1' nope
select interval '1 day' + interval '2 hours', interval '1 month' - interval '1 day', - interval '1 day 2:03', interval '1 day' * 2.5, 2 * interval '1 hour', interval '1 month' * 0.5, interval '1 day' / 3, interval '1 year' / 7, interval '1.5 months' * 3, interval '10 s' * 1e-3, interval '1 month 1 day' * 1.1, interval '1 day' * 0, interval '7 mon' / 2
select interval '1 day' / 0
select interval '1 day' * 'NaN'::float8
select interval '2147483647 days' * 2
select interval '2147483647 months' + interval '1 month'
select interval '1 day' * interval '1 day'
select interval '1 day' + 1
select 1 / interval '1 day'
select interval '1 day' = interval '24 hours', interval '1 month' = interval '30 days', interval '1 year' = interval '360 days', interval '1 day' < interval '25 hours', interval '-1 day' < interval '0', interval '1 month' > interval '29 days', interval '1 day' between '1 hour' and '1 week', interval '1 mon -30 days' = interval '0'
select x from (values (interval '1 month'), ('30 days'), ('31 days'), ('-1 day'), ('1 year'), ('720:00:00'), (null)) t(x) order by x, x::text
select x, count(*) from (values (interval '1 day'), ('24 hours'), ('1 month'), ('30 days')) t(x) group by 1 order by 1
select sum(x), avg(x), min(x), max(x) from (values (interval '1 day'), ('2 hours'), ('1 month')) t(x)
select justify_days(interval '35 days'), justify_hours(interval '27 hours'), justify_interval(interval '1 mon -1 hour'), justify_days(interval '-65 days'), justify_hours(interval '-50 hours 30 min'), justify_interval(interval '-1 mon 45 days 30 hours'), justify_interval(interval '1 day -1 hour')
select justify_interval(interval '2147483647 months 30 days')
select extract(year from interval '1 year 14 months'), extract(month from interval '14 months'), extract(day from interval '35 days 30 hours'), extract(hour from interval '35 days 30 hours'), extract(minute from interval '90 minutes'), extract(second from interval '90.5 s'), extract(epoch from interval '1 month 1 day 1 s'), extract(century from interval '250 years'), extract(decade from interval '25 years'), extract(millennium from interval '2500 years'), extract(quarter from interval '5 months'), extract(milliseconds from interval '1.5 s'), extract(microseconds from interval '1.5 s'), extract(month from interval '-14 months')
select extract(week from interval '1 day')
select extract(dow from interval '1 day')
select extract(timezone from interval '1 day')
select date_part('epoch', interval '1 year'), date_part('year', interval '-18 months'), date_trunc('day', interval '1 day 2:03'), date_trunc('year', interval '18 months'), date_trunc('quarter', interval '8 months'), date_trunc('second', interval '1.5 s'), date_trunc('decade', interval '25 years')
select interval '1 day'::text, interval '1 day 2:03:04.5'::varchar(5), '1 day'::text::interval, interval '25:00:00', interval '-25:00:00.5', interval '1 year -1 day', interval '-1 year 1 day -00:00:01', interval '1 mon', interval '2 mons', interval '-1 mon', interval '1 year 1 mon 1 day'
set intervalstyle = 'sql_standard'
set intervalstyle = 'postgres_verbose'
select interval '1 day', interval '1 year 2 months 3 days 4:05:06.7', interval '-1 day -2:03', interval '1 day -2:03', interval '0', interval '1 second', interval '2 s', interval '-1 mon', interval '1 year -1 day', interval '1 day ago', interval '1 hour 1 min 1 s'
set intervalstyle = 'iso_8601'
select interval '1 day', interval '1 year 2 months 3 days 4:05:06.7', interval '-1 day -2:03', interval '1 day -2:03', interval '0', interval '25 hours', interval '-0.5 s', to_json(interval '1 day'), interval '1 week'::text
reset intervalstyle
select make_interval(months => 14), make_interval(weeks => 2, mins => 90), make_interval(secs => -0.5), make_interval(1, -1), to_char(interval '1 year 2 mons', 'YY "y" MM "m"'), interval '1 day' is not null, greatest(interval '1 day', interval '25 hours'), nullif(interval '1 day', interval '24 hours')
select timestamp '2023-01-31' + x, timestamp '2023-01-31' - x, date '2024-02-29' + x from (values (interval '1 month'), ('1 year'), ('1 day 1:00'), ('-1 month 1 day')) t(x)
select abs(interval '-1 day')
select @ interval '-1 day'
select round(interval '1.5 days')
select interval '1 day' || 'x', 'x' || interval '1 day'
select floor(extract(epoch from interval '100 seconds') / 60), interval '1 second' * 90, interval '1 hour' * 1.5::float8, interval '15 min' * 3::int2, (interval '1 hour' / 7)::text
select interval '178000000 years'
select interval '153722867281 minutes'
select interval '2562047789 hours'
select interval '1 day month'
select interval 'day 1 month'
select interval 'ago 1 day'
select interval '1 day ago ago'
select interval '1 day at'
select interval '2 quarter'
select interval '2 qtr'
select interval '-.5 hours'
select interval '.5 hours'
select interval '1. hours'
select interval '-1.e1 hours'
select interval '5 ago'
select interval '5 timezone'
select interval 'timezone 1 day'
select interval '1 day 5 ago'
select interval '1:2:3 4:5:6'
select interval '4:5:6.7.8'
select interval '4:5:6.'
select interval '4:5.'
select interval '4:5.5'
select interval '4:65'
select interval '99999999999999999999 days'
select interval '1-13'
select interval '1-11'
select interval '-1-11'
select interval '1-'
select interval '1-a'
select interval '1-2-3'
select interval '+1-2 3 4:05:06'
select interval ' P1Y'
select interval 'PT'
select interval 'P1'
select interval 'P1Y2'
select interval 'P1-2-3T4:5:6'
select interval 'P00010203T040506'
select interval 'P00010203T040506.5'
select interval 'P1e15Y'
select interval 'P1.5e15Y'
select interval 'PT1e3S'
select interval 'PT-1.5H'
select interval 'P1Y-2M'
select interval 'P 1Y'
select interval 'P1y'
select interval 'p1Y'
select interval 'P1YT'
select interval 'P1Y T1H'
select interval 'P1,5Y'
select interval '1.5 weeks'
select interval '0.0000005 seconds'
select interval '0.0000015 seconds'
select interval '0.5 microseconds'
select interval '0.6 microseconds'
select interval '1.5 microseconds'
select interval '0.00000051 seconds'
select interval '1.5 months 1.25 days'
select interval '1.99 years'
select interval '0.04 years'
select interval '1.5 millennia'
select interval '178956970 years 7 months'
select interval '178956970 years 8 months'
select interval '-178956970 years -8 months'
select interval '-178956970 years -9 months'
select interval '2147483647 days'
select interval '2147483650 days'
select interval '-2147483648 days 0 hours ago'
select interval '-9223372036854775808 us ago'
select interval '2562047788:00:54.775807'
select interval '2562047788:00:54.775808'
select interval '-2562047788:00:54.775808'
select interval '-2562047788:00:54.775807'
select interval '1 day 2562047789 hours'
select interval '12 hours 3 hours'
select interval '1 day 2 days'
select interval '1 year 1 decade'
select interval '1 us 1 ms 1 s'
select interval '1.5 s 1 us'
select interval '1 2:03:04' day to second
select interval '2:03' minute to second
select interval '1 2:03' day to minute
select interval '5' year
select interval '5' month
select interval '5.5' day
select interval '5.5' hour
select interval '5.5' minute
select interval '5.123456789' second(3)
select interval '1 2:03:04.5678' day to second(2)
select interval '3-4' year to month
select interval '1-2' month
select interval '1' day to hour
select interval '5 6' day to hour
select interval 'infinity'
select interval 'now'
select interval 'today'
select interval 'epoch'
select interval '  '
select interval '@ 1 day'
select interval '@'
select interval '1day'
select interval '1day2hours'
select interval '1 day, 2 hours'
select interval '1 dayss'
select interval '1 microsecondsxx'
select interval '1 milliseconde'
select interval '1foo'
select interval 'foo 1'
select interval '1/2'
select interval '1 a-b'
select interval '- 1 day'
select interval '+ 1 day -2 hours'
select interval '--1 day'
select interval '-infinity'
select interval '1 +day'
select interval '60:60'
select interval '1:2:61'
select interval '1:2:60'
select interval '1:2:60.5'
select interval '1:60:00'
set intervalstyle=sql_standard
select interval '-1 1:00:00'
select interval '-1 +1:00:00'
select interval '-1 year 2 months'
select interval '-1 day 2 hours 3 min 4.5 sec'
select interval '-23 hours 45 min'
select interval '-1-2 3 4:05'
select interval '- 1 day 2 hours'
select interval '1 day -2 hours'
select interval '-1.5 days 2 hours'
select interval '-2562047788:00:54.775808'
select interval '-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808'
set intervalstyle=iso_8601
select interval '-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808'
select interval '2562047788:00:54.775807'
set intervalstyle=postgres_verbose
select interval '-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808'
select interval '2562047788:00:54.775807'
set intervalstyle=postgres
select interval '2562047788:00:54.775807' + interval '1 us'
select -interval '-9223372036854775808 us'
select interval '2000000000 hours' + interval '1 hour', interval '2000000000 hours' * 1.1, interval '2000000000 hours' / 3
select interval '2000000000 hours' > interval '83333333 days', interval '2000000000 hours' = interval '83333333 days 08:00'
select extract(epoch from interval '2000000000 hours'), extract(hour from interval '2000000000 hours')
select timestamp '2000-01-01' + interval '2000000 hours', justify_hours(interval '2000000000 hours'), justify_interval(interval '2000000000 hours')
select sum(x), avg(x), max(x), min(x) from (values (interval '2000000000 hours'), ('1 hour')) v(x)
select to_char(interval '2000000000 hours', 'HH24:MI:SS'), date_trunc('hour', interval '2000000000 hours 5 min')
select interval '2000000000 hours'::time, interval '2000000000 hours'::text
select percentile_cont(0.5) within group (order by x) from (values (interval '2000000000 hours'), ('1 hour')) v(x)
select percentile_disc(0.5) within group (order by x) from (values (interval '2000000000 hours'), ('1 hour')) v(x)
select interval '4611686018427387904 usec' / 0.1
select date_bin(interval '2000000 hours', timestamp '2020-01-01', timestamp '2000-01-01')
select timestamp '200000-01-01' - timestamp '2000-01-01'
select interval '300 years' - interval '2000000000 hours'
select array[interval '2000000000 hours', '1 day'], row(interval '2000000000 hours')
select x, count(*) from (values (interval '24 hours'), ('1 day'), ('2000000000 hours')) v(x) group by x order by x
select justify_interval(interval '-2147483648 days -48 hours')
select justify_interval(interval '-2147483648 months -60 days')
select justify_days(interval '2147483647 months 60 days')
select justify_hours(interval '2147483647 days 48 hours')
