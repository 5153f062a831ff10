-- Completions per month
--
-- Answers: how much content was completed in each month, and by how many people?
-- Watch for: use completions, not activities, and single to count each person, content and verb
-- once. Repeated completions of the same content count in the month of the newest. Deactivated
-- people are kept: what they completed happened. Months are UTC.

select
    date_trunc('month', c.happened_at)::date as month,
    count(*) as unique_completions,
    count(distinct c.user_id) as people,
    count(*) filter (where c.type = 'Item') as items,
    count(*) filter (where c.type = 'Learnlist') as learnlists,
    count(*) filter (where c.type = 'Quiz') as quizzes,
    count(*) filter (where c.type = 'Event') as events
from learnamp.completions c
where c.single
group by date_trunc('month', c.happened_at)
order by month;
