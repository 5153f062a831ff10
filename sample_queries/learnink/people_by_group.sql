-- Members and activity by group
--
-- Answers: how many people are in each group, how many are active, and what do they complete?
-- Watch for: a person in two groups counts in both, so the groups add up to more than all people.
-- The membership list may hold a group's key or its name written with dashes; both are matched.
-- Archived people are left out. "Last 30 days" ends at the newest server stamp in the data.

with as_of as (
    select max(updated_at) as moment
    from learnink.users
),
membership as (
    select distinct
        g.id as group_id,
        u.id as user_id,
        u.last_active
    from learnink.users u
    cross join lateral jsonb_array_elements_text(
        case when jsonb_typeof(u.user_groups) = 'array' then u.user_groups else '[]'::jsonb end
    ) as member_of (group_key)
    join learnink.user_groups g
        on g.id::text = member_of.group_key
        or replace(lower(g.name), ' ', '-') = member_of.group_key
    where u.registration_status is distinct from 'archived'
),
completions as (
    select user_id, count(*) as courses
    from learnink.user_course_performance
    where completed_at is not null
    group by user_id
)
select
    g.name as group_name,
    count(m.user_id) as members,
    count(m.user_id) filter (where m.last_active > a.moment - interval '30 days') as active_30_days,
    coalesce(sum(c.courses), 0) as courses_completed
from learnink.user_groups g
cross join as_of a
left join membership m on m.group_id = g.id
left join completions c on c.user_id = m.user_id
group by g.id, g.name
order by members desc, group_name, g.id;
