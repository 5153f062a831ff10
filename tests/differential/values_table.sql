-- VALUES and TABLE: manual 7.7.
values (1)
values (1, 'a'), (2, 'b')
values (1), (2.5), (null)
values (null), (1)
values (null)
values ('a'), (null)
values ('1'), (2)
values ('a'), (2)
values (1), (true)
values (1, 2), (3)
values (default)
values ()
values (1 + 1, upper('a'), (select 3))
values (1), (2) limit 1
values (3), (1), (2) order by 1
values (3), (1), (2) order by column1 desc limit 2
values (3), (1), (2) order by 1 offset 1
values (1), (2) fetch first 1 row only
values (1::int2), (2::int8)
values (date '2026-01-01'), ('2026-01-02')
values (1::numeric(5, 2)), (2)
values ('a'::varchar(3)), ('b'::varchar(3))
values ('a'::varchar(3)), ('b'::varchar(4))
values (array[1]), ('{2}')
values (row(1, 2)), (row(3, 4))
values (count(*))
values (row_number() over ())
values (generate_series(1, 2))
values (nope)
values (1) for update
values (*)
values ((values (1)))
select * from (values (1, 'a'), (2, 'b')) as t
select * from (values (1, 'a'), (2, 'b')) as t(n, s)
select column1, column2 from (values (1, 'a')) t
select t.column1 from (values (1, 'a')) t(n)
select * from (values (1)) t(a, b)
select sum(column1) from (values (1), (2)) v
select * from (values (1), (2)) v(x) where x = (values (2))
select (values (1)), (values (1), (2))
select 1 in (values (1), (2)), 3 = any (values (1)), (1, 2) in (values (1, 2))
select exists (values (1)), array(values (2), (1))
select pg_typeof(x) from (values (null)) v(x)
select pg_typeof(x) from (values (1), (1.5)) v(x) limit 1
select * from (values (1, null), (2, 'x')) v(a, b) order by a
select * from (values (1, null), (2, 3)) v(a, b) order by a
select * from (values (interval '1 day', true, 1.50, '{"a": 1}'::jsonb)) v
with v as (values (1, 2)) select * from v
with v(a, b) as (values (1, 2)) select b from v
select x from (values (1), (2), (3)) v(x) where x > (select avg(y) from (values (1), (2)) w(y))
table learnamp.locations
table learnamp.locations limit 1
table learnamp.locations order by name desc, id offset 1
table nope
table learnamp.nope
table locations
table only learnamp.locations
select * from only learnamp.locations order by id limit 1
select * from learnamp.locations * order by id limit 1
select * from only (learnamp.locations) order by 1 limit 1
table learnamp.locations for update
select * from (table learnamp.locations) t order by id limit 1
select count(*) from (table learnamp.locations) t
with t as (select 1 as a) table t
values (1) union all table learnamp.locations
values (1, 'x') union all table learnamp.locations order by 1, 2 limit 2
values (1 / 0)
values (1), ('x'::int)
