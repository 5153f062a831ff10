-- Joins through a list: a value of one relation among the elements of a list of another.
select m.id, u.id from learning360.users u join learning360.users m on m.id = any (u.managers) order by 1, 2
select m.id, u.id from learning360.users u, learning360.users m where m.id = any (u.managers) and u.deleted is not true order by 1, 2
select u.*, m.email from learning360.users u join learning360.users m on m.id = any (u.managers) order by u.id, m.id
select u.id, m.id from learning360.users u left join learning360.users m on m.id = any (u.managers) order by 1, 2
select u.id, m.id from learning360.users u left join learning360.users m on m.id = any (u.managers) and m.deleted is not true and u.id < '5' order by 1, 2
select u.id, m.id from learning360.users u right join learning360.users m on m.id = any (u.managers) order by 2, 1
select u.id, m.id from learning360.users u full join learning360.users m on m.id = any (u.managers) order by 1, 2
select u.id from learning360.users u where exists (select from learning360.users m where u.id = any (m.managers)) order by 1
select u.id from learning360.users u where not exists (select from learning360.users m where u.id = any (m.managers)) order by 1
select u.id from learning360.users u where exists (select from learning360.users m where m.id = any (u.managers)) order by 1
select u.id from learning360.users u where not exists (select from learning360.users m where m.id = any (u.managers) and m.deleted is not true) order by 1
select u.id, exists (select from learning360.users m where m.id = any (u.managers) and m.last_name > u.last_name) from learning360.users u order by 1
select u.id, (select string_agg(m.email, ', ' order by m.email, m.id) from learning360.users m where m.id = any (u.managers)) from learning360.users u order by 1
select u.id, (select count(*) from learning360.users m where m.id = any (u.managers)) from learning360.users u order by 1
select m.id, (select count(*) from learning360.users u where m.id = any (u.managers)) from learning360.users m order by 1
select m.id, (select max(u.email) from learning360.users u where m.id = any (u.managers) and u.deleted is not true) from learning360.users m order by 1
select g.id, count(*), min(u.email) from learning360.groups g join learning360.users u on u.id = any (g.users) group by g.id order by 1
select g.id, u.id from learning360.groups g join learning360.users u on u.id = any (g.users) and u.id = any (g.admins) order by 1, 2
select g.id, u.id, a.id from learning360.groups g join learning360.users u on u.id = any (g.users) join learning360.users a on a.id = any (g.admins) order by 1, 2, 3
select g.id, u.id, m.id from learning360.groups g, learning360.users u, learning360.users m where u.id = any (g.users) and m.id = any (u.managers) order by 1, 2, 3
select g.id, u.id, m.id from learning360.groups g left join learning360.users u on u.id = any (g.users) left join learning360.users m on m.id = any (u.managers) order by 1, 2, 3
select u.id, x.id from learning360.users u cross join lateral (select m.id from learning360.users m where m.id = any (u.managers)) x order by 1, 2
select u.id, x.id from learning360.users u left join lateral (select m.id from learning360.users m where m.id = any (u.managers) order by m.id limit 1) x on true order by 1
select u.id, x.n from learning360.users u left join lateral (select m.deleted, count(*) n from learning360.users m where m.id = any (u.managers) group by m.deleted) x on true order by 1, 2
select count(*) from learning360.users u where u.id in (select m.id from learning360.users m where m.id = any (u.managers))
select (select m.email from learning360.users m where m.id = any (u.managers)) from learning360.users u where cardinality(u.managers) < 2 order by 1
with b as (select * from learning360.users where deleted is not true) select b.id, c.id from b join b c on c.id = any (b.managers) order by 1, 2
-- NULL elements, NULL lists, empty lists, elements that come twice.
select v.x, l.n, l.list from (values (1), (2), (null), (2)) v(x) join (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2]), (5, array[null]::int[])) l(n, list) on v.x = any (l.list) order by 1, 2
select v.x, l.n from (values (1), (2), (null), (7)) v(x) left join (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2])) l(n, list) on v.x = any (l.list) order by 1, 2
select v.x, l.n from (values (1), (2), (null), (7)) v(x) right join (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2]), (4, array[null, 2])) l(n, list) on v.x = any (l.list) order by 2, 1
select v.x, l.n from (values (1), (2), (null), (7)) v(x) full join (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2])) l(n, list) on v.x = any (l.list) order by 1, 2
select v.x, exists (select from (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2])) l(n, list) where v.x = any (l.list)) from (values (1), (2), (null), (7)) v(x) order by 1
select v.x from (values (1), (2), (null), (7)) v(x) where not exists (select from (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2])) l(n, list) where v.x = any (l.list)) order by 1
select l.n from (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2]), (5, array[9])) l(n, list) where not exists (select from (values (1), (2), (null), (7)) v(x) where v.x = any (l.list)) order by 1
select l.n, (select sum(v.x) from (values (1), (2), (null), (2)) v(x) where v.x = any (l.list)) from (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2]), (5, array[2, 2, 1, 1])) l(n, list) order by 1
select v.x, (select array_agg(l.n order by l.n) from (values (1, array[1, 1, 2]), (2, '{}'), (3, null), (4, array[null, 2])) l(n, list) where v.x = any (l.list)) from (values (1), (2), (null), (2)) v(x) order by 1
select v.x, (select l.n from (values (1, array[1, 1]), (2, array[2])) l(n, list) where v.x = any (l.list)) from (values (1), (2), (3)) v(x) order by 1
select v.x, (select l.n from (values (1, array[1, 2]), (2, array[2])) l(n, list) where v.x = any (l.list)) from (values (1), (2), (3)) v(x) order by 1
select v.x, v.x = any (l.list) from (values (1), (2), (null)) v(x), (values (array[1, null]), ('{}'), (null)) l(list) order by 1, 2
select v.x, l.list from (values (1), (2), (null)) v(x) join (values (array[1, null]), ('{}'), (array[2, 3])) l(list) on v.x <> all (l.list) order by 1, 2
select v.x, l.list from (values (1), (2), (null)) v(x) join (values (array[1, null]), ('{}'), (array[2, 3])) l(list) on not v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (1), (2), (null)) v(x) join (values (array[1, null]), ('{}'), (array[2, 3])) l(list) on v.x = any (l.list) or v.x = 2 order by 1, 2
select v.x, l.list from (values (1), (5)) v(x) join (values (array[[1, 2], [5, 1]]), ('[3:4]={5,6}'::int[])) l(list) on v.x = any (l.list) order by 1, 2
-- Equality that is not that of the stored bytes, and values of another type than the elements.
select v.x, l.list from (values (1.0), (2.50), (3)) v(x) join (values (array[1.000, 1.0, 2.5]), (array['NaN', 3.0])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (0.0::float8), ('-0'), ('NaN')) v(x) join (values (array[0::float8]), (array['NaN', '-0']::float8[])) l(list) on v.x = any (l.list) order by 1::text, 2
select v.x, l.list from (values (1), (2)) v(x) join (values (array[1, 5000000000]), (array[2::int8])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (1::int8), (5000000000)) v(x) join (values (array[1, 2]::int2[])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (1.0), (1.5)) v(x) join (values (array[1, 2])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (1), (2)) v(x) join (values (array[1.0, 2.5])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (1), (2)) v(x) join (values (array[1.0, 2.5]::float4[])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values ('a '::char(3)), ('b')) v(x) join (values (array['a', 'b  ']::char(2)[])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values ('a'), ('A')) v(x) join (values (array['a', 'b ']::varchar[])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (date '2026-01-01'), ('2026-01-02')) v(x) join (values (array['2026-01-01', '2026-01-02 01:00']::timestamp[])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values (interval '1 day'), ('1 month')) v(x) join (values (array['24:00', '30 days']::interval[])) l(list) on v.x = any (l.list) order by 1, 2
select v.x, l.list from (values ('{"a": 1}'::jsonb), ('1.0')) v(x) join (values (array['{"a": 1.0}', '1', null]::jsonb[])) l(list) on v.x = any (l.list) order by 1, 2
select t.id, y.n from learnamp.teams t join (select x.id % 2 n, array_agg(x) l from learnamp.teams x group by 1) y on t = any (y.l) order by 1, 2
select v.x, l.list from (values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid)) v(x) join (values (array['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11']::uuid[])) l(list) on v.x = any (l.list)
select v.x, l.list from (values (true), (false), (null)) v(x) join (values (array[true, null])) l(list) on v.x = any (l.list)
-- Computed values and lists, and what can fail.
select u.id, t.x from learning360.users u join (values (1, 'a,b'), (2, null), (3, '')) t(x, y) on left(u.email, 1) = any (string_to_array(t.y, ',')) order by 1, 2
select v.x, l.y from (values (1), (2)) v(x) join (values (1, '1,2'), (2, 'x')) l(n, y) on l.n = 1 and v.x = any (string_to_array(l.y, ',')::int[]) order by 1
select v.x, l.y from (values (1), (2)) v(x) left join (values (1, '1,2'), (2, 'x')) l(n, y) on l.n = 1 and v.x = any (string_to_array(l.y, ',')::int[]) order by 1
select l.n, (select sum(6 / (v.x - 3)) from (values (1), (2), (3)) v(x) where v.x = any (l.list)) from (values (1, array[1, 2]), (2, array[2, 9])) l(n, list) order by 1
select l.n, (select sum(6 / (v.x - 3)) from (values (1), (2), (3)) v(x) where v.x = any (l.list)) from (values (1, array[1, 2]), (2, array[2, 3])) l(n, list) order by 1
select l.n, (select sum(v.x) from (values (1), (2), (3)) v(x) where v.x = any (l.list) and 6 / (v.x - 3) < 0) from (values (1, array[1, 2]), (2, array[2, 9])) l(n, list) order by 1
select l.n, (select string_agg(s.x::text, ',') from (select v.x from (values (3), (1), (2)) v(x) where v.x = any (l.list) order by v.x) s) from (values (1, array[2, 3, 1]), (2, array[3, 2])) l(n, list) order by 1
select l.n, (select sum(v.x) from (values (1, 7), (2, 7), (2, 8)) v(x, y) where v.x = any (l.list) and v.y = any (l.more)) from (values (1, array[1, 2], array[7]), (2, array[2, 2], array[8, 7]), (3, array[1], null)) l(n, list, more) order by 1
select l.n, (select sum(v.x) from (values (1, 7), (2, 7), (2, 8)) v(x, y) where v.x = any (l.list) and v.y = l.n) from (values (7, array[1, 2]), (8, array[2, 2]), (7, array[1])) l(n, list) order by 1, 2
select v.x, l.n from (values (1, 7), (2, 7), (2, 8)) v(x, y) left join (values (7, array[1, 2]), (8, array[2, 2]), (7, array[1])) l(n, list) on v.x = any (l.list) and v.y = l.n order by 1, 2
select v.x, l.n from (values (1, 7), (2, 7), (2, 8)) v(x, y) right join (values (7, array[1, 2]), (8, array[2, 2]), (7, array[1])) l(n, list) on v.x = any (l.list) and v.y is not distinct from l.n order by 1, 2
select a.x, b.x from (values (1, array[1, 2]), (2, array[3])) a(x, list) join (values (1, array[1, 2]), (2, array[3])) b(x, list) on a.x = any (b.list) and b.x = any (a.list) order by 1, 2
select a.x, b.x from (values (1, array[1, 2]), (2, array[3])) a(x, list) join (values (1, array[1, 2]), (2, array[3])) b(x, list) on a.x = any (a.list || b.list) order by 1, 2
select a.x, b.x from (values (1, array[1, 2]), (2, array[3])) a(x, list) join (values (1), (2), (3)) b(x) on a.x + b.x = any (a.list) order by 1, 2
select count(*) from (select 1 x limit 1) a left join (select generate_series(1, 3) y) b on b.y = any (array[a.x, a.x + 1])
select a.x, b.y from (select x, array[x, x + 1] list from generate_series(1, 4) x order by x desc limit 2) a left join generate_series(1, 4) b(y) on b.y = any (a.list) order by 1, 2
select a.x, b.y, c.z from generate_series(1, 3) a(x) left join (select y, array[y, 1] list from generate_series(1, 3) y) b on a.x = any (b.list) left join generate_series(2, 3) c(z) on c.z = any (b.list) order by 1, 2, 3
select x, (select count(*) from generate_series(1, 9) y where y = any (array[x, x + 1, x])) from generate_series(7, 10) x order by 1
select c.conname, string_agg(a.attname, ',' order by a.attnum) from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey) where c.connamespace = 'learnamp'::regnamespace group by c.oid, c.conname order by 1 limit 5
select c.relname, (select array_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'learnamp'::regnamespace order by 1 limit 5
