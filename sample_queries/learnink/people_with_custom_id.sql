-- One row per person, by your own key
--
-- Answers: what has each person done, ready to be joined to HR or sales data by custom_id?
-- Watch for: people without a custom_id cannot be joined and are left out, as are archived people.
-- If two people share a custom_id both rows appear, with a count that says so.

with results as (
    select
        user_id,
        count(*) as courses_started,
        count(completed_at) as courses_completed,
        round(avg(average_score) filter (where completed_at is not null), 1) as average_score,
        count(certificate_id) as certificates,
        max(completed_at) as last_completion
    from learnink.user_course_performance
    group by user_id
)
select
    u.custom_id,
    u.custom_name as person,
    u.registration_status,
    coalesce(r.courses_started, 0) as courses_started,
    coalesce(r.courses_completed, 0) as courses_completed,
    r.average_score,
    coalesce(r.certificates, 0) as certificates,
    r.last_completion,
    count(*) over (partition by u.custom_id) as people_with_this_key
from learnink.users u
left join results r on r.user_id = u.id
where u.custom_id is not null
  and u.registration_status is distinct from 'archived'
order by u.custom_id, u.id;
