-- Progress of groups
--
-- Answers: in each group, what share of people has begun a course, how far are they, and what do
-- they score?
-- Watch for: members are the learners listed in groups.users; a person in two groups counts in
-- both. Per person and course the latest attempt counts. Deleted people are left out. Groups nest:
-- a group's figures do not include the groups below it.

with members as (
    select g.id as group_id, m.user_id
    from learning360.groups g
    cross join lateral unnest(g.users) as m (user_id)
    join learning360.users u on u.id = m.user_id and u.deleted is not true
),
latest as (
    select distinct on (ct.user, ct.course)
        ct.user as learner,
        ct.progress,
        ct.score
    from learning360.courses_trackings ct
    order by ct.user, ct.course, ct.created_at desc nulls last, ct.id desc
)
select
    g.name as group_name,
    parent.name as group_above,
    count(distinct m.user_id) as people,
    count(distinct l.learner) as people_who_began,
    round(
        100.0 * count(distinct l.learner) / nullif(count(distinct m.user_id), 0),
        1
    ) as began_percent,
    round(avg(l.progress), 1) as average_progress,
    round(avg(l.score::numeric), 1) as average_score
from learning360.groups g
left join learning360.groups parent on parent.id = g.parent_id
left join members m on m.group_id = g.id
left join latest l on l.learner = m.user_id
group by g.id, g.name, parent.name
order by people desc, group_name, g.id;
