-- Where learners stand on paths
--
-- Answers: on each path, how many people are in time, late, waiting, successful or not?
-- Watch for: per person and path the latest attempt counts. The names of the states are those of
-- the public interface and may be spelled differently: the last line of each path holds those not
-- known here. Deleted people are left out.

with latest as (
    select distinct on (pt.path_id, pt.user)
        pt.path_id,
        pt.learner_status
    from learning360.paths_trackings pt
    join learning360.users u on u.id = pt.user and u.deleted is not true
    order by pt.path_id, pt.user, pt.created_at desc nulls last, pt.id desc
),
known (place, learner_status, meaning) as (
    values
        (1, 'notEnrolled', 'not enrolled'),
        (2, 'sessionNotOpened', 'session not open yet'),
        (3, 'notYetStarted', 'enrolled, not begun'),
        (4, 'onTime', 'begun, in time'),
        (5, 'late', 'begun, late'),
        (6, 'awaitingCorrection', 'waiting to be marked'),
        (7, 'toRetake', 'has to try again'),
        (8, 'successful', 'successful'),
        (9, 'unsuccessful', 'not successful')
)
select
    p.name as path,
    coalesce(k.meaning, '(another state)') as state,
    count(*) as learners,
    round(100.0 * count(*) / sum(count(*)) over (partition by p.id), 1) as share_percent
from latest l
join learning360.paths p on p.id = l.path_id
left join known k on k.learner_status = l.learner_status
group by p.id, p.name, k.place, k.meaning
order by path, p.id, k.place nulls last;
