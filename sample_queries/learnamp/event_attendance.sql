-- Attendance of event sessions
--
-- Answers: for each session, how many people signed up, were approved, came, or stayed away?
-- Watch for: the host's own row is made automatically and is left out. Attendance "not yet
-- recorded" is normal before a session and is left out of the share. Times are UTC.

select
    s.name as event,
    s.starts_at,
    s.host_name as host,
    count(e.id) as signed_up,
    count(e.id) filter (where e.status = 'approved') as approved,
    count(e.id) filter (where e.status in ('rejected', 'unenrolled')) as rejected_or_left,
    count(e.id) filter (where e.attendance = 'attended') as came,
    count(e.id) filter (where e.attendance = 'did not attend') as stayed_away,
    round(
        100.0 * count(e.id) filter (where e.attendance = 'attended')
            / nullif(count(e.id) filter (where e.attendance in ('attended', 'did not attend')), 0),
        1
    ) as came_percent
from learnamp.event_sessions s
left join learnamp.enrollments e
    on e.event_session_id = s.id
    and e.host is not true
group by s.id, s.name, s.starts_at, s.host_name
order by s.starts_at desc nulls last, event, s.id;
