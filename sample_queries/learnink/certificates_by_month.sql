-- Certificates per month
--
-- Answers: how many certificates were given in each month, and to how many people?
-- Watch for: the month is that of the completion, in Nairobi. The latest months still grow when
-- phones come back online. Certificates of people archived since are kept: they were given.

select
    to_char(date_trunc('month', p.completed_at at time zone 'Africa/Nairobi'), 'YYYY-MM') as month,
    count(*) as certificates,
    count(distinct p.user_id) as people,
    count(distinct p.course_id) as courses,
    sum(count(*)) over (
        order by date_trunc('month', p.completed_at at time zone 'Africa/Nairobi')
    ) as certificates_so_far
from learnink.user_course_performance p
where p.certificate_id is not null
  and p.completed_at is not null
group by date_trunc('month', p.completed_at at time zone 'Africa/Nairobi')
order by month;
