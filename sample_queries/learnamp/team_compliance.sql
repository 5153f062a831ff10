-- Mandatory tasks by team, with the teams below
--
-- Answers: in each team and everything under it, how many mandatory tasks are done, overdue or were
-- done late?
-- Watch for: overdue is the flag as of the day the data was taken; it becomes false once a task is
-- completed, so lateness is worked out from completed_at and deadline. Only primary teams count, so
-- that nobody counts twice within a team. Expired and archived tasks and deactivated people are
-- left out.

with recursive tree as (
    select id as top_id, id as team_id, 0 as depth
    from learnamp.teams
    union all
    select t.top_id, child.id, t.depth + 1
    from tree t
    join learnamp.teams child on child.parent_team_id = t.team_id
    where t.depth < 20
),
people as (
    select distinct t.top_id, u.id as user_id
    from tree t
    join learnamp.team_users tu on tu.team_id = t.team_id and tu.primary_flag
    join learnamp.users u on u.id = tu.user_id and u.deactivated is not true
)
select
    team.name as team,
    team.manager_name as manager,
    count(distinct p.user_id) as people,
    count(k.id) as mandatory_tasks,
    count(k.id) filter (where k.completed) as done,
    count(k.id) filter (where k.overdue) as overdue,
    count(k.id) filter (where k.completed_at::date > k.deadline) as done_late,
    round(100.0 * count(k.id) filter (where k.completed) / nullif(count(k.id), 0), 1) as done_percent
from learnamp.teams team
left join people p on p.top_id = team.id
left join learnamp.tasks k
    on k.user_id = p.user_id
    and k.mandatory
    and k.expired is not true
    and k.archived is not true
group by team.id, team.name, team.manager_name
order by overdue desc, team, team.id;
