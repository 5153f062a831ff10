-- Started but not completed
--
-- Answers: which courses of content do people begin and leave, and since when?
-- Watch for: a start counts when the same person has no completion of the same content that is
-- still valid. Rows marked expired belong to earlier rounds of recurring tasks and are left out, as
-- are deactivated people.

select
    c.name as content,
    c.type,
    count(*) as people,
    min(s.happened_at)::date as oldest_start,
    max(s.happened_at)::date as newest_start
from learnamp.starts s
join learnamp.users u on u.id = s.user_id and u.deactivated is not true
join learnamp.content c on c.type_with_id = lower(s.type) || '-' || s.content_id
where s.single
  and s.expired is not true
  and not exists (
      select 1
      from learnamp.completions d
      where d.user_id = s.user_id
        and d.type = s.type
        and d.content_id = s.content_id
        and d.expired is not true
  )
group by c.type_with_id, c.name, c.type
order by people desc, content, c.type_with_id;
