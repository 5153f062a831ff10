-- Steps of paths by name
--
-- Answers: what does each path consist of, in order?
-- Watch for: steps hold keys of paths, courses, assessments and classrooms, and nothing tells
-- which: each key is looked up in all four. Steps of other kinds, such as messages, are found in
-- none.

select
    p.name as path,
    s.place as step,
    case
        when c.id is not null then 'course'
        when a.id is not null then 'assessment'
        when r.id is not null then 'classroom'
        when sub.id is not null then 'path'
        else 'other'
    end as kind,
    coalesce(c.name, a.name, r.name, sub.name, s.key) as name
from learning360.paths p
cross join lateral unnest(p.steps) with ordinality as s (key, place)
left join learning360.courses c on c.id = s.key
left join learning360.assessments_outlines a on a.id = s.key
left join learning360.classrooms r on r.id = s.key
left join learning360.paths sub on sub.id = s.key
order by path, p.id, s.place;
