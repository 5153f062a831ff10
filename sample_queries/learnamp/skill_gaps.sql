-- Skill gaps
--
-- Answers: for which skills are people furthest from the rating they want to reach?
-- Watch for: the scale of ratings is the customer's choice, so compare skills, not companies.
-- preferred_rating is the manager's rating where there is one, else the person's own. Only people
-- with both ratings count. Deactivated people are left out.

select
    coalesce(cat.name, '(no category)') as category,
    s.name as skill,
    count(*) as people_rated,
    round(avg(us.preferred_rating), 2) as rating,
    round(avg(us.target_rating), 2) as target,
    round(avg(us.target_rating - us.preferred_rating), 2) as gap,
    count(*) filter (where us.target_rating > us.preferred_rating) as people_below_target,
    count(*) filter (where us.manager_rating < us.own_rating) as people_who_overrate
from learnamp.user_skills us
join learnamp.users u on u.id = us.user_id and u.deactivated is not true
join learnamp.skills s on s.id = us.skill_id
left join learnamp.skill_category_skills scs on scs.skill_id = s.id
left join learnamp.skill_categories cat on cat.id = scs.skill_category_id
where us.preferred_rating is not null
  and us.target_rating is not null
group by cat.id, cat.name, s.id, s.name
order by gap desc, category, skill, s.id, cat.id;
