-- Hardest quiz questions
--
-- Answers: which questions do people get wrong most often?
-- Watch for: only the latest attempt of each person counts. A question with several choices may
-- have several rows per attempt, each right or wrong. There is no table of questions: within a quiz
-- they are told apart by their text. Questions with fewer than 5 answers are left out.

select
    q.name as quiz,
    a.question,
    count(*) as answers,
    count(*) filter (where a.correct is false) as wrong,
    round(100.0 * count(*) filter (where a.correct is false) / count(*), 1) as wrong_percent
from learnamp.quiz_attempt_answers a
join learnamp.quizzes q on q.id = a.quiz_id
where a.most_recent
  and a.correct is not null
group by q.id, q.name, a.question
having count(*) >= 5
order by wrong_percent desc, answers desc, quiz, q.id, a.question
limit 50;
