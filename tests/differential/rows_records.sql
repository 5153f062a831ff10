-- Row constructors, records and their comparison: manual 4.2.13 and 9.24.5.
select row(1, 'a', null), row(), row(1), (1, 2)
select row(1, 2) = row(1, 2), row(1, 2) <> row(1, 3), row(1, 2) < row(1, 3), row(2, 1) > row(1, 9), row(1, 2) <= row(1, 2)
select (1, null) = (1, null), (1, null) = (2, null), (1, null) <> (2, null), (1, null) < (2, null), (1, null) < (1, 2)
select (1, 2) is null, (null, null) is null, (1, null) is null, (1, null) is not null, (1, 2) is not null, row(null) is not null
select row(1, 2) is distinct from row(1, null), row(null) is not distinct from row(null), row(1, 2) is distinct from null
select (1, 'a') = (1, 'a'), (1, 1.0) = (1.0, 1), ('a', date '2026-01-01') = ('a', '2026-01-01')
select (1, 2, 3) in ((1, 2, 3), (4, 5, 6)), (1, 2) not in ((1, 2)), (1, null) in ((1, 2))
select (1, 2) between (1, 1) and (1, 3)
select row(1, 2)::text, row('a b', null, '', '"q"', 'c,d', '(x)', true, 1.50)::text
select to_json(row(1, 'a')), row_to_json(row(1, 'a')), to_jsonb(row(1, null))
select row_to_json(t) from (select 1 as a, 'x' as b) t
select row_to_json(t), row_to_json(t, true) from learnamp.locations t order by id limit 1
select t = t, t <> t, t < t, t is null, t is not null from learnamp.locations t order by t.id limit 1
select a.id, b.id from learnamp.locations a join learnamp.locations b on a = b order by 1
select a.id, b.id from learnamp.locations a join learnamp.locations b on a < b order by 1, 2 limit 3
select a = row(a.id, a.name) from learnamp.locations a order by a.id
select row(a.*) = row(b.*) from learnamp.locations a, learnamp.locations b where a.id = b.id order by a.id
select row(a.*) = (a.id, a.name), (a.*) = (a.*) from learnamp.locations a order by a.id limit 1
select (a.*) is null from learnamp.locations a order by id limit 1
select t from (select 1 a, null::int b) t
select t.t from (select row(1, 2) as t) t
select (t.t).f1 from (select row(1, 2) as t) t
select r from (values (row(1, 'b')), (row(1, 'a'))) v(r)
select r from (values (row(1, 'b'::text)), (row(1, 'a'::text))) v(r) order by r
select array[row(1, 2), row(3, 4)], array_agg(row(x, 1)) from (values (1)) v(x)
select array[(1, 'a')], (array[(1, 'a'::text)])[1]
select (1, 2)::text = '(1,2)', row(1, 2)::varchar
select (case when true then row(1, 2) end)
select (case when t.id > 0 then t end).name from learnamp.locations t order by t.id limit 1
select x.t.id from (select t from learnamp.locations t) x
select (x.t).* from (select t from learnamp.locations t) x order by 1 limit 1
select s.* from (select row(1, 2)) s
select record_eq(row(1, 2), row(1, 2)), row(1, 2) *= row(1, 2), row(1, 2) *< row(1, 3)
select row(1, 2) = row(1, '2'), row(1, 2) = row('1', '2')
select row(1, '{"a":1}'::json) = row(1, '{"a":1}'::json)
select (1, 2) || 'a'
select (1, 2) + 1
select row(1, 2) like 'a'
select sum((1, 2))
select upper((1, 2))
select (id % 2, 1) r, count(*) from learnamp.locations group by (id % 2, 1) order by 1
select (id % 2, 1) r, count(*) from learnamp.locations group by r order by r
select (id % 2, 1) r from learnamp.locations order by r, id
select jsonb_agg(t order by t.id) from (select id from learnamp.locations) t
select json_agg(row(id, name) order by id) from learnamp.locations
select string_agg(t::text, ';' order by t.id) from learnamp.locations t
select md5(t::text) from learnamp.locations t order by t.id limit 1
select row(1, 2) in (select 1, 2), (1, 'a') in (select id, name from learnamp.locations), row(1) in (select 1)
select (t.id, t.name) in (select id, name from learnamp.locations) from learnamp.locations t order by id
-- Records of the same values under other names are other records.
select case when (r1.*)::text is not null then row(r1.id, r1.name) end, r1.id from learnamp.locations r1 order by id
select r1.*::text, row(r1.id, r1.name) from learnamp.locations r1 order by id
select to_json(r1), to_json(row(r1.id, r1.name)) from learnamp.locations r1 order by id
select to_json(r1), to_json(x) from learnamp.locations r1, lateral (select r1.id as a, r1.name as b) x order by id
