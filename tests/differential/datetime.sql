-- Dates and times (chapters 8.5, 9.9).
select date '2023-03-05', date 'March 5, 2023', date '5 Mar 2023', date '2023-Mar-05', date '20230305', date '230305', date '2023.064', date 'J2460009', date '3/5/2023', date '2023/3/5', date 'Mar-05-2023', date '99-Jan-08', date 'infinity', date '-infinity', date 'epoch', date '0044-03-15 BC'
select date '2023-02-29'
select date '2023-13-01'
select date '31/12/2023'
select date 'abc'
select date ''
select date '2023-00-01'
select date '0000-01-01'
select date '5874898-01-01'
select date '5874897-12-31', date '4713-11-24 BC', date '10000-01-01', date '0001-12-31 BC', date '1999-01-08 AD'
select date '4714-11-23 BC'
select '2023-03-05 14:00'::date, '2023-03-05T23:59:59Z'::date, ' 2023-03-05 '::date, 'Jan 1 2000'::date, 'today'::date = current_date, 'tomorrow'::date - 'yesterday'::date
select time '14:07', time '14:07:09.123456789', time '140709', time '02:07 PM', time '2:07 am', time '24:00', time '00:00:60', time '12:00:00.5', time 'allballs', time '04:05:06 PST', time '2003-04-12 04:05:06 America/New_York', time(2) '12:34:56.789', time '23:59:59.999999'
select time '25:00'
select time '12:60'
select time '14:00 PM'
select time '24:00:01'
select time 'x'
select timetz '12:00+02', timetz '12:00:00.5-03:30', timetz '12:00 PST', timetz '12:00', timetz '04:05:06-08:00:30', time with time zone '12:00 Z', timetz(1) '12:00:00.55+01', timetz '24:00+00'
select timetz '12:00 Nowhere'
select timetz '12:00+16'
select timestamp '2023-03-05 14:07:09', timestamp '2023-03-05T14:07:09.5', timestamp '2023-03-05 14:07 PM', timestamp 'Mar 5 14:07:09 2023', timestamp '20230305T140709', timestamp '2023-03-05', timestamp '2023-03-05 24:00', timestamp 'infinity', timestamp '-infinity', timestamp 'epoch', timestamp '2023-03-05 14:07:09+02', timestamp(0) '2023-03-05 14:07:09.5', timestamp(3) '2023-03-05 14:07:09.1235', timestamp '0044-03-15 12:00 BC', timestamp '2023-12-31 23:59:60'
select timestamp '2023-03-05 25:00'
select timestamp '2023-03-05 14:07:61'
select timestamp 'nonsense'
select timestamp '294277-01-01'
select timestamp '4714-11-23 BC'
select timestamptz '2023-03-05 14:07:09+02', timestamptz '2023-03-05 14:07:09 America/New_York', timestamptz '2023-07-05 14:07:09 EST', timestamptz '2023-03-05 14:07:09Z', timestamptz '2023-03-05 14:07:09', timestamptz 'infinity', timestamptz '2023-03-05 14:07:09.123456-03:30', timestamptz(1) '2023-03-05 14:07:09.16', timestamptz '2023-07-05 12:00 Europe/Paris', timestamptz 'Sun Mar 05 14:07:09 2023 PST', timestamptz '2023-03-05 14:07:09 utc+3', timestamptz '1900-01-01 00:00 Europe/Paris'
select timestamptz '2023-03-05 14:07:09 Nowhere/City'
select timestamptz '2023-03-05 14:07:09 +99'
select timestamptz '2023-03-05 14:07:09 XYZ'
set timezone = 'Africa/Nairobi'
select timestamptz '2023-03-05 12:00:00+00', timestamptz '2023-03-05 12:00:00', timestamp '2023-03-05 12:00'::timestamptz, timestamptz '2023-03-05 22:00+00'::date, timestamptz '2023-03-05 22:00+00'::time, timestamptz '2023-03-05 22:00+00'::timetz, timestamptz '2023-03-05 22:00+00'::timestamp, date '2023-03-05'::timestamptz, time '12:00'::timetz
set timezone = 'America/New_York'
select timestamptz '2023-03-12 02:30', timestamptz '2023-11-05 01:30', timestamptz '2023-03-12 06:59+00', timestamptz '2023-03-12 07:00+00', timestamptz '2023-03-12 00:00' + interval '1 day', timestamptz '2023-03-12 00:00' + interval '24 hours', timestamptz '2023-11-05 00:00' + interval '1 day', timestamptz '2023-11-06' - timestamptz '2023-11-05'
select date_trunc('day', timestamptz '2023-03-12 12:00+00'), date_trunc('hour', timestamptz '2023-11-05 05:30+00'), date_trunc('day', timestamptz '2023-03-12 12:00+00', 'Asia/Tokyo'), date_trunc('month', timestamptz '2023-03-12 12:00+00'), extract(timezone from timestamptz '2023-07-01 00:00'), extract(timezone_hour from timestamptz '2023-01-01'), extract(epoch from timestamptz '2023-01-01')
select generate_series(timestamptz '2023-03-11', timestamptz '2023-03-14', '1 day')
select timestamptz '1883-11-18 12:00', timestamptz '1800-01-01 00:00', timestamptz '2500-07-01 00:00'
set timezone = '+5'
select timestamptz '2023-03-05 12:00:00+00'
set timezone = 'UTC-3'
select timestamptz '2023-03-05 12:00:00+00'
set timezone = 'Nowhere/Land'
set time zone interval '-03:30' hour to minute
select timestamptz '2023-03-05 12:00:00+00', current_setting('TimeZone')
set time zone 2.5
select timestamptz '2023-03-05 12:00:00+00'
reset timezone
select date '2023-03-05' + 1, date '2023-03-05' - 1, 1 + date '2023-03-05', date '2023-03-05' - date '2023-01-01', date '2023-03-05' + interval '1 day', date '2023-03-05' + time '12:00', time '12:00' + date '2023-03-05', date '2023-03-05' + timetz '12:00+02', date '2023-01-31' + interval '1 month', date '2024-02-29' + interval '1 year', date '2023-03-31' - interval '1 month'
select date 'infinity' + 1, date '-infinity' - 1, date 'infinity'::timestamp, timestamp 'infinity'::date, date 'infinity' = timestamp 'infinity', date 'infinity' > date '5874897-12-31', timestamp 'infinity' + interval '1 day'
select date 'infinity' - date '2000-01-01'
select timestamp 'infinity' - timestamp '2000-01-01'
select date '5874897-12-31' + 1
select date '5874897-12-31'::timestamp
select date '2023-03-05' + date '2023-03-05'
select date '2023-03-05' + '1'
select date '2023-03-05' * 2
select timestamp '2023-03-05 12:00' - timestamp '2023-01-01', timestamp '2023-03-05 12:00' - interval '1 day 13 hours', timestamp '2023-03-05' - date '2023-03-01', time '12:00' - time '13:30', time '12:00' + interval '13 hours', time '12:00' - interval '13 hours', timetz '12:00+02' + interval '1 hour', interval '1 hour' + time '23:30', interval '1 day' + date '2023-03-05', interval '1 month' + timestamptz '2023-01-31 00:00+00'
select time '12:00' + time '12:00'
select timestamp '2023-03-05' + 1
select timestamp '2023-03-05' + time '12:00'
select age(timestamp '2023-03-05', timestamp '2020-02-29'), age(timestamp '2020-02-29', timestamp '2023-03-05'), age(timestamptz '2023-03-31 00:00+00', timestamptz '2023-02-28 00:00+00'), age(date '2023-03-05', date '2000-01-31'), age(timestamp '2023-03-05 10:00', timestamp '2023-03-04 12:30'), age(timestamp '2001-04-10', timestamp '1957-06-13')
select extract(year from timestamp '2023-03-05 14:07:09.123456'), extract(month from date '2023-03-05'), extract(day from date '2023-03-05'), extract(hour from time '14:07'), extract(minute from timestamp '2023-03-05 14:07:09'), extract(second from timestamp '2023-03-05 14:07:09.123456'), extract(milliseconds from time '14:07:09.5'), extract(microseconds from time '14:07:09.5'), extract(epoch from timestamp '2023-03-05 14:07:09.5'), extract(epoch from date '2023-03-05'), extract(epoch from time '01:00'), extract(julian from timestamp '2023-03-05 12:00'), extract(julian from date '2023-03-05')
select extract(dow from date '2023-03-05'), extract(isodow from date '2023-03-05'), extract(doy from date '2023-03-05'), extract(week from date '2021-01-03'), extract(isoyear from date '2021-01-03'), extract(quarter from date '2023-03-05'), extract(century from date '2000-01-01'), extract(century from date '2001-01-01'), extract(decade from date '1999-01-01'), extract(millennium from date '2001-01-01'), extract(century from date '0001-01-01 BC'), extract(decade from date '0011-01-01 BC'), extract(year from date '0044-01-01 BC'), extract(millennium from date '1001-01-01 BC')
select date_part('year', timestamp '2023-03-05'), date_part('epoch', interval '1 day'), date_part('second', time '12:00:01.5'), date_part('week', date '2023-01-01'), date_part('timezone', timestamptz '2023-01-01 00:00+00'), date_part('julian', date '2023-03-05'), date_part('dow', timestamp '2023-03-05'), pg_typeof(extract(year from now())), pg_typeof(date_part('year', now())), date_part('timezone_hour', timetz '12:00-03:30'), extract(timezone_minute from timetz '12:00-03:30')
select extract(year from timestamp 'infinity'), extract(year from timestamp '-infinity'), extract(month from timestamp 'infinity'), extract(epoch from timestamp 'infinity'), extract(epoch from date '-infinity'), date_part('year', date 'infinity'), date_part('hour', timestamp 'infinity')
select extract(nope from timestamp '2023-03-05')
select extract(hour from date '2023-03-05')
select extract(year from time '12:00')
select extract(timezone from timestamp '2023-03-05')
select extract(timezone from date '2023-03-05')
select date_part('nope', timestamp '2023-03-05')
select extract(year from '2023-03-05')
select extract('year' from timestamp '2023-03-05'), extract(years from timestamp '2023-03-05'), extract("Month" from date '2023-03-05'), extract(y from date '2023-03-05'), extract(mons from interval '14 months')
select extract(year from 5)
select date_trunc('year', timestamp '2023-03-05 14:07:09.123456'), date_trunc('quarter', timestamp '2023-03-05 14:07'), date_trunc('month', date '2023-03-05'), date_trunc('week', timestamp '2023-03-05'), date_trunc('day', timestamp '2023-03-05 14:07'), date_trunc('hour', timestamp '2023-03-05 14:07'), date_trunc('minute', timestamp '2023-03-05 14:07:09'), date_trunc('second', timestamp '2023-03-05 14:07:09.5'), date_trunc('milliseconds', timestamp '2023-03-05 14:07:09.123456'), date_trunc('microseconds', timestamp '2023-03-05 14:07:09.123456')
select date_trunc('century', timestamp '2023-03-05'), date_trunc('decade', timestamp '2023-03-05'), date_trunc('millennium', timestamp '2023-03-05'), date_trunc('century', timestamp '0044-03-15 BC'), date_trunc('decade', date '0044-03-15 BC'), date_trunc('millennium', timestamp '1000-01-01'), date_trunc('week', timestamp '2021-01-01'), date_trunc('Month', timestamp 'infinity'), date_trunc('hour', interval '1 day 2:30'), date_trunc('month', interval '1 year 2 months 3 days'), date_trunc('day', timestamptz '2023-03-05 12:00+00', 'America/New_York')
select date_trunc('nope', timestamp '2023-03-05')
select date_trunc('timezone', timestamp '2023-03-05')
select date_trunc('week', interval '1 day')
select date_trunc('day', time '12:00')
select date_trunc('day', timestamptz '2023-03-05', 'Nowhere')
select date_bin('15 minutes', timestamp '2023-03-05 14:07:09', timestamp '2001-01-01'), date_bin('15 minutes', timestamptz '2023-03-05 14:07:09+00', timestamptz '2001-01-01 00:02:30+00'), date_bin('1 day', timestamp '1999-03-05 14:07', timestamp '2001-01-01 12:00'), date_bin('2 hours 30 min', timestamp '2023-03-05 14:07', timestamp '2023-03-05'), date_bin('1 week', timestamp '2023-03-05', timestamp '2023-01-02')
select date_bin('1 month', timestamp '2023-03-05', timestamp '2001-01-01')
select date_bin('0 s', timestamp '2023-03-05', timestamp '2001-01-01')
select date_bin('-1 s', timestamp '2023-03-05', timestamp '2001-01-01')
select timestamp '2023-03-05 12:00' at time zone 'America/New_York', timestamptz '2023-03-05 12:00+00' at time zone 'America/New_York', timestamp '2023-07-05 12:00' at time zone 'EST', timestamp '2023-03-05 12:00' at time zone interval '-05:00', timetz '12:00+00' at time zone 'EST', timestamp '2023-03-05 12:00' at time zone 'UTC+3', timezone('Asia/Tokyo', timestamptz '2023-03-05 12:00+00'), timestamptz '2023-03-05 12:00+00' at time zone '+03:30', timestamp '2023-03-05 12:00' at time zone 'utc' at time zone 'Africa/Nairobi', timestamp 'infinity' at time zone 'UTC', timezone(interval '2 hours', timetz '12:00+00')
select timestamp '2023-03-05' at time zone 'Nowhere/X'
select timestamp '2023-03-05' at time zone interval '1 day'
select timestamp '2023-03-05' at time zone interval '1 month'
select make_date(2023, 3, 5), make_date(-44, 3, 15), make_time(14, 7, 9.5), make_time(24, 0, 0), make_timestamp(2023, 3, 5, 14, 7, 9.123456), make_timestamptz(2023, 3, 5, 14, 7, 9), make_timestamptz(2023, 7, 5, 14, 7, 9, 'America/New_York'), make_interval(1, 2, 3, 4, 5, 6, 7.5), make_interval(days => 10), make_interval(secs => 1.5, hours => 2), make_interval(), make_timestamp(-1, 1, 1, 0, 0, 0), make_time(0, 0, 60)
select make_date(2023, 2, 29)
select make_date(0, 1, 1)
select make_time(25, 0, 0)
select make_time(10, 60, 0)
select make_timestamp(2023, 13, 1, 0, 0, 0)
select make_timestamp(2023, 1, 1, 0, 0, 61)
select make_timestamptz(2023, 1, 1, 0, 0, 0, 'Nowhere')
select make_interval(secs => 'NaN')
select make_date(999999999, 1, 1)
select isfinite(date 'infinity'), isfinite(timestamp '2023-01-01'), isfinite(interval '1 day'), isfinite(timestamptz '-infinity')
select (date '2023-01-01', date '2023-02-01') overlaps (date '2023-01-15', date '2023-03-01'), (date '2023-01-01', interval '10 days') overlaps (date '2023-01-11', interval '1 day'), (time '10:00', time '12:00') overlaps (time '12:00', time '13:00'), (timestamp '2023-01-01', timestamp '2023-01-01') overlaps (timestamp '2023-01-01', timestamp '2023-01-02'), (date '2023-02-01', date '2023-01-01') overlaps (date '2023-01-15', null), (time '10:00', interval '1 hour') overlaps (time '10:30', interval '2 hours')
select (date '2023-01-01', null::date) overlaps (date '2023-01-15', date '2023-02-01'), (null::date, date '2023-01-01') overlaps (date '2023-01-01', date '2023-02-01'), (timetz '10:00+00', timetz '11:00+00') overlaps (timetz '10:30+00', timetz '12:00+00')
select (1, 2) overlaps (2, 3)
select date '2023-03-05' = timestamp '2023-03-05', date '2023-03-05' < timestamp '2023-03-05 00:00:01', date '2023-03-05' = timestamptz '2023-03-05 00:00+00', timestamp '2023-03-05' >= timestamptz '2023-03-05 00:00+00', time '12:00' < timetz '12:00+01', timetz '12:00+01' < timetz '12:00+00', timetz '12:00+01' = timetz '11:00+00', date '2023-03-05' <> date '2023-03-06', time '24:00' > time '23:59', date '0001-01-01 BC' < date '0001-01-01', date '2023-03-05' between '2023-01-01' and '2023-12-31'
select date '2023-03-05' = 'x'
select date '2023-03-05' = 5
select date '2023-03-05' = time '12:00'
select x from (values (date '2023-03-05'), ('infinity'), ('-infinity'), ('0044-03-15 BC'), (null)) t(x) order by x
select x from (values (timetz '12:00+01'), ('11:00+00'), ('12:00+00'), ('11:30+00')) t(x) order by x
select min(x), max(x), count(distinct x) from (values (timestamp '2023-03-05'), ('infinity'), (null)) t(x)
select greatest(date '2023-03-05', '2024-01-01'), least(timestamp '2023-01-01', date '2022-01-01'), coalesce(null, date '2023-01-01')
select * from generate_series(date '2023-01-30', date '2023-04-01', '1 month') g
select * from generate_series(timestamp '2023-01-01', '2023-01-02', '7 hours') g
select * from generate_series(timestamp '2023-01-03', '2023-01-01', '-1 day') g
select * from generate_series(timestamp '2023-01-01', '2023-01-02', '0 hours')
select generate_series(date '2023-01-01', date '2023-01-03', interval '1 day')::date
select '2023-03-05'::timestamp::date::text, timestamp '2023-03-05 14:07:09.50'::text, time '14:07:00'::text, timestamptz '2023-03-05 12:00+00'::text, date '2023-03-05'::varchar(4), timestamp '2023-03-05 23:59:59.9999999', timestamp '2023-03-05 14:07:09.999999'::timestamp(0), '12:34:56.789'::time(1), timestamp '2023-03-05 14:07'::time
select date '2023-03-05'::int
select 5::date
select time '12:00'::date
select date '2023-03-05'::time
select interval '1 day'::time, time '25:00:00'::interval
select interval '1 day 13 hours'::time, interval '-1 hour'::time, time '12:30'::interval
select timetz '12:00+02'::time, timetz '12:00+02'::timestamp
set datestyle = 'SQL, DMY'
select date '05/03/2023', timestamp '2023-03-05 14:07:09.5', timestamptz '2023-03-05 14:07:09+00', date '0044-03-15 BC', timestamp 'infinity', array[date '2023-03-05'], row(date '2023-03-05'), date '2023-03-05'::text, time '12:00'
select date '13/05/2023', date '05/13/2023'
set datestyle = 'SQL, MDY'
select date '05/03/2023', timestamp '2023-03-05 14:07:09.5', timestamptz '2023-03-05 14:07:09+00', array[timestamp '2023-03-05 14:07']
set datestyle = 'German'
select date '2023-03-05', timestamp '2023-03-05 14:07:09.5', timestamptz '2023-03-05 14:07:09+00', date '5.3.2023', timestamp '0044-03-15 BC'
set datestyle = 'Postgres, DMY'
select date '2023-03-05', timestamp '2023-03-05 14:07:09.5', timestamptz '2023-03-05 14:07:09+00', timestamp '0044-03-15 10:00 BC', date '0044-03-15 BC', timestamptz 'infinity'
set datestyle = 'Postgres, MDY'
select date '2023-03-05', timestamp '2023-03-05 14:07:09.5', timestamptz '2023-03-05 14:07:09+00', array[timestamptz '2023-03-05 14:07:09+00'], to_json(timestamp '2023-03-05'), to_jsonb(date '2023-03-05')
set datestyle = 'ISO, YMD'
select date '23/03/05', date '05/03/04'
set datestyle = 'nope'
set datestyle = 'ISO, nope'
show datestyle
reset datestyle
select timestamp '2023-03-05'::timestamp(-1)
select pg_sleep(0), pg_typeof(pg_sleep(0))
select timestamp '2023-03-05 12:00' + interval '1 month -1 day', timestamp '2023-12-31' + interval '2 months', timestamp '2024-02-29' - interval '1 year', date '2023-03-05' - interval '1.5 months'
select abs(timestamp '2023-01-01')
select date_trunc('month', '2023-03-05')
select upper(date '2023-01-01')
select to_char(created_at, 'YYYY-MM'), count(*), min(created_at), max(created_at::date), avg(extract(epoch from created_at))::numeric(20,2) from learnink.users group by 1 order by 1
select date_trunc('quarter', created_at), count(*) from learnink.users group by 1 order by 1
select created_at::date - date '2020-01-01', created_at + interval '1 day' > created_at, extract(isodow from created_at), age(created_at, timestamptz '2020-01-01') from learnink.users order by id limit 5
@set timezone='foo8bar'; show timezone; reset timezone
@set timezone='utc+3'; show timezone; reset timezone
@set timezone='<abc>-3:30:15'; show timezone; reset timezone
@set timezone='ab3'; show timezone; reset timezone
@set timezone='a3'; show timezone; reset timezone
@set timezone='+3'; show timezone; reset timezone
@set timezone='<>3'; show timezone; reset timezone
@set timezone='foo8:60'; show timezone; reset timezone
@set timezone='foo168'; show timezone; reset timezone
@set timezone='foo167:59:59'; show timezone; reset timezone
@set timezone='foo8bar9'; show timezone; reset timezone
@set timezone='foo8bar,J60,J300'; show timezone; reset timezone
@set timezone='foo8bar,60,300/3'; show timezone; reset timezone
@set timezone='foo8bar,M3.2.0'; show timezone; reset timezone
@set timezone='foo8bar,M13.2.0,M11.1.0'; show timezone; reset timezone
@set timezone='foo8bar,M3.2.0,M11.1.0x'; show timezone; reset timezone
@set timezone='foo8bar,M3.2.0/-1,M11.1.0/26'; show timezone; reset timezone
@set timezone='foo8,M3.2.0,M11.1.0'; show timezone; reset timezone
@set timezone=':foo8'; show timezone; reset timezone
@set timezone='msk'; show timezone; reset timezone
@set timezone='f_o8'; show timezone; reset timezone
select timestamptz '2020-06-01 12:00 UTC' at time zone '+3', timestamptz '2020-06-01 12:00 UTC' at time zone '3', timestamptz '2020-06-01 12:00 UTC' at time zone '-100'
select timestamptz '2020-06-01 12:00 UTC' at time zone '+168'
select timestamptz '2020-06-01 12:00 UTC' at time zone ''
select timestamptz '2020-06-01 12:00 UTC' at time zone 'foo8bar', timestamptz '2020-12-01 12:00 UTC' at time zone 'foo8bar'
select timestamptz '2020-06-01 12:00 UTC' at time zone 'foo8bar9', timestamptz '2020-06-01 12:00 UTC' at time zone 'foo8bar,J60,J300', timestamptz '2020-06-01 12:00 UTC' at time zone 'foo-8bar,M10.1.0,M4.1.0'
select d, timestamptz '2020-01-01 00:00 UTC' + d * interval '1 day' at time zone 'aest-10aedt,M10.1.0/2,M4.1.0/3' from generate_series(80, 100, 2) d
select d, (timestamptz '2020-02-27 00:00 UTC' + d * interval '6 hours') at time zone 'foo0bar,J60/3,59' from generate_series(0, 20) d
set timezone='PST8PDT,M3.2.0,M11.1.0'
select timestamptz '2020-03-08 02:30', timestamptz '2020-03-08 01:59:59', timestamptz '2020-03-08 03:00', timestamptz '2020-11-01 01:30', timestamptz '2020-11-01 00:59', timestamptz '2020-11-01 02:00'
select to_char(timestamptz '2020-07-01', 'TZ tz OF TZH'), to_char(timestamptz '2020-01-01', 'TZ')
@set datestyle='sql'; select timestamptz '2020-07-01'; reset datestyle
select timestamptz '1850-07-01', timestamptz '9000-07-01', timestamptz '4000-07-01 BC'
set timezone='<+03>-3'
select timestamptz '2020-07-01', to_char(timestamptz '2020-07-01', 'TZ')
reset timezone
select make_timestamptz(2015, 2, 3, 11, 12, 13, 'FOO8BAR'), make_timestamptz(2014, 7, 10, 10, 10, 10, 'pst8pdt,M3.2.0,M11.1.0')
select make_timestamptz(1999, 3, 4, 5, 6, 7.25, '3')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '+16')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '-16')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '+5:60')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '+0530'), make_timestamptz(2015, 2, 3, 11, 12, 13, '+05:30:15')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '+')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '')
select make_timestamptz(2015, 2, 3, 11, 12, 13, '-5x')
select make_timestamptz(2015, 2, 3, 11, 12, 13, 'nope')
select make_timestamptz(2015, 2, 3, 11, 12, 13, 'EST'), make_timestamptz(2015, 2, 3, 11, 12, 13, 'msk'), make_timestamptz(2010, 12, 10, 10, 10, 10, 'MSK')
select timestamptz '2011-03-27 01:59:59 MSK', timestamptz '2011-03-27 02:00 MSK', timestamptz '2012-01-01 msk', timestamptz '2014-10-26 01:00 MSK', timestamptz '2015-01-01 MSK', timestamptz '1900-01-01 MSK', timestamptz '1920-01-01 MSK', timestamptz '1960-07-01 MSK'
select timestamptz '2014-10-25 21:00 UTC' at time zone 'MSK', timestamptz '2014-10-25 22:00 UTC' at time zone 'MSK', timestamptz '2011-03-26 22:59:59 UTC' at time zone 'MSK'
select x, timestamp '1995-06-01 12:00' at time zone x from unnest(array['AMST','ANAST','ANAT','ARST','ART','AZST','AZT','CKT','CLT','DAVT','EASST','EAST','FKST','FKT','GEST','GET','GYT','IOT','IRKST','IRKT','KGT','KOST','KRAST','KRAT','LHDT','LINT','LKT','MAGST','MAGT','MAWT','MSK','NOVST','NOVT','NUT','OMSST','OMST','PETST','PETT','PYT','SGT','TKT','TMT','ULAT','VET','VLAST','VLAT','VOLT','YAKST','YAKT','YEKT']) x
select x, timestamp '2023-12-01 12:00' at time zone x, timestamp '1965-12-01 12:00' at time zone x from unnest(array['AMST','ANAST','ANAT','ARST','ART','AZST','AZT','CKT','CLT','DAVT','EASST','EAST','FKST','FKT','GEST','GET','GYT','IOT','IRKST','IRKT','KGT','KOST','KRAST','KRAT','LHDT','LINT','LKT','MAGST','MAGT','MAWT','MSK','NOVST','NOVT','NUT','OMSST','OMST','PETST','PETT','PYT','SGT','TKT','TMT','ULAT','VET','VLAST','VLAT','VOLT','YAKST','YAKT','YEKT','CLST','MSD','YEKST','PYST']) x
select timetz '12:00 MSK', timetz '2012-01-01 12:00 MSK', timetz '12:00 ART', timetz '2012-06-01 12:00 America/New_York'
select timetz '12:00 America/New_York'
select timestamptz '2012-01-01 12:00 MSK DST'
select timestamptz '2012-01-01 12:00 EST DST'
select timestamptz 'J2452271-08', timestamptz 'J2452271+08', timestamptz 'J2452271 04:05:06', timestamptz 'J2452271T040506-08', timestamptz 'J2452271.5', timestamptz 'J 2452271'
select timestamptz '20011227T040506-08', timestamptz '20011227T040506+08', timestamptz '20011227 040506-08', timestamptz '20011227T040506.789-08'
select timestamptz 'Y2001M12D27H04M05S06.789-08', timestamptz 'Y2001M12D27H04MM05S06.789+08', timestamptz 'Y2001M12D27H04MM05S06.789', timestamp 'y2001m12d27h04m05s06'
select timestamptz 'Y2001M12D27H04M05S06.789-08:30'
select timestamp 'y2001m12d27'
select timestamp 'y2001m12d27h4.5'
select timestamp 'y2001m12'
select date 'y2001m12d27', date 'J2451187', date 'J0', date 'J-1'
select date 'J2451187.5'
select time 'h04m05s06.789', time 't040506', time 'T040506.789', time 'T04:05:06', time 'allballs'
select date '98 Feb 07'
select date '98-07-Feb'
select date '08 Jan 99', date 'Jan 99 08', date '98-Feb-07', date '07-Feb-98', date '08-99-Jan'
select date '1999 08 01', date '98 07 Feb', date '1999-08-Jan', date 'Jan-08-99', date 'Jan-99-08', date 'Jan 08 1999', date '08 Jan 1999', date '1999 Jan 08', date '1999 08 Jan'
set datestyle='ymd'
select date '98 Feb 07'
select date '98-Feb-07'
select date '07-Feb-98'
select date '98 07 Feb'
select date '08 99 Jan'
select date 'Jan 99 08'
select date '1999-01-08', date '99-01-08', date 'January 8, 1999', date '1999 Jan 08', date 'Jan 08 1999'
set datestyle='dmy'
select date '98 Feb 07'
select date '98-Feb-07'
select date '07-Feb-98', date '08 Jan 99', date 'Jan 08 99', date '98 07 Feb'
select date '18/1/1999', date '18/1/99', date '01/02/03', date '18-Jan-1999', date '1999-18-Jan'
reset datestyle
select timestamptz '4714-11-23 16:00:00-08 BC', timestamptz 'Sun Nov 23 16:00:00 4714 PST BC', timestamptz '4714-11-24 00:00:00+00 BC'
select timestamptz '4714-11-23 23:59:59+00 BC'
select timestamptz '4714-11-23 17:00:00-06 BC'
select timestamp '4714-11-23 23:59:59 BC'
select timestamp '4714-11-24 BC', date '4714-11-24 BC', date '4714-11-24 BC'::timestamp
set timezone='Asia/Tokyo'
select date '4714-11-24 BC'::timestamptz
select timestamp '4714-11-24 BC'::timestamptz
select timestamptz '4714-11-24 BC'
reset timezone
select time '12:00:00.0000005', time '12:00:00.0000015', timestamp '2020-01-01 00:00:00.0000005', timestamp '2020-01-01 23:59:59.9999999', time '23:59:59.9999999'
select d, to_timestamp('20240229010203987654', 'YYYYMMDDHH24MISSFF' || d) from generate_series(1, 6) d
select to_timestamp('2018-11-02 12:34:56.025', 'YYYY-MM-DD HH24:MI:SS.MS'), to_timestamp('0.999999', 'SS.US'), to_timestamp('1.12345678', 'SS.FF5')
select u, t, date_trunc(u, t) from (values ('day'), ('week'), ('MONTH'), ('quarter'), ('year'), ('decade'), ('century'), ('millennium'), ('hour')) v(u), generate_series(timestamp '1999-12-27', '2001-03-06', '31 days 5 hours') t order by u, t
select u, t, date_trunc(u, t) from (values ('day'), ('week'), ('month'), ('quarter'), ('year')) v(u), generate_series(timestamptz '2023-12-30 22:00Z', '2024-03-06Z', '17 hours') t order by t, u
select t, date_trunc('month', t) from (values (1, timestamp '2024-02-29 23:59:59.999999'), (2, '2024-03-01'), (3, 'infinity'), (4, '2024-02-01'), (5, '-infinity'), (6, '0044-03-15 BC'), (7, '0044-03-01 BC'), (8, null), (9, '4713-01-01 BC')) v(n, t) order by n
select date_trunc(u, t) from (values (1, 'day', timestamp '2024-02-29 10:00'), (2, 'month', '2024-02-29 11:00'), (3, 'day', '2024-02-29 12:00'), (4, 'fortnight', '2024-02-29 12:00')) v(n, u, t) order by n
