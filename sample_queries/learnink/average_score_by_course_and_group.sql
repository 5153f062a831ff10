-- Average score by course and group
--
-- Answers: how well do the members of each group do in each course?
-- Watch for: only completed courses count, because an unfinished one has a score over some modules
-- only. A person in two groups counts in both. Archived people are left out. Small groups make
-- unsteady averages: look at the number of people beside them.

with membership as (
    select distinct g.name as group_name, u.id as user_id
    from learnink.users u
    cross join lateral jsonb_array_elements_text(
        case when jsonb_typeof(u.user_groups) = 'array' then u.user_groups else '[]'::jsonb end
    ) as member_of (group_key)
    join learnink.user_groups g
        on g.id::text = member_of.group_key
        or replace(lower(g.name), ' ', '-') = member_of.group_key
    where u.registration_status is distinct from 'archived'
)
select
    c.name as course,
    m.group_name,
    count(*) as people,
    round(avg(p.average_score), 1) as average_score,
    min(p.average_score) as lowest,
    max(p.average_score) as highest
from learnink.user_course_performance p
join learnink.courses c on c.id = p.course_id
join membership m on m.user_id = p.user_id
where p.completed_at is not null
group by c.id, c.name, m.group_name
order by course, average_score desc, group_name, c.id;
