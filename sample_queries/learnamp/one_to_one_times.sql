-- Time to finalise one-to-ones
--
-- Answers: in each review cycle, how many one-to-ones are finalised, how many in time, and how long
-- did it take?
-- Watch for: days are counted from created_at to finalized_at, because the unit of time_to_finalize
-- is not documented. Customers may hide one-to-ones from administrators; then the answers are
-- empty, not this table.

select
    coalesce(o.cycle_name, '(no cycle)') as cycle,
    count(*) as one_to_ones,
    count(o.finalized_at) as finalised,
    count(*) filter (where o.finalized_at::date <= o.deadline) as in_time,
    count(*) filter (where o.finalized_at::date > o.deadline) as late,
    round(avg(extract(epoch from o.finalized_at - o.created_at) / 86400), 1) as average_days,
    round(max(extract(epoch from o.finalized_at - o.created_at) / 86400), 1) as longest_days
from learnamp.one_to_ones o
group by coalesce(o.cycle_name, '(no cycle)')
order by cycle;
