-- PREPARE, EXECUTE, DEALLOCATE in SQL.
prepare a as select 1
execute a
execute nope
deallocate a
deallocate nope
execute a
prepare b(int, text) as select $1 + 1 as n, $2 || 'x' as s
execute b(1, 'a')
execute b('1', 'a')
execute b(1)
execute b(1, 'a', 2)
execute b
execute b(1 + 1, upper('q'))
execute b('x', 'a')
execute b(1.6, 'a')
execute b(id, 'a')
execute b(null, null)
prepare c as select $1
execute c('x')
execute c(5)
prepare d as select $1 + $2
prepare d as select $1::int + $2
execute d(1, 2)
prepare e(nope) as select $1
prepare e(int) as select $2::int
execute e(1, 2)
prepare f as select * from nope
prepare g(unknown) as select $1::int
prepare h(int) as select id, name from learnamp.locations where id = $1
execute h(2)
execute h(-1)
prepare i(int[]) as select id from learnamp.locations where id = any ($1) order by 1
execute i('{1,3}')
execute i(array[2])
prepare j as values ($1, 2)
execute j('q')
prepare k as table learnamp.locations
execute k
prepare l(int) as select $1 limit $1
execute l(1)
execute l(0)
prepare m(date) as select count(*) from learnamp.users where hire_date > $1
execute m('2024-01-01')
execute m(date '2024-01-01' + 1)
execute m('x')
deallocate h
deallocate prepare i
deallocate all
select count(*) from pg_prepared_statements where from_sql
execute i('{1}')
prepare n as select 1; select 2
prepare o as begin
prepare p(int, int) as select $1
execute p(1, 2)
prepare "Q" as select 5 as five
execute "Q"
execute q
prepare r as select current_schema
execute r
create table x as execute r
prepare s(numeric(5, 2)) as select $1
execute s(1.239)
prepare t(varchar(2)) as select $1
execute t('abc')
discard plans
execute t('abc')
discard all
execute t('abc')
