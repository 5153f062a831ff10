-- Progress on learning paths
--
-- Answers: for each learning path, how many people were assigned, completed it, are overdue, or
-- completed it late?
-- Watch for: overdue and late are worked out from the dates, because the values of status are not
-- documented. The due date of the person counts, else that of the path. "Today" is the day of the
-- newest server stamp, in Nairobi. Archived people are left out.

with as_of as (
    select (max(updated_at) at time zone 'Africa/Nairobi')::date as today
    from learnink.user_learningpaths
),
state as (
    select
        up.learning_path_id,
        (up.completed_at at time zone 'Africa/Nairobi')::date as completed_on,
        coalesce(up.due_date, lp.due_date) as due_date
    from learnink.user_learningpaths up
    join learnink.learning_paths lp on lp.id = up.learning_path_id
    join learnink.users u on u.id = up.user_id
    where u.registration_status is distinct from 'archived'
)
select
    lp.name as learning_path,
    (
        select count(*)
        from learnink.learningpath_courses lc
        where lc.learning_path_id = lp.id
    ) as courses,
    count(s.learning_path_id) as assigned,
    count(s.completed_on) as completed,
    count(*) filter (where s.completed_on is null and s.due_date < a.today) as overdue,
    count(*) filter (where s.completed_on > s.due_date) as completed_late,
    round(100.0 * count(s.completed_on) / nullif(count(s.learning_path_id), 0), 1) as completed_percent
from learnink.learning_paths lp
cross join as_of a
left join state s on s.learning_path_id = lp.id
group by lp.id, lp.name
order by overdue desc, learning_path, lp.id;
