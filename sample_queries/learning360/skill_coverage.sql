-- Skills covered by courses
--
-- Answers: for each skill, how many courses teach it and how many people completed one of them?
-- Watch for: a course has a list of skills, so one completion may count for several skills. People
-- are counted once per skill. Archived courses and deleted people are left out.

select
    s.name as skill,
    count(distinct c.id) as courses,
    count(distinct ct.user) filter (where ct.completed_at is not null) as people_who_completed_one,
    round(avg(ct.score::numeric) filter (where ct.completed_at is not null), 1) as average_score
from learning360.skills s
left join learning360.courses c
    on s.id = any (c.skills)
    and c.archived is not true
left join (
    learning360.courses_trackings ct
    join learning360.users u on u.id = ct.user and u.deleted is not true
) on ct.course = c.id
group by s.id, s.name
order by people_who_completed_one desc, skill, s.id;
