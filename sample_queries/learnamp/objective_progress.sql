-- Progress of objectives by level
--
-- Answers: how far are objectives of people, teams and the company, and what do their key results
-- say?
-- Watch for: archived objectives are left out; those of deactivated people are kept, as the source
-- keeps them. key_results has no status for "done": a result with progress 100 is counted as done.
-- "Past its end" is measured on the day of the newest activity.

with as_of as (
    select max(happened_at)::date as today
    from learnamp.activities
),
results as (
    select
        objective_id,
        count(*) as key_results,
        count(*) filter (where progress >= 100) as done,
        count(*) filter (where status in ('behind', 'at_risk') and progress < 100) as in_trouble
    from learnamp.key_results
    group by objective_id
)
select
    grouping(o.level) = 1 as all_levels,
    o.level,
    count(*) as objectives,
    count(*) filter (where o.completion_status = 'Completed') as completed,
    count(*) filter (where o.completion_status <> 'Completed' and o.end_date < a.today) as past_its_end,
    round(avg(o.current_progress), 1) as average_progress,
    coalesce(sum(r.key_results), 0) as key_results,
    coalesce(sum(r.done), 0) as key_results_done,
    coalesce(sum(r.in_trouble), 0) as key_results_in_trouble
from learnamp.objectives o
cross join as_of a
left join results r on r.objective_id = o.id
where o.archived is not true
group by rollup (o.level)
order by all_levels, o.level;
