-- Courses started and completed per week
--
-- Answers: how many courses did people start and complete in each week of the last half year?
-- Watch for: weeks begin on Monday in Nairobi. Work done offline arrives days later, so the figures
-- of the latest weeks still grow; rerun the report instead of adding to an old one. Dates after the
-- newest server stamp come from wrong device clocks and are left out. Archived people are left out.

with as_of as (
    select date_trunc('week', max(updated_at) at time zone 'Africa/Nairobi') as this_week
    from learnink.user_course_performance
),
weeks as (
    select generate_series(a.this_week - interval '25 weeks', a.this_week, interval '1 week') as week
    from as_of a
),
work as (
    select
        date_trunc('week', p.started_at at time zone 'Africa/Nairobi') as started_week,
        date_trunc('week', p.completed_at at time zone 'Africa/Nairobi') as completed_week
    from learnink.user_course_performance p
    join learnink.users u on u.id = p.user_id
    where u.registration_status is distinct from 'archived'
),
started as (
    select started_week as week, count(*) as courses from work group by started_week
),
completed as (
    select completed_week as week, count(*) as courses from work group by completed_week
)
select
    w.week::date as week,
    coalesce(s.courses, 0) as started,
    coalesce(c.courses, 0) as completed
from weeks w
left join started s on s.week = w.week
left join completed c on c.week = w.week
order by w.week;
