-- Views by kind of content and month
--
-- Answers: what kinds of content do people look at, month by month?
-- Watch for: every view counts here; add "where v.single" to count a person once per content.
-- content_type is finer than type and is empty for types without kinds.

select
    date_trunc('month', v.happened_at)::date as month,
    v.type,
    coalesce(c.content_type, '(none)') as content_type,
    count(*) as views,
    count(distinct v.user_id) as people,
    rank() over (partition by date_trunc('month', v.happened_at) order by count(*) desc) as place
from learnamp.views v
left join learnamp.content c on c.type_with_id = lower(v.type) || '-' || v.content_id
group by date_trunc('month', v.happened_at), v.type, coalesce(c.content_type, '(none)')
order by month, place, v.type, content_type;
