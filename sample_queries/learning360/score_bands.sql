-- Learners per score band
--
-- Answers: for each course, how many people scored 0-20, 20-40, 40-60, 60-80 and 80-100 percent?
-- Watch for: each person counts once per course, with the best score of all attempts; a score of
-- exactly 100 belongs to the highest band. People without a score are not shown. "user" is a key
-- word of SQL: write it with its table, as here.

with best as (
    select ct.course, ct.user as learner, max(ct.score::numeric) as score
    from learning360.courses_trackings ct
    where ct.score is not null
    group by ct.course, ct.user
),
banded as (
    select course, least(floor(score / 20), 4)::integer as band
    from best
    where score between 0 and 100
)
select
    c.name as course,
    count(*) filter (where b.band = 0) as "0-20",
    count(*) filter (where b.band = 1) as "20-40",
    count(*) filter (where b.band = 2) as "40-60",
    count(*) filter (where b.band = 3) as "60-80",
    count(*) filter (where b.band = 4) as "80-100",
    count(*) as learners
from banded b
join learning360.courses c on c.id = b.course
group by c.id, c.name
order by course, c.id;
