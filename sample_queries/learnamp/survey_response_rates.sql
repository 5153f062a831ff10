-- Response rates of surveys
--
-- Answers: how many of the people asked answered each survey, each time it was sent, and is it
-- getting better?
-- Watch for: the source gives a rounded response_rate; it is worked out again here with one
-- decimal. The change compares with the time before. A survey still open has not reached its final
-- rate.

select
    s.name as survey,
    s.survey_type,
    o.issued_at::date as issued_on,
    o.deadline,
    o.attempts_issued as asked,
    o.attempts_completed as answered,
    round(100.0 * o.attempts_completed / nullif(o.attempts_issued, 0), 1) as answered_percent,
    round(
        100.0 * o.attempts_completed / nullif(o.attempts_issued, 0)
            - lag(100.0 * o.attempts_completed / nullif(o.attempts_issued, 0))
                over (partition by s.id order by o.issued_at, o.id),
        1
    ) as change_points
from learnamp.survey_occurrences o
join learnamp.surveys s on s.id = o.survey_id
order by survey, s.id, o.issued_at, o.id;
