-- Hardest quiz questions
--
-- Answers: which questions do people get wrong most often?
-- Watch for: only the latest attempt of each person counts. A question with several choices may
-- have several rows per attempt, each right or wrong. There is no table of questions: key and text
-- together tell them apart. Questions with fewer than 5 answers are left out.

select
    q.name as quiz,
    a.question,
    a.question_type,
    count(*) as answers,
    count(*) filter (where a.correct is false) as wrong,
    round(100.0 * count(*) filter (where a.correct is false) / count(*), 1) as wrong_percent
from learnamp.quiz_attempt_answers a
join learnamp.quizzes q on q.id = a.quiz_id
where a.most_recent
  and a.correct is not null
group by q.id, q.name, a.question_id, a.question, a.question_type
having count(*) >= 5
order by wrong_percent desc, answers desc, quiz, a.question_id, a.question, a.question_type
limit 50;
