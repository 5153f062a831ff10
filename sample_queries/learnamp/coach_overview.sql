-- What coaches' people complete
--
-- Answers: for each coach, how many people does he or she have, and what did they complete lately?
-- Watch for: start from coaches, which lists everybody appointed, also without people. "Last 90
-- days" ends at the newest activity. single counts each person and content once. Deactivated people
-- are left out.

with as_of as (
    select max(happened_at) as moment
    from learnamp.activities
)
select
    co.full_name as coach,
    count(distinct u.id) as people,
    count(c.id) as completions_90_days,
    count(distinct c.user_id) as people_who_completed,
    max(c.happened_at) as latest
from learnamp.coaches co
cross join as_of a
left join learnamp.users u on u.coach_id = co.id and u.deactivated is not true
left join learnamp.completions c
    on c.user_id = u.id
    and c.single
    and c.happened_at > a.moment - interval '90 days'
group by co.id, co.full_name
order by completions_90_days desc, coach, co.id;
