-- Progress through sequences
--
-- Answers: how many people started and completed each sequence, and how far do those get who stop?
-- Watch for: the number of courses is the length of the sequence's JSON array. Archived people are
-- left out.

select
    s.name as sequence,
    coalesce(
        jsonb_array_length(case when jsonb_typeof(s.courses) = 'array' then s.courses end),
        0
    ) as courses,
    count(p.id) as people_started,
    count(p.completed_at) as people_completed,
    round(avg(p.average_score) filter (where p.completed_at is not null), 1) as average_score,
    round(avg(p.num_courses_completed) filter (where p.completed_at is null), 1)
        as courses_completed_by_the_others
from learnink.sequences s
left join (
    learnink.user_sequence_performance p
    join learnink.users u on u.id = p.user_id and u.registration_status is distinct from 'archived'
) on p.sequence_id = s.id
group by s.id, s.name, s.courses
order by people_started desc, sequence, s.id;
