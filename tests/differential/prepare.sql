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
-- CASE of a parameter and many constants.
prepare looked(int, text) as select case $1 when 1 then 'w1' when 2 then 'w2' when 3 then 'w3' when 4 then 'w4' when 5 then 'w5' when 6 then 'w6' when 7 then 'w7' when 8 then 'w8' when 9 then 'w9' when 10 then 'w10' when 11 then 'w11' when 12 then 'w12' when 13 then 'w13' when 14 then 'w14' when 15 then 'w15' when 16 then 'w16' when 17 then 'w17' when 18 then 'w18' when 19 then 'w19' when 20 then 'w20' else 'none' end, case when $1 = 1 then 'w1' when $1 = 2 then 'w2' when $1 = 3 then 'w3' when $1 = 4 then 'w4' when $1 = 5 then 'w5' when $1 = 6 then 'w6' when $1 = 7 then 'w7' when $1 = 8 then 'w8' when $1 = 9 then 'w9' when $1 = 10 then 'w10' when $1 = 11 then 'w11' when $1 = 12 then 'w12' when $1 = 13 then 'w13' when $1 = 14 then 'w14' when $1 = 15 then 'w15' when $1 = 16 then 'w16' when $1 = 17 then 'w17' when $1 = 18 then 'w18' when $1 = 19 then 'w19' when $1 = 20 then 'w20' else $2 end, case when x = 1 then 'w1' when x = 2 then 'w2' when x = 3 then 'w3' when x = 4 then 'w4' when x = 5 then 'w5' when x = 6 then 'w6' when x = 7 then 'w7' when x = 8 then 'w8' when x = 9 then 'w9' when x = 10 then 'w10' when x = 11 then 'w11' when x = 12 then 'w12' when x = 13 then 'w13' when x = 14 then 'w14' when x = 15 then 'w15' when x = 16 then 'w16' when x = 17 then 'w17' when x = 18 then 'w18' when x = 19 then 'w19' when x = 20 then 'w20' else $2 end from (values (1), (21)) t(x)
execute looked(20, 'p')
execute looked(21, 'p')
execute looked(null, null)
prepare looked_up as select case $1 when 'w1' then 1 when 'w2' then 2 when 'w3' then 3 when 'w4' then 4 when 'w5' then 5 when 'w6' then 6 when 'w7' then 7 when 'w8' then 8 when 'w9' then 9 when 'w10' then 10 when 'w11' then 11 when 'w12' then 12 when 'w13' then 13 when 'w14' then 14 when 'w15' then 15 when 'w16' then 16 when 'w17' then 17 when 'w18' then 18 when 'w19' then 19 when 'w20' then 20 end, case when $2 = 1 then 'w1' when $2 = 2 then 'w2' when $2 = 3 then 'w3' when $2 = 4 then 'w4' when $2 = 5 then 'w5' when $2 = 6 then 'w6' when $2 = 7 then 'w7' when $2 = 8 then 'w8' when $2 = 9 then 'w9' when $2 = 10 then 'w10' when $2 = 11 then 'w11' when $2 = 12 then 'w12' when $2 = 13 then 'w13' when $2 = 14 then 'w14' when $2 = 15 then 'w15' when $2 = 16 then 'w16' when $2 = 17 then 'w17' when $2 = 18 then 'w18' when $2 = 19 then 'w19' when $2 = 20 then 'w20' end, case when $3 = 1 then $4 when $3 = 2 then null when $3 = 3 then null when $3 = 4 then null when $3 = 5 then null when $3 = 6 then null when $3 = 7 then null when $3 = 8 then null when $3 = 9 then null when $3 = 10 then null when $3 = 11 then null when $3 = 12 then null when $3 = 13 then null when $3 = 14 then null when $3 = 15 then null when $3 = 16 then null when $3 = 17 then null when $3 = 18 then null when $3 = 19 then null when $3 = 20 then null else 7 end
execute looked_up('w20', 20, 1, 5)
execute looked_up('W20', null, 21, 5)
execute looked_up('w1', 21, 3, 5)
deallocate looked
deallocate looked_up
