-- Learning needs by group and status
--
-- Answers: what wishes for training are there in each group, and how are they handled?
-- Watch for: deleted needs are left out. The names of the states are those of the public interface;
-- an unknown one is counted as other. "group" is a key word of SQL: write it with its table, as
-- here.

select
    coalesce(g.name, '(no group)') as group_name,
    count(*) as needs,
    count(*) filter (where l.status = 'new') as new,
    count(*) filter (where l.status in ('exploring', 'onHold', 'projectOngoing')) as in_work,
    count(*) filter (where l.status in ('done', 'alreadyExists')) as met,
    count(*) filter (where l.status = 'discarded') as discarded,
    count(*) filter (
        where l.status is null
           or l.status not in (
               'new', 'exploring', 'onHold', 'projectOngoing', 'done', 'alreadyExists', 'discarded'
           )
    ) as other,
    sum(coalesce(cardinality(l.volunteers), 0)) as volunteers
from learning360.learningneeds l
left join learning360.groups g on g.id = l.group
where l.deleted_at is null
group by g.id, g.name
order by needs desc, group_name, g.id;
