-- Learning gain from before to after
--
-- Answers: how much more do people answer right after the lessons than before?
-- Watch for: zero right and zero wrong answers before means that the course has no quiz before the
-- lessons; only where there is one can a gain be measured. Each person weighs the same, whatever
-- the number of questions. Archived people are left out.

with measured as (
    select
        p.course_id,
        100.0 * p.num_baseline_answers_correct
            / (p.num_baseline_answers_correct + p.num_baseline_answers_incorrect) as before_percent,
        100.0 * p.num_endline_answers_correct
            / (p.num_endline_answers_correct + p.num_endline_answers_incorrect) as after_percent
    from learnink.user_course_performance p
    join learnink.users u on u.id = p.user_id
    where u.registration_status is distinct from 'archived'
      and p.completed_at is not null
      and p.num_baseline_answers_correct + p.num_baseline_answers_incorrect > 0
      and p.num_endline_answers_correct + p.num_endline_answers_incorrect > 0
)
select
    c.name as course,
    count(*) as people,
    round(avg(m.before_percent), 1) as before_percent,
    round(avg(m.after_percent), 1) as after_percent,
    round(avg(m.after_percent - m.before_percent), 1) as gain_points,
    count(*) filter (where m.after_percent < m.before_percent) as people_who_fell
from measured m
join learnink.courses c on c.id = m.course_id
group by c.id, c.name
order by gain_points desc, course, c.id;
