-- Summary of each session of a path
--
-- Answers: how many people were enrolled in each session, came by themselves, began, completed, and
-- got a certificate?
-- Watch for: these are the measures of 360Learning's own session statistics, which count deleted
-- people too. A person with several attempts in one session is counted once. The score is the mean
-- of the attempts that have one.

select
    p.name as path,
    s.name as session,
    s.start_date::date as opens,
    s.end_date::date as closes,
    count(distinct pt.user) filter (where pt.enrolled) as enrolled,
    count(distinct pt.user) filter (where pt.is_self_enrolled) as self_enrolled,
    count(distinct pt.user) filter (where pt.progress > 0) as began,
    count(distinct pt.user) filter (where pt.completed_at is not null) as completed,
    round(
        100.0 * count(distinct pt.user) filter (where pt.completed_at is not null)
            / nullif(count(distinct pt.user), 0),
        1
    ) as completed_percent,
    round(avg(pt.score), 1) as average_score,
    count(distinct pt.user) filter (where pt.has_certificate) as certificates
from learning360.paths_sessions s
join learning360.paths p on p.id = s.path
left join learning360.paths_trackings pt on pt.path_session = s.id
group by s.id, s.name, s.start_date, s.end_date, p.id, p.name
order by path, s.start_date nulls last, session, s.id;
