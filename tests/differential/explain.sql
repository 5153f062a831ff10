-- EXPLAIN: the plan is ours, so only its refusals are compared here; its shape has a test of its own.
explain
explain select nope
explain select * from nope
explain (nope) select 1
explain (format nope) select 1
explain (format xmll) select 1
explain (analyze maybe) select 1
explain (costs 7) select 1
explain (timing) select 1
explain (wal) select 1
explain (analyze) select 1 / 0 from learnamp.teams
explain explain select 1
explain begin
explain show work_mem
explain values (1), ('x')
explain (generic_plan) select 1
explain verbose analyze select 1 +
explain (buffers on, wal) select 1
@explain select $1
explain (costs off, format text, format json) select 1 +
