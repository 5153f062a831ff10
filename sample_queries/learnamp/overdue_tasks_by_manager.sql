-- Overdue tasks by manager
--
-- Answers: whose people are behind, with what, and for how long?
-- Watch for: the manager is the effective one (set individually, else that of the primary team).
-- Overdue is as of the day the data was taken, read here as the day of the newest activity. Expired
-- and archived tasks and deactivated people are left out. People without a manager are shown
-- together.

with as_of as (
    select max(happened_at)::date as today
    from learnamp.activities
)
select
    coalesce(m.full_name, '(no manager)') as manager,
    count(distinct t.user_id) as people_behind,
    count(*) as overdue_tasks,
    count(*) filter (where t.mandatory) as mandatory,
    max(a.today - t.deadline) as longest_days,
    string_agg(distinct u.full_name, ', ' order by u.full_name) as people
from learnamp.tasks t
cross join as_of a
join learnamp.users u on u.id = t.user_id and u.deactivated is not true
left join learnamp.managers m on m.id = u.manager_id
where t.overdue
  and t.expired is not true
  and t.archived is not true
group by m.id, m.full_name
order by overdue_tasks desc, manager, m.id;
