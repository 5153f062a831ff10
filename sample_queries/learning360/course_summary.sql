-- Summary of each course
--
-- Answers: how many people took each course, completed it, how long did it take and what did they
-- score?
-- Watch for: a person may have several attempts; people are counted once, and the score and time
-- are those of the latest attempt. Deleted people are included, as in 360Learning's own statistics.
-- The score is empty when nothing is scored. time_spent is in minutes. Archived courses are left
-- out.

with latest as (
    select distinct on (ct.course, ct.user)
        ct.course,
        ct.user as learner,
        ct.score,
        ct.time_spent
    from learning360.courses_trackings ct
    order by ct.course, ct.user, ct.created_at desc nulls last, ct.id desc
),
ever as (
    select ct.course, ct.user as learner, bool_or(ct.completed_at is not null) as completed
    from learning360.courses_trackings ct
    group by ct.course, ct.user
)
select
    c.name as course,
    count(*) as learners,
    count(*) filter (where e.completed) as completed,
    round(100.0 * count(*) filter (where e.completed) / count(*), 1) as completed_percent,
    round(
        (percentile_cont(0.5) within group (order by l.time_spent::double precision))::numeric,
        1
    ) as median_minutes,
    round(avg(l.score::numeric), 1) as average_score
from learning360.courses c
join ever e on e.course = c.id
join latest l on l.course = e.course and l.learner = e.learner
where c.archived is not true
group by c.id, c.name
order by learners desc, course, c.id;
