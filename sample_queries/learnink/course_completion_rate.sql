-- Completion rate of each course
--
-- Answers: of the people who started a course, how many completed it? And what share of all
-- registered people does that reach?
-- Watch for: archived people are left out of both sides. Who may open a course is not in the data,
-- so the reach is measured against everybody registered.

with people as (
    select id
    from learnink.users
    where registration_status = 'registered'
),
total as (
    select count(*) as registered from people
)
select
    c.name as course,
    count(p.id) as started,
    count(p.completed_at) as completed,
    round(100.0 * count(p.completed_at) / nullif(count(p.id), 0), 1) as completion_percent,
    round(
        100.0 * count(distinct p.user_id) filter (where p.completed_at is not null)
            / nullif(max(t.registered), 0),
        1
    ) as reach_percent
from learnink.courses c
cross join total t
left join learnink.user_course_performance p
    on p.course_id = c.id
    and p.user_id in (select id from people)
group by c.id, c.name
order by completion_percent desc nulls last, started desc, course, c.id;
