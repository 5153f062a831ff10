-- Reactions and posts by course
--
-- Answers: which courses make people write and react?
-- Watch for: reactions taken back are left out. Posts and reactions are counted apart before they
-- are joined: joining both at once would multiply them. Courses without either are left out.

with posts as (
    select course_id, count(*) as posts, count(distinct author) as authors
    from learning360.posts
    where course_id is not null
    group by course_id
),
reactions as (
    select course_id, count(*) as reactions, count(distinct author_id) as people
    from learning360.reactions
    where course_id is not null
      and archived_at is null
    group by course_id
)
select
    c.name as course,
    coalesce(p.posts, 0) as posts,
    coalesce(p.authors, 0) as authors,
    coalesce(r.reactions, 0) as reactions,
    coalesce(r.people, 0) as people_who_reacted
from learning360.courses c
left join posts p on p.course_id = c.id
left join reactions r on r.course_id = c.id
where p.course_id is not null
   or r.course_id is not null
order by coalesce(p.posts, 0) + coalesce(r.reactions, 0) desc, course, c.id;
