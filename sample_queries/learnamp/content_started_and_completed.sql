-- Content started and completed
--
-- Answers: how many people started and completed each piece of content?
-- Watch for: people are counted once per content through single. Content that was completed without
-- a start (an event attended, a link clicked) shows more completions than starts. Deactivated
-- people are left out. The join to content needs type and number together. The first 100 rows are
-- shown.

with active as (
    select id
    from learnamp.users
    where deactivated is not true
),
started as (
    select type, content_id, count(distinct user_id) as people
    from learnamp.starts
    where single and user_id in (select id from active)
    group by type, content_id
),
completed as (
    select type, content_id, count(distinct user_id) as people
    from learnamp.completions
    where single and user_id in (select id from active)
    group by type, content_id
)
select
    c.type,
    c.content_type,
    c.name as content,
    coalesce(s.people, 0) as people_started,
    coalesce(d.people, 0) as people_completed
from started s
full join completed d on d.type = s.type and d.content_id = s.content_id
join learnamp.content c
    on c.type_with_id
        = lower(coalesce(s.type, d.type)) || '-' || coalesce(s.content_id, d.content_id)
order by people_completed desc, people_started desc, content, c.type_with_id
limit 100;
