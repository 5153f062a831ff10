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

-- SEARCH and CYCLE
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search breadth first by n set o select * from s order by o
with recursive s(n) as (select 1 union all select n % 3 + 1 from s) cycle n set c using p select * from s
with recursive s(n) as (select 1 union all select n % 3 + 1 from s) cycle n set c to 'Y' default 'N' using p select * from s
with recursive s(n) as (select 1 union all select n % 3 + 1 from s) search depth first by n set o cycle n set c using p select * from s
with recursive s(n) as (select 1 union all select n % 3 + 1 from s) search breadth first by n set o cycle n set c to 1 default 0 using p select * from s
with recursive s(n) as (select 1 union select n % 3 + 1 from s) cycle n set c using p select * from s
with recursive s(n, m) as (select 1, 'a' union all select n + 1, m || 'b' from s where n < 4) search depth first by m, n set o select o, n from s
with recursive s(n) as (select 1 union all select s.* from s where n < 0) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all select * from s where n < 0) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select * from (select * from s) x
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select * from s union all select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select n, o from (select n, o from s) x
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by x set o select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n, n set o select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set n select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle x set c using p select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle n, n set c using p select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle n set n using p select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle n set c using n select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle n set c using c select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o cycle n set o using p select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o cycle n set c using o select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle n set c to 'a' default 1 using p select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) cycle n set c to true default 1 using p select * from s
with recursive s(n) as (select 1) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all (select n + 1 from s union all select 3)) search depth first by n set o select * from s
with recursive s(n) as ((select 1 union all select 2) union all select n + 1 from s where n < 3) search depth first by n set o select * from s
with recursive s(n) as (values (1) union all select n + 1 from s where n < 3) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all select x.n + 1 from (select * from s) x where x.n < 4) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all select x.n + 1 from s x join learnamp.teams t on t.id = x.n where n < 4) search depth first by n set o select * from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select count(*) from s group by o order by o
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4 and array_length(o, 1) < 3) search depth first by n set o select * from s
with recursive s(n) as (select '{}'::json union all select n from s) search depth first by n set o select n::text from s limit 1
with recursive s(n) as (select '{}'::json union all select n from s) cycle n set c using p select n::text from s limit 1
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select pg_typeof(o), o[1], o from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search breadth first by n set o select pg_typeof(o), o from s
with recursive s(n) as (select 1 union all select n + 1 from s where n < 4) search depth first by n set o select * from s a join s b using (n)
with recursive s(a, b) as (select 1, 2 union all select a + 1, b from s where a < 3) search depth first by b, a set o, t as (select * from s) select * from t
with recursive g(f, t) as (values (1,2),(2,3),(3,1),(1,4)), s(f, t) as (select f, t from g union all select g.f, g.t from g, s where g.f = s.t) cycle f, t set c using p select * from s order by p
with recursive g(f, t) as (values (1,2),(2,3),(3,1),(1,4)), s(f, t) as (select f, t from g union all select g.f, g.t from g join s on g.f = s.t) search breadth first by f, t set o cycle f, t set c to 'y'::text default 'n' using p select f, t, c from s order by o

-- equal values of other looks, and rounds read further in
with recursive t(n) as (select 1.0 union select n * 1.00 from t where n < 2) select n from t limit 3
with recursive t(n) as (select 1.0 union select n + 0.50 from t where n < 2) select n from t
with recursive t(n) as (select '-0'::float8 union select 0::float8 from t) select n from t
with recursive t(n) as (select 'nan'::float8 union select 'NaN'::float8 from t) select n from t
with recursive t(n) as (select 'a '::char(3) union select 'a'::char(3) from t) select n, length(n) from t
with recursive t(n) as (select interval '1 mon' union select interval '30 days' from t) select n from t
with recursive t(n) as (select '{"a":1.0}'::jsonb union select '{"a":1.00}'::jsonb from t) select n from t
with recursive t(n) as (select array[1.0] union select array[1.00] from t) select n from t
with recursive t(n) as (select row(1.0) union select row(1.00) from t) select n from t
with recursive t(n, m) as (select 1, null::text union select n, m from t) select * from t
with recursive t(n) as (select 1 union all select n+1 from t where n < 10000) select count(*), sum(n) from t
with recursive t(n) as (select 1 union all select n+1 from t) select n from t limit 5
with recursive t(n) as (select 1 union select (n % 5) + 1 from t) select a.n, b.n from t a join t b on a.n = b.n order by 1
select (with recursive t(n) as (select u.x union all select n+1 from t where n < u.x + 3) select sum(n) from t) from (values (1),(2)) u(x)
with recursive t(n) as (select 1 union all (with recursive s(m) as (select n from t union all select m+1 from s where m < 3) select m + 10 from s where m < 10)) select * from t
with recursive t(n) as (select 1 union all select x.n + 1 from t, lateral (select t.n where t.n < 4) x) select * from t
with recursive t(n) as (select x from (values (1),(1),(2)) v(x) union select n + 1 from t where n < 4) select * from t
with recursive t(n) as (select 1 union select n+1 from t where n < 3) select exists (select from t where n = u.x) from (values (1),(9)) u(x)
with recursive t(id, lvl) as (select id, 0 from learnamp.teams union all select t.id, lvl+1 from t where lvl < 3) select lvl, count(*) from t group by lvl order by 1
with recursive t(n) as (select '{}'::json union select n from t) select * from t

-- rounds read twice
with recursive t(n) as (select 1 union all (with s as (select n from t where n < 4) select a.n + b.n from s a join s b on a.n = b.n)) select * from t
