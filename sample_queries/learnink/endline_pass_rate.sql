-- Pass rate of the final quiz
--
-- Answers: how many attempts at the final quiz pass, and how many people pass at the first try?
-- Watch for: the pass mark itself is not in the data, only which attempts reached it. A first-try
-- pass is one with a pass and no failed attempt. People without any attempt are not in the shares.
-- Archived people are left out.

select
    c.name as course,
    count(*) as people_with_attempts,
    sum(p.num_endline_attempts_successful + p.num_endline_attempts_unsuccessful) as attempts,
    round(
        100.0 * sum(p.num_endline_attempts_successful)
            / sum(p.num_endline_attempts_successful + p.num_endline_attempts_unsuccessful),
        1
    ) as passed_attempts_percent,
    round(
        100.0 * count(*) filter (where p.num_endline_attempts_successful > 0) / count(*),
        1
    ) as people_passed_percent,
    round(
        100.0 * count(*) filter (
            where p.num_endline_attempts_successful > 0
              and p.num_endline_attempts_unsuccessful = 0
        ) / count(*),
        1
    ) as first_try_percent
from learnink.user_course_performance p
join learnink.courses c on c.id = p.course_id
join learnink.users u on u.id = p.user_id
where u.registration_status is distinct from 'archived'
  and p.num_endline_attempts_successful + p.num_endline_attempts_unsuccessful > 0
group by c.id, c.name
order by first_try_percent, course, c.id;
