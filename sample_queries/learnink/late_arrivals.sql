-- Work that arrived late
--
-- Answers: how many completions of each month reached the server more than a day after they
-- happened?
-- Watch for: the server's stamp is that of the row's last change, so a row changed again later
-- looks later than it was; read the figures as an upper bound. A completion stamped after the
-- server received it comes from a wrong device clock and is counted apart.

select
    to_char(date_trunc('month', completed_at at time zone 'Africa/Nairobi'), 'YYYY-MM') as month,
    count(*) as completions,
    count(*) filter (where updated_at - completed_at > interval '1 day') as over_a_day_late,
    count(*) filter (where updated_at - completed_at > interval '7 days') as over_a_week_late,
    count(*) filter (where completed_at > updated_at) as from_a_fast_clock,
    max(updated_at - completed_at) as latest
from learnink.user_course_performance
where completed_at is not null
group by date_trunc('month', completed_at at time zone 'Africa/Nairobi')
order by month;
