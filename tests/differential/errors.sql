-- Errors of analysis and execution: SQLSTATE, message, detail, hint, position.
selec 1
select
select 1 +
select (1
select 1)
select 'abc
select "abc
select /* abc
select 1;; select 2
select 1 2 3
select from where
select * from
select * from learnamp.teams where
select * from learnamp.teams group
select * from learnamp.teams order by
select * from learnamp.teams limit
select 1 as 2
select case end
select case when 1 then 2 end
select case when true then 1 else 'a' end
select case 1 when 'a' then 1 end
select case when true then 1 when false then date '2026-01-01' end
select coalesce()
select coalesce(1, 'a')
select coalesce(1, true)
select greatest(1, 'x'), 1
select greatest(1, true)
select nullif(1, 'a')
select nullif(1, true)
select array[1, 'a']
select array[1, true]
select array[]
select array[null]
select row(1, 2) = row(1)
select (1, 2) = (1, 'a')
select (1, 2) = (1, true)
select (1, 2) + (1, 2)
select (1, 2) < (1, null), row() = row()
select 1 where 1
select 1 where 'a'
select 1 where 't'
select 1 where null
select 1 where count(*) > 1
select 1 where row_number() over () = 1
select not 1
select 1 and true
select true or 'x'
select -'a'
select -true
select +null
select 'a' + 'b'
select 'a' + 1
select 1 + 'b'
select 1 + true
select 1 || 2
select 'a' || 1 || true
select '1' + '2'
select date '2026-01-01' + date '2026-01-01'
select date '2026-01-01' * 2
select interval '1 day' * 'x'
select now() + 1
select 1 = 'a'
select 1 = true
select 1 = date '2026-01-01'
select 'a' = 1
select 'a'::text = 1
select 1 < all (array['a'])
select 1 = any ('a')
select 1 in ('a', 2)
select 1 in (2, true)
select 'a' in (1, 2)
select 1 between 'a' and 2
select 1 like 'a'
select 'a' like 1
select 'a' ~ 1
select 'a' ~ '('
select 'a' similar to '['
select 1 is true
select 'a' is true
select 1::date
select true::date
select '2026-13-01'::date
select '2026-02-30'::date
select 'x'::date
select '25:00'::time
select 'x'::timestamp
select '2026-01-01 25:00'::timestamp
select 'x'::timestamptz
select 'x'::interval
select 'x'::bool
select 2::bool
select 1.5::bool
select 'x'::uuid
select '{'::json
select '{"a":}'::jsonb
select 'x'::int
select ''::int
select '1.5'::int
select '99999999999'::int
select 99999999999::int
select 40000::int2
select 1e400::float8
select '1e400'::float8
select 1e39::float4
select 'x'::numeric
select 1234.5::numeric(4, 2)
select 1::numeric(0)
select 1::numeric(1001)
select 1::numeric(5, 6)
select 1::varchar(0)
select 'x'::char(10485761)
select 'abc'::int4range
select '{1,2'::int[]
select '{a}'::int[]
select '{{1},{2,3}}'::int[]
select 1 / 0
select 1.0 / 0
select 1::float8 / 0
select 1 % 0
select mod(1, 0)
select 2147483647 + 1
select -2147483648 - 1
select 2147483647 * 2
select 9223372036854775807 + 1
select 32767::int2 + 1::int2
select abs(-2147483648)
select sqrt(-1)
select ln(0)
select ln(-1)
select power(0, -1)
select power(-1, 0.5)
select 10.0 ^ 1000000
select exp(1000000.0)
select 1::float8 * 1e308 * 10
select factorial(-1)
select chr(0)
select chr(-1)
select repeat('a', 2000000000)
select substring('abc' from 1 for -1)
select split_part('a', ',', 0)
select left('a', 'x')
select lpad('a', 'b')
select to_date('x', 'YYYY')
select to_number('x', '999')
select to_timestamp('2026', 'YYYY-MM')
select date_trunc('nope', now())
select extract(nope from now())
select extract(hour from date '2026-01-01')
select date_part('nope', date '2026-01-01')
select make_date(2026, 13, 1)
select make_time(25, 0, 0)
select timestamp '2026-01-01' at time zone 'Nope/Nope'
select generate_series(1, 2, 0)
select array_fill(1, null)
select (array[1, 2])['a']
select (array[1, 2])[1.5]
select (1)[1]
select array[1] || 'a'
select array[1] || array['a']
select array_append(1, 2)
select '{}'::jsonb -> null
select jsonb_build_object('a')
select jsonb_build_object(null, 1)
select json_object('{a}')
select '{"a":1}'::jsonb ->> 1.5
select jsonb_path_query('{}', '$.')
select jsonb_set('1', '{a}', '2')
select regexp_replace('a', '(', 'b')
select regexp_match('a', 'a', 'y')
select encode('a', 'nope')
select decode('x', 'hex')
select convert_from('\xff', 'utf8')
select format('%')
select format('%d', 1)
select format('%s')
select concat()
select upper()
select upper(1)
select upper('a', 'b')
select upper(1, 2)
select nope()
select nope(1, 'a', null, true)
select count(1, 2)
select sum('a')
select sum('a'::text)
select avg(true)
select max(row(1))
select string_agg('a')
select string_agg(1, ',')
select round('x')
select round(1.5, 'x')
select round(1::float8, 2)
select length(1)
select substr(1, 2)
select coalesce(upper(1), 'a')
select to_char(1)
select to_char('a', 'b')
select pg_typeof()
select current_setting('nope.nope')
select current_setting('nope')
select set_config('nope', 'x', false)
select 'nope'::regclass
select 'nope'::regtype
select 'nope'::regproc
select 'int4'::regclass
select 99999999::regclass
select pg_get_viewdef('nope')
select upper(variadic array['a'])
select concat(variadic array['a', 'b']), concat_ws(',', variadic array['a', 'b'])
select concat(variadic 'a')
select make_interval(days => 1)
select make_interval(nope => 1)
select make_interval(days => 1, days => 2)
select make_interval(days => 1, 2)
select upper(string => 'a')
select 1 over ()
select upper('a') over ()
select row_number()
select rank() over (order by nope)
select rank() over w
select rank() over w from learnamp.teams window w as (order by nope)
select rank() over (w order by id) from learnamp.teams window w as (order by name)
select rank() over (w partition by id) from learnamp.teams window w as (order by name)
select rank() over (w) from learnamp.teams window w as (order by name rows unbounded preceding)
select rank() over w from learnamp.teams window w as (order by name), w as (order by id)
select count(distinct id) over () from learnamp.teams
select sum(id) over (order by id rows between 1 following and 1 preceding) from learnamp.teams
select sum(id) over (order by id rows between unbounded following and current row) from learnamp.teams
select sum(id) over (order by id rows between current row and unbounded preceding) from learnamp.teams
select sum(id) over (order by id rows -1 preceding) from learnamp.teams
select sum(id) over (order by id rows 'x' preceding) from learnamp.teams
select sum(id) over (range 1 preceding) from learnamp.teams
select sum(id) over (order by name range 1 preceding) from learnamp.teams
select sum(id) over (order by id range 'x' preceding) from learnamp.teams
select sum(id) over (groups 1 preceding) from learnamp.teams
select sum(id) over (order by id rows id preceding) from learnamp.teams
select sum(sum(id) over ()) from learnamp.teams
select row_number() over (order by row_number() over ()) from learnamp.teams
select lag(id) from learnamp.teams
select ntile(0) over () from learnamp.teams
select nth_value(id, 0) over () from learnamp.teams
select lag(id, 'x') over () from learnamp.teams
select mode(id) over () from learnamp.teams
select percentile_cont(0.5) within group (order by id) over () from learnamp.teams
select percentile_cont(2) within group (order by id) from learnamp.teams
select rank() within group (order by id) from learnamp.teams
select id from learnamp.teams for update
select id from learnamp.teams for share
select id from learnamp.teams for no key update
select id from learnamp.teams for key share
select id from learnamp.teams for update nowait
select id from learnamp.teams for update skip locked
select id from learnamp.teams for update of nope
select count(*) from learnamp.teams for update
select distinct id from learnamp.teams for update
select id from learnamp.teams group by id for update
select 1 for update
select * from (values (1)) v for update
@select $1
@select $1::int
@select $1 + 1
@select $2::int
@select 1 limit $1
select '\'
select E'\x'
select 'a' uescape 'b'
select b'2'
select x'g'
select 1.5.5
select 1e
select @@ 'a'
select interval '1' year to day
select 1::bit(3), 5::bit(3)
-- Conditions that fail where files are read.
select id from learnamp.locations where sqrt(-id) > 1
select id from learnamp.locations where 1 / (id - id) > 1
select id from learnamp.users where first_name::int > 1
select id from learnamp.users where to_char(hire_date, 'YYYY')::date > current_date
select count(*) from learnamp.users u join learnamp.teams t on t.manager_id = u.id where u.first_name::uuid is not null
