-- People overdue on a learning path
--
-- Answers: who has not completed an assigned learning path although it was due, and how much of it
-- is left?
-- Watch for: "today" is the day of the newest server stamp, in Nairobi. Work done offline may have
-- completed the path already without having arrived. Archived people are left out. The first 200
-- rows are shown.

with as_of as (
    select (max(updated_at) at time zone 'Africa/Nairobi')::date as today
    from learnink.user_learningpaths
)
select
    u.custom_id,
    u.custom_name as person,
    lp.name as learning_path,
    coalesce(up.due_date, lp.due_date) as due_date,
    a.today - coalesce(up.due_date, lp.due_date) as days_overdue,
    count(distinct lc.course_id) as courses,
    count(distinct lc.course_id) filter (where p.completed_at is not null) as courses_completed
from learnink.user_learningpaths up
join learnink.learning_paths lp on lp.id = up.learning_path_id
join learnink.users u on u.id = up.user_id
cross join as_of a
left join learnink.learningpath_courses lc on lc.learning_path_id = up.learning_path_id
left join learnink.user_course_performance p
    on p.user_id = up.user_id
    and p.course_id = lc.course_id
where u.registration_status is distinct from 'archived'
  and up.completed_at is null
  and coalesce(up.due_date, lp.due_date) < a.today
group by up.id, u.id, u.custom_id, u.custom_name, lp.name, lp.due_date, up.due_date, a.today
order by days_overdue desc, person, u.id, learning_path, up.id
limit 200;
