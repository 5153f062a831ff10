-- Pass rates of quizzes
--
-- Answers: what share of people passed each quiz, and how many attempts did they need?
-- Watch for: most_recent gives one attempt per person; attempts counts all that still count.
-- Expired attempts belong to earlier rounds and are left out. Deactivated people are left out.

with attempts as (
    select a.quiz_id, a.user_id, a.score, a.passed, a.most_recent
    from learnamp.quiz_attempts a
    join learnamp.users u on u.id = a.user_id and u.deactivated is not true
    where a.expired is not true
)
select
    q.name as quiz,
    count(*) filter (where a.most_recent) as people,
    count(*) as attempts,
    count(*) filter (where a.most_recent and a.passed) as people_passed,
    round(
        100.0 * count(*) filter (where a.most_recent and a.passed)
            / nullif(count(*) filter (where a.most_recent), 0),
        1
    ) as passed_percent,
    round(avg(a.score) filter (where a.most_recent), 1) as average_score,
    round(1.0 * count(*) / nullif(count(distinct a.user_id), 0), 2) as attempts_per_person
from learnamp.quizzes q
join attempts a on a.quiz_id = q.id
group by q.id, q.name
order by passed_percent nulls last, quiz, q.id;
