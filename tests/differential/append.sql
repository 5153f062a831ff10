-- The order of rows where no clause asks for one, as PostgreSQL appends them.
select 1 union all select 3 union all select 2 union all select 4
select * from (select 3 as a union all select 1 union all select 2) x order by 1
select 3 as a union all select 1 union all select 2 order by a desc
select 2 as a union all select 1 union all select null order by a limit 2
select a, row_number() over (order by a) from (select 3 as a union all select 1 union all select 2) x
select a, row_number() over () from (select 3 as a union all select 1 union all select 2) x
select string_agg(x, ',') from (select 'a' as x union all select 'b' union all select 'c') t
select array_agg(x order by x desc) from (select 'a' as x union all select 'b' union all select 'c') t
select array(select 1 union all select 2 union all select 0)
(select 1 order by 1) union all (select 0 order by 1) union all (select 5 limit 1)
select 9 union all select 2 limit 1
select 9 union all select 2 offset 1
select 'line', count(*) from learnink.users where custom_name is null union all select 'total', count(*) from learnink.users
select (select max(a) from (select 1 as a union all select g) x) from generate_series(1, 3) g
select * from generate_series(1, 3) g, lateral (select g union all select g * 10 union all select g * 100) x
with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select * from t union all select 0
with t as (select 5 as n union all select 3) select * from t union all select * from t
values (3), (1) union all values (2)
select x, count(*) from (select 1 as x union all select 1 union all select 2) t group by x order by x
select * from (select 2 as x union all select 1) a join (select 1 as y union all select 2) b on x = y order by 1
select x from (select 2 as x union all select 1 union all select 3) a where x <> 1
select first_value(x) over (), x from (select 2 as x union all select 1 union all select 3) a
select string_agg(distinct x::text, '-' order by x::text) from (select 2 as x union all select 1 union all select 2) a
select 1 as a, 'x' as b union all (select id, name from (values (5, 'v'), (4, 'w')) v(id, name) order by 1) union all select 9, 'total'
