-- Hours of trainers
--
-- Answers: how many hours did each trainer teach in each quarter, and how many people came?
-- Watch for: the hours are the declared ones, in whole hours; a slot with two trainers counts in
-- full for both. Slots that have not taken place yet are included by their date. Trainers who were
-- deleted are kept.

with attendance as (
    select classroomslot, count(*) filter (where has_attended) as came
    from learning360.classrooms_trackings
    group by classroomslot
)
select
    concat_ws(' ', u.first_name, u.last_name) as trainer,
    to_char(s.start_date, 'YYYY"Q"Q') as quarter,
    count(*) as slots,
    sum(s.reported_duration) as hours,
    coalesce(sum(a.came), 0) as people_who_came
from learning360.classroomslots s
cross join lateral unnest(s.trainers) as t (id)
join learning360.users u on u.id = t.id
left join attendance a on a.classroomslot = s.id
group by u.id, u.first_name, u.last_name, to_char(s.start_date, 'YYYY"Q"Q')
order by trainer, u.id, quarter;
