-- Survey scores by question
--
-- Answers: what is the average of each scale question, and how are the answers spread?
-- Watch for: only answers that have a number are averaged. In grids and polls the option is part of
-- the question's text, so each option is a line. Each time a survey is sent is shown apart.

select
    s.name as survey,
    o.issued_at::date as issued_on,
    a.question,
    count(a.value) as answers,
    round(avg(a.value), 2) as average,
    min(a.value) as lowest,
    percentile_disc(0.5) within group (order by a.value) as median,
    max(a.value) as highest
from learnamp.survey_attempt_answers a
join learnamp.surveys s on s.id = a.survey_id
join learnamp.survey_occurrences o on o.id = a.survey_occurrence_id
where a.value is not null
group by s.id, s.name, o.id, o.issued_at, a.question
order by survey, s.id, o.issued_at, o.id, a.question;
