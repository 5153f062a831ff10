-- Survey results by question and option
--
-- Answers: what did people answer to each survey question, and in what shares?
-- Watch for: rows without a person only name an option and are not counted. Answers in people's own
-- words are counted together. Answers of people archived since are kept. A person may answer a
-- question again: each answer counts.

select
    c.name as course,
    q.position,
    q.question,
    coalesce(a.answer_option, '(own words)') as answer,
    count(*) as answers,
    round(100.0 * count(*) / sum(count(*)) over (partition by q.id), 1) as share_percent
from learnink.survey_answers a
join learnink.survey_questions q on q.id = a.survey_question_id
join learnink.courses c on c.id = q.course_id
where a.user_id is not null
group by c.id, c.name, q.id, q.position, q.question, coalesce(a.answer_option, '(own words)')
order by course, c.id, q.position, q.question, q.id, answers desc, answer;
