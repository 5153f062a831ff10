-- Assessments waiting to be marked
--
-- Answers: which attempts wait for somebody to mark them, since when, and who may do it?
-- Watch for: corrected_at and success stay empty until an attempt is marked. Days are counted to
-- the newest attempt in the data. Learners who were deleted are left out. Names of the assessors
-- come from a list of keys; keys of people who are gone are shown as they are.

with as_of as (
    select max(created_at) as moment
    from learning360.assessments_trackings
)
select
    o.name as assessment,
    concat_ws(' ', u.first_name, u.last_name) as learner,
    t.created_at::date as handed_in,
    extract(day from a.moment - t.created_at)::integer as days_waiting,
    (
        select string_agg(
            coalesce(nullif(concat_ws(' ', p.first_name, p.last_name), ''), who.id),
            ', ' order by who.place
        )
        from unnest(t.assessors) with ordinality as who (id, place)
        left join learning360.users p on p.id = who.id
    ) as assessors
from learning360.assessments_trackings t
join learning360.assessments_outlines o on o.id = t.assessment_outline_id
join learning360.users u on u.id = t.user and u.deleted is not true
cross join as_of a
where t.corrected_at is null
order by days_waiting desc nulls last, assessment, learner, t.id;
