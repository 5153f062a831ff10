-- WITH: manual 7.8.
with a as (select 1 as x) select * from a
with a(x) as (select 1), b(y) as (select x + 1 from a) select * from a, b
with a(x, y) as (select 1, 2, 3) select * from a
with a(x, y) as (select 1) select * from a
with a as (values (1, 'a'), (2, 'b')) select * from a order by 1 desc
with a as materialized (select 1 x), b as not materialized (select 2 x) select * from a union all select * from b order by 1
with a as (select 1 x), a as (select 2 x) select * from a
with a as (select * from b), b as (select 1) select * from a
with a as (select 1) select * from b
with learnamp as (select 1 x) select * from learnamp
with users as (select 1 as x) select * from users
with users as (select 1 as x) select x, (select count(*) from learnamp.users) from users
with a as (select 1 x) select * from a join a b using (x) cross join a c
with a as (select 1 x) select a.x, (select a.x from a) from a
with a as (select 1 x) select (with a as (select 2 x) select x from a), x from a
with a as (with b as (select 1 x) select x + 1 as y from b) select * from a
with a as (with b as (select 1 x) select x + 1 as y from b) select * from b
with a as (select id from learnamp.teams where id > 2) select count(*) from a where id in (select id from a where id > 3)
with a as (select 1 x order by 1) table a
with a as (select 1 x) select * from (select * from a) s
with a as (select 1) select 2
with a as (select nope) select 2
with a as (select 1 / 0 as x) select 2
with a as (select null as x) select pg_typeof(x) from a
with a as (select 'x' as x) select pg_typeof(x) from a
with a as (select 1 x union select 2) select * from a order by 1
with a as (select id, row_number() over (order by name) n from learnamp.teams) select * from a where n <= 2 order by n
with t as (select user_id, count(*) n from learnamp.tasks group by 1), u as (select max(n) m from t) select t.* from t, u where t.n = u.m order by 1
with a as (insert into learnamp.teams (id) values (1) returning *) select * from a
with a as (delete from learnamp.teams returning id) select * from a
with a as (select 1 x) insert into learnamp.teams select * from a
with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select * from t
with recursive t(n) as (select 1 union all select n + 1 from t where n < 100) select sum(n), count(*) from t
with recursive t as (select 1 as n union select n % 3 + 1 from t) select * from t order by 1
with recursive t(n) as (select 1 union all select n + 1 from t) select * from t limit 4
with recursive t(n) as (select 1 union all select n + 1 from t) select n from t limit 3 offset 2
with recursive t as (select id, name, parent_team_id, 0 as depth from learnamp.teams where parent_team_id is null union all select c.id, c.name, c.parent_team_id, t.depth + 1 from learnamp.teams c join t on c.parent_team_id = t.id) select * from t order by depth, id
with recursive t as (select id, array[id] as path from learnamp.users where manager_id is null union all select u.id, t.path || u.id from learnamp.users u join t on u.manager_id = t.id) select * from t order by path limit 8
with recursive fib(a, b) as (values (0, 1) union all select b, a + b from fib where b < 100) select a from fib
with recursive t(s) as (select 'a'::text union all select s || 'b' from t where length(s) < 4) select * from t
with recursive t(s) as (select 'a' union all select s || 'b' from t where length(s) < 4) select * from t
with recursive t(n) as (select 1 union all select n + 1.5 from t where n < 5) select * from t
with recursive t(n) as (select 1::numeric union all select n + 1.5 from t where n < 5) select * from t
with recursive t(n) as (select 1) select * from t
with recursive t(n) as (select n from t) select * from t
with recursive t(n) as (select 1 union all select 2) select * from t order by 1
with recursive t(n) as (select n from t union all select 1) select * from t
with recursive t(n) as (select 1 intersect select n from t) select * from t
with recursive t(n) as (select 1 except select n from t) select * from t
with recursive t(n) as (select 1 union all select n from t union all select n from t) select * from t
with recursive t(n) as (select 1 union all (select n + 1 from t where n < 3)) select * from t
with recursive t(n) as (select 1 union all select n + 1 from t where n < 3 order by 1) select * from t
with recursive t(n) as (select 1 union all select n + 1 from t where n < 3 limit 2) select * from t
with recursive t(n) as (select 1 union all select max(n) + 1 from t) select * from t
with recursive t(n) as (select 1 union all select count(*)::int from t group by n) select * from t
with recursive t(n) as (select 1 union all select n + 1 from t where n in (select n from t)) select * from t
with recursive t(n) as (select 1 union all select a.n + 1 from t a, t b where a.n < 3) select * from t
with recursive t(n) as (select 1 union all select x.n from (values (1)) v(q) left join t x on true) select * from t
with recursive t(n) as (select 1 union all select x.n + 1 from t x left join (values (1)) v(q) on q = x.n where x.n < 3) select * from t
with recursive t(n) as (select 1 union all select n + 1 from (select n from t where n < 3) s) select * from t
with recursive t(n) as (select 1 union all select distinct n + 1 from t where n < 3) select * from t
with recursive t(n) as (select 1 union all select n + 1 from t where n < (select max(id) from learnamp.teams)) select * from t
with recursive t(n) as (select 1 union all select n + 1 from t where exists (select 1 from learnamp.teams x where x.id = t.n)) select * from t
with recursive t(n) as (select 1 union all select n + row_number() over () from t where n < 3) select * from t
with recursive t(n) as (select 1 union all select (n + row_number() over ())::int from t where n < 3) select * from t
with recursive t(n, m) as (select 1 union all select n + 1 from t) select * from t
with recursive t(n) as (select 1 union all select n + 1, 2 from t) select * from t
with recursive a(n) as (select 1 union all select n + 1 from a where n < 3), b(m) as (select n from a union all select m * 10 from b where m < 100) select * from b order by 1
with recursive a as (select * from b), b as (select 1 x) select * from a
with recursive a as (select * from b), b as (select * from a) select * from a
with recursive a(n) as (select 1 union all select n from b), b(n) as (select n from a) select * from a
with recursive t(n) as (with x as (select 1 q) select q from x union all select n + 1 from t where n < 3) select * from t
with recursive t(n) as (select 1 union all (with x as (select n + 1 as m from t) select m from x where m < 4)) select * from t
with recursive t(n) as (values (1), (2) union all select n + 10 from t where n < 20) select * from t order by 1
with recursive t(n) as (values (1), (2) union select n from t) select * from t order by 1
with recursive t(a, b) as (select 1, null::int union all select a + 1, a from t where a < 3) select * from t order by 1
with recursive t(a, b) as (select 1, null union all select a + 1, 'x' from t where a < 3) select * from t order by 1
with recursive t(a, b) as (select 1, 'x' union all select a + 1, null from t where a < 3) select *, pg_typeof(b) from t order by 1
select t.id, (with recursive r(n) as (select t.id union all select n - 1 from r where n > 1) select string_agg(n::text, ',' order by n) from r) from learnamp.teams t order by 1
select t.id, x.n from learnamp.teams t, lateral (with recursive r(n) as (select 1 union all select n + 1 from r where n < t.id) select count(*) n from r) x order by 1
with s(n) as (select 1) search depth first by n set o select * from s
with recursive s(n) as (select 1) cycle n set c using p select * from s
with a as (select 1 x for update) select * from a
with a as (select 1 x) select * from a for update of a
with recursive t(id, lvl) as (select id, 1 from learnamp.objectives where parent_objective_id is null union all select o.id, lvl + 1 from learnamp.objectives o join t on o.parent_objective_id = t.id) select lvl, count(*) from t group by 1 order by 1
