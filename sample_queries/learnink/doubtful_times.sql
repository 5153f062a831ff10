-- Doubtful times
--
-- Answers: which results carry times that cannot be right?
-- Watch for: phones with a wrong clock stamp starts after completions, dates in the future and work
-- from before the account existed. "Future" is after the server's own stamp of the row. The first
-- 200 rows are shown.

select
    u.custom_id,
    c.name as course,
    p.started_at,
    p.completed_at,
    p.updated_at,
    concat_ws(
        ', ',
        case when p.completed_at < p.started_at then 'completed before it was started' end,
        case when p.started_at > p.updated_at then 'started in the future' end,
        case when p.completed_at > p.updated_at then 'completed in the future' end,
        case when p.started_at < u.created_at then 'started before the account existed' end
    ) as doubts
from learnink.user_course_performance p
join learnink.users u on u.id = p.user_id
join learnink.courses c on c.id = p.course_id
where p.completed_at < p.started_at
   or p.started_at > p.updated_at
   or p.completed_at > p.updated_at
   or p.started_at < u.created_at
order by p.updated_at desc, p.id
limit 200;
