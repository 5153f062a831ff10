-- Attendance of classroom slots
--
-- Answers: for each dated slot, how many people were registered, came or stayed away?
-- Watch for: has_attended is empty until presence is recorded, and such rows are left out of the
-- share. reported_duration is in whole hours; the length by the clock is shown beside it. Deleted
-- people are included.

select
    s.name as classroom,
    s.start_date,
    s.is_virtual,
    s.reported_duration as reported_hours,
    round(extract(epoch from s.end_date - s.start_date) / 3600, 1) as clock_hours,
    coalesce(cardinality(s.trainers), 0) as trainers,
    count(ct.id) as registered,
    count(*) filter (where ct.has_attended) as came,
    count(*) filter (where ct.has_attended is false) as stayed_away,
    round(
        100.0 * count(*) filter (where ct.has_attended) / nullif(count(ct.has_attended), 0),
        1
    ) as came_percent
from learning360.classroomslots s
left join learning360.classrooms_trackings ct on ct.classroomslot = s.id
group by s.id, s.name, s.start_date, s.end_date, s.is_virtual, s.reported_duration, s.trainers
order by s.start_date desc nulls last, classroom, s.id;
